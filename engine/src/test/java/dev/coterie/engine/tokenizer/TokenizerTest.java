// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.coterie.Tokenizer;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenizerTest {
  private final Tokenizer byteLevel =
      Tokenizers.fromGguf(TinyVocabularies.metadata(TinyVocabularies.byteLevel()));
  private final Tokenizer sentencePiece =
      Tokenizers.fromGguf(TinyVocabularies.metadata(TinyVocabularies.sentencePiece()));

  @Test
  void mergesByRank() {
    assertThat(byteLevel.encode("hello w")).containsExactly(262, 263);
    assertThat(byteLevel.encode("aaaaaaaaaaa")).containsExactly(258, 256, 'a');
    assertThat(byteLevel.encode("")).isEmpty();
  }

  @Test
  void mergesByScore() {
    assertThat(sentencePiece.encode("aaaa b")).containsExactly(259, 260, 265, 262);
    assertThat(sentencePiece.encode("é€")).containsExactly(264, 267, 3 + 0xe2, 3 + 0x82, 3 + 0xac);
    assertThat(sentencePiece.encode("")).isEmpty();
  }

  @Test
  void namesOfAddedTokensAreReadOnlyWhenAsked() {
    String text = "a<|im_start|><tool>a";
    assertThat(byteLevel.encode(text, true)).containsExactly('a', 264, 265, 'a');
    assertThat(byteLevel.encode(text)).doesNotContain(264, 265).hasSize(20);
    assertThat(sentencePiece.encode("<s>a</s>", true)).containsExactly(1, 259, 2);
  }

  @Test
  void controlTokensAreLeftOutOfText() {
    int[] ids = {264, 262, 265, 266};
    assertThat(byteLevel.decode(ids)).isEqualTo("hello<tool>");
    assertThat(byteLevel.decode(ids, true)).isEqualTo("<|im_start|>hello<tool><|im_end|>");
    assertThat(byteLevel.isSpecial(264)).isTrue();
    assertThat(byteLevel.isSpecial(265)).isFalse();
    assertThat(byteLevel.bytes(266)).asString().isEqualTo("<|im_end|>");
  }

  @Test
  void oneLeadingSpaceIsDropped() {
    assertThat(sentencePiece.decode(new int[] {1, 259, 262})).isEqualTo("a b");
    assertThat(sentencePiece.decode(new int[] {1, 259}, true)).isEqualTo("<s> a");
    assertThat(sentencePiece.decode(new int[] {264, 264, 259})).isEqualTo("  a");
  }

  @Test
  void theSpaceAfterOtherTextIsKept() {
    assertThat(StreamingDecoder.after(sentencePiece, new int[] {1, 259}).append(262))
        .isEqualTo(" b");
    assertThat(StreamingDecoder.after(sentencePiece, new int[] {1}).append(262)).isEqualTo("b");
    assertThat(StreamingDecoder.after(sentencePiece, new int[0]).append(262)).isEqualTo("b");
  }

  @Test
  void brokenCharactersAreReplaced() {
    assertThat(sentencePiece.decode(new int[] {3 + 0xe4, 3 + 0xb8, 265}))
        .isEqualTo("\ufffd\ufffda");
    assertThat(sentencePiece.decode(new int[] {3 + 0xe4, 3 + 0xb8, 3 + 0xad})).isEqualTo("中");
  }

  @Test
  void eachByteOfAnEncodedSurrogateIsReplaced() {
    assertThat(byteLevel.decode(new int[] {0xed, 0xa0, 0x80})).isEqualTo("\ufffd\ufffd\ufffd");
  }

  @Test
  void streamHoldsIncompleteCharactersBack() {
    StreamingDecoder decoder = new StreamingDecoder(byteLevel);
    int[] ids = byteLevel.encode("é€");
    assertThat(ids).hasSize(5);
    assertThat(decoder.append(ids[0])).isEmpty();
    assertThat(decoder.append(ids[1])).isEqualTo("é");
    assertThat(decoder.append(ids[2])).isEmpty();
    assertThat(decoder.append(264)).isEmpty();
    assertThat(decoder.append(ids[3])).isEmpty();
    assertThat(decoder.flush()).isEqualTo("\ufffd");
    assertThat(decoder.flush()).isEmpty();
  }

  @Test
  void sequencesBeginAndEndAsTheFileSays() {
    assertThat(byteLevel.beginningOfSequence()).hasValue(264);
    assertThat(byteLevel.endOfGeneration()).containsExactly(266);
    assertThat(sentencePiece.beginningOfSequence()).hasValue(1);
    Map<String, Object> values = TinyVocabularies.byteLevel();
    values.put("tokenizer.ggml.pre", "qwen2");
    values.put("tokenizer.ggml.eot_token_id", 265L);
    Tokenizer qwen = Tokenizers.fromGguf(TinyVocabularies.metadata(values));
    assertThat(qwen.beginningOfSequence()).isEmpty();
    assertThat(qwen.endOfGeneration()).containsExactlyInAnyOrder(265, 266);
    values.put("tokenizer.ggml.add_bos_token", true);
    assertThat(Tokenizers.fromGguf(TinyVocabularies.metadata(values)).beginningOfSequence())
        .hasValue(264);
  }

  @Test
  void qwenTextIsComposed() {
    Map<String, Object> values = TinyVocabularies.byteLevel();
    values.put("tokenizer.ggml.pre", "qwen2");
    Tokenizer qwen = Tokenizers.fromGguf(TinyVocabularies.metadata(values));
    assertThat(qwen.encode("e\u0301")).isEqualTo(qwen.encode("\u00e9"));
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    assertThat(byteLevel.vocabularySize()).isEqualTo(267);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> byteLevel.decode(new int[] {267}))
        .withMessage("token 267: expected 0 to 266");
    assertThatIllegalArgumentException().isThrownBy(() -> byteLevel.bytes(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> byteLevel.isSpecial(267));
  }

  @ParameterizedTest
  @MethodSource("dev.coterie.engine.tokenizer.TinyVocabularies#preTokenizers")
  void longRunsAreEncoded(String pre) {
    Map<String, Object> values = TinyVocabularies.byteLevel();
    values.put("tokenizer.ggml.pre", pre);
    Tokenizer tokenizer = Tokenizers.fromGguf(TinyVocabularies.metadata(values));
    for (String unit : new String[] {"a", "A", " ", "\n", "!", "中", "1", " \t", "'s", "\u0301"}) {
      String text = unit.repeat((1 << 18) / unit.length()) + "x";
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }
  }

  @Test
  void aMegabyteOfOneLetterIsEncodedAsOnePiece() {
    String text = "a".repeat(1 << 20);
    assertThat(byteLevel.decode(byteLevel.encode(text))).isEqualTo(text);
    assertThat(sentencePiece.decode(sentencePiece.encode(text))).isEqualTo(text);
  }

  @Test
  void manyThreadsShareOneTokenizer() {
    String text = "hello w aaaa hell 1234 ".repeat(50);
    int[] expected = byteLevel.encode(text);
    boolean same =
        IntStream.range(0, 200)
            .parallel()
            .mapToObj(i -> byteLevel.encode(text))
            .allMatch(ids -> Arrays.equals(ids, expected));
    assertThat(same).isTrue();
  }
}
