// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

/** Stands here until the first real class arrives. */
public final class Placeholder {
  private Placeholder() {}

  /** The module's directory. */
  public static String name() {
    return "cli";
  }
}
