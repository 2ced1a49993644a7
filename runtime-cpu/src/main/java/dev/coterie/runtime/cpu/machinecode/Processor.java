// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the kernels can use of a processor, as far as the operating system lets them.
 *
 * @param best the best instruction set
 * @param bf16 whether AVX-512 BF16 is there beside AVX-512 VNNI
 * @param vbmi whether AVX-512 VBMI is there beside AVX-512 VNNI
 * @param missing for each instruction set that cannot be used, why
 */
public record Processor(
    InstructionSet best, boolean bf16, boolean vbmi, Map<InstructionSet, String> missing) {
  private static final class Holder {
    static final Processor HERE = detect(ExecutableMemory.instance());
  }

  /** Copies. */
  public Processor {
    missing = Map.copyOf(missing);
  }

  /** The processor that this runs on. */
  public static Processor here() {
    return Holder.HERE;
  }

  private static Processor detect(ExecutableMemory memory) {
    String reason = memory.missing();
    try {
      if (reason == null) {
        return detect(Cpuid.here(memory));
      }
    } catch (IllegalStateException e) { // the system refuses executable memory
      reason = e.getMessage();
    }
    return none("no executable memory: " + reason);
  }

  /** A processor of which nothing can be used. */
  static Processor none(String reason) {
    Map<InstructionSet, String> missing = new EnumMap<>(InstructionSet.class);
    for (InstructionSet set : InstructionSet.values()) {
      if (set != InstructionSet.NONE) {
        missing.put(set, reason);
      }
    }
    return new Processor(InstructionSet.NONE, false, false, missing);
  }

  static Processor detect(Cpuid cpuid) {
    Map<InstructionSet, String> missing = new EnumMap<>(InstructionSet.class);
    InstructionSet best = InstructionSet.NONE;
    for (InstructionSet set : InstructionSet.values()) {
      String reason = missing(set, cpuid);
      if (reason != null) {
        missing.put(set, reason);
      } else if (best == InstructionSet.NONE) {
        best = set;
      }
    }
    boolean wide = best == InstructionSet.AVX512_VNNI;
    return new Processor(
        best,
        wide && Feature.AVX512_BF16.isIn(cpuid),
        wide && Feature.AVX512VBMI.isIn(cpuid),
        missing);
  }

  private static @Nullable String missing(InstructionSet set, Cpuid cpuid) {
    for (Feature feature : set.features) {
      if (!feature.isIn(cpuid)) {
        return "the processor lacks " + feature.label();
      }
    }
    if (set.state != 0 && !Feature.OSXSAVE.isIn(cpuid)) {
      return "the operating system keeps no vector registers (no osxsave)";
    }
    long kept = set.state == 0 ? 0 : cpuid.xcr0();
    return (kept & set.state) == set.state
        ? null
        : "the operating system does not keep registers of "
            + set.bits
            + " bits (xcr0 is 0x"
            + Long.toHexString(kept)
            + ")";
  }

  /**
   * An instruction set that can be used.
   *
   * @throws IllegalArgumentException if it cannot, or if there is nothing in it
   */
  InstructionSet require(InstructionSet set) {
    String reason = set == InstructionSet.NONE ? "it is no instruction set" : missing.get(set);
    if (reason != null) {
      throw new IllegalArgumentException(set.label + ": " + reason);
    }
    return set;
  }

  /** What is used, and why nothing better, such as {@code AVX2; no AVX-VNNI: …}. */
  public String details() {
    List<String> used = new ArrayList<>();
    used.add(best.label);
    if (bf16) {
      used.add("BF16");
    }
    if (vbmi) {
      used.add("VBMI");
    }
    StringBuilder text = new StringBuilder(String.join(", ", used));
    for (InstructionSet set : InstructionSet.values()) {
      String reason = missing.get(set);
      if (set.ordinal() < best.ordinal() && reason != null) {
        text.append("; no ").append(set.label).append(": ").append(reason);
      }
    }
    return text.toString();
  }
}
