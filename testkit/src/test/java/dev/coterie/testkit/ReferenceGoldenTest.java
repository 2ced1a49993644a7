// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reference against transformers: the oracle is judged before it judges others. */
class ReferenceGoldenTest {
  /** Double precision against float32: logits of up to 31, 7e-5 apart when written. */
  private static final double FLOAT32_REFERENCE = 2e-4;

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void logitsOfTheOwnSetEqualThoseOfTransformers(String name) {
    check(GoldenModel.own(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void logitsOfTheSharedSetEqualThoseOfTransformers(String name) {
    check(GoldenModel.shared(name));
  }

  private static void check(GoldenModel golden) {
    Graph graph = graph(golden);
    BatchPlan plan = new BatchPlan(graph, 1);
    int[] tokens = golden.tokens();
    int middle = golden.greedyPromptTokens();
    plan.chunks(plan.sequence(tokens), Wanted.ALL, middle, 1, tokens.length - middle - 1);
    ReferenceBackend backend = new ReferenceBackend();
    try (Executable executable =
        backend.compile(graph, plan.limits(CacheType.F32), ContractHarness.QUIET)) {
      float[][] logits = plan.run(executable, graph.operations().getLast().output().width());
      assertThat(Accuracy.maxDifference(golden.logits(), logits)).isLessThan(FLOAT32_REFERENCE);
      assertThat(Perplexity.argmax(logits[golden.greedyPromptTokens() - 1]))
          .isEqualTo(golden.greedy().getFirst().token());
    }
  }

  private static Graph graph(GoldenModel golden) {
    Map<String, Object> config = golden.config();
    Map<String, Tensor> tensors = safetensors(golden.directory().resolve("model.safetensors"));
    int heads = (int) Json.number(config.get("num_attention_heads"));
    int headSize = (int) Json.number(config.get("hidden_size")) / heads;
    float epsilon = (float) Json.number(config.get("rms_norm_eps"));
    float[] frequencies = frequencies(config, headSize);
    float scale = (float) (1 / Math.sqrt(headSize));
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", tensors.get("model.embed_tokens.weight"));
    for (int l = 0; l < Json.number(config.get("num_hidden_layers")); l++) {
      String layer = "model.layers." + l + ".";
      String attention = layer + "self_attn.";
      Value h = builder.rmsNorm(layer + "h", x, norm(tensors, layer + "input_layernorm"), epsilon);
      Value q = linear(builder, tensors, attention + "q_proj", h);
      Value k = linear(builder, tensors, attention + "k_proj", h);
      Value v = linear(builder, tensors, attention + "v_proj", h);
      q = builder.rope(layer + "q_rope", q, headSize, false, frequencies, 1);
      k = builder.rope(layer + "k_rope", k, headSize, false, frequencies, 1);
      Value o = builder.attention(layer + "attn", q, k, v, headSize, scale);
      x = builder.add(layer + "mid", x, linear(builder, tensors, attention + "o_proj", o));
      Tensor weight = norm(tensors, layer + "post_attention_layernorm");
      h = builder.rmsNorm(layer + "ffn_norm", x, weight, epsilon);
      Value gate = linear(builder, tensors, layer + "mlp.gate_proj", h);
      Value up = linear(builder, tensors, layer + "mlp.up_proj", h);
      Value ffn = builder.swiGlu(layer + "ffn", gate, up);
      x = builder.add(layer + "out", x, linear(builder, tensors, layer + "mlp.down_proj", ffn));
    }
    x = builder.rmsNorm("norm", x, norm(tensors, "model.norm"), epsilon);
    Tensor head = tensors.get("lm_head.weight");
    return builder.logits(x, head != null ? head : tensors.get("model.embed_tokens.weight"));
  }

  private static Tensor norm(Map<String, Tensor> tensors, String name) {
    return tensors.get(name + ".weight");
  }

  private static Value linear(
      GraphBuilder builder, Map<String, Tensor> tensors, String name, Value x) {
    return builder.linear(name, x, tensors.get(name + ".weight"), tensors.get(name + ".bias"));
  }

  /** Plain, or stretched as Llama 3 does it. */
  private static float[] frequencies(Map<String, Object> config, int headSize) {
    boolean newer = config.get("rope_parameters") instanceof Map<?, ?>;
    Map<?, ?> place = newer ? (Map<?, ?>) config.get("rope_parameters") : config;
    double theta = Json.number(place.get("rope_theta"));
    float[] frequencies = GraphBuilder.frequencies(headSize / 2, theta);
    Object scaled = newer ? place : config.get("rope_scaling");
    if (!(scaled instanceof Map<?, ?> scaling) || "default".equals(scaling.get("rope_type"))) {
      return frequencies;
    }
    assertThat(scaling.get("rope_type")).isEqualTo("llama3");
    double factor = Json.number(scaling.get("factor"));
    double low = Json.number(scaling.get("low_freq_factor"));
    double high = Json.number(scaling.get("high_freq_factor"));
    double original = Json.number(scaling.get("original_max_position_embeddings"));
    for (int i = 0; i < frequencies.length; i++) {
      double f = frequencies[i];
      double wavelength = 2 * Math.PI / f;
      double u = Math.clamp((original / wavelength - low) / (high - low), 0, 1);
      frequencies[i] = (float) ((1 - u) * f / factor + u * f);
    }
    return frequencies;
  }

  private static Map<String, Tensor> safetensors(Path file) {
    ByteBuffer data;
    try {
      data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int headerLength = (int) data.getLong(0);
    String header = new String(data.array(), 8, headerLength, StandardCharsets.UTF_8);
    Map<String, Tensor> tensors = new HashMap<>();
    Json.object(Json.parse(header))
        .forEach(
            (name, value) -> {
              if (!name.equals("__metadata__")) {
                tensors.put(name, tensor(name, Json.object(value), data, 8 + headerLength));
              }
            });
    return tensors;
  }

  /** Widened to F32: norms and biases have to be. */
  private static Tensor tensor(String name, Map<String, Object> entry, ByteBuffer data, int start) {
    assertThat(entry.get("dtype")).isIn("BF16", "F32");
    boolean half = entry.get("dtype").equals("BF16");
    int[] offsets = Json.ints(entry.get("data_offsets"));
    List<Long> shape = Json.array(entry.get("shape")).stream().map(d -> (Long) d).toList();
    float[] values = new float[(offsets[1] - offsets[0]) / (half ? 2 : 4)];
    for (int i = 0; i < values.length; i++) {
      int at = start + offsets[0];
      values[i] =
          half ? Float.intBitsToFloat(data.getShort(at + 2 * i) << 16) : data.getFloat(at + 4 * i);
    }
    return RandomTensors.of(name, DataType.F32, shape, values);
  }
}
