// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code adapter_config.json} of an adapter that PEFT saved: ranks and factors. Settings that
 * make it more than LoRA are refused by name. Immutable.
 */
final class PeftConfig {
  /** Settings that change what is computed. */
  private static final List<String> UNSUPPORTED =
      List.of(
          "use_dora",
          "use_qalora",
          "lora_bias",
          "modules_to_save",
          "fan_in_fan_out",
          "trainable_token_indices",
          "layer_replication",
          "target_parameters",
          "alora_invocation_tokens");

  /** Ways to start training that leave the model's weights as they were. */
  private static final Set<Object> PLAIN_STARTS =
      Set.of(true, false, "gaussian", "eva", "orthogonal");

  private static final Pattern LITERAL = Pattern.compile("\\^?[A-Za-z0-9_.-]+");

  private final ConfigFile config;
  private final String architecture;

  private PeftConfig(ConfigFile config, String architecture) {
    this.config = config;
    this.architecture = architecture;
  }

  /**
   * Reads and checks a file.
   *
   * @param path the file
   * @param architecture the model's, for error messages
   * @throws IOException if it cannot be read
   * @throws dev.coterie.ModelFormatException if it is damaged
   * @throws UnsupportedModelException if it asks for more than LoRA
   */
  static PeftConfig read(Path path, String architecture) throws IOException {
    PeftConfig config = new PeftConfig(ConfigFile.read(path), architecture);
    config.check();
    return config;
  }

  private void check() {
    String type = config.string("peft_type", "nothing");
    if (!type.equals("LORA")) {
      throw unsupported("'peft_type' " + GgufCursor.quote(type) + " is not supported; LORA is");
    }
    for (String key : UNSUPPORTED) {
      if (isSet(config.get(key))) {
        throw unsupported(
            "'" + key + "' is not supported; merge the adapter into the weights first");
      }
    }
    if (!config.string("bias", "none").equals("none")) {
      throw unsupported(
          "'bias' other than none is not supported; merge the adapter into the weights" + " first");
    }
    Object start = config.get("init_lora_weights");
    if (start != null && !PLAIN_STARTS.contains(start)) {
      throw unsupported(
          "'init_lora_weights' "
              + ConfigFile.describe(start)
              + " changed the model's weights too, which is not supported; merge the adapter into"
              + " the weights first");
    }
    for (String key : List.of("rank_pattern", "alpha_pattern")) {
      for (String pattern : config.object(key).values().keySet()) {
        if (!LITERAL.matcher(pattern).matches()) {
          throw unsupported(
              "'"
                  + key
                  + "' has the regular expression "
                  + GgufCursor.quote(pattern)
                  + ", which is not supported; name the modules one by one");
        }
      }
    }
  }

  /** The rank that the matrices of a module must have. */
  int rank(String module) {
    ConfigFile patterns = config.object("rank_pattern");
    String pattern = matching(patterns, module);
    ConfigFile from = pattern == null ? config : patterns;
    String key = pattern == null ? "r" : pattern;
    int rank = (int) from.integer(key, LoraFile.MOST_RANK, 0);
    if (rank == 0) {
      String found = from.contains(key) ? "0" : "nothing";
      throw from.fault(key, "expected 1 to " + LoraFile.MOST_RANK + ", found " + found);
    }
    return rank;
  }

  /** What the product of a module's matrices is multiplied with. */
  double factor(String module) {
    ConfigFile patterns = config.object("alpha_pattern");
    String pattern = matching(patterns, module);
    double alpha =
        pattern == null ? config.number("lora_alpha", null) : patterns.number(pattern, null);
    int rank = rank(module);
    return alpha / (config.bool("use_rslora", false) ? Math.sqrt(rank) : rank);
  }

  /**
   * The first pattern that a module's name ends with, at a dot. A dot in a pattern stands for any
   * character, as in the regular expression that PEFT takes it for; after {@code ^} the pattern is
   * the whole name.
   */
  private static @Nullable String matching(ConfigFile patterns, String module) {
    for (String pattern : patterns.values().keySet()) {
      boolean whole = pattern.startsWith("^");
      String literal = whole ? pattern.substring(1) : pattern;
      int from = module.length() - literal.length();
      if (from == 0 || (from > 0 && !whole && module.charAt(from - 1) == '.')) {
        int i = 0;
        while (i < literal.length()
            && (literal.charAt(i) == '.' || literal.charAt(i) == module.charAt(from + i))) {
          i++;
        }
        if (i == literal.length()) {
          return pattern;
        }
      }
    }
    return null;
  }

  /** Whether a setting says anything; nothing, false and what is empty do not. */
  private static boolean isSet(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean bool -> bool;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  private UnsupportedModelException unsupported(String detail) {
    return new UnsupportedModelException(architecture, config.path() + ": " + detail);
  }
}
