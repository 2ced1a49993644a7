// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ExpertRouting;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which experts a generation was sent to, through its result and through events. */
class ExpertRoutingTest {
  private static final String EVENT = "dev.coterie.ExpertRouting";
  private static final GenerationOptions COUNTED =
      GenerationOptions.builder()
          .maxTokens(20)
          .ignoreEndOfSequence(true)
          .expertRouting(true)
          .build();

  @TempDir Path directory;

  private Path model(ModelShape shape) {
    return RandomModels.write(directory.resolve("model.gguf"), shape, 9);
  }

  private static Generation start(Model model, GenerationOptions options, int from, int count) {
    int[] prompt = IntStream.range(from, from + count).map(i -> (i * i + 5) % 300).toArray();
    return model.generator().generate(new Prompt.Tokens(prompt), options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void threeAtOnceCountAsEachAlone(String tier) {
    ModelShape shape = ModelShape.qwen3moe(DataType.F32);
    int[] lengths = {40, 7, 19};
    try (Model model = Models.load(model(shape), Models.tier(tier).maxBatchTokens(16))) {
      List<GenerationResult> together =
          IntStream.range(0, 3)
              .mapToObj(i -> start(model, COUNTED, i, lengths[i]))
              .toList()
              .stream()
              .map(Generation::await)
              .toList();
      for (int i = 0; i < 3; i++) {
        GenerationResult alone = start(model, COUNTED, i, lengths[i]).await();
        assertThat(together.get(i).tokens()).isEqualTo(alone.tokens());
        assertThat(together.get(i).expertRouting()).isEqualTo(alone.expertRouting());
        assertThat(alone.expertRouting()).hasSize(shape.layers());
        for (ExpertRouting routing : alone.expertRouting()) {
          // of 20 generated tokens the last is not computed
          assertThat(routing.tokens()).isEqualTo(lengths[i] + 19);
          assertThat(routing.counts()).hasSize(shape.mixture().experts());
          assertThat(routing.counts().stream().mapToInt(c -> c).sum())
              .isEqualTo((lengths[i] + 19) * shape.mixture().used());
        }
      }
    }
  }

  @Test
  void layersAreNumberedAsInTheModel() {
    ModelShape shape = ModelShape.deepseek(DataType.Q8_0); // the first layer is dense
    assertThat(shape.mixture().denseLayers()).isEqualTo(1);
    try (Model model = Models.load(model(shape), Models.tier("scalar"))) {
      assertThat(start(model, COUNTED, 0, 5).await().expertRouting())
          .extracting(ExpertRouting::layer)
          .containsExactlyElementsOf(IntStream.range(1, shape.layers()).boxed().toList());
    }
  }

  /** Its first layers choose by a table of the token ids. */
  @Test
  void expertsOfATableAreCountedToo() {
    GoldenModel golden = GoldenModel.shared("deepseek_v4");
    try (Model model = Models.load(golden.directory(), Models.tier("vector"))) {
      int[] prompt = Arrays.copyOf(golden.tokens(), 30);
      GenerationOptions options = COUNTED.toBuilder().maxTokens(0).build();
      GenerationResult result =
          model.generator().generate(new Prompt.Tokens(prompt), options).await();
      assertThat(result.expertRouting()).hasSize(5);
      assertThat(result.expertRouting()).allMatch(routing -> routing.tokens() == 30);
    }
  }

  @Test
  void whoDoesNotAskGetsNothing() {
    GenerationOptions silent = COUNTED.toBuilder().expertRouting(false).build();
    try (Model model =
        Models.load(model(ModelShape.mixtral(DataType.F32)), Models.tier("scalar"))) {
      assertThat(start(model, silent, 0, 5).await().expertRouting()).isEmpty();
    }
    try (Model model = Models.load(model(ModelShape.llama(DataType.F32)), Models.tier("scalar"))) {
      assertThat(start(model, COUNTED, 0, 5).await().expertRouting()).isEmpty();
    }
  }

  @Test
  void eventsHaveTheSameCounts() throws Exception {
    GenerationOptions silent = COUNTED.toBuilder().expertRouting(false).build();
    Path file = directory.resolve("events.jfr");
    List<ExpertRouting> expected;
    try (Model model = Models.load(model(ModelShape.mixtral(DataType.F32)), Models.tier("scalar"));
        Recording recording = new Recording()) {
      expected = start(model, COUNTED, 0, 5).await().expertRouting();
      recording.enable(EVENT);
      recording.start();
      assertThat(start(model, silent, 0, 5).await().expertRouting()).isEmpty();
      start(model, COUNTED, 3, 9).await();
      model.close();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals(EVENT))
            .toList();
    assertThat(events).hasSize(2 * expected.size());
    assertThat(events).extracting(event -> event.getLong("generation")).containsOnly(2L, 3L);
    List<RecordedEvent> first =
        events.stream().filter(event -> event.getLong("generation") == 2).toList();
    for (int i = 0; i < expected.size(); i++) {
      ExpertRouting routing = expected.get(i);
      assertThat(first.get(i).getInt("layer")).isEqualTo(routing.layer());
      assertThat(first.get(i).getInt("expertsPerToken")).isEqualTo(routing.expertsPerToken());
      assertThat(first.get(i).getString("counts"))
          .isEqualTo(
              routing.counts().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }
}
