// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds golden vectors, model files and texts that are too large for the repository. They lie in
 * the directory that {@value #VARIABLE} names, else in the nearest {@code shared} directory on the
 * way up from the working directory.
 */
public final class SharedMaterial {
  /** The environment variable that names the directory. */
  public static final String VARIABLE = "COTERIE_SHARED";

  /** The environment variable that, set to 1, makes missing material a failure. */
  public static final String REQUIRE_VARIABLE = "COTERIE_REQUIRE_SHARED";

  /** A file that tells the shared directory from others of that name. */
  private static final String MARK = "DESIGN.md";

  private SharedMaterial() {}

  /**
   * A file or directory of the shared material. Where it is missing, the test that asks is aborted,
   * or fails if {@value #REQUIRE_VARIABLE} is 1.
   *
   * @param relative its path within the shared directory, such as {@code golden/llama}
   * @return the path; it exists
   */
  public static Path require(String relative) {
    return require(
        relative,
        System.getenv(VARIABLE),
        Path.of(System.getProperty("user.dir")),
        "1".equals(System.getenv(REQUIRE_VARIABLE)));
  }

  static Path require(
      String relative, @Nullable String variable, Path workingDirectory, boolean required) {
    Path root = variable != null ? Path.of(variable) : search(workingDirectory);
    if (root != null && Files.exists(root.resolve(relative))) {
      return root.resolve(relative);
    }
    String searched =
        root != null ? root.toString() : "'shared' beside or above " + workingDirectory;
    String message =
        "shared material '"
            + relative
            + "' not found (searched: "
            + searched
            + "); set "
            + VARIABLE
            + " to the directory that holds it";
    if (required) {
      throw new AssertionError(message + "; required by " + REQUIRE_VARIABLE + "=1");
    }
    Assumptions.abort(message);
    throw new AssertionError(message);
  }

  private static @Nullable Path search(Path from) {
    for (Path at = from.toAbsolutePath(); at != null; at = at.getParent()) {
      Path shared = at.resolve("shared");
      if (Files.isRegularFile(shared.resolve(MARK))) {
        return shared;
      }
    }
    return null;
  }
}
