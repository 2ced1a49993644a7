// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.TensorInfo;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.GgufWriter;
import dev.coterie.testkit.GgufWriter.ValueType;
import dev.coterie.testkit.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A random adapter for the linear layers of a published checkpoint, which it writes as PEFT and as
 * GGUF, and merges into the weights. All values fit BF16.
 */
public final class RandomAdapter {
  /** What is adapted, as modules of transformers and as weights of GGUF files. */
  private static final Map<String, String> MODULES = new LinkedHashMap<>();

  static {
    MODULES.put("self_attn.q_proj", "attn_q");
    MODULES.put("self_attn.k_proj", "attn_k");
    MODULES.put("self_attn.v_proj", "attn_v");
    MODULES.put("self_attn.o_proj", "attn_output");
    MODULES.put("self_attn.q_a_proj", "attn_q_a");
    MODULES.put("self_attn.q_b_proj", "attn_q_b");
    MODULES.put("self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa");
    MODULES.put("self_attn.indexer.wq_b", "indexer.attn_q_b");
    MODULES.put("self_attn.indexer.wk", "indexer.attn_k");
    MODULES.put("self_attn.indexer.weights_proj", "indexer.proj");
    MODULES.put("mlp.gate", "ffn_gate_inp");
    MODULES.put("mlp.router", "ffn_gate_inp");
    for (String part : List.of("gate", "up", "down")) {
      MODULES.put("mlp." + part + "_proj", "ffn_" + part);
      MODULES.put("mlp.shared_experts." + part + "_proj", "ffn_" + part + "_shexp");
      MODULES.put("feed_forward." + part + "_proj", "ffn_" + part);
      MODULES.put("feed_forward.shared_expert." + part + "_proj", "ffn_" + part + "_shexp");
    }
  }

  private record Matrices(String gguf, int rows, int columns, float[] a, float[] b) {}

  private final Map<String, Matrices> modules = new LinkedHashMap<>();
  private final Map<String, Object> config;
  private final String architecture;
  private final int rank;
  private final float alpha;

  /**
   * Makes the matrices.
   *
   * @param folder the model
   * @param architecture its name in GGUF files
   */
  public RandomAdapter(Path folder, String architecture, int rank, float alpha, long seed) {
    this.architecture = architecture;
    this.rank = rank;
    this.alpha = alpha;
    config = new LinkedHashMap<>(Json.parseObject(folder.resolve("config.json")));
    Random random = new Random(seed);
    try (Arena arena = Arena.ofConfined()) {
      Shards shards = Shards.single(folder.resolve("model.safetensors"), arena);
      for (TensorInfo info : shards.tensors()) {
        String[] parts = info.name().split("\\.", 4); // model, layers, number, rest
        String rest = parts.length == 4 ? parts[3].replaceFirst("\\.weight$", "") : "";
        if (MODULES.containsKey(rest) && info.name().endsWith(".weight")) {
          int rows = info.shape().get(0).intValue();
          int columns = info.shape().get(1).intValue();
          modules.put(
              info.name().replaceFirst("\\.weight$", ""),
              new Matrices(
                  "blk." + parts[2] + "." + MODULES.get(rest) + ".weight",
                  rows,
                  columns,
                  values(random, rank * columns, 1 / Math.sqrt(columns)),
                  values(random, rows * rank, 1 / Math.sqrt(rank))));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float[] values(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits((float) (random.nextGaussian() * deviation));
      values[i] = Float.intBitsToFloat(bits & 0xffff0000);
    }
    return values;
  }

  /** How many weights it adapts. */
  public int size() {
    return modules.size();
  }

  /** How many values it has. */
  public long parameters() {
    return modules.values().stream().mapToLong(m -> m.a.length + m.b.length).sum();
  }

  /** Writes a folder as PEFT saves it. */
  public Path writePeft(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": %d, "lora_alpha": %s, "bias": "none",
         "use_dora": false, "use_rslora": false, "fan_in_fan_out": false, "modules_to_save": null,
         "rank_pattern": {}, "alpha_pattern": {}, "init_lora_weights": true, "lora_dropout": 0.05}
        """
            .formatted(rank, alpha));
    SafetensorsWriter writer = new SafetensorsWriter();
    modules.forEach(
        (module, m) -> {
          String name = "base_model.model." + module;
          writer.tensor(
              name + ".lora_A.weight", "BF16", List.of((long) rank, (long) m.columns), bf16(m.a));
          writer.tensor(
              name + ".lora_B.weight", "BF16", List.of((long) m.rows, (long) rank), bf16(m.b));
        });
    writer.write(folder.resolve("adapter_model.safetensors"));
    return folder;
  }

  /** Writes a GGUF file as llama.cpp's converter does: rows of Llama's heads interleaved. */
  public Path writeGguf(Path file) {
    return gguf().write(file);
  }

  GgufWriter gguf() {
    GgufWriter writer =
        new GgufWriter()
            .put("general.type", ValueType.STRING, "adapter")
            .put("general.architecture", ValueType.STRING, architecture)
            .put("adapter.type", ValueType.STRING, "lora")
            .put("adapter.lora.alpha", ValueType.FLOAT32, alpha);
    modules.forEach(
        (module, m) -> {
          float[] b = m.b;
          if (architecture.equals("llama") && m.gguf.matches(".*attn_[qk]\\.weight")) {
            boolean query = m.gguf.endsWith("attn_q.weight");
            b = interleaved(m, number(query ? "num_attention_heads" : "num_key_value_heads"));
          }
          writer.tensor(m.gguf + ".lora_a", 0, List.of((long) m.columns, (long) rank), f32(m.a));
          writer.tensor(m.gguf + ".lora_b", 0, List.of((long) rank, (long) m.rows), f32(b));
        });
    return writer;
  }

  private int number(String key) {
    return ((Number) config.get(key)).intValue();
  }

  /** As {@code reshape(heads, 2, half, rank).swapaxes(1, 2)}. */
  private float[] interleaved(Matrices m, int heads) {
    int half = m.rows / heads / 2;
    float[] result = new float[m.b.length];
    for (int head = 0; head < heads; head++) {
      for (int side = 0; side < 2; side++) {
        for (int i = 0; i < half; i++) {
          int from = (head * 2 + side) * half + i;
          int to = (head * half + i) * 2 + side;
          System.arraycopy(m.b, from * rank, result, to * rank, rank);
        }
      }
    }
    return result;
  }

  /** Writes a model with adapters merged: {@code W + scale · alpha / rank · B A} in F32. */
  public static Path merge(Path folder, Path target, Map<RandomAdapter, Float> adapters)
      throws IOException {
    Files.createDirectories(target);
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(folder.resolve(name), target.resolve(name));
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    try (Arena arena = Arena.ofConfined()) {
      Shards shards = Shards.single(folder.resolve("model.safetensors"), arena);
      WeightReader reader = new WeightReader("test", shards, 1, 1, false);
      for (TensorInfo info : shards.tensors()) {
        Shards.Weight weight = shards.find(info.name());
        String module = info.name().replaceFirst("\\.weight$", "");
        if (info.name().equals(module)
            || adapters.keySet().stream().noneMatch(a -> a.modules.containsKey(module))) {
          byte[] bytes = weight.file().data(weight.entry()).toArray(ValueLayout.JAVA_BYTE);
          writer.tensor(info.name(), info.type(), info.shape(), bytes);
        } else {
          float[] merged = merged(reader.read(weight), module, adapters);
          writer.tensor(info.name(), info.shape(), merged);
        }
      }
    }
    writer.write(target.resolve("model.safetensors"));
    return target;
  }

  private static float[] merged(Tensor tensor, String module, Map<RandomAdapter, Float> adapters) {
    int columns = tensor.columns();
    float[] result = new float[tensor.rows() * columns];
    for (int row = 0; row < tensor.rows(); row++) {
      tensor.decodeRow(row, result, row * columns);
      for (int column = 0; column < columns; column++) {
        double sum = result[row * columns + column];
        for (Map.Entry<RandomAdapter, Float> entry : adapters.entrySet()) {
          RandomAdapter adapter = entry.getKey();
          Matrices m = adapter.modules.get(module);
          double product = 0;
          for (int k = 0; k < adapter.rank; k++) {
            product += (double) m.b[row * adapter.rank + k] * m.a[k * columns + column];
          }
          sum += entry.getValue() * (double) adapter.alpha / adapter.rank * product;
        }
        result[row * columns + column] = (float) sum;
      }
    }
    return result;
  }

  /** Writes a model with queries, keys and values of each block in one matrix. */
  public static Path fuse(Path folder, Path target) throws IOException {
    Files.createDirectories(target);
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(folder.resolve(name), target.resolve(name));
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    try (Arena arena = Arena.ofConfined()) {
      Shards shards = Shards.single(folder.resolve("model.safetensors"), arena);
      for (TensorInfo info : shards.tensors()) {
        String name = info.name();
        if (name.matches(".*\\.[kv]_proj\\..*")) {
          continue;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Long> shape = new ArrayList<>(info.shape());
        shape.set(0, 0L);
        for (String part : name.contains(".q_proj.") ? List.of(".q_", ".k_", ".v_") : List.of("")) {
          Shards.Weight weight = shards.find(part.isEmpty() ? name : name.replace(".q_", part));
          bytes.writeBytes(weight.file().data(weight.entry()).toArray(ValueLayout.JAVA_BYTE));
          shape.set(0, shape.getFirst() + weight.entry().shape().getFirst());
        }
        writer.tensor(
            name.replace(".q_proj.", ".qkv_proj."), info.type(), shape, bytes.toByteArray());
      }
    }
    writer.write(target.resolve("model.safetensors"));
    return target;
  }

  private static byte[] bf16(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
    }
    return bytes.array();
  }

  private static byte[] f32(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
