// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.coterie.CacheType;
import dev.coterie.InsufficientMemoryException;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelPlan;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not fit is refused before anything is taken for it. */
class PreflightTest {
  @TempDir Path directory;

  private Path model(ModelShape shape) {
    return RandomModels.write(directory.resolve("model.gguf"), shape, 1);
  }

  @Test
  void aBudgetOfAByteTooFewIsRefusedAndTheBudgetItselfIsEnough() throws IOException {
    Path file = model(ModelShape.llama(DataType.Q8_0));
    LoadOptions.Builder options = Models.tier("scalar").cacheType(CacheType.F16);
    ModelPlan plan = Model.plan(file, options.build());
    long required = plan.requiredBytes();
    assertThat(required).isEqualTo(plan.memory().totalBytes());
    Models.load(file, options.memoryBudget(required)).close();
    List<String> phases = new ArrayList<>();
    options.memoryBudget(required - 1).listener((phase, done) -> phases.add(phase));
    assertThatThrownBy(() -> Models.load(file, options))
        .isInstanceOfSatisfying(
            InsufficientMemoryException.class,
            e -> {
              assertThat(e.requiredBytes()).isEqualTo(required);
              assertThat(e.limitBytes()).isEqualTo(required - 1);
            })
        .hasMessageStartingWith("model 'random llama Q8_0': expected to need at most ")
        .hasMessageContaining(" for 512 tokens in F16")
        .hasMessageEndingWith(
            "; set contextLength to at most 480, or set cacheType to Q8_0, or take a smaller"
                + " quantization of the model");
    assertThat(phases).containsOnly("read metadata");
  }

  @Test
  void theCuresHelp() throws IOException {
    Path file = model(ModelShape.llama(DataType.Q8_0));
    ModelPlan whole = Model.plan(file, LoadOptions.DEFAULT);
    LoadOptions.Builder options =
        LoadOptions.builder().memoryBudget(whole.requiredBytes() - 64 * 32);
    ModelPlan plan = Model.plan(file, options.build());
    assertThat(plan.fits()).isFalse();
    int longest = (int) plan.longestContext();
    assertThat(longest).isBetween(1, 480);
    try (Model model = Models.load(file, options.contextLength(longest))) {
      assertThat(model.contextLength()).isEqualTo(longest);
    }
    Models.load(file, options.contextLength(0).cacheType(CacheType.Q8_0)).close();
  }

  /** Its experts would have to be turned, in memory of their own. */
  @Test
  void aPublishedCheckpointIsRefusedBeforeItIsRearranged() throws IOException {
    Path folder = GoldenModel.shared("llama4").directory();
    ModelPlan plan = Model.plan(folder, LoadOptions.DEFAULT);
    assertThat(plan.rearrangedBytes()).isGreaterThan(100_000);
    assertThat(plan.loadBytes())
        .isEqualTo(
            plan.memory().copiedWeightBytes()
                + plan.memory().scratchBytes()
                + plan.rearrangedBytes());
    LoadOptions small = LoadOptions.builder().memoryBudget(1 << 16).build();
    long most = 0;
    for (int i = 0; i < 3; i++) { // the first loads classes
      long before = allocated();
      assertThatThrownBy(() -> Model.load(folder, small))
          .isInstanceOf(InsufficientMemoryException.class)
          .hasMessageContaining(", rearranged at load ");
      most = allocated() - before;
    }
    // the tokenizer and the graph; the scratch space alone would be more
    assertThat(most).isLessThan(plan.memory().scratchBytes());
    LoadOptions enough = LoadOptions.builder().memoryBudget(plan.requiredBytes()).build();
    Model.load(folder, enough).close();
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  @Test
  void whatCannotBeAddressedIsRefused() {
    Path file = model(new ModelShape("llama", 1, 64, 2, 2, 32, 1 << 15, 320, DataType.F16, false));
    assertThatThrownBy(() -> Models.load(file, LoadOptions.builder().maxBatchTokens(65_536)))
        .isInstanceOf(dev.coterie.UnsupportedModelException.class)
        .hasMessage(
            "architecture 'llama': a buffer for 65536 tokens is too large to be addressed; set a"
                + " smaller maxBatchTokens");
  }
}
