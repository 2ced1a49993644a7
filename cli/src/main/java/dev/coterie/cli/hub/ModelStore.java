// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folder of fetched models: {@code $COTERIE_HOME/models/owner/repo}, by default below {@code
 * ~/.cache/coterie}. A file in it under its own name is complete and was verified.
 *
 * @param root the folder that holds the owners' folders
 */
public record ModelStore(Path root) {
  /**
   * The store that an environment names.
   *
   * @param environment the environment variables
   */
  public static ModelStore of(Map<String, String> environment) {
    String home = environment.getOrDefault("COTERIE_HOME", "");
    Path base =
        home.isEmpty()
            ? Path.of(System.getProperty("user.home", "."), ".cache", "coterie")
            : Path.of(home);
    return new ModelStore(base.resolve("models"));
  }

  /**
   * Finds a fetched model; never goes to the network.
   *
   * @param reference the model
   * @return its file, or its first part
   * @throws IOException if it is not there
   */
  public Path find(HubReference reference) throws IOException {
    Path folder = folder(reference);
    if (Files.isDirectory(folder)) {
      List<String> paths;
      try (Stream<Path> files = Files.walk(folder)) {
        paths =
            files
                .filter(Files::isRegularFile)
                .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                .toList();
      }
      try {
        return folder.resolve(FileChoice.choose(reference, paths).getFirst());
      } catch (HubException e) {
        throw new HubException(
            e.getMessage() + " (in " + folder + "); coterie pull " + reference + " fetches it");
      }
    }
    throw new HubException(
        reference + ": not in " + root + "; coterie pull " + reference + " fetches it");
  }

  /**
   * Where a file of a repository is kept.
   *
   * @param reference the repository
   * @param path the file's path in it, as the hub sent it
   * @throws HubException if the path leads out of the repository's folder
   */
  Path place(HubReference reference, String path) throws HubException {
    boolean safe = path.length() <= 512 && !path.isEmpty();
    for (String segment : path.split("/", -1)) {
      safe &= !segment.isEmpty() && !segment.startsWith(".") && segment.length() <= 240;
    }
    safe &= path.chars().noneMatch(c -> Character.isISOControl(c) || "\\:*?\"<>|".indexOf(c) >= 0);
    if (!safe) {
      throw new HubException(reference + ": the hub sent the unsafe file name '" + path + "'");
    }
    return folder(reference).resolve(path);
  }

  private Path folder(HubReference reference) {
    return root.resolve(reference.owner()).resolve(reference.repository());
  }
}
