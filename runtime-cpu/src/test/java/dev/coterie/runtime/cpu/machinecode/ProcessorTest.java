// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessorTest {
  private static final long ALL_STATES = 0xe7;

  /** A processor with some features; asked only what it may be asked. */
  private record Fake(Set<Feature> features, int mostLeaf, int mostSubleaf, long xcr0)
      implements Cpuid {
    Fake(Set<Feature> features, long xcr0) {
      this(features, 7, 1, xcr0);
    }

    @Override
    public int[] leaf(int leaf, int subleaf) {
      int[] result = new int[4];
      switch (leaf * 10 + subleaf) {
        case 0 -> result[0] = mostLeaf;
        case 10 -> {
          set(result, 2, Feature.FMA, 12);
          set(result, 2, Feature.OSXSAVE, 27);
          set(result, 2, Feature.F16C, 29);
        }
        case 70 -> {
          assertThat(mostLeaf).isGreaterThanOrEqualTo(7);
          result[0] = mostSubleaf;
          set(result, 1, Feature.AVX2, 5);
          set(result, 1, Feature.AVX512F, 16);
          set(result, 1, Feature.AVX512DQ, 17);
          set(result, 1, Feature.AVX512BW, 30);
          set(result, 1, Feature.AVX512VL, 31);
          set(result, 2, Feature.AVX512VBMI, 1);
          set(result, 2, Feature.AVX512_VNNI, 11);
        }
        case 71 -> {
          assertThat(mostSubleaf).isGreaterThanOrEqualTo(1);
          set(result, 0, Feature.AVX_VNNI, 4);
          set(result, 0, Feature.AVX512_BF16, 5);
        }
        default -> throw new AssertionError("leaf " + leaf + ", " + subleaf);
      }
      return result;
    }

    private void set(int[] result, int register, Feature feature, int bit) {
      if (features.contains(feature)) {
        result[register] |= 1 << bit;
      }
    }

    @Override
    public long xcr0() {
      assertThat(features).contains(Feature.OSXSAVE);
      return xcr0;
    }
  }

  private static Set<Feature> allBut(Feature... missing) {
    EnumSet<Feature> features = EnumSet.allOf(Feature.class);
    List.of(missing).forEach(features::remove);
    return features;
  }

  private static String details(Set<Feature> features, long xcr0) {
    return Processor.detect(new Fake(features, xcr0)).details();
  }

  @Test
  void theBestInstructionsAreTaken() {
    assertThat(details(allBut(), ALL_STATES)).isEqualTo("AVX-512 VNNI, BF16, VBMI");
    assertThat(details(allBut(Feature.AVX_VNNI), ALL_STATES)).isEqualTo("AVX-512 VNNI, BF16, VBMI");
    assertThat(details(allBut(Feature.AVX512_BF16, Feature.AVX512VBMI), ALL_STATES))
        .isEqualTo("AVX-512 VNNI");
    assertThat(details(allBut(Feature.AVX512_VNNI), ALL_STATES))
        .isEqualTo("AVX-VNNI; no AVX-512 VNNI: the processor lacks avx512_vnni");
    assertThat(details(allBut(Feature.AVX512F, Feature.AVX_VNNI), ALL_STATES))
        .isEqualTo(
            "AVX2; no AVX-512 VNNI: the processor lacks avx512f;"
                + " no AVX-VNNI: the processor lacks avx_vnni");
    assertThat(details(allBut(Feature.FMA), ALL_STATES))
        .startsWith("none; no AVX-512 VNNI: the processor lacks fma; no AVX-VNNI: ");
  }

  @Test
  void eachFeatureOfASetIsNeeded() {
    for (InstructionSet set : InstructionSet.values()) {
      for (Feature feature : set.features) {
        assertThat(Processor.detect(new Fake(allBut(feature), ALL_STATES)).missing())
            .containsEntry(set, "the processor lacks " + feature.label());
      }
    }
  }

  @Test
  void registersMustBeKept() {
    assertThat(details(allBut(), 0x7))
        .isEqualTo(
            "AVX-VNNI; no AVX-512 VNNI: the operating system does not keep registers of 512 bits"
                + " (xcr0 is 0x7)");
    for (long state : new long[] {0x02, 0x04, 0x20, 0x40, 0x80}) {
      assertThat(Processor.detect(new Fake(allBut(), ALL_STATES & ~state)).best())
          .isNotEqualTo(InstructionSet.AVX512_VNNI);
    }
    assertThat(Processor.detect(new Fake(allBut(), 0x3)).best()).isEqualTo(InstructionSet.NONE);
    assertThat(details(allBut(Feature.OSXSAVE), ALL_STATES))
        .startsWith(
            "none; no AVX-512 VNNI: the operating system keeps no vector registers (no osxsave)");
  }

  @Test
  void leavesThatAreNotThereAreNotAsked() {
    assertThat(Processor.detect(new Fake(allBut(), 1, 0, ALL_STATES)).best())
        .isEqualTo(InstructionSet.NONE);
    Processor old = Processor.detect(new Fake(allBut(), 7, 0, ALL_STATES));
    assertThat(old.best()).isEqualTo(InstructionSet.AVX512_VNNI);
    assertThat(old.bf16()).isFalse();
    assertThat(old.missing())
        .isEqualTo(Map.of(InstructionSet.AVX_VNNI, "the processor lacks avx_vnni"));
  }

  @Test
  void withoutExecutableMemoryThereIsNothing() {
    assertThat(Processor.none("no").details())
        .isEqualTo("none; no AVX-512 VNNI: no; no AVX-VNNI: no; no AVX2: no");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void linuxSaysTheSame() throws IOException {
    Set<String> flags =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> Set.of(line.substring(line.indexOf(':') + 1).trim().split(" ")))
            .orElseThrow();
    Processor here = Processor.here();
    for (InstructionSet set : InstructionSet.values()) {
      assertThat(here.missing().containsKey(set))
          .as("%s: %s", set, here.details())
          .isEqualTo(!flags.containsAll(set.features.stream().map(Feature::label).toList()));
    }
    boolean wide = here.best() == InstructionSet.AVX512_VNNI;
    assertThat(here.bf16()).isEqualTo(wide && flags.contains("avx512_bf16"));
    assertThat(here.vbmi()).isEqualTo(wide && flags.contains("avx512vbmi"));
  }
}
