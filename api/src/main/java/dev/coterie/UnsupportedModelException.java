// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/**
 * A well-formed model that this version does not run. Names the architecture and what is missing.
 */
public class UnsupportedModelException extends CoterieException {
  private static final long serialVersionUID = 1;

  /** Its name. */
  private final String architecture;

  /** What is not supported. */
  private final String feature;

  /**
   * A refusal by name.
   *
   * @param architecture the model's architecture as its file names it, such as {@code gemma3}
   * @param feature what is not supported, and the cure where there is one
   */
  public UnsupportedModelException(String architecture, String feature) {
    super("architecture '" + architecture + "': " + feature);
    this.architecture = architecture;
    this.feature = feature;
  }

  /**
   * The model's architecture as its file names it.
   *
   * @return the name
   */
  public String architecture() {
    return architecture;
  }

  /**
   * What is not supported.
   *
   * @return the missing feature
   */
  public String feature() {
    return feature;
  }
}
