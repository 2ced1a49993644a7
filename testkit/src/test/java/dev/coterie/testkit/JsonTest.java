// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void readsEveryKindOfValue() {
    Map<String, Object> object =
        Json.object(
            Json.parse(
                " {\"b\": [1, -2.5, 1e3, true, false, null], \"a\": {\"x\": \"\\u00e9\\n\\\"\"},"
                    + " \"e\": [], \"o\": {}} "));
    assertThat(object.keySet()).containsExactly("b", "a", "e", "o");
    assertThat(Json.array(object.get("b"))).containsExactly(1L, -2.5, 1000.0, true, false, null);
    assertThat(object.get("a")).isEqualTo(Map.of("x", "é\n\""));
    assertThat(object.get("e")).isEqualTo(List.of());
    assertThat(object.get("o")).isEqualTo(Map.of());
  }

  @Test
  void keepsLongsAndWidensWhatIsLonger() {
    assertThat(Json.parse("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(Json.parse("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
    assertThat(Json.parse("9223372036854775808")).isEqualTo(0x1p63);
  }

  @Test
  void convertsArrays() {
    assertThat(Json.ints(Json.parse("[1, 2]"))).containsExactly(1, 2);
    assertThat(Json.doubles(Json.parse("[1, 2.5]"))).containsExactly(1, 2.5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "01",
        "1.",
        "-",
        ".5",
        "+1",
        "1e",
        "tru",
        "nul",
        "[1 2]",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "1 2",
        "{\"a\" 1}",
        "[",
        "NaN"
      })
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> Json.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("json at ");
  }

  @Test
  void refusesDuplicateKeys() {
    assertThatThrownBy(() -> Json.parse("{\"a\":1,\"a\":2}"))
        .hasMessage("json at 7: duplicate key 'a'");
  }

  @Test
  void refusesDeepNesting() {
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nested too deeply");
  }

  @Test
  void saysWhatItExpected() {
    assertThatThrownBy(() -> Json.parse("[1;")).hasMessage("json at 2: expected ']', found ';'");
  }
}
