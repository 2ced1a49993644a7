// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.CachePart;
import dev.coterie.ChatTemplate;
import dev.coterie.ChatTemplateException;
import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.DeviceMemory;
import dev.coterie.LoadOptions;
import dev.coterie.MemoryPlan;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.ModelInfo;
import dev.coterie.ModelPlan;
import dev.coterie.TensorInfo;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.ModelProvider;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** An engine whose models are scripts: property files that end in {@code .fake}. */
public final class FakeModelProvider implements ModelProvider {
  /** The options of the last load, for tests to look at. */
  static volatile LoadOptions lastOptions = LoadOptions.DEFAULT;

  @Override
  public boolean accepts(Path path) {
    return path.toString().endsWith(".fake")
        || path.toString().endsWith("-Q4_K_M.gguf")
        || Files.notExists(path);
  }

  @Override
  public Model load(Path path, LoadOptions options) throws IOException {
    Properties script = read(path);
    lastOptions = options;
    String tier = options.backendOptions().getOrDefault("tier", "vector");
    if (!List.of("scalar", "vector").contains(tier)) {
      throw new IllegalArgumentException("tier: expected scalar or vector, found " + tier);
    }
    options.listener().progress("read weights", 0.5);
    sleep(script, "loadMillis");
    options.listener().progress("read weights", 0.75);
    options.listener().progress("read weights", 1);
    return new FakeModel(script, info(path, script), tier);
  }

  @Override
  public ModelInfo inspect(Path path) throws IOException {
    return info(path, read(path));
  }

  @Override
  public ModelPlan plan(Path path, LoadOptions options) throws IOException {
    Properties script = read(path);
    if (script.getProperty("refuse", "").equals("plan")) {
      throw new UnsupportedModelException("llama", "has too many\nheads");
    }
    long mib = 1L << 20;
    MemoryPlan memory =
        new MemoryPlan(
            3 * mib,
            mib,
            2 * mib,
            List.of(new CachePart("keys and values, window of 32", 2, 1024)),
            64,
            64 << 10,
            mib / 2,
            mib / 2);
    return new ModelPlan(
        info(path, script),
        "cpu: fake",
        64,
        options.cacheType(),
        1_093_632,
        500_000,
        1_000_000,
        800_000,
        1_900_000,
        memory,
        0,
        new DeviceMemory(8 * mib, 6 * mib, 5 * mib),
        options.memoryBudget(),
        mib);
  }

  @Override
  public Conversion planConversion(Path source, Path target, ConvertOptions options) {
    return new Conversion(
        List.of(target),
        List.of(3L << 20),
        6L << 20,
        List.of(new TensorInfo("w", options.quantization().name(), List.of(1L << 20), 3L << 20)));
  }

  @Override
  public ChatTemplate loadChatTemplate(Path path, Clock clock) {
    return variables -> clock.instant() + " " + variables;
  }

  @Override
  public ChatTemplate chatEncoder(String name) {
    if (!name.equals("fake")) {
      throw new IllegalArgumentException("chat encoder: expected fake, found '" + name + "'");
    }
    return variables -> {
      if (variables.get("messages") instanceof List<?> messages && messages.isEmpty()) {
        throw new ChatTemplateException(3, 7, "no messages");
      }
      return "encoded " + variables;
    };
  }

  @Override
  public Conversion convert(Path source, Path target, ConvertOptions options) throws IOException {
    options.listener().progress("w", 1, 2);
    Files.writeString(target, options.splitMaxBytes() + " " + options.overwrite());
    return planConversion(source, target, options);
  }

  @Override
  public Tokenizer loadTokenizer(Path path) throws IOException {
    read(path);
    return new FakeTokenizer();
  }

  static void sleep(Properties script, String key) {
    try {
      Thread.sleep(Long.parseLong(script.getProperty(key, "0")));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Properties read(Path path) throws IOException {
    Properties script = new Properties();
    try (Reader reader = Files.newBufferedReader(path)) {
      script.load(reader);
    }
    switch (script.getProperty("refuse", "")) {
      case "format" ->
          throw new ModelFormatException(path, 24, "expected 3 tensors,\nfound \u001b[31m2^60");
      case "architecture" -> throw new UnsupportedModelException("gemma3", "is not supported");
      case "memory" -> throw new OutOfMemoryError("Java heap space");
      case "bug" -> throw new NullPointerException("of the engine");
      default -> {}
    }
    return script;
  }

  private static ModelInfo info(Path path, Properties script) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", "llama");
    metadata.put("general.name", "Fake \u001b[31m1");
    metadata.put("llama.rope.freq_base", 10000.0f);
    metadata.put("llama.block_count", 2);
    metadata.put("tokenizer.ggml.add_bos_token", true);
    metadata.put("tokenizer.ggml.tokens", "STRING[258]");
    metadata.put("general.tags", List.of("a", "b"));
    return new ModelInfo(
        path,
        "GGUF v3",
        "llama",
        "Fake 1",
        Long.parseLong(script.getProperty("context", "64")),
        FakeTokenizer.SIZE,
        1_234_567,
        metadata,
        List.of(
            new TensorInfo("token_embd.weight", "Q8_0", List.of(258L, 4_096L), 1_122_816),
            new TensorInfo("blk.0.ffn_down.weight", "Q4_K", List.of(64L, 256L), 9_216),
            new TensorInfo("blk.0.ffn_up.weight", "Q4_K", List.of(64L, 256L), 9_216),
            new TensorInfo("output_norm.weight", "F32", List.of(4_096L), 16_384)));
  }
}
