// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a model writes, nothing is thrown, and pieces do not matter. */
class AnswerReaderFuzzTest {
  private static final List<String> TEMPLATES =
      List.of(
          "<think></think>｜DSML｜",
          "<think></think><｜tool▁calls▁begin｜>",
          "<think>\n</think><tool_call>",
          "[THINK][TOOL_CALLS]",
          "<|start_header_id|>",
          "<|header_start|>",
          "<|channel|>");

  @Provide
  Arbitrary<String> answers() {
    List<String> words = new ArrayList<>(List.of("f", "g", " ", "\n", "x", "{", "}", "[", "]"));
    words.addAll(
        List.of("\"", ":", ",", "(", ")", "=", "1", "\\", "'", ";", "<", "to=functions.f"));
    words.addAll(List.of("{\"name\": \"f\", \"arguments\": {\"a\": 1}}", "{}", "f(a=1)"));
    words.addAll(List.of("<function=f>", "<parameter=a>", "</parameter>", "</function>"));
    words.addAll(List.of("\" string=\"", "true", "\">", "<｜DSML｜parameter name=\"a"));
    for (String template : TEMPLATES) {
      words.addAll(AnswerFormat.of(template).markers(true));
    }
    return Arbitraries.of(words).list().ofMaxSize(25).map(list -> String.join("", list));
  }

  @Property(tries = 3000)
  void streamsAsItIs(
      @ForAll("answers") String answer, @ForAll("templates") String template, @ForAll long seed) {
    AnswerFormat format = AnswerFormat.of(template);
    Read whole = Read.all(format.reader("<think>", CallReaderTest.TOOLS), List.of(answer));
    List<String> pieces = new ArrayList<>();
    Random random = new Random(seed);
    for (int at = 0, end; at < answer.length(); at = end) {
      end = Math.min(answer.length(), at + 1 + random.nextInt(4));
      pieces.add(answer.substring(at, end));
    }
    Read parts = Read.all(format.reader("<think>", CallReaderTest.TOOLS), pieces);
    assertThat(parts.calls()).isEqualTo(whole.calls());
    assertThat(parts.faults()).isEqualTo(whole.faults());
    for (Lane lane : Lane.values()) {
      assertThat(parts.text(lane)).isEqualTo(whole.text(lane));
    }
  }

  @Provide
  Arbitrary<String> templates() {
    return Arbitraries.of(TEMPLATES);
  }
}
