// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.util.Locale;

/** What a processor can do, and where CPUID says so. Names are those that Linux uses. */
enum Feature {
  FMA(1, 0, 2, 12),
  OSXSAVE(1, 0, 2, 27),
  F16C(1, 0, 2, 29),
  AVX2(7, 0, 1, 5),
  AVX512F(7, 0, 1, 16),
  AVX512DQ(7, 0, 1, 17),
  AVX512BW(7, 0, 1, 30),
  AVX512VL(7, 0, 1, 31),
  AVX512VBMI(7, 0, 2, 1),
  AVX512_VNNI(7, 0, 2, 11),
  AVX_VNNI(7, 1, 0, 4),
  AVX512_BF16(7, 1, 0, 5);

  private final int leaf;
  private final int subleaf;
  private final int register; // of EAX, EBX, ECX, EDX
  private final int bit;

  Feature(int leaf, int subleaf, int register, int bit) {
    this.leaf = leaf;
    this.subleaf = subleaf;
    this.register = register;
    this.bit = bit;
  }

  /** Whether a processor says that it has it. */
  boolean isIn(Cpuid cpuid) {
    return cpuid.leaf(0, 0)[0] >= leaf
        && (subleaf == 0 || cpuid.leaf(leaf, 0)[0] >= subleaf)
        && (cpuid.leaf(leaf, subleaf)[register] >> bit & 1) != 0;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
