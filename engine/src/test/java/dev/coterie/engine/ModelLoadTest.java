// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.BackendUnavailableException;
import dev.coterie.CacheType;
import dev.coterie.GenerationOptions;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.Prompt;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.GgufWriter.ValueType;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModel;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loading: what it reports, what it refuses, and that nothing stays behind. */
@Timeout(120)
class ModelLoadTest {
  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  @TempDir Path directory;
  private final Set<Thread> before = threads();

  private Path model() {
    return model(ModelShape.llama(DataType.Q8_0));
  }

  private Path model(ModelShape shape) {
    return RandomModels.write(directory.resolve("model.gguf"), shape, 1);
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("coterie-"))
        .collect(Collectors.toSet());
  }

  /** Workers end after the close that told them to; so join those that are new. */
  @AfterEach
  void nothingStaysBehind() throws Exception {
    Set<Thread> added = threads();
    added.removeAll(before);
    for (Thread thread : added) {
      thread.join(30_000);
      assertThat(thread.isAlive()).as(thread.getName()).isFalse();
    }
    if (Files.isReadable(MAPPINGS)) {
      assertThat(Files.readString(MAPPINGS)).doesNotContain(directory.toString());
    }
  }

  @Test
  void aModelSaysWhatItIs() throws IOException {
    List<String> phases = new ArrayList<>();
    List<Double> repacked = new ArrayList<>();
    LoadOptions.Builder options =
        Models.tier("scalar")
            .threads(3)
            .listener(
                (phase, done) -> {
                  assertThat(done).isBetween(0.0, 1.0);
                  if (phases.isEmpty() || !phases.getLast().equals(phase)) {
                    phases.add(phase);
                  }
                  if (phase.equals("repack weights")) {
                    repacked.add(done);
                  }
                });
    try (Model model = Models.load(model(), options)) {
      assertThat(phases).containsExactly("read metadata", "repack weights");
      assertThat(repacked).isSorted().endsWith(1.0);
      assertThat(model.device()).isEqualTo("cpu: scalar tier, plain loops, 3 threads");
      assertThat(model.info().name()).isEqualTo("random llama Q8_0");
      assertThat(model.info().vocabularySize()).isEqualTo(320);
      assertThat(model.contextLength()).isEqualTo(512);
      assertThat(model.info()).isEqualTo(Model.inspect(directory.resolve("model.gguf")));
      Set<Thread> own = threads();
      own.removeAll(before);
      assertThat(own)
          .extracting(Thread::getName)
          .containsExactlyInAnyOrder("coterie-step-loop", "coterie-cpu-1", "coterie-cpu-2");
      assertThat(own).allMatch(Thread::isDaemon);
      if (Files.isReadable(MAPPINGS)) {
        assertThat(Files.readString(MAPPINGS)).contains(directory.toString());
      }
    }
  }

  @Test
  void aLoadCanBeCancelledAtEveryLook() {
    Path file = model(new ModelShape("llama", 2, 1024, 4, 2, 64, 2048, 320, DataType.F32, false));
    AtomicInteger looks = new AtomicInteger();
    // one thread: with more, how often the caller looks depends on what the others leave to it
    LoadOptions.Builder options = Models.tier("vector").threads(1);
    Models.load(
            file,
            options.cancelled(
                () -> {
                  looks.incrementAndGet();
                  return false;
                }))
        .close();
    int most = looks.get();
    assertThat(most).isGreaterThan(10);
    for (int end = 1; end <= most; end++) {
      AtomicInteger left = new AtomicInteger(end);
      assertThatThrownBy(
              () -> Models.load(file, options.cancelled(() -> left.decrementAndGet() <= 0)))
          .as("look " + end)
          .isInstanceOf(CancellationException.class)
          .hasMessage("the load was cancelled");
    }
  }

  @Test
  void anInterruptCancelsALoad() {
    Path file = model();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> Models.load(file, LoadOptions.builder()))
          .isInstanceOf(CancellationException.class);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
    LoadOptions.Builder options =
        LoadOptions.builder()
            .listener(
                (phase, done) -> {
                  if (phase.equals("read metadata")) { // more looks follow for certain
                    Thread.currentThread().interrupt();
                  }
                });
    try {
      assertThatThrownBy(() -> Models.load(file, options))
          .isInstanceOf(CancellationException.class);
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void whatAListenerThrowsComesOut() {
    Path file = model();
    for (String phase : List.of("read metadata", "repack weights")) {
      IllegalStateException fault = new IllegalStateException("of the listener");
      LoadOptions.Builder options =
          LoadOptions.builder()
              .listener(
                  (now, done) -> {
                    if (now.equals(phase)) {
                      throw fault;
                    }
                  });
      assertThatThrownBy(() -> Models.load(file, options)).isSameAs(fault);
    }
  }

  @Test
  void anUnknownArchitectureIsRefusedByName() {
    RandomModel weights = new RandomModel(ModelShape.llama(DataType.F32), 1);
    Path file = directory.resolve("gemma.gguf");
    RandomModels.writer(weights)
        .put("general.architecture", ValueType.STRING, "gemma3")
        .write(file);
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOfSatisfying(
            UnsupportedModelException.class, e -> assertThat(e.architecture()).isEqualTo("gemma3"))
        .hasMessageStartingWith(
            "architecture 'gemma3': is not supported; this version runs llama, qwen2");
  }

  @Test
  void unknownBackendsAndSettingsAreRefused() {
    Path file = model();
    assertThatThrownBy(() -> Models.load(file, LoadOptions.builder().backend("abacus")))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "backend 'abacus' is not available: cpu: available; reference: available;"
                + " reference-torch-ties: available");
    assertThatThrownBy(
            () -> Models.load(file, LoadOptions.builder().backendOptions(Map.of("tier", "fast"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("cpu tier: expected one of \\[.*vector, scalar], found 'fast'");
    assertThatThrownBy(
            () -> Models.load(file, LoadOptions.builder().backendOptions(Map.of("speed", "11"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backend option 'speed': the cpu backend knows 'tier' and 'activations'");
  }

  @Test
  void thePropertyChoosesTheBackendWhereNoOptionDoes() {
    Path file = model();
    System.setProperty("coterie.backend", "reference");
    try {
      try (Model model = Models.load(file, LoadOptions.builder())) {
        assertThat(model.device()).startsWith("reference: ");
      }
      try (Model model = Models.load(file, LoadOptions.builder().backend("cpu"))) {
        assertThat(model.device()).startsWith("cpu: ");
      }
    } finally {
      System.clearProperty("coterie.backend");
    }
  }

  @Test
  void limitsThatCannotBeMetAreRefused() {
    Path file = model();
    assertThatThrownBy(() -> Models.load(file, LoadOptions.builder().contextLength(513)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("contextLength: the model was made for at most 512 tokens, found 513");
    assertThatThrownBy(() -> Models.load(file, LoadOptions.builder().cacheTokens(511)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "cacheTokens: expected at least contextLength 512, found 511; raise it or set a shorter"
                + " contextLength");
    assertThatThrownBy(() -> LoadOptions.builder().maxBatchTokens(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxBatchTokens: expected 1 to 65536, found 0");
  }

  @Test
  void everyLimitGivesTheSameAnswer() {
    Path file = model();
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(60).ignoreEndOfSequence(true).build();
    Prompt prompt = new Prompt.Tokens(new int[] {1, 50, 100, 150, 200, 250, 300});
    List<List<Integer>> answers = new ArrayList<>();
    for (LoadOptions.Builder load :
        List.of(
            Models.tier("vector").threads(1),
            Models.tier("vector").threads(1).maxBatchTokens(1),
            Models.tier("vector").threads(5).maxBatchTokens(3).maxSequences(1),
            Models.tier("vector").threads(1).contextLength(67),
            Models.tier("vector").threads(1).contextLength(67).cacheTokens(100_000))) {
      try (Model model = Models.load(file, load)) {
        answers.add(model.generator().generate(prompt, options).await().tokens());
      }
    }
    assertThat(answers).allMatch(answers.getFirst()::equals);
    assertThat(answers.getFirst()).hasSize(60);
  }

  @Test
  void everyCacheTypeAnswers() {
    Path file = model();
    for (CacheType type : CacheType.values()) {
      for (String tier : List.of("scalar", "vector")) {
        LoadOptions.Builder load = Models.tier(tier).threads(1).cacheType(type);
        try (Model model = Models.load(file, load)) {
          assertThat(model.generator().generate("the cat").await().promptTokens()).isPositive();
        }
      }
    }
  }

  @Test
  void aFileCanBeReplacedAfterClose() throws IOException {
    Path file = model();
    Models.load(file, LoadOptions.builder()).close();
    Files.delete(file);
    Models.load(model(ModelShape.qwen2(DataType.F16)), LoadOptions.builder()).close();
  }

  @Test
  void whatIsMissingOrBrokenIsNamed() throws IOException {
    Path missing = directory.resolve("none.gguf");
    assertThatThrownBy(() -> Model.load(missing))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.gguf");
    assertThatThrownBy(() -> Model.load(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            directory
                + ": expected model.safetensors or model.safetensors.index.json, found neither in"
                + " the folder");
    byte[] whole = Files.readAllBytes(model());
    Path cut = directory.resolve("cut.gguf");
    for (int length : new int[] {0, 3, 20, 1_000, whole.length / 2, whole.length - 40}) {
      Files.write(cut, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Model.load(cut))
          .isInstanceOfSatisfying(
              ModelFormatException.class, e -> assertThat(e.path()).isEqualTo(cut))
          .hasMessageStartingWith(cut.toString());
    }
  }
}
