// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model marks thoughts and calls in its answers, known by the markers that its chat template
 * writes. Immutable.
 */
public final class AnswerFormat {
  /** Answers of text alone. */
  public static final AnswerFormat PLAIN = new AnswerFormat(null, false, null);

  private final @Nullable Thoughts thoughts;
  private final boolean harmony;
  private final @Nullable CallSyntax calls;

  private AnswerFormat(@Nullable Thoughts thoughts, boolean harmony, @Nullable CallSyntax calls) {
    this.thoughts = thoughts;
    this.harmony = harmony;
    this.calls = calls;
  }

  /**
   * The format that goes with a template.
   *
   * @param template its source
   * @return the format
   */
  public static AnswerFormat of(String template) {
    if (template.contains(HarmonyReader.CHANNEL)) {
      return new AnswerFormat(null, true, null);
    }
    return new AnswerFormat(thoughts(template), false, CallSyntax.of(template));
  }

  private static @Nullable Thoughts thoughts(String template) {
    if (template.contains("[THINK]")) {
      return new Thoughts("[THINK]", "[/THINK]", false);
    }
    if (!template.contains("</think>")) {
      return null;
    }
    boolean padded =
        !template.contains("<think>")
            || template.contains("<think>\\n")
            || template.contains("<think>\n");
    return new Thoughts("<think>", "</think>", padded);
  }

  /**
   * A reader of an answer.
   *
   * @param prompt the prompt's text, which may have begun a thought
   * @param tools the tools that can be called
   * @return a new reader
   */
  public AnswerReader reader(String prompt, List<ToolDefinition> tools) {
    if (harmony) {
      return new HarmonyReader(!tools.isEmpty(), CallIds.RANDOM);
    }
    AnswerReader rest =
        calls == null || tools.isEmpty()
            ? new PlainReader()
            : new CallReader(calls, new Tools(tools), CallIds.RANDOM);
    return thoughts == null
        ? rest
        : new ThoughtReader(thoughts, prompt.stripTrailing().endsWith(thoughts.open()), rest);
  }

  /** Whether a thought can be left out: whether the model has it between markers of its own. */
  public boolean opensThoughts() {
    return thoughts != null;
  }

  /**
   * The markers that a reader wants to see, where they are control tokens.
   *
   * @param tools whether tools can be called
   * @return their names
   */
  public List<String> markers(boolean tools) {
    List<String> markers = new ArrayList<>();
    if (harmony) {
      markers.addAll(HarmonyReader.MARKERS);
    }
    if (thoughts != null) {
      markers.add(thoughts.open());
      markers.add(thoughts.close());
    }
    if (tools && calls != null) {
      markers.addAll(calls.controlTokens());
    }
    return markers;
  }

  /** What ends a thought, as its token is called; null where there are no thoughts. */
  public @Nullable String thoughtMarker() {
    return harmony ? HarmonyReader.END : thoughts == null ? null : thoughts.close();
  }

  /** What to write so that a thought ends and the answer follows; null as above. */
  public @Nullable String thoughtEnd() {
    return harmony ? HarmonyReader.FINAL : thoughts == null ? null : thoughts.end();
  }
}
