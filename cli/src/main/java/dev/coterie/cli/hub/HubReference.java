// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model of a hub, written {@code hf:owner/repo[:quant]}.
 *
 * @param owner the person or organization
 * @param repository the repository
 * @param quant the encoding wanted, such as {@code Q4_K_M}, or the name of a file; null takes
 *     {@code Q4_K_M}, or the only one there is
 */
public record HubReference(String owner, String repository, @Nullable String quant) {
  private static final String PREFIX = "hf:";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");
  private static final Pattern FORM = Pattern.compile("hf:([^/:]+)/([^/:]+)(?::(.+))?");

  /** Checks the names. */
  public HubReference {
    if (!NAME.matcher(owner).matches() || !NAME.matcher(repository).matches()) {
      throw new IllegalArgumentException(
          "hub reference: expected hf:owner/repo[:quant], found hf:" + owner + "/" + repository);
    }
  }

  /**
   * Whether a text is meant as a reference and not as a path.
   *
   * @param text what the user wrote
   */
  public static boolean isReference(String text) {
    return text.startsWith(PREFIX);
  }

  /**
   * Reads a reference.
   *
   * @param text what the user wrote
   * @throws IllegalArgumentException if it is malformed
   */
  public static HubReference parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "hub reference: expected hf:owner/repo[:quant], found " + text);
    }
    return new HubReference(matcher.group(1), matcher.group(2), matcher.group(3));
  }

  @Override
  public String toString() {
    return PREFIX + owner + "/" + repository + (quant == null ? "" : ":" + quant);
  }
}
