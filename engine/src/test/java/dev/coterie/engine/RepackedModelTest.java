// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ConvertOptions;
import dev.coterie.LoadOptions;
import dev.coterie.LoraAdapter;
import dev.coterie.Model;
import dev.coterie.Quantization;
import dev.coterie.RepackCache;
import dev.coterie.engine.format.RandomAdapter;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose repacked weights are kept: the same logits, and never those of another model. */
@Timeout(120)
class RepackedModelTest {
  private static final int[] TOKENS = {1, 7, 42, 99, 3, 50, 17, 42};
  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  @TempDir Path directory;

  static List<String> tiers() {
    return List.of("scalar", "vector", "machinecode");
  }

  @BeforeEach
  void keepSmallModels() {
    System.setProperty("coterie.cache.least", "0");
  }

  @AfterEach
  void clearProperties() {
    System.clearProperty("coterie.cache.least");
    System.clearProperty("coterie.cache.disable");
  }

  private RepackCache cache() {
    return RepackCache.in(directory.resolve("cache"));
  }

  private LoadOptions.Builder options(String tier) {
    return Models.tier(tier).repackCache(cache());
  }

  private Path gguf(ModelShape shape, long seed) throws Exception {
    Path file = RandomModels.write(directory.resolve("model.gguf"), shape, seed);
    settle();
    return file;
  }

  /** What was written just now could still be changed within the same tick of the clock. */
  private static void settle() throws InterruptedException {
    Thread.sleep(100);
  }

  private static float[][] logits(Path model, LoadOptions.Builder options) {
    try (Model loaded = Models.load(model, options)) {
      return Models.score(loaded, TOKENS, 4);
    }
  }

  private float[][] expected(Path model, LoadOptions.Builder options) {
    return logits(model, options.build().toBuilder().repackCache(RepackCache.NONE));
  }

  /** Loads a model and waits until its weights are kept. */
  private void keep(Path model, LoadOptions.Builder options) throws Exception {
    List<Path> before = kept();
    try (Model loaded = Models.load(model, options)) {
      assertThat(loaded.contextLength()).isPositive();
      while (kept().equals(before)) {
        Thread.sleep(5);
      }
    }
  }

  private List<Path> kept() throws IOException {
    return new ArrayList<>(
        cache().entries().stream().map(RepackCache.Entry::file).sorted().toList());
  }

  private static boolean isMapped(Path model, LoadOptions.Builder options) throws IOException {
    return Model.plan(model, options.build()).memory().copiedWeightBytes() == 0;
  }

  private void theSecondLoadIsTheSame(Path model, LoadOptions.Builder options) throws Exception {
    float[][] expected = expected(model, options);
    assertThat(isMapped(model, options)).isFalse();
    keep(model, options);
    assertThat(isMapped(model, options)).isTrue();
    assertThat(logits(model, options)).isDeepEqualTo(expected);
    assertThat(logits(model, options.repackCache(cache().verified()))).isDeepEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("tiers")
  void aModelIsTheSameOnEachTier(String tier) throws Exception {
    theSecondLoadIsTheSame(gguf(ModelShape.llama(DataType.Q4_0), 1), options(tier));
  }

  @ParameterizedTest
  @MethodSource("tiers")
  void aMixtureIsTheSameOnEachTier(String tier) throws Exception {
    theSecondLoadIsTheSame(gguf(ModelShape.deepseekLite(DataType.Q8_0), 1), options(tier));
  }

  @Test
  void allTiersShareAFile() throws Exception {
    Path model = gguf(ModelShape.qwen3moe(DataType.Q4_K), 1);
    keep(model, options("scalar"));
    for (String tier : tiers()) {
      assertThat(isMapped(model, options(tier))).isTrue();
      assertThat(logits(model, options(tier))).isDeepEqualTo(expected(model, options(tier)));
    }
    assertThat(kept()).hasSize(1);
  }

  /** Tensors that are turned and parted at load are kept too. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "deepseek_v2", "deepseek_v3_fp8", "deepseek_v4_fp4", "gpt_oss"})
  void aFolderIsTheSame(String name) throws Exception {
    theSecondLoadIsTheSame(GoldenModel.own(name).directory(), options("vector"));
  }

  @Test
  void aSplitModelIsTheSame() throws Exception {
    Path source = gguf(ModelShape.llama(DataType.F32), 1);
    Path target = directory.resolve("split.gguf");
    Path first =
        Model.convert(
                source,
                target,
                ConvertOptions.builder()
                    .quantization(Quantization.Q8_0)
                    .splitMaxBytes(100_000)
                    .build())
            .files()
            .getFirst();
    assertThat(first).isNotEqualTo(target);
    settle();
    theSecondLoadIsTheSame(first, options("scalar"));
  }

  @Test
  void anAdapterAndItsScaleHaveAFileOfTheirOwn() throws Exception {
    Path model = GoldenModel.own("llama").directory();
    Path adapter =
        new RandomAdapter(model, "llama", 3, 2.5f, 7).writePeft(directory.resolve("adapter"));
    settle();
    keep(model, options("scalar"));
    LoadOptions.Builder half = options("scalar").adapters(List.of(new LoraAdapter(adapter, 0.5f)));
    LoadOptions.Builder whole = options("scalar").adapters(List.of(new LoraAdapter(adapter, 1)));
    theSecondLoadIsTheSame(model, half);
    theSecondLoadIsTheSame(model, whole.repackCache(cache()));
    assertThat(kept()).hasSize(3);
    assertThat(logits(model, half)).isNotEqualTo(logits(model, whole));
  }

  /** The system, not a program, says when a file was changed. */
  @Test
  void aFileThatIsEditedInPlaceIsRepacked() throws Exception {
    Path model = gguf(ModelShape.llama(DataType.F32), 1);
    keep(model, options("scalar"));
    FileTime time = Files.getLastModifiedTime(model);
    try (FileChannel channel = FileChannel.open(model, StandardOpenOption.WRITE)) {
      // the last tensor's last value
      channel.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 0x3f}), Files.size(model) - 4);
    }
    Files.setLastModifiedTime(model, time);
    settle();
    assertThat(isMapped(model, options("scalar"))).isFalse();
    theSecondLoadIsTheSame(model, options("scalar"));
  }

  @Test
  void aFileThatIsReplacedIsRepacked() throws Exception {
    Path model = gguf(ModelShape.llama(DataType.Q4_0), 1);
    keep(model, options("scalar"));
    FileTime time = Files.getLastModifiedTime(model);
    Path other =
        RandomModels.write(directory.resolve("other.gguf"), ModelShape.llama(DataType.Q4_0), 2);
    assertThat(Files.size(other)).isEqualTo(Files.size(model));
    Files.setLastModifiedTime(other, time);
    Files.move(other, model, StandardCopyOption.REPLACE_EXISTING);
    settle();
    theSecondLoadIsTheSame(model, options("scalar"));
  }

  @Test
  void aFileThatIsOverwrittenIsRepacked() throws Exception {
    Path model = gguf(ModelShape.llama(DataType.Q4_0), 1);
    float[][] expected = expected(model, options("scalar"));
    keep(model, options("scalar"));
    RandomModels.write(model, ModelShape.llama(DataType.Q4_0), 2);
    settle();
    float[][] changed = expected(model, options("scalar"));
    assertThat(changed).isNotEqualTo(expected);
    assertThat(logits(model, options("scalar"))).isDeepEqualTo(changed);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 0.5, 0.999})
  void aFileOfWeightsThatIsCutIsWrittenAnew(double part) throws Exception {
    Path model = gguf(ModelShape.llama(DataType.Q4_0), 1);
    float[][] expected = expected(model, options("scalar"));
    keep(model, options("scalar"));
    Path file = kept().getFirst();
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, (int) (part * bytes.length)));
    assertThat(isMapped(model, options("scalar"))).isFalse();
    assertThat(file).doesNotExist();
    keep(model, options("scalar"));
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    assertThat(logits(model, options("scalar"))).isDeepEqualTo(expected);
  }

  @Test
  void whatIsKeptIsMappedWhileTheModelIsOpen() throws Exception {
    Path model = gguf(ModelShape.llama(DataType.Q4_0), 1);
    keep(model, options("scalar"));
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isReadable(MAPPINGS), "there is no " + MAPPINGS);
    String name = kept().getFirst().getFileName().toString();
    assertThat(Files.readString(MAPPINGS)).doesNotContain(name);
    try (Model loaded = Models.load(model, options("scalar"))) {
      assertThat(loaded.contextLength()).isPositive();
      assertThat(Files.readAllLines(MAPPINGS))
          .anyMatch(line -> line.contains(name) && line.contains(" r--s "));
    }
    assertThat(Files.readString(MAPPINGS)).doesNotContain(name);
  }

  @Test
  void optingOutLeavesNothing() throws Exception {
    Path model = gguf(ModelShape.llama(DataType.Q4_0), 1);
    logits(model, Models.tier("scalar").repackCache(RepackCache.NONE));
    System.setProperty("coterie.cache.disable", "true");
    logits(model, options("scalar"));
    System.clearProperty("coterie.cache.disable");
    System.clearProperty("coterie.cache.least");
    logits(model, options("scalar")); // too small
    assertThat(cache().folder()).doesNotExist();
  }
}
