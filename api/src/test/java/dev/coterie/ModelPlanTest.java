// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What fits, and what is said where it does not. */
class ModelPlanTest {
  private static final long MIB = 1L << 20;
  private static final DeviceMemory MACHINE = new DeviceMemory(200 * MIB, 200 * MIB, 150 * MIB);

  /** 64 MiB of weights, 4 KiB a token for 8192 tokens, 3 MiB of scratch. */
  private static final MemoryPlan MEMORY =
      new MemoryPlan(
          64 * MIB,
          5 * MIB,
          60 * MIB,
          List.of(new CachePart("latents", 2, 3072), new CachePart("index keys", 2, 1024)),
          8192,
          32 * MIB,
          3 * MIB,
          3 * MIB);

  private static ModelPlan plan(
      MemoryPlan memory, CacheType type, long rearranged, DeviceMemory device, long budget) {
    ModelInfo info =
        new ModelInfo(
            Path.of("m.gguf"), "GGUF v3", "llama", "tiny", 8192, 10, 1, Map.of(), List.of());
    return new ModelPlan(
        info, "cpu", 8192, type, 10, 5, 7, 6, 4, memory, rearranged, device, budget, 50 * MIB);
  }

  private static ModelPlan plan(DeviceMemory device, long budget) {
    return plan(MEMORY, CacheType.F16, 0, device, budget);
  }

  @Test
  void sumsAreThoseOfTheParts() {
    ModelPlan plan = plan(MEMORY, CacheType.F16, 40 * MIB, MACHINE, 0);
    assertThat(MEMORY.cacheBytesPerToken()).isEqualTo(4096);
    assertThat(MEMORY.totalBytes()).isEqualTo(99 * MIB);
    assertThat(plan.loadBytes()).isEqualTo(107 * MIB);
    assertThat(plan.requiredBytes()).isEqualTo(107 * MIB);
    assertThat(plan(MACHINE, 0).requiredBytes()).isEqualTo(99 * MIB);
  }

  @Test
  void whatFitsIsLeftAlone() {
    for (ModelPlan plan :
        List.of(
            plan(MACHINE, 0),
            plan(MACHINE, 99 * MIB),
            plan(new DeviceMemory(99 * MIB, 99 * MIB, 67 * MIB), 0))) {
      assertThat(plan.fits()).isTrue();
      plan.requireFit();
      assertThat(plan.longestContext()).isEqualTo(8192);
    }
  }

  private static void refused(ModelPlan plan, long required, long limit, String message) {
    assertThat(plan.fits()).isFalse();
    assertThatThrownBy(plan::requireFit)
        .isInstanceOfSatisfying(
            InsufficientMemoryException.class,
            e -> {
              assertThat(e.requiredBytes()).isEqualTo(required);
              assertThat(e.limitBytes()).isEqualTo(limit);
            })
        .hasMessage(message);
  }

  @Test
  void aBudgetIsTheOnlyLimitWhereThereIsOne() {
    refused(
        plan(MACHINE, 99 * MIB - 1),
        99 * MIB,
        99 * MIB - 1,
        "model 'tiny': expected to need at most 99.00 MiB (memoryBudget), found 99.00 MiB: weights"
            + " 64.00 MiB, cache 32.00 MiB for 8192 tokens in F16, scratch 3.00 MiB; set"
            + " contextLength to at most 8160, or set cacheType to Q8_0, or take a smaller"
            + " quantization of the model");
    assertThat(plan(new DeviceMemory(1, 1, 1), 99 * MIB).fits()).isTrue();
  }

  @Test
  void aContainerIsNamed() {
    refused(
        plan(new DeviceMemory(200 * MIB, 80 * MIB, 70 * MIB), 0),
        99 * MIB,
        80 * MIB,
        "model 'tiny': expected to need at most 80.00 MiB (the container's limit), found 99.00 MiB:"
            + " weights 64.00 MiB, cache 32.00 MiB for 8192 tokens in F16, scratch 3.00 MiB; set"
            + " contextLength to at most 3328, or set cacheType to Q8_0, or take a smaller"
            + " quantization of the model");
  }

  @Test
  void aContextHelpsNothingWhereTheWeightsDoNotFit() {
    refused(
        plan(new DeviceMemory(60 * MIB, 60 * MIB, 60 * MIB), 0),
        99 * MIB,
        60 * MIB,
        "model 'tiny': expected to need at most 60.00 MiB (the device's memory), found 99.00 MiB:"
            + " weights 64.00 MiB, cache 32.00 MiB for 8192 tokens in F16, scratch 3.00 MiB; take a"
            + " smaller quantization of the model");
  }

  @Test
  void theLoadMustFitWhatIsAvailable() {
    refused(
        plan(MEMORY, CacheType.Q8_0, 90 * MIB, MACHINE, 0),
        157 * MIB,
        150 * MIB,
        "model 'tiny': expected at load to need at most 150.00 MiB (what is available now), found"
            + " 157.00 MiB: weights 64.00 MiB, cache 32.00 MiB for 8192 tokens in Q8_0, scratch"
            + " 3.00 MiB, rearranged at load 90.00 MiB; take a smaller quantization of the model");
  }

  @Test
  void theHeapHasALimitOfItsOwn() {
    MemoryPlan memory = new MemoryPlan(MIB, 0, MIB, List.of(), 8192, 0, 60 * MIB, 60 * MIB);
    refused(
        plan(memory, CacheType.F16, 0, MACHINE, 0),
        60 * MIB,
        50 * MIB,
        "model 'tiny': expected on Java's heap to need at most 50.00 MiB (-Xmx), found 60.00 MiB:"
            + " weights 1.00 MiB, cache 0 B for 8192 tokens in F16, scratch 60.00 MiB; start Java"
            + " with a larger -Xmx, or set a smaller maxBatchTokens, or take a smaller quantization"
            + " of the model");
  }

  /** Compressed entries lie on the heap: half of what a token takes here. */
  @Test
  void aShorterContextSparesHeap() {
    MemoryPlan memory =
        new MemoryPlan(
            MIB,
            0,
            MIB,
            List.of(new CachePart("entries", 1, 16_384)),
            8192,
            128 * MIB,
            4 * MIB,
            68 * MIB);
    ModelPlan plan = plan(memory, CacheType.F16, 0, MACHINE, 0);
    assertThat(plan.longestContext()).isEqualTo(46 * MIB / 8192);
    assertThatThrownBy(plan::requireFit)
        .hasMessageContaining("on Java's heap to need at most 50.00 MiB (-Xmx), found 68.00 MiB")
        .hasMessageContaining(
            "; start Java with a larger -Xmx, or set a smaller maxBatchTokens, or")
        .hasMessageContaining(" or set contextLength to at most 5888, ");
    assertThat(memory.plusScratch(MIB).heapBytes()).isEqualTo(69 * MIB);
    assertThat(memory.plusScratch(MIB).totalBytes()).isEqualTo(134 * MIB);
  }

  @Test
  void numbersThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new DeviceMemory(1, 2, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memory: expected available <= limit <= total, found 0, 2, 1");
  }
}
