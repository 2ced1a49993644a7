// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;

/** Stands here until the first real benchmark arrives. */
public class PlaceholderBenchmark {
  @Benchmark
  @Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
  public int nothing() {
    return dev.coterie.runtime.cpu.Placeholder.name().length();
  }
}
