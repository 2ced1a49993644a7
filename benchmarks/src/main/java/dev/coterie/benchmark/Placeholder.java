// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

/** Stands here until the first real class arrives. */
final class Placeholder {
  private Placeholder() {}

  static String name() {
    return "benchmarks";
  }
}
