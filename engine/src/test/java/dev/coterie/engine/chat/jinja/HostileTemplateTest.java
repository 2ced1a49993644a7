// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ChatTemplateException;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.SharedMaterial;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that want to get out, or to take forever. */
class HostileTemplateTest {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Duration MOST = Duration.ofSeconds(1);

  @Test
  void sharedTemplatesGetTheirVerdict() throws IOException {
    int count = 0;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    Files.newInputStream(
                        SharedMaterial.require("material/malicious/templates.jsonl.gz"))),
                StandardCharsets.UTF_8))) {
      for (String line : reader.lines().toList()) {
        judge(Json.object(Json.parse(line)));
        count++;
      }
    }
    assertThat(count).isEqualTo(54);
  }

  private static void judge(Map<String, @Nullable Object> row) {
    String name = Json.string(row.get("name"));
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", row.get("messages"));
    String before = String.valueOf(variables);
    long start = THREADS.getCurrentThreadCpuTime();
    String text = null;
    try {
      text = render(Json.string(row.get("template")), variables).value();
    } catch (ChatTemplateException e) {
      assertThat(e.line()).as(name).isPositive();
    }
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start))
        .as(name)
        .isLessThan(MOST);
    assertThat(String.valueOf(variables)).as(name).isEqualTo(before);
    String must = Json.string(row.get("must"));
    boolean expectedText = row.get("jinja2_sandbox").equals("text");
    String expected = Json.string(row.get("detail"));
    if (must.startsWith("bounded") || must.startsWith("never")) {
      assertThat(text == null || expectedText && text.startsWith(expected.replace("...", "")))
          .as(name + ": " + text)
          .isTrue();
    } else if (expectedText) {
      assertThat(text).as(name).isEqualTo(expected);
    } else {
      assertThat(text).as(name).isNull();
    }
  }

  private static Text render(String template, Map<String, ?> variables) {
    return JinjaTemplate.parse(template).render(variables, Clock.systemUTC());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}"
            + "{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}"
            + "{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}"
            + "{% endfor %}{{ n.x|tojson }}",
        "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}"
            + "{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}"
            + "{% endfor %}",
        "{{ [1] * 9999999999 }}",
        "{{ 9**9**9**9 }}",
        "{{ '%9999999999s' % 'a' }}",
        "{{ 'a'.ljust(2000000000) }}",
        "{{ 'a'.zfill(2000000000) }}",
        "{{ [1]|tojson(indent=2000000000) }}",
        "{{ (['a' * 1000] * 10000)|join('b' * 1000) }}",
        "{{ [1]|batch(2000000000, 0)|list }}",
        "{{ [1]|slice(2000000000)|list }}",
        "{{ ('a' * 2000000 + 'b') in ('a' * 4000000) }}",
        "{{ ('a' * 2000000).count('a' * 1000000 + 'b') }}",
        "{{ ('ab' * 1000000).split('a' * 500000) }}",
        "{% for x in range(3) recursive %}{{ loop(range(3)) }}{% endfor %}",
        "{% macro a() %}{% call a() %}{% endcall %}{% endmacro %}{{ a() }}",
        "{% for i in range(99999) %}{{ messages|tojson }}{{ ('x' * 4000000).lower()[0] }}"
            + "{% endfor %}",
        "{% for i in range(99999) %}{{ ('x' * 4000000) is lower }}{% endfor %}",
        "{% for i in range(99999) %}{{ range(99999)|list|length }}{% endfor %}",
        "{% for i in range(99999) %}{{ range(99999)|sort|length }}{% endfor %}",
        "{{ ('[' * 100000)|from_json }}",
        "{{ ('1' * 100000)|int }}{{ ('1' * 100000)|from_json }}",
      })
  void nothingGrowsWithoutBounds(String template) {
    long start = THREADS.getCurrentThreadCpuTime();
    assertThatThrownBy(() -> render(template, Map.of("messages", List.of())))
        .isInstanceOf(ChatTemplateException.class);
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start)).isLessThan(MOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "(",
        "[",
        "{{",
        "{%",
        "{{(",
        "{{[",
        "{{{",
        "{{-",
        "{{ not ",
        "{{ a.",
        "{{ a|b",
        "{{ a[",
        "{% if 1 %}",
        "{% for x in y %}",
        "{% set (",
        "{% macro m(",
        "{{ 1_",
        "{{ '\\",
        "{{ a is ",
        "{% raw %}",
        "{#",
        "{{ a if b else ",
        "{{ -",
        "{{ f(",
        "{% call(",
        "{{ 1.",
        "{{ a ~ "
      })
  void anyBeginningRepeatedEndsInTime(String beginning) {
    long start = THREADS.getCurrentThreadCpuTime();
    String template = beginning.repeat(900_000 / beginning.length());
    try {
      render(template, Map.of());
    } catch (ChatTemplateException e) {
      assertThat(e.line()).isPositive();
    }
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start)).isLessThan(MOST);
  }

  @Test
  void aLongConversationIsNoAttack() {
    StringBuilder content = new StringBuilder();
    for (int i = 0; i < 200_000; i++) {
      content.append("word ");
    }
    List<Map<String, String>> messages = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      messages.add(Map.of("role", "user", "content", i == 0 ? content.toString() : "short " + i));
    }
    Text text =
        render(
            "{% set n = namespace(s='') %}{% for m in messages %}{% set n.s = m.content|trim %}"
                + "{% for p in messages[:loop.index0][-20:] %}{% if p.role == m.role %}"
                + "{% endif %}{% endfor %}{{ '<u>' + n.s + '</u>' }}{% endfor %}",
            Map.of("messages", messages));
    assertThat(text.value()).startsWith("<u>word").endsWith("<u>short 1999</u>");
  }

  @Test
  void anUnknownNameIsNamedWithItsPlace() {
    assertThatThrownBy(() -> render("a\n  {{ x|nope }}", Map.of()))
        .hasMessageStartingWith(
            "chat template at line 2, column 8: no filter named 'nope'; there are abs, attr,");
    assertThatThrownBy(() -> render("{{ x is nope }}", Map.of()))
        .hasMessageStartingWith(
            "chat template at line 1, column 9: no test named 'nope'; there are !=,");
    assertThatThrownBy(() -> render("{{ 'x'.nope() }}", Map.of()))
        .hasMessage("chat template at line 1, column 12: 'str object' has no attribute 'nope'");
    assertThatThrownBy(() -> render("{% include 'x' %}", Map.of()))
        .hasMessage(
            "chat template at line 1, column 4: tag 'include': a chat template has no other"
                + " templates to go with");
  }
}
