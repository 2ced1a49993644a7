// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.config.LlamaConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.layer.GraphWriter;
import dev.coterie.engine.layer.GroupedQueryAttention;
import dev.coterie.engine.layer.SwiGluFeedForward;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Logits;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;

/**
 * Llama 2 and 3 (arXiv 2307.09288, 2407.21783), R1-Distill-Llama, SmolLM2: pre-normed blocks of
 * grouped-query attention and SwiGLU. Qwen2 is the same with biases on query, key and value, and
 * with rotated pairs half a head apart.
 *
 * <p>In GGUF files the rows of Llama's query and key projections are permuted so that rotated pairs
 * are neighbors, which they are not in published checkpoints; Llama 3's frequency scaling comes as
 * the tensor {@code rope_freqs.weight} of divisors.
 *
 * @param name the architecture in the file
 * @param permuted whether rotated pairs may be neighbors in a head
 */
record Llama(String name, boolean permuted) implements ModelArchitecture {
  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    if (checkpoint.metadata().integer(name + ".expert_count", 0, Integer.MAX_VALUE, 0) > 0) {
      throw new UnsupportedModelException(
          name, "a mixture of experts is not supported in this architecture");
    }
    LlamaConfig config = LlamaConfig.of(checkpoint.metadata(), name);
    GraphWriter graph = new GraphWriter(checkpoint);
    Tensor divisors = graph.optional("rope_freqs.weight", config.rope().rotaryDim() / 2);
    GroupedQueryAttention attention =
        new GroupedQueryAttention(
            config,
            config.rope().frequencies(divisors),
            permuted && checkpoint.permutesRotatedRows());
    SwiGluFeedForward feedForward = new SwiGluFeedForward(config.intermediateSize());
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      x = graph.add(block + "ffn_inp", x, attention.write(graph, normed, layer));
      normed = graph.rmsNorm(block + "ffn_norm", x, block + "ffn_norm", epsilon);
      x = graph.add(block + "l_out", x, feedForward.write(graph, normed, layer));
    }
    Value normed = graph.rmsNorm("result_norm", x, "output_norm", epsilon);
    Tensor head = graph.optional("output.weight", vocabularySize, config.hiddenSize());
    graph.add(
        new Logits(
            normed,
            head != null ? head : embedTokens, // tied
            new Value("result_output", vocabularySize))); // [vocabularySize]
    return graph.graph(config.numHiddenLayers());
  }
}
