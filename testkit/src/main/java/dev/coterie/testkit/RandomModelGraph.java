// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link RandomModel} computes. */
final class RandomModelGraph {
  private final ModelShape shape;
  private final Map<String, Tensor> tensors;
  private final GraphBuilder builder = new GraphBuilder();

  RandomModelGraph(RandomModel model) {
    shape = model.shape();
    tensors = model.tensors();
  }

  Graph build() {
    Value x = builder.embed("embd", tensor("token_embd.weight"));
    for (int l = 0; l < shape.layers(); l++) {
      String blk = "blk." + l + ".";
      Value norm = norm(blk + "attn_norm", x);
      ModelShape.Latent latent = shape.latent();
      Value attention = latent == null ? attention(blk, norm) : attention(blk, norm, latent);
      x = builder.add(blk + "ffn_inp", linear(blk + "attn_output", attention), x);
      norm = norm(blk + "ffn_norm", x);
      ModelShape.Mixture mixture = shape.mixture(l);
      Value down = mixture == null ? feedForward(blk, "", norm) : mixture(blk, norm, mixture);
      x = builder.add(blk + "l_out", down, x);
    }
    Value norm = norm("output_norm", x);
    return builder.logits(norm, tensor(shape.tied() ? "token_embd.weight" : "output.weight"));
  }

  private Value attention(String blk, Value norm) {
    Value q = rope(blk + "q_rope", headNorm(blk + "attn_q_norm", linear(blk + "attn_q", norm)));
    Value k = rope(blk + "k_rope", headNorm(blk + "attn_k_norm", linear(blk + "attn_k", norm)));
    Value v = linear(blk + "attn_v", norm);
    float scale = (float) (1 / Math.sqrt(shape.headSize()));
    return builder.attention(blk + "kqv_out", q, k, v, shape.headSize(), scale);
  }

  private Value attention(String blk, Value norm, ModelShape.Latent latent) {
    int rope = latent.rope();
    int nope = shape.headSize() - rope;
    float[] frequencies = GraphBuilder.frequencies(rope / 2, shape.ropeBase());
    Value from = norm;
    if (latent.queryRank() > 0) {
      from = norm(blk + "attn_q_a_norm", linear(blk + "attn_q_a", norm));
    }
    Value q = linear(blk + (latent.queryRank() > 0 ? "attn_q_b" : "attn_q"), from);
    q = builder.rope(blk + "q_rope", q, shape.headSize(), nope, true, frequencies, 1);
    Value both = linear(blk + "attn_kv_a_mqa", norm);
    Value compressed = builder.slice(blk + "kv_cmpr", both, 0, latent.rank());
    Value normed = norm(blk + "attn_kv_a_norm", compressed);
    Value key = builder.slice(blk + "k_pe", both, latent.rank(), rope);
    key = builder.rope(blk + "k_rope", key, rope, true, frequencies, 1);
    return builder.mlaAttention(
        blk + "kqv_out",
        q,
        normed,
        key,
        RandomTensors.slices(tensor(blk + "attn_k_b.weight")),
        RandomTensors.slices(tensor(blk + "attn_v_b.weight")),
        (float) (1 / Math.sqrt(shape.headSize())),
        null);
  }

  private Value feedForward(String blk, String suffix, Value norm) {
    Value gate = linear(blk + "ffn_gate" + suffix, norm);
    Value up = linear(blk + "ffn_up" + suffix, norm);
    return linear(blk + "ffn_down" + suffix, builder.swiGlu(blk + "ffn_swiglu" + suffix, gate, up));
  }

  @SuppressWarnings("NullAway") // does not see in class files that an array may be null
  private Value mixture(String blk, Value norm, ModelShape.Mixture mixture) {
    Value logits =
        builder.linear(blk + "moe_logits", norm, tensor(blk + "ffn_gate_inp.weight"), null);
    int top = mixture.biased() ? 2 : 1; // DeepSeek-V3 sums the two best of a group
    Value routing =
        builder.append(
            new Operation.Route(
                logits,
                tensors.get(blk + "exp_probs_b.bias"),
                mixture.scoring(),
                mixture.groups(),
                mixture.groupsUsed(),
                top,
                mixture.normalize(),
                mixture.scale(),
                null,
                new Value(blk + "moe_topk", 2 * mixture.used())));
    Value routed =
        builder.experts(
            blk + "moe_out",
            norm,
            routing,
            RandomTensors.slices(tensor(blk + "ffn_gate_exps.weight")),
            RandomTensors.slices(tensor(blk + "ffn_up_exps.weight")),
            RandomTensors.slices(tensor(blk + "ffn_down_exps.weight")));
    return mixture.shared() == 0
        ? routed
        : builder.add(blk + "ffn_out", routed, feedForward(blk, "_shexp", norm));
  }

  private Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor '" + name + "' is not part of the model");
    }
    return tensor;
  }

  private Value norm(String name, Value x) {
    return builder.rmsNorm(name, x, tensor(name + ".weight"), shape.epsilon());
  }

  /** Where the model norms heads. */
  private Value headNorm(String name, Value x) {
    Tensor weight = tensors.get(name + ".weight");
    int parts = x.width() / shape.headSize();
    return weight == null ? x : builder.rmsNorm(name, x, weight, shape.epsilon(), parts);
  }

  private Value linear(String name, Value x) {
    @Nullable Tensor bias = tensors.get(name + ".bias");
    return builder.linear(name, x, tensor(name + ".weight"), bias);
  }

  private Value rope(String name, Value x) {
    float[] frequencies = GraphBuilder.frequencies(shape.headSize() / 2, shape.ropeBase());
    return builder.rope(name, x, shape.headSize(), shape.interleaved(), frequencies, 1);
  }
}
