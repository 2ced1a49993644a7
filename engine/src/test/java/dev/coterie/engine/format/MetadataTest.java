// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ModelFormatException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class MetadataTest {
  private static final Metadata METADATA = new Metadata(Path.of("model.gguf"), values());

  private static Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", "Small\n");
    values.put("count", 12L);
    values.put("epsilon", 1e-5);
    values.put("wrong", Double.NaN);
    values.put("flag", true);
    values.put("heads", new long[] {4, 8});
    values.put("scores", new double[] {0.5});
    values.put("flags", new boolean[] {true, false, true});
    values.put("tokens", new String[] {"a", "b"});
    return values;
  }

  @Test
  void readsTypedValues() {
    assertThat(METADATA.string("name")).isEqualTo("Small\n");
    assertThat(METADATA.string("none", "else")).isEqualTo("else");
    assertThat(METADATA.integer("count", 0, 12)).isEqualTo(12);
    assertThat(METADATA.integer("none", 0, 12, 3)).isEqualTo(3);
    assertThat(METADATA.number("epsilon")).isEqualTo(1e-5);
    assertThat(METADATA.number("count")).isEqualTo(12);
    assertThat(METADATA.number("none", 2)).isEqualTo(2);
    assertThat(METADATA.bool("flag", false)).isTrue();
    assertThat(METADATA.bool("none", true)).isTrue();
    assertThat(METADATA.strings("tokens")).containsExactly("a", "b");
    assertThat(METADATA.integers("heads")).containsExactly(4, 8);
    assertThat(METADATA.numbers("scores")).containsExactly(0.5);
    assertThat(METADATA.values().keySet())
        .containsExactlyElementsOf(List.copyOf(values().keySet()));
  }

  @Test
  void aScalarHoldsForEachLayer() {
    assertThat(METADATA.integerPerLayer("count", 3, 0, 12)).containsExactly(12, 12, 12);
    assertThat(METADATA.integerPerLayer("heads", 2, 4, 8)).containsExactly(4, 8);
    assertFault(
        () -> METADATA.integerPerLayer("heads", 3, 0, 8),
        "key 'heads': expected an array of 3 integers, found 2");
    assertFault(
        () -> METADATA.integerPerLayer("heads", 2, 5, 8), "key 'heads': expected 5 to 8, found 4");
    assertFault(
        () -> METADATA.integerPerLayer("flag", 2, 5, 8),
        "key 'flag': expected an integer, found true");
  }

  @Test
  void namesWhatIsThereInstead() {
    assertFault(() -> METADATA.string("none"), "key 'none': expected a string, found nothing");
    assertFault(() -> METADATA.string("count"), "key 'count': expected a string, found 12");
    assertFault(() -> METADATA.integer("count", 0, 11), "key 'count': expected 0 to 11, found 12");
    assertFault(
        () -> METADATA.integer("name", 0, 1),
        "key 'name': expected an integer, found 'Small\\u000a'");
    assertFault(
        () -> METADATA.integer("epsilon", 0, 1),
        "key 'epsilon': expected an integer, found 1.0E-5");
    assertFault(() -> METADATA.number("wrong"), "key 'wrong': expected a finite number, found NaN");
    assertFault(() -> METADATA.number("heads"), "key 'heads': expected a number, found 2 integers");
    assertFault(() -> METADATA.bool("count", true), "key 'count': expected a boolean, found 12");
    assertFault(
        () -> METADATA.strings("scores"),
        "key 'scores': expected an array of strings, found 1 numbers");
    assertFault(
        () -> METADATA.integers("tokens"),
        "key 'tokens': expected an array of integers, found 2 strings");
    assertFault(
        () -> METADATA.numbers("flags"),
        "key 'flags': expected an array of numbers, found 3 booleans");
  }

  private static void assertFault(ThrowingCallable call, String detail) {
    assertThatThrownBy(call)
        .isInstanceOf(ModelFormatException.class)
        .hasMessage("model.gguf: " + detail);
  }
}
