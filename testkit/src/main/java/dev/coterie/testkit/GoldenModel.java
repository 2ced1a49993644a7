// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A tiny model whose logits were computed with PyTorch and transformers. There are two sets: the
 * project's own, which {@code testkit/golden} makes and holds, and that of the shared material.
 */
public final class GoldenModel {
  private static final Path OWN = Path.of("testkit", "golden", "models");

  private final Path directory;
  private final Map<String, @Nullable Object> golden;

  /**
   * What comes after the tokens so far.
   *
   * @param topIds the ids of the most probable tokens, best first
   * @param topLogProbabilities their natural logarithms of probability
   */
  public record Step(List<Integer> topIds, List<Double> topLogProbabilities) {
    /** Copies the lists. */
    public Step {
      topIds = List.copyOf(topIds);
      topLogProbabilities = List.copyOf(topLogProbabilities);
    }

    static Step of(@Nullable Object ids, @Nullable Object logProbabilities) {
      return new Step(
          Arrays.stream(Json.ints(ids)).boxed().toList(),
          Arrays.stream(Json.doubles(logProbabilities)).boxed().toList());
    }

    /**
     * The token that greedy decoding takes.
     *
     * @return its id
     */
    public int token() {
      return topIds.getFirst();
    }
  }

  private GoldenModel(Path directory) {
    this.directory = directory;
    this.golden = Json.parseObject(directory.resolve("golden.json"));
  }

  /**
   * Opens a golden model of the project's own set.
   *
   * @param name the name of its folder, such as {@code llama}
   * @return the model
   */
  public static GoldenModel own(String name) {
    return new GoldenModel(ownDirectory().resolve(name));
  }

  /**
   * Every golden model of the project's own set.
   *
   * @return the models, by name
   */
  public static List<GoldenModel> allOwn() {
    return all(ownDirectory());
  }

  /**
   * Opens a golden model of the shared material; aborts the test where that is missing.
   *
   * @param name the name of its folder, such as {@code llama}
   * @return the model
   */
  public static GoldenModel shared(String name) {
    return new GoldenModel(SharedMaterial.require("golden/" + name));
  }

  /**
   * Every golden model of the shared material, those without {@link #gguf()} too; aborts the test
   * where that is missing.
   *
   * @return the models, by name
   */
  public static List<GoldenModel> allShared() {
    return all(SharedMaterial.require("golden"));
  }

  private static List<GoldenModel> all(Path directory) {
    try (Stream<Path> folders = Files.list(directory)) {
      return folders
          .filter(folder -> Files.isRegularFile(folder.resolve("golden.json")))
          .sorted()
          .map(GoldenModel::new)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It belongs to the repository, so tests fail where it is missing. */
  private static Path ownDirectory() {
    Path from = Path.of(System.getProperty("user.dir")).toAbsolutePath();
    for (Path at = from; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(OWN))) {
        return at.resolve(OWN);
      }
    }
    throw new IllegalStateException("'" + OWN + "' not found in or above " + from);
  }

  /**
   * The name of its folder, such as {@code llama}.
   *
   * @return the name
   */
  public String name() {
    return String.valueOf(directory.getFileName());
  }

  /**
   * The folder with {@code model.safetensors}, {@code tokenizer.json} and so on.
   *
   * @return the folder
   */
  public Path directory() {
    return directory;
  }

  /**
   * The weights as GGUF.
   *
   * @return the file; may not exist
   */
  public Path gguf() {
    return directory.resolve("model.gguf");
  }

  /**
   * Whether there is a {@link #gguf()}.
   *
   * @return whether there is
   */
  public boolean hasGguf() {
    return Files.isRegularFile(gguf());
  }

  /**
   * The weights as published checkpoints have them.
   *
   * @return the file
   */
  public Path safetensors() {
    return directory.resolve("model.safetensors");
  }

  /**
   * The file of {@link #config()}.
   *
   * @return the file
   */
  public Path configFile() {
    return directory.resolve("config.json");
  }

  /**
   * The tokenizer as Hugging Face writes it.
   *
   * @return the file
   */
  public Path tokenizerFile() {
    return directory.resolve("tokenizer.json");
  }

  /**
   * The model's {@code config.json}.
   *
   * @return its keys and values
   */
  public Map<String, @Nullable Object> config() {
    return Json.parseObject(configFile());
  }

  /**
   * The prompt.
   *
   * @return token ids
   */
  public int[] tokens() {
    return Json.ints(golden.get("tokens"));
  }

  /**
   * How many of the prompt's tokens greedy decoding starts from.
   *
   * @return tokens
   */
  public int greedyPromptTokens() {
    return (int) Json.number(golden.get("greedy_prompt_tokens"));
  }

  /**
   * What greedy decoding gives after the first {@link #greedyPromptTokens()} tokens.
   *
   * @return the steps
   */
  public List<Step> greedy() {
    List<Step> steps = new ArrayList<>();
    for (Object value : Json.array(golden.get("greedy"))) {
      Map<String, @Nullable Object> step = Json.object(value);
      steps.add(Step.of(step.get("top_ids"), step.get("top_logprobs")));
    }
    return steps;
  }

  /**
   * The logits at every position of the prompt.
   *
   * @return {@code [positions, vocabulary]}
   */
  public float[][] logits() {
    return matrix("logits");
  }

  /**
   * The logits that the module for multi-token prediction gives at every position but the last, for
   * the token after the next.
   *
   * @return {@code [positions - 1, vocabulary]}
   */
  public float[][] predicted() {
    return matrix("predicted");
  }

  private float[][] matrix(String key) {
    Map<String, @Nullable Object> matrix = Json.object(golden.get(key));
    int[] shape = Json.ints(matrix.get("shape"));
    ByteBuffer data = read(directory.resolve(Json.string(matrix.get("file"))));
    if (data.remaining() != Math.multiplyExact(shape[0] * Float.BYTES, shape[1])) {
      throw new IllegalStateException(
          directory
              + ": "
              + key
              + ": expected shape "
              + Arrays.toString(shape)
              + ", found "
              + data.remaining()
              + " bytes");
    }
    float[][] rows = new float[shape[0]][shape[1]];
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = data.getFloat();
      }
    }
    return rows;
  }

  private static ByteBuffer read(Path file) {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
