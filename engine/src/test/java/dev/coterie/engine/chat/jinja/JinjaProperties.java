// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ChatTemplateException;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JinjaProperties {
  private static final List<String> PIECES =
      List.of(
          "{{",
          "}}",
          "{%",
          "%}",
          "{#",
          "#}",
          "-",
          "+",
          " ",
          "\n",
          "if",
          "else",
          "elif",
          "endif",
          "for",
          "endfor",
          "in",
          "set",
          "endset",
          "macro",
          "endmacro",
          "call",
          "endcall",
          "filter",
          "is",
          "not",
          "and",
          "or",
          "x",
          "y",
          "m",
          "messages",
          "loop",
          "index",
          "content",
          "role",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          ",",
          ":",
          ".",
          "|",
          "~",
          "*",
          "**",
          "/",
          "//",
          "%",
          "=",
          "==",
          "<",
          ">=",
          "'a'",
          "\"b\"",
          "'",
          "1",
          "2.5",
          "0",
          "none",
          "true",
          "length",
          "tojson",
          "trim",
          "join",
          "default",
          "map",
          "select",
          "string",
          "defined",
          "namespace",
          "range",
          "raise_exception",
          "split",
          "replace",
          "items",
          "raw",
          "endraw",
          "recursive",
          "with",
          "endwith",
          "generation",
          "endgeneration",
          "break",
          "continue",
          "\\",
          "\ud83d\ude00",
          "\u0000",
          "9999999999",
          "upper",
          "indent",
          "format",
          "sort",
          "batch",
          "attr");

  /** Only the one error may come out, and it knows its place. */
  @Property(tries = 3000)
  void anySequenceOfPiecesRendersOrIsRefused(@ForAll("templates") String template) {
    refusedOrRendered(template);
  }

  @Property(tries = 1000)
  void anyTextRendersOrIsRefused(@ForAll String template) {
    refusedOrRendered(template);
  }

  @Property(tries = 1000)
  void textWithoutTagsIsItself(@ForAll("plain") String template) {
    Text text = JinjaTemplate.parse(template).render(Map.of(), JinjaReferenceTest.CLOCK);
    assertThat(text.value())
        .isEqualTo(
            template.endsWith("\n") ? template.substring(0, template.length() - 1) : template);
  }

  /** JSON that is written is read back as the same, and Python would print it alike. */
  @Property(tries = 1000)
  void jsonIsReadBack(@ForAll String string, @ForAll double number, @ForAll long integer) {
    Object value = Values.ofInput(List.of(string, number, integer, Map.of(string, List.of(true))));
    Text json = JsonWriter.write(value, JsonWriter.DEFAULT, Budget.unlimited());
    assertThat(JsonReader.read(json)).isEqualTo(value);
  }

  private static void refusedOrRendered(String template) {
    Map<String, Object> variables =
        Map.of("messages", List.of(Map.of("role", "user", "content", "hi")), "x", "a b", "y", 3);
    try {
      JinjaTemplate.parse(template).render(variables, JinjaReferenceTest.CLOCK);
    } catch (ChatTemplateException e) {
      assertThat(e.line()).isPositive();
      assertThat(e.column()).isPositive();
      assertThat(e.detail()).isNotBlank();
    }
  }

  @Provide
  Arbitrary<String> templates() {
    Arbitrary<String> inside =
        Arbitraries.of(PIECES).list().ofMaxSize(12).map(pieces -> String.join(" ", pieces));
    Arbitrary<String> print = inside.map(text -> "{{ " + text + " }}");
    Arbitrary<String> block = inside.map(text -> "{% " + text + " %}");
    Arbitrary<String> loose =
        Arbitraries.of(PIECES).list().ofMaxSize(20).map(pieces -> String.join("", pieces));
    return Arbitraries.oneOf(print, block, loose, inside)
        .list()
        .ofMaxSize(5)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> plain() {
    return Arbitraries.strings().excludeChars('{', '\r');
  }
}
