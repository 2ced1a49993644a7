// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of a rendered text was said; written in upper case below. */
class TextTest {
  private static final Map<String, @Nullable Object> INPUT = input();

  private static Map<String, @Nullable Object> input() {
    Map<String, @Nullable Object> input = new HashMap<>();
    input.put("m", Map.of("role", Text.written("user"), "content", " HELLO,WORLD "));
    input.put("tool", Map.of("NAME", List.of("A", 7)));
    input.put("json", "{\"K\": [\"V\", 1]}");
    return input;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "<a>{{ m.content }}<b>                               # <a> HELLO,WORLD <b>",
        "{{ '<a>' + m.content|trim + '<b>' }}                # <a>HELLO,WORLD<b>",
        "{{ '<a>' ~ m.content.strip()[1:3] ~ m.role }}       # <a>ELuser",
        "{{ m.content.split(',')[1].rstrip() + '<b>' }}      # WORLD<b>",
        "{{ m.content|trim|replace(',', '<b>') }}            # HELLO<b>WORLD",
        "{{ '<a>,<b>'.replace(',', m.content.strip()) }}     # <a>HELLO,WORLD<b>",
        "{{ ['<a>', m.content.strip()]|join('<b>') }}        # <a><b>HELLO,WORLD",
        "{% set x %}<a>{{ m.content|trim }}{% endset %}{{ x }}<b> # <a>HELLO,WORLD<b>",
        "{% macro f(x) %}<a>{{ x }}{% endmacro %}{{ f(m.content[1:6]) }} # <a>HELLO",
        "{% set n = namespace(s='<a>') %}{% for c in 'xy' %}{% set n.s = n.s + c + json[2:3] %}"
            + "{% endfor %}{{ n.s }}                         # <a>xKyK",
        "{{ '%s<b>%s' % (json[2:3], 'x') }}                  # K<b>x",
        "{{ '{}<b>{}'.format(json[2:3], 'x') }}              # K<b>x",
        "{{ m.content.partition(',')|join('<b>') }}          #  HELLO<b>,<b>WORLD ",
        "{{ m.content[::-1]|trim }}<b>                       # DLROW,OLLEH<b>",
        "{{ m.content|indent(2, first=true)|trim + '<b>' }}  # HELLO,WORLD<b>",
        "{{ (m.content|upper)|trim + '<b>' }}                # HELLO,WORLD<b>",
        "{{ (m.content|title|upper)[1:4] + '<b>' }}          # HEL<b>",
        "{% for c in json[2:3] %}{{ c }}x{% endfor %}        # Kx",
        "{{ (json|from_json).K[0] + '<b>' }}                 # V<b>",
      })
  void saidStaysSaid(String template, String expected) {
    Text text = JinjaTemplate.parse(template).render(INPUT, JinjaReferenceTest.CLOCK);
    assertThat(text.value().strip()).isEqualTo(expected.strip());
    for (int i = 0; i < text.value().length(); i++) {
      char character = text.value().charAt(i);
      if (Character.isLetter(character)) {
        assertThat(text.isSaid(i, i + 1))
            .as(template + " at " + i)
            .isEqualTo(Character.isUpperCase(character));
      }
    }
  }

  @Test
  void jsonKeepsApartWhatItWritesAndWhatWasSaid() {
    Text text = JinjaTemplate.parse("{{ tool|tojson }}").render(INPUT, JinjaReferenceTest.CLOCK);
    assertThat(text.value()).isEqualTo("{\"NAME\": [\"A\", 7]}");
    assertThat(said(text)).isEqualTo("__NAME_____A______");
  }

  @Test
  void escapesOfWhatWasSaidAreSaid() {
    Text json = JsonWriter.write(Text.said("a\n"), JsonWriter.DEFAULT, Budget.unlimited());
    assertThat(json.value()).isEqualTo("\"a\\n\"");
    assertThat(said(json)).isEqualTo("_a\\n_");
  }

  @Test
  void writtenUntilTellsWhereASpeakerBegins() {
    Text text = new TextBuilder().append("ab").append(Text.said("cd")).append("e").build();
    assertThat(new int[] {0, 1, 2, 3, 4, 5})
        .satisfies(
            places -> {
              for (int place : places) {
                assertThat(text.writtenUntil(place))
                    .isEqualTo(place < 2 ? 2 : place < 4 ? place : 5);
              }
            });
    assertThat(text.isSaid(1, 2)).isFalse();
    assertThat(text.isSaid(1, 3)).isTrue();
    assertThat(text).isEqualTo(Text.written("abcde")).hasSameHashCodeAs(Text.written("abcde"));
  }

  private static String said(Text text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.value().length(); i++) {
      shown.append(text.isSaid(i, i + 1) ? text.value().charAt(i) : '_');
    }
    return shown.toString();
  }
}
