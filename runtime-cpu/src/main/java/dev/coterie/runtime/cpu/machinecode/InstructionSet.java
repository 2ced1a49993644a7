// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.util.List;

/** The sets of instructions that there are kernels for, best first. */
public enum InstructionSet {
  /** Vectors of 512 bits. */
  AVX512_VNNI(
      "AVX-512 VNNI",
      512,
      0xe6, // SSE, AVX, masks, upper halves, upper registers
      Feature.FMA,
      Feature.F16C,
      Feature.AVX2,
      Feature.AVX512F,
      Feature.AVX512DQ,
      Feature.AVX512BW,
      Feature.AVX512VL,
      Feature.AVX512_VNNI),
  /** Vectors of 256 bits. */
  AVX_VNNI(
      "AVX-VNNI",
      256,
      0x06, // SSE, AVX
      Feature.FMA,
      Feature.F16C,
      Feature.AVX2,
      Feature.AVX_VNNI),
  /** Vectors of 256 bits. */
  AVX2("AVX2", 256, 0x06, Feature.FMA, Feature.F16C, Feature.AVX2),
  /** No vectors. */
  NONE("none", 0, 0);

  /** Its name for people. */
  final String label;

  /** The length of its vectors. */
  final int bits;

  /** The registers that the operating system must keep, as bits of XCR0. */
  final long state;

  /** What it needs of the processor. */
  final List<Feature> features;

  InstructionSet(String label, int bits, long state, Feature... features) {
    this.label = label;
    this.bits = bits;
    this.state = state;
    this.features = List.of(features);
  }
}
