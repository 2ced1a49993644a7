// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ChatTemplateException;
import dev.coterie.testkit.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Templates that Python's jinja2 rendered ({@code reference.py}), or refused. */
class JinjaReferenceTest {
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-15T09:30:00Z"), ZoneOffset.UTC);

  /** Errors whose text says what is wrong with the values, which ours repeat. */
  private static final Set<String> SAME =
      Set.of("TypeError", "UndefinedError", "TemplateError", "SecurityError");

  static List<Map<String, @Nullable Object>> rows() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                JinjaReferenceTest.class.getResourceAsStream("reference.jsonl"),
                StandardCharsets.UTF_8))) {
      return reader.lines().map(line -> Json.object(Json.parse(line))).toList();
    }
  }

  static Map<String, @Nullable Object> variables() {
    Map<String, Object> user = new HashMap<>();
    user.put("role", "user");
    user.put("content", "h\u00e9llo \ud83d\ude00");
    user.put("n", 1);
    user.put("f", 1.5);
    user.put("l", Arrays.asList(null, true));
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", List.of(Map.of("role", "system", "content", "be \"kind\""), user));
    variables.put("tools", null);
    return variables;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void rendersAsPython(Map<String, @Nullable Object> row) {
    String template = Json.string(row.get("template"));
    if (row.containsKey("text")) {
      Text text = JinjaTemplate.parse(template).render(variables(), CLOCK);
      assertThat(text.value()).as(template).isEqualTo(row.get("text"));
      return;
    }
    String error = Json.string(row.get("error"));
    String kind = error.substring(0, error.indexOf(':'));
    assertThatThrownBy(() -> JinjaTemplate.parse(template).render(variables(), CLOCK))
        .as(template)
        .isInstanceOfSatisfying(
            ChatTemplateException.class,
            refusal -> {
              assertThat(refusal.line()).isPositive();
              assertThat(refusal.column()).isPositive();
              if (SAME.contains(kind)) {
                assertThat(refusal.detail()).isEqualTo(error.substring(kind.length() + 2));
              }
            });
  }
}
