// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Lane;
import dev.coterie.ToolDefinition;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of every family, whole and in pieces, and what is none. */
class CallReaderTest {
  static final List<ToolDefinition> TOOLS =
      List.of(
          new ToolDefinition(
              "f",
              "",
              "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"},"
                  + " \"b\": {\"type\": \"string\"}, \"c\": {\"type\": [\"boolean\", \"null\"]}}}"),
          new ToolDefinition("g", "", "{\"type\": \"object\", \"properties\": {}}"));

  private static final String DS_CALL = "<｜tool▁call▁begin｜>";
  private static final String DS_SEP = "<｜tool▁sep｜>";
  private static final String DS_END = "<｜tool▁call▁end｜>";

  /** A family's syntax, an answer in it, and what it comes to. */
  record Case(String name, CallSyntax syntax, String answer, String text, List<String> calls) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    CallSyntax deepSeek = CallSyntax.DEEPSEEK;
    CallSyntax dsml = CallSyntax.DEEPSEEK_MARKUP;
    CallSyntax tags = CallSyntax.TOOL_CALL;
    CallSyntax mistral = CallSyntax.MISTRAL;
    CallSyntax llama3 = CallSyntax.LLAMA3;
    CallSyntax llama4 = CallSyntax.LLAMA4;
    return Stream.of(
        new Case(
            "V3, two calls",
            deepSeek,
            "so\n<｜tool▁calls▁begin｜>"
                + (DS_CALL + "function" + DS_SEP + "f\n```json\n{\"a\": 1}\n```" + DS_END + "\n")
                + (DS_CALL + "function" + DS_SEP + "g\n```json\n{}\n```" + DS_END)
                + "<｜tool▁calls▁end｜>",
            "so",
            List.of("f {\"a\": 1}", "g {}")),
        new Case(
            "V3.1, two calls",
            deepSeek,
            "<｜tool▁calls▁begin｜>"
                + (DS_CALL + "f" + DS_SEP + "{\"b\": \"```json\"}" + DS_END)
                + (DS_CALL + "g" + DS_SEP + "{}" + DS_END)
                + "<｜tool▁calls▁end｜>",
            "",
            List.of("f {\"b\": \"```json\"}", "g {}")),
        new Case(
            "V3.2",
            dsml,
            "a < b\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"f\">\n"
                + "<｜DSML｜parameter name=\"a\" string=\"false\">1</｜DSML｜parameter>\n"
                + "<｜DSML｜parameter name=\"b\" string=\"true\">x\"\n<y></｜DSML｜parameter>\n"
                + "</｜DSML｜invoke>\n<｜DSML｜invoke name=\"g\">\n</｜DSML｜invoke>\n"
                + "</｜DSML｜function_calls>",
            "a < b",
            List.of("f {\"a\": 1, \"b\": \"x\\\"\\n<y>\"}", "g {}")),
        new Case(
            "V4, the last tags missing",
            dsml,
            "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n"
                + "<｜DSML｜parameter name=\"c\" string=\"false\">null</｜DSML｜parameter>\n",
            "",
            List.of("f {\"c\": null}")),
        new Case(
            "Hermes, text around",
            tags,
            "first\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\n"
                + "<tool_call>{\"arguments\": \"{}\", \"name\": \"g\"}</tool_call>\nlast",
            "first\nlast",
            List.of("f {\"a\": 1}", "g {}")),
        new Case(
            "Qwen3-Coder",
            tags,
            "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n<parameter=b>\n2\n\n"
                + "</parameter>\n<parameter=c>\nTrue\n</parameter>\n</function>\n</tool_call>",
            "",
            List.of("f {\"a\": 1, \"b\": \"2\\n\", \"c\": true}")),
        new Case("tags, none", tags, "a <tool_cal b </ ", "a <tool_cal b </ ", List.of()),
        new Case(
            "Mistral, a list",
            mistral,
            "[TOOL_CALLS][{\"name\": \"f\", \"arguments\": {\"a\": 1.50}, \"id\": \"abcdefghi\"},"
                + " {\"name\": \"g\", \"arguments\": {}}]",
            "",
            List.of("f {\"a\": 1.50}", "g {}")),
        new Case(
            "Mistral, name by name",
            mistral,
            "t[TOOL_CALLS]f[CALL_ID]abcdefghi[ARGS]{\"a\": 1}[TOOL_CALLS]g{}",
            "t",
            List.of("f {\"a\": 1}", "g {}")),
        new Case(
            "Llama 3",
            llama3,
            "{\"name\": \"f\", \"parameters\": {\"a\": 1}}; {\"name\": \"g\", \"parameters\": {}}",
            "",
            List.of("f {\"a\": 1}", "g {}")),
        new Case(
            "Llama 3, tagged",
            llama3,
            "<|python_tag|>{\"type\": \"function\", \"name\": \"f\", \"parameters\": {\"a\": 1}}",
            "",
            List.of("f {\"a\": 1}")),
        new Case(
            "Llama 3, built in",
            llama3,
            "<|python_tag|>brave_search.call(query=\"x y\")",
            "",
            List.of("brave_search {\"query\": \"x y\"}")),
        new Case("Llama 3, an object", llama3, "{\"x\": 1}", "{\"x\": 1}", List.of()),
        new Case(
            "Llama 4, Python",
            llama4,
            "<|python_start|>[f(a=-1.5e3, b='it\\'s', c=None), g(x=[1, {'k': True}], y={})]"
                + "<|python_end|>",
            "",
            List.of(
                "f {\"a\": -1.5e3, \"b\": \"it's\", \"c\": null}",
                "g {\"x\": [1, {\"k\": true}], \"y\": {}}")),
        new Case("Llama 4, bare", llama4, "[f(a=1)]", "", List.of("f {\"a\": 1}")),
        new Case(
            "Llama 4, JSON",
            llama4,
            "[{\"name\": \"f\", \"parameters\": {}}]",
            "",
            List.of("f {}")),
        new Case(
            "Llama 4, text between markers",
            llama4,
            "<|python_start|>Let me look.<|python_end|>{\"name\": \"f\", \"parameters\": {}}",
            "Let me look.",
            List.of("f {}")),
        new Case(
            "Llama 4, nothing between markers",
            llama4,
            "<|python_start|><|python_end|>{\"name\": \"f\", \"parameters\": {}}",
            "",
            List.of("f {}")),
        new Case("Llama 4, text", llama4, "[1] is a note", "[1] is a note", List.of()));
  }

  private static AnswerReader reader(CallSyntax syntax) {
    return new CallReader(syntax, new Tools(TOOLS), CallIds.RANDOM);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void callsAreRead(Case each) {
    Read.inEveryWay(
        () -> reader(each.syntax()),
        each.answer(),
        read -> {
          assertThat(read.calls()).isEqualTo(each.calls());
          assertThat(read.text(Lane.TEXT)).isEqualTo(each.text());
          assertThat(read.faults()).isEmpty();
        });
  }

  static Stream<Case> broken() {
    CallSyntax tags = CallSyntax.TOOL_CALL;
    return Stream.of(
        new Case(
            "JSON", tags, "<tool_call>{\"name\": \"f\",}</tool_call>", "malformed JSON", List.of()),
        new Case("list", tags, "<tool_call>[1]</tool_call>", "expected <function=", List.of()),
        new Case(
            "no arguments",
            tags,
            "<tool_call>{\"name\": \"f\"}</tool_call>",
            "expected an object with 'name' and 'arguments'",
            List.of()),
        new Case(
            "no object",
            tags,
            "<tool_call>{\"name\": \"f\", \"arguments\": 1}</tool_call>",
            "expected a JSON object",
            List.of()),
        new Case(
            "twice",
            tags,
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1, \"a\": 2}}</tool_call>",
            "malformed JSON",
            List.of()),
        new Case(
            "open",
            tags,
            "<tool_call>\n<function=f>\n<parameter=b>\nrm",
            "expected </parameter>",
            List.of()),
        new Case(
            "separator",
            CallSyntax.DEEPSEEK,
            DS_CALL + "f" + DS_END,
            "expected " + DS_SEP,
            List.of()),
        new Case(
            "parameter",
            CallSyntax.DEEPSEEK_MARKUP,
            "<｜DSML｜invoke name=\"f\"><｜DSML｜parameter name=\"a\" string=\"false\">x</｜DSML｜parameter></｜DSML｜invoke>",
            "parameter 'a': expected JSON",
            List.of()),
        new Case(
            "Mistral",
            CallSyntax.MISTRAL,
            "[TOOL_CALLS]f",
            "expected a name and [ARGS]",
            List.of()),
        new Case("code", CallSyntax.LLAMA3, "<|python_tag|>import os", "expected '('", List.of()),
        new Case("named", CallSyntax.LLAMA3, "{\"name\": \"f\"", "malformed JSON", List.of()),
        new Case("Python", CallSyntax.LLAMA4, "[f(a=x)]", "expected a value", List.of()));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void brokenCallsStayTextWithAReason(Case each) {
    Read.inEveryWay(
        () -> reader(each.syntax()),
        each.answer(),
        read -> {
          assertThat(read.calls()).isEmpty();
          assertThat(read.text(Lane.TEXT)).isEqualTo(each.answer());
          assertThat(read.faults()).singleElement().asString().startsWith(each.text());
        });
  }

  @Test
  void aCallThatIsCutOffIsNone() {
    List<Piece> pieces = new ArrayList<>();
    AnswerReader reader = reader(CallSyntax.LLAMA3);
    reader.append("{\"name\": \"f\", \"parameters\": {}}", pieces);
    reader.finish(false, pieces);
    assertThat(new Read(pieces).calls()).isEmpty();
    assertThat(new Read(pieces).faults()).containsExactly("the answer ended within the call");
  }

  @Test
  void callsInChannels() {
    AnswerFormat harmony = AnswerFormat.of("<|channel|>");
    String answer =
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary"
            + " to=functions.f <|constrain|>json<|message|>{\"a\": 1}<|call|>";
    Read.inEveryWay(
        () -> harmony.reader("", TOOLS),
        answer,
        read -> {
          assertThat(read.calls()).containsExactly("f {\"a\": 1}");
          assertThat(read.text(Lane.THINKING)).isEqualTo("hm");
          assertThat(read.text(Lane.TEXT)).isEmpty();
        });
    Read.inEveryWay(
        () -> harmony.reader("", TOOLS),
        " to=functions.g<|channel|>commentary json<|message|>{}",
        read -> assertThat(read.calls()).containsExactly("g {}"));
    Read.inEveryWay(
        () -> harmony.reader("", TOOLS),
        "<|channel|>analysis to=python<|message|>1+1<|call|>",
        read -> {
          assertThat(read.calls()).isEmpty();
          assertThat(read.faults())
              .containsExactly("expected a recipient that begins with functions.");
        });
  }

  @Test
  void withoutToolsThereAreNoCalls() {
    AnswerFormat format = AnswerFormat.of("<tool_call>");
    String answer = "<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>";
    assertThat(Read.all(format.reader("", List.of()), List.of(answer)).text(Lane.TEXT))
        .isEqualTo(answer);
    assertThat(Read.all(format.reader("", TOOLS), List.of(answer)).calls()).containsExactly("f {}");
    AnswerFormat harmony = AnswerFormat.of("<|channel|>");
    String message = "<|channel|>commentary to=functions.f<|message|>{\"a\": 1}<|call|>";
    Read without = Read.all(harmony.reader("", List.of()), List.of(message));
    assertThat(without.text(Lane.TEXT)).isEqualTo("{\"a\": 1}");
    assertThat(without.calls()).isEmpty();
    assertThat(Read.all(harmony.reader("", TOOLS), List.of(message)).calls())
        .containsExactly("f {\"a\": 1}");
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-r1-distill-llama, <｜tool▁call▁begin｜>",
    "deepseek-v3.1, <｜tool▁call▁begin｜>",
    "deepseek-v3.2-jinja, '<｜DSML｜invoke name=\"'",
    "deepseek-v4-jinja, '<｜DSML｜invoke name=\"'",
    "qwen2.5, <tool_call>",
    "qwen3, <tool_call>",
    "qwen3-coder, <tool_call>",
    "mistral-nemo, [TOOL_CALLS]",
    "llama3.1, <|python_tag|>",
    "llama4, <|python_start|>",
    "gpt-oss, <|call|>"
  })
  void syntaxIsKnownByTheTemplate(String name, String marker) throws IOException {
    String template =
        Files.readString(
            SharedMaterial.require("material/chat-templates/" + name).resolve("template.jinja"));
    assertThat(AnswerFormat.of(template).markers(true)).contains(marker);
  }
}
