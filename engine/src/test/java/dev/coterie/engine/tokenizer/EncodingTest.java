// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.Encoding;
import dev.coterie.Tokenizer;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EncodingTest {
  private final Tokenizer byteLevel =
      Tokenizers.fromGguf(TinyVocabularies.metadata(TinyVocabularies.byteLevel()));

  private static String ranges(Tokenizer tokenizer, String text) {
    Encoding encoding = tokenizer.encodeWithOffsets(text, true);
    return String.join(
        " ",
        IntStream.range(0, encoding.size())
            .mapToObj(i -> encoding.start(i) + "-" + encoding.end(i))
            .toList());
  }

  @Test
  void tokensOfOneCharacterShareItsRange() {
    assertThat(ranges(byteLevel, "hello w")).isEqualTo("0-5 5-7");
    assertThat(ranges(byteLevel, "a😀b")).isEqualTo("0-1 1-3 1-3 1-3 1-3 3-4");
    assertThat(ranges(byteLevel, "aaaa<tool>é")).isEqualTo("0-4 4-10 10-11 10-11");
  }

  @Test
  void composedCharactersHaveTheRangeOfTheirStretch() {
    Map<String, Object> values = TinyVocabularies.byteLevel();
    values.put("tokenizer.ggml.pre", "qwen2");
    Tokenizer qwen = Tokenizers.fromGguf(TinyVocabularies.metadata(values));
    assertThat(ranges(qwen, "ae\u0301b")).isEqualTo("0-1 1-3 1-3 3-4");
    assertThat(ranges(qwen, "\u1112\u1161\u11aba")).isEqualTo("0-3 0-3 0-3 3-4");
    assertThat(ranges(qwen, "e\u0301<tool>e\u0301")).isEqualTo("0-2 0-2 2-8 8-10 8-10");
  }

  @Test
  void theSpaceBeforeATextHasNoRange() {
    Tokenizer sentencePiece =
        Tokenizers.fromGguf(TinyVocabularies.metadata(TinyVocabularies.sentencePiece()));
    assertThat(ranges(sentencePiece, "a b")).isEqualTo("0-1 1-3");
    assertThat(ranges(sentencePiece, "é<s>aé")).isEqualTo("0-0 0-1 1-4 4-5 5-6");
    assertThat(ranges(sentencePiece, "ü")).isEqualTo("0-0 0-1 0-1");
  }

  @Test
  void othersSayThatTheyDoNotKeepOffsets() {
    Tokenizer other =
        (Tokenizer)
            java.lang.reflect.Proxy.newProxyInstance(
                Tokenizer.class.getClassLoader(),
                new Class<?>[] {Tokenizer.class},
                (proxy, method, arguments) ->
                    java.lang.reflect.InvocationHandler.invokeDefault(proxy, method, arguments));
    assertThatThrownBy(() -> other.encodeWithOffsets("a", false))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageEndingWith("does not keep offsets");
  }

  @Test
  void rangesAreOneAToken() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Encoding(new int[2], new int[1], new int[2]))
        .withMessage("ranges: expected one a token, that is 2, found 1 starts and 2 ends");
    assertThat(new Encoding(new int[] {7}, new int[] {1}, new int[] {3}).tokenAt(0)).isEqualTo(-1);
  }
}
