// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.coterie.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Large texts of one repeated unit. The time limits are guards against quadratic time, which would
 * take hours, and not measurements.
 */
class TokenizerScaleTest {
  private static final int MEGABYTE = 1 << 20;
  private static final String[] UNITS = {
    "a",
    "A",
    "aA",
    "ab",
    "ba",
    " ",
    "\n",
    " \n",
    "\t ",
    "'",
    "'s",
    "!",
    "/",
    "1",
    "中",
    "\u0301",
    "e\u0301",
    "\u3099",
    "😀",
    "👩‍👩‍👧",
    "\ud83d",
    "\u0000",
    "\u0378",
    "<",
    "<|im_start|",
    "the ",
    "\u1112\u1161",
    "\u02b0A",
    "\u2581",
    "x\u2581"
  };

  @TempDir Path directory;

  /** Merging a run of n equal tokens looks up a number of pairs that grows as n does. */
  @Test
  void lookUpsGrowWithTheLength() {
    String[] lines = {"a a", "aa aa", "aaaa aaaa", "h e", "a b", "ab ab", "b a"};
    for (String unit : new String[] {"a", "ab", "ba", "he", "aab"}) {
      long small = lookUps(unit, 10_000, lines);
      long large = lookUps(unit, 40_000, lines);
      assertThat(large).as(unit).isLessThan(5 * small);
    }
  }

  private static long lookUps(String unit, int count, String[] lines) {
    String[] tokens = {"a", "aa", "aaaa", "aaaaaaaa", "b", "h", "e", "he", "ab", "abab", "ba"};
    TokenType[] types = new TokenType[tokens.length];
    Arrays.fill(types, TokenType.NORMAL);
    FaultReporter faults = TinyVocabularies.metadata(Map.of())::fault;
    Vocabulary vocabulary = new Vocabulary(tokens, types, "tokens", faults);
    MergeTable table = MergeTable.ofRankedLines(lines, vocabulary, "merges", faults);
    int[] ids = new int[count];
    Arrays.setAll(ids, i -> vocabulary.find(unit, i % unit.length(), i % unit.length() + 1));
    BytePairMerger merger = new BytePairMerger(table);
    merger.merge(ids, count);
    return merger.lookUps();
  }

  @ParameterizedTest
  @Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @ValueSource(strings = {"smollm2", "llama3.1", "llama4", "qwen2.5", "deepseek-v3", "llama2-spm"})
  void aMegabyteOfAnythingIsEncoded(String name) throws IOException {
    Tokenizer tokenizer = read(name);
    for (String unit : UNITS) {
      String text = unit.repeat(MEGABYTE / unit.length());
      int[] ids = tokenizer.encode(text, true);
      assertThat(ids).as(unit).hasSizeBetween(1, 4 * MEGABYTE);
      if (name.equals("llama3.1")) {
        String expected = unit.equals("\ud83d") ? "\ufffd".repeat(MEGABYTE) : text;
        assertThat(tokenizer.decode(ids, true).equals(expected)).as(unit).isTrue();
      }
    }
  }

  /** Those without scanners too: none recurses as deep as its text is long. */
  @ParameterizedTest
  @Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @MethodSource("dev.coterie.engine.tokenizer.TinyVocabularies#preTokenizers")
  void tenMegabytesAreCut(String name) {
    PreTokenizer preTokenizer = PreTokenizers.named(name).preTokenizer();
    for (String unit : new String[] {"a", " ", "Ab", "!", "中", "1", "\u0301", " \t", "\u2581"}) {
      char[] text = (unit.repeat(10 * MEGABYTE / unit.length()) + "x").toCharArray();
      IntList ends = preTokenizer.split(text);
      assertThat(ends.get(ends.size() - 1)).isEqualTo(text.length);
    }
  }

  @Test
  void offsetsOfAMegabyteAreFound() throws IOException {
    Tokenizer tokenizer = read("qwen2.5");
    for (String unit :
        new String[] {"a", "\u0301", "e\u0301", "\u0301\u0323", "\u1112\u1161\u11ab", "😀", " "}) {
      String text = unit.repeat(MEGABYTE / unit.length());
      assertThatCode(() -> tokenizer.encodeWithOffsets(text, true)).doesNotThrowAnyException();
    }
  }

  private Tokenizer read(String name) throws IOException {
    Path json = directory.resolve(name + ".json");
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(VectorSet.path(name, "tokenizer.json.gz")))) {
      Files.copy(in, json);
    }
    return Tokenizers.read(json);
  }
}
