// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepLoopTest {
  @Test
  void answersAsTheModelAlone() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(20).build();
      GenerationResult result = model.generate(options, 1, 2, 3).await();
      assertThat(result.tokens()).isEqualTo(model.alone(options, 1, 2, 3)).hasSize(20);
      assertThat(result.text()).isEqualTo(ToyModel.text(result.tokens()));
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.promptTokens()).isEqualTo(3);
    }
  }

  @Test
  void longPromptsGoInChunks() {
    try (ToyModel model = new ToyModel(256, 7, 4, 64)) {
      GenerationOptions options = ToyModel.tokens(50).build();
      int[] prompt = ToyModel.prompt(150);
      List<Generation> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(model.generate(options, prompt));
      }
      for (Generation generation : all) {
        assertThat(ToyModel.tokensOf(generation)).isEqualTo(model.alone(options, prompt));
      }
      assertThat(model.loop.availableBlocks()).isEqualTo(64);
    }
  }
}
