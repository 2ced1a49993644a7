// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors that published checkpoints have and that their text models do not compute with, each
 * by a rule of its own:
 *
 * <ul>
 *   <li>frequencies of the rotation, which older releases of transformers saved and which follow
 *       from the config;
 *   <li>the output projection, where the config says that it is the table of embeddings;
 *   <li>DeepSeek's blocks behind the last, which predict further tokens: {@code layers.N} in V3 and
 *       V3.2, {@code mtp.N} in V4;
 *   <li>what variants that see images have beside the text model: Llama 4's tower and projector,
 *       DeepSeek-V4's tower, aligner, marks and router biases.
 * </ul>
 */
final class UnusedTensors {
  private static final List<String> LLAMA_4_VISION =
      List.of("vision_model.", "multi_modal_projector.");
  private static final List<String> DEEPSEEK_4_VISION = List.of("vision.", "aligner.", "image_");

  private static final Pattern LAYER = Pattern.compile("layers\\.([0-9]{1,9})\\.");

  private final Predicate<String> rules;

  /**
   * The rules for a checkpoint.
   *
   * @param architecture its name in GGUF files
   * @param prefix what stands before the names of the text model
   * @param numLayers the number of blocks without those that predict further tokens
   * @param heads the names of the output projection if it is not used, else none
   */
  UnusedTensors(String architecture, String prefix, int numLayers, List<String> heads) {
    Pattern frequencies =
        Pattern.compile(
            Pattern.quote(prefix) + "(layers\\.[0-9]+\\.self_attn\\.)?rotary_emb\\.inv_freq");
    Predicate<String> common = frequencies.asMatchPredicate().or(heads::contains);
    rules =
        switch (architecture) {
          case "deepseek2", "deepseek32" -> common.or(name -> isBehind(name, prefix, numLayers));
          case "deepseek4" ->
              common
                  .or(startsWith(List.of(prefix + "mtp.", "mtp.")))
                  .or(startsWith(DEEPSEEK_4_VISION))
                  .or(name -> name.endsWith(".ffn.gate.bias_vl"));
          case "llama4" -> common.or(startsWith(LLAMA_4_VISION));
          default -> common;
        };
  }

  private static Predicate<String> startsWith(List<String> beginnings) {
    return name -> beginnings.stream().anyMatch(name::startsWith);
  }

  private static boolean isBehind(String name, String prefix, int numLayers) {
    Matcher layer =
        LAYER.matcher(name).region(Math.min(prefix.length(), name.length()), name.length());
    return name.startsWith(prefix)
        && layer.lookingAt()
        && Integer.parseInt(layer.group(1)) >= numLayers;
  }

  /** Whether a tensor may be there without being used. */
  boolean contains(String name) {
    return rules.test(name);
  }
}
