// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Encoding;
import dev.coterie.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Which part of a text a token comes from. */
class EncodingProperties {
  private static final String[] PARTS = {
    "a",
    "aaaa",
    "hello",
    " w",
    " ",
    "  ",
    "b",
    "é",
    "e\u0301",
    "\u0301",
    "o\u0323\u0302",
    "中",
    "\u1112\u1161\u11ab",
    "\u212b",
    "\ud834\udd5e",
    "😀",
    "\ud83d",
    "\ude00",
    "<|im_start|>",
    "<tool>",
    "<s>",
    "\u2581",
    "\u0000",
    "1234",
    "\u0958",
    "\u2126\u0344"
  };

  private final Tokenizer byteLevel = byteLevel("llama-bpe");
  private final Tokenizer normalizing = byteLevel("qwen2");
  private final Tokenizer sentencePiece = sentencePiece(TinyVocabularies.sentencePiece());
  private final Tokenizer withoutBytes = withoutBytes();

  private static Tokenizer byteLevel(String pre) {
    Map<String, Object> values = TinyVocabularies.byteLevel();
    values.put("tokenizer.ggml.pre", pre);
    return Tokenizers.fromGguf(TinyVocabularies.metadata(values));
  }

  private static Tokenizer sentencePiece(Map<String, Object> values) {
    return Tokenizers.fromGguf(TinyVocabularies.metadata(values));
  }

  private static Tokenizer withoutBytes() {
    Map<String, Object> values = TinyVocabularies.sentencePiece();
    long[] types = (long[]) values.get("tokenizer.ggml.token_type");
    Arrays.setAll(types, id -> types[id] == 6 ? 5 : types[id]);
    return sentencePiece(values);
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.of(PARTS).list().ofMaxSize(30).map(parts -> String.join("", parts)),
        Arbitraries.strings().all().ofMaxLength(30));
  }

  @Property
  void rangesCoverTheText(@ForAll("texts") String text, @ForAll boolean parseSpecial) {
    for (Tokenizer tokenizer :
        new Tokenizer[] {byteLevel, normalizing, sentencePiece, withoutBytes}) {
      Encoding encoding = tokenizer.encodeWithOffsets(text, parseSpecial);
      assertThat(encoding.ids()).isEqualTo(tokenizer.encode(text, parseSpecial));
      int covered = 0;
      for (int i = 0; i < encoding.size(); i++) {
        assertThat(encoding.start(i)).isLessThanOrEqualTo(covered);
        covered = encoding.end(i);
      }
      assertThat(covered).isEqualTo(text.length());
    }
  }

  @Property
  void rangesAreInOrderAndOfWholeCharacters(@ForAll("texts") String text) {
    for (Tokenizer tokenizer :
        new Tokenizer[] {byteLevel, normalizing, sentencePiece, withoutBytes}) {
      assertThat(fault(text, tokenizer, tokenizer.encode(text, true))).isEmpty();
    }
  }

  @Property
  void rangesHoldWhatTokensSay(@ForAll("texts") String text, @ForAll boolean parseSpecial) {
    String clean = clean(text);
    for (Tokenizer tokenizer : new Tokenizer[] {byteLevel, normalizing, sentencePiece}) {
      Encoding encoding = tokenizer.encodeWithOffsets(text, parseSpecial);
      for (int i = 0; i < encoding.size(); i++) {
        String token = new String(tokenizer.bytes(encoding.id(i)), StandardCharsets.UTF_8);
        String source = clean.substring(encoding.start(i), encoding.end(i));
        if (tokenizer == normalizing) {
          source = Normalizer.normalize(source, Normalizer.Form.NFC);
        }
        if (tokenizer == sentencePiece) {
          source = source.replace('\u2581', ' ');
          token = source.isEmpty() || !token.equals(" " + source) ? token : source;
        }
        if (!token.contains("\ufffd") && !source.isEmpty()) {
          assertThat(source).contains(token);
        }
      }
    }
  }

  @Property
  void tokenAtFindsTheFirst(@ForAll("texts") String text) {
    Encoding encoding = byteLevel.encodeWithOffsets(text, true);
    for (int at = 0; at < text.length(); at++) {
      int expected = 0;
      while (encoding.end(expected) <= at) {
        expected++;
      }
      assertThat(encoding.tokenAt(at)).isEqualTo(expected);
    }
    assertThat(encoding.tokenAt(text.length())).isEqualTo(-1);
  }

  /** What is wrong with the ranges of a text's tokens; empty if nothing is. */
  static String fault(String text, Tokenizer tokenizer, int[] ids) {
    Encoding encoding = tokenizer.encodeWithOffsets(text, true);
    if (!Arrays.equals(encoding.ids(), ids)) {
      return "other ids than without";
    }
    int start = 0;
    int end = 0;
    for (int i = 0; i < ids.length; i++) {
      if (encoding.start(i) < start
          || encoding.end(i) < Math.max(end, encoding.start(i))
          || encoding.end(i) > text.length()
          || splits(text, encoding.start(i))
          || splits(text, encoding.end(i))) {
        return "token " + i + ": " + encoding.start(i) + " to " + encoding.end(i);
      }
      start = encoding.start(i);
      end = encoding.end(i);
    }
    return "";
  }

  private static boolean splits(String text, int at) {
    return at > 0
        && at < text.length()
        && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
  }

  private static String clean(String text) {
    int[] points = text.codePoints().map(c -> c >= 0xd800 && c <= 0xdfff ? 0xfffd : c).toArray();
    return new String(points, 0, points.length);
  }
}
