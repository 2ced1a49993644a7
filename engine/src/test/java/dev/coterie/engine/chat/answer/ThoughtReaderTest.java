// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Lane;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thoughts of every family, whole and in pieces. */
class ThoughtReaderTest {
  private static final String PADDED = "<think>\\n</think>";
  private static final String BARE = "<think></think>";
  private static final String HARMONY = "<|channel|>";

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '"',
      value = {
        // template # end of the prompt # answer # thought # text
        "<think>~n</think># Assistant><think>~n#a~n~nb~n</think>~n~nc~nd#a~n~nb#c~nd",
        "<think>~n</think># assistant~n#<think>~na~n</think>~n~nc#a#c",
        "<think>~n</think># assistant~n#~n <think>a</think>c#a#c",
        "<think>~n</think># assistant~n#c <think> d</think>#\"\"#c <think> d</think>",
        "<think>~n</think># assistant~n# c#\"\"# c",
        "<think>~n</think># <think>~n~n</think>~n~n#c#\"\"#c",
        "<think>~n</think># <think>~n#<think>~na</think>c#a#c",
        "<think>~n</think># <think>~n#a </thin </think~n b#a </thin </think~n b#\"\"",
        "<think></think># <think>#~na~n</think>~nc#~na~n#~nc",
        "<think></think># </think>#c#\"\"#c",
        "</think># Assistant>#<think>~na~n</think>~n~nc#a#c",
        "[THINK][/THINK]# [/INST]#[THINK]a[/THINK]c#a#c",
        "none# <think>#a</think>c#\"\"#a</think>c",
        "<|channel|># <|start|>assistant#<|channel|>analysis<|message|>a<b<|end|><|start|>assistant"
            + "<|channel|>final<|message|>c<|return|>#a<b#c",
        "<|channel|># <|start|>assistant#<|channel|>final<|message|>c#\"\"#c",
        "<|channel|># <|start|>assistant#<|channel|>commentary<|message|>b<|end|><|start|>assistant"
            + "<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>c#a#bc",
        "<|channel|># <|start|>assistant#just text#\"\"#just text",
        "<|channel|># <|start|>assistant#<|channel|>anal#\"\"#\"\"",
      })
  void parts(String template, String prompt, String answer, String thought, String text) {
    AnswerFormat format = AnswerFormat.of(template.replace("~n", "\\n"));
    Read.inEveryWay(
        () -> format.reader(newlines(prompt), List.of()),
        newlines(answer),
        read -> {
          assertThat(read.text(Lane.THINKING)).isEqualTo(newlines(thought));
          assertThat(read.text(Lane.TEXT)).isEqualTo(newlines(text));
        });
  }

  private static String newlines(String text) {
    return text.replace("~n", "\n");
  }

  @Test
  void givesOutWhatIsCertain() {
    AnswerReader reader = AnswerFormat.of(PADDED).reader("<think>\n", List.of());
    assertThat(reader.thinking()).isTrue();
    assertThat(Read.append(reader, "ab\n</th").text(Lane.THINKING)).isEqualTo("ab");
    assertThat(reader.thinking()).isTrue();
    assertThat(Read.append(reader, "ink>\n").pieces()).isEmpty();
    assertThat(reader.thinking()).isFalse();
    assertThat(Read.append(reader, "c").text(Lane.TEXT)).isEqualTo("c");
    AnswerReader closed = AnswerFormat.of(BARE).reader("</think>", List.of());
    assertThat(closed.thinking()).isFalse();
    AnswerReader harmony = AnswerFormat.of(HARMONY).reader("", List.of());
    assertThat(harmony.thinking()).isFalse();
    Read.append(harmony, "<|channel|>analysis<|message|>");
    assertThat(harmony.thinking()).isTrue();
    Read.append(harmony, "<|end|>");
    assertThat(harmony.thinking()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-r1-distill-llama, true, true",
    "deepseek-r1-distill-qwen-gguf, true, true",
    "deepseek-v3, false, false",
    "deepseek-v3.1, true, false",
    "deepseek-v3.2-jinja, true, false",
    "deepseek-v4-jinja, true, false",
    "qwen3, true, true",
    "qwq, true, true",
    "qwen2.5, false, false",
    "gpt-oss, true, false",
    "llama3.1, false, false",
    "llama4, false, false",
    "mistral-nemo, false, false"
  })
  void isKnownByTheTemplate(String name, boolean thinks, boolean padded) throws IOException {
    String template =
        Files.readString(
            SharedMaterial.require("material/chat-templates/" + name).resolve("template.jinja"));
    AnswerFormat format = AnswerFormat.of(template);
    assertThat(format.thoughtEnd() != null).isEqualTo(thinks);
    assertThat("\n</think>\n\n".equals(format.thoughtEnd())).isEqualTo(padded);
  }
}
