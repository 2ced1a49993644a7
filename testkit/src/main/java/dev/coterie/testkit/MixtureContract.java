// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole tiny mixtures of experts. */
public abstract class MixtureContract extends EntryIndexerContract {
  /** For subclasses. */
  protected MixtureContract() {}

  private static List<ModelShape> shapes(DataType type) {
    return type.blockSize() > 32
        ? List.of(ModelShape.mixtral(type), ModelShape.qwen3moe(type))
        : List.of(
            ModelShape.mixtral(type),
            ModelShape.qwen3moe(type),
            ModelShape.deepseek(type),
            ModelShape.deepseekLite(type));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "BF16", "Q8_0", "Q4_0", "Q4_K", "MXFP4"})
  void mixtureModels(DataType type) {
    assumeTrue(activationsAreFloat(), "rounded activations choose other experts at near-ties");
    for (ModelShape shape : shapes(type)) {
      Graph graph = new RandomModel(shape, type.ordinal()).graph();
      BatchPlan plan = new BatchPlan(graph, 2);
      int a = plan.sequence(45);
      int b = plan.sequence(40);
      plan.step(new Segment(a, 0, 35, Wanted.ALL));
      plan.step(new Segment(a, 35, 1, Wanted.LAST));
      plan.step(new Segment(b, 0, 33, Wanted.LAST), new Segment(a, 36, 1, Wanted.LAST));
      plan.step(new Segment(a, 37, 1, Wanted.LAST), new Segment(b, 33, 1, Wanted.LAST));
      String what = shape.architecture() + " " + type;
      check(what, graph, plan, Accuracy::assertNmse, modelNmse());
    }
  }

  @Test
  void batchesDoNotChangeMixtures() {
    assumeTrue(activationsAreFloat(), "rounded activations choose other experts at near-ties");
    int[] ones = new int[40];
    Arrays.fill(ones, 1);
    for (ModelShape shape : shapes(DataType.Q8_0)) {
      Graph graph = new RandomModel(shape, 1).graph();
      if (graph.operations().stream().allMatch(this::supports)) {
        float[][] whole = inChunks(graph, 40);
        String what = shape.architecture();
        Accuracy.assertNmse(what, whole, inChunks(graph, 3, 33, 4), consistencyNmse());
        Accuracy.assertNmse(what, whole, inChunks(graph, ones), consistencyNmse());
      }
    }
  }

  private float[][] inChunks(Graph graph, int... counts) {
    BatchPlan plan = new BatchPlan(graph, 3);
    plan.chunks(plan.sequence(40), Wanted.ALL, counts);
    return run(backend(), graph, plan, CacheType.F32);
  }
}
