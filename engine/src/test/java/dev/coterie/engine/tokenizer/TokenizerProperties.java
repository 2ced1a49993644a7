// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TokenizerProperties {
  private final Tokenizer byteLevel = tokenizer(false);
  private final Tokenizer sentencePiece = tokenizer(true);

  private static Tokenizer tokenizer(boolean sentencePiece) {
    return Tokenizers.fromGguf(
        TinyVocabularies.metadata(
            sentencePiece ? TinyVocabularies.sentencePiece() : TinyVocabularies.byteLevel()));
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> any = Arbitraries.strings().all().ofMaxLength(60);
    Arbitrary<String> letters = Arbitraries.strings().withChars("aahelo wb\n 1é中").ofMaxLength(200);
    Arbitrary<String> markers =
        Arbitraries.of("<|im_start|>", "<tool>", "<|im_end|>", "<s>", "</s>", "<|im_", "a", " ")
            .list()
            .ofMaxSize(12)
            .map(parts -> String.join("", parts));
    return Arbitraries.oneOf(any, letters, markers);
  }

  @Provide
  Arbitrary<int[]> ids() {
    return Arbitraries.integers().between(0, 266).array(int[].class).ofMaxSize(40);
  }

  @Property
  void decodeUndoesEncode(@ForAll("texts") String text) {
    String clean = withoutLoneSurrogates(text);
    assertThat(byteLevel.decode(byteLevel.encode(text))).isEqualTo(clean);
    assertThat(byteLevel.decode(byteLevel.encode(text, true), true)).isEqualTo(clean);
    assertThat(sentencePiece.decode(sentencePiece.encode(text)))
        .isEqualTo(clean.replace('\u2581', ' '));
  }

  @Property
  void textNeverBecomesAnAddedToken(@ForAll("texts") String text) {
    assertThat(Arrays.stream(byteLevel.encode(text))).allMatch(id -> id < 264);
    assertThat(Arrays.stream(sentencePiece.encode(text))).allMatch(id -> id > 2);
  }

  @Property
  void streamEqualsDecode(@ForAll("ids") int[] ids) {
    for (Tokenizer tokenizer : new Tokenizer[] {byteLevel, sentencePiece}) {
      StreamingDecoder decoder = new StreamingDecoder(tokenizer);
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        text.append(decoder.append(id));
      }
      assertThat(text.append(decoder.flush()).toString()).isEqualTo(tokenizer.decode(ids));
    }
  }

  /** Whatever the ids, and however the bytes of characters are spread over them. */
  @Property
  void streamGivesOutWholeCharacters(
      @ForAll("ids") int[] ids, @ForAll("texts") String text, @ForAll int seed) {
    Random random = new Random(seed);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] spread = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      spread[i] = random.nextInt(20) == 0 ? 264 : bytes[i] & 0xff; // a control token in between
    }
    for (int[] stream : new int[][] {ids, spread}) {
      StreamingDecoder decoder = new StreamingDecoder(byteLevel);
      for (int id : stream) {
        assertThat(isWellFormed(decoder.append(id))).isTrue();
      }
      assertThat(decoder.flush()).isIn("", "\ufffd");
    }
  }

  private static boolean isWellFormed(String text) {
    return text.codePoints().allMatch(c -> c < 0xd800 || c > 0xdfff);
  }

  @Property
  void decodeEqualsTheJdk(@ForAll("ids") int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(1000);
    // The JDK alone takes an encoded surrogate, which begins with this byte, for one broken
    // character.
    Arrays.setAll(ids, i -> ids[i] == 0xed ? 0xee : ids[i]);
    for (int id : ids) {
      bytes.put(byteLevel.bytes(id));
    }
    String expected = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    assertThat(byteLevel.decode(ids, true)).isEqualTo(expected);
  }

  @Property
  void heapMergesAsTheScanDoes(@ForAll("texts") String text) {
    Vocabulary vocabulary = vocabulary();
    MergeTable merges =
        MergeTable.ofRankedLines(
            (String[]) TinyVocabularies.byteLevel().get("tokenizer.ggml.merges"),
            vocabulary,
            "merges",
            TinyVocabularies.metadata(TinyVocabularies.byteLevel())::fault);
    byte[] bytes = (text + "a".repeat(49)).getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = vocabulary.find(String.valueOf(ByteAlphabet.character(bytes[i] & 0xff)));
    }
    int[] expected = mergeSlowly(ids, merges);
    int count = new BytePairMerger(merges).merge(ids, ids.length);
    assertThat(Arrays.copyOf(ids, count)).isEqualTo(expected);
  }

  private static int[] mergeSlowly(int[] start, MergeTable merges) {
    int[] ids = start.clone();
    while (true) {
      int best = -1;
      long least = MergeTable.NONE;
      for (int i = 0; i + 1 < ids.length; i++) {
        long merge = merges.find(ids[i], ids[i + 1]);
        if (MergeTable.rank(merge) < MergeTable.rank(least)) {
          least = merge;
          best = i;
        }
      }
      if (best < 0) {
        return ids;
      }
      int[] shorter = Arrays.copyOf(ids, ids.length - 1);
      shorter[best] = MergeTable.merged(least);
      System.arraycopy(ids, best + 2, shorter, best + 1, ids.length - best - 2);
      ids = shorter;
    }
  }

  private static Vocabulary vocabulary() {
    String[] tokens = (String[]) TinyVocabularies.byteLevel().get("tokenizer.ggml.tokens");
    TokenType[] types = new TokenType[tokens.length];
    Arrays.fill(types, TokenType.NORMAL);
    return new Vocabulary(
        tokens, types, "tokens", TinyVocabularies.metadata(TinyVocabularies.byteLevel())::fault);
  }

  private static String withoutLoneSurrogates(String text) {
    int[] points = text.codePoints().map(c -> c >= 0xd800 && c <= 0xdfff ? 0xfffd : c).toArray();
    return new String(points, 0, points.length);
  }
}
