// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The pre-tokenizers that {@code tokenizer.ggml.pre} names, and the patterns that a tokenizer.json
 * may use. The list is closed on purpose: a pattern from a stranger can take exponential time.
 *
 * <p>Where a pattern anchors at the end it begins with a look-behind, so that a long run that does
 * not reach the end is tried once and not from each of its characters.
 */
final class PreTokenizers {
  static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String LLAMA3 =
      CONTRACTIONS
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + SPACES;
  private static final String QWEN2 =
      CONTRACTIONS
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + SPACES;
  private static final String QWEN35 =
      CONTRACTIONS
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
          + SPACES;
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LLAMA4 =
      "[^\\r\\n\\p{L}\\p{N}]?"
          + UPPER
          + "*"
          + LOWER
          + "+"
          + CONTRACTIONS
          + "?"
          + "|[^\\r\\n\\p{L}\\p{N}]?"
          + UPPER
          + "+"
          + LOWER
          + "*"
          + CONTRACTIONS
          + "?"
          + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
          + SPACES;
  private static final String DIGIT_TRIPLES = "\\p{N}{1,3}";
  static final String DIGIT = "\\p{N}";
  static final String DIGITS = "\\p{N}+";
  private static final String KANJI_AND_KANA = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";
  private static final String DEEPSEEK_V3 =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
          + SPACES;
  private static final String LETTERS = "\\s?\\p{L}+";
  private static final String PUNCTUATION = "\\s?\\p{P}+";
  private static final String LINE_BREAK = "[\\r\\n]";
  private static final String CJK = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+";
  private static final String DEEPSEEK_LETTERS =
      "\\s?[[\\p{Lu}\\p{Ll}\\p{Lt}]&&[^\\u0560-\\u0588\\u10c7\\u10cd\\u10d0-\\u10fa\\u10fd-\\u10ff"
          + "\\u1c80-\\u1c88\\u2d00-\\u2d25\\u2d27\\u2d2d\\ua790-\\ua7ca\\ua7d0-\\ua7fa"
          + "\\uab30-\\uab5a\\uab60-\\uab68\\x{10570}-\\x{105bc}\\x{16e40}-\\x{16e7f}"
          + "\\x{1d400}-\\x{1d7cb}\\x{1df00}-\\x{1df1e}]]+";
  private static final String DEEPSEEK_PUNCTUATION =
      "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+";
  private static final String TRAILING_SPACES = "(?<!\\s)\\s++\\z";

  private static final Pre DEEPSEEK_V3_PRE = pre(DIGIT_TRIPLES, KANJI_AND_KANA, DEEPSEEK_V3);
  private static final Pre LLAMA3_PRE = pre(LLAMA3).ignoringMerges().withBeginning();
  private static final Pre QWEN2_PRE = pre(QWEN2).normalized();

  private static final Map<String, Pre> BY_NAME =
      Map.ofEntries(
          Map.entry("llama-bpe", LLAMA3_PRE),
          Map.entry("llama3", LLAMA3_PRE),
          Map.entry("llama-v3", LLAMA3_PRE),
          Map.entry("llama4", pre(LLAMA4).ignoringMerges().withBeginning()),
          Map.entry("gpt-4o", pre(LLAMA4).ignoringMerges()),
          Map.entry("qwen2", QWEN2_PRE),
          Map.entry("deepseek-r1-qwen", QWEN2_PRE),
          Map.entry("qwen35", pre(QWEN35).normalized()),
          Map.entry("deepseek-v3", DEEPSEEK_V3_PRE),
          Map.entry("joyai-llm", DEEPSEEK_V3_PRE),
          Map.entry(
              "deepseek-llm",
              pre(
                  LINE_BREAK,
                  DEEPSEEK_LETTERS,
                  DEEPSEEK_PUNCTUATION,
                  TRAILING_SPACES,
                  CJK,
                  DIGITS)),
          Map.entry("deepseek-coder", pre(LINE_BREAK, LETTERS, PUNCTUATION, CJK, DIGIT)),
          Map.entry("smollm", pre(DIGIT, GPT2)),
          Map.entry("gpt-2", pre(GPT2)),
          Map.entry("default", pre("[\\p{P}$+<=>^~|]+", GPT2, DIGITS, "[0-9][0-9][0-9]")));

  /** Of several names for the same, those that other readers know. */
  private static final List<String> PREFERRED =
      List.of("llama-bpe", "qwen2", "deepseek-v3", "llama4");

  static final List<String> PATTERNS =
      List.of(
          GPT2,
          LLAMA3,
          QWEN2,
          QWEN35,
          LLAMA4,
          DIGIT_TRIPLES,
          DIGITS,
          DIGIT,
          KANJI_AND_KANA,
          DEEPSEEK_V3,
          LINE_BREAK,
          CJK,
          DEEPSEEK_PUNCTUATION,
          LETTERS,
          PUNCTUATION);

  private PreTokenizers() {}

  /**
   * What comes with a name.
   *
   * @param patterns the cuts in order
   * @param ignoreMerges whether a piece that is a token is that token, merges or not
   * @param nfc whether text is brought into Unicode's form C first
   * @param addBeginning whether sequences begin with a token of their own where the file does not
   *     say
   */
  record Pre(List<String> patterns, boolean ignoreMerges, boolean nfc, boolean addBeginning) {
    PreTokenizer preTokenizer() {
      return new PreTokenizer(patterns);
    }

    private Pre ignoringMerges() {
      return new Pre(patterns, true, nfc, addBeginning);
    }

    private Pre normalized() {
      return new Pre(patterns, ignoreMerges, true, addBeginning);
    }

    private Pre withBeginning() {
      return new Pre(patterns, ignoreMerges, nfc, true);
    }
  }

  /** The pre-tokenizer of a name, or null. */
  static @Nullable Pre named(String name) {
    return BY_NAME.get(name);
  }

  /** The name of a pre-tokenizer of these patterns and habits, or null. */
  static @Nullable String nameOf(List<String> patterns, boolean ignoreMerges, boolean nfc) {
    return BY_NAME.entrySet().stream()
        .filter(
            entry -> {
              Pre pre = entry.getValue();
              return pre.patterns.equals(patterns)
                  && pre.ignoreMerges == ignoreMerges
                  && pre.nfc == nfc;
            })
        .map(Map.Entry::getKey)
        .min(
            Comparator.comparing((String name) -> !PREFERRED.contains(name))
                .thenComparing(name -> name))
        .orElse(null);
  }

  /** The names that are known, in alphabetical order. */
  static String names() {
    return String.join(", ", new TreeSet<>(BY_NAME.keySet()));
  }

  /** A pattern from a tokenizer.json as it is written here, or null if it is not known. */
  static @Nullable String known(String regex) {
    String canonical = regex.replace("\r", "\\r").replace("\n", "\\n");
    if (canonical.equals("\\s+$")) {
      return TRAILING_SPACES;
    }
    return PATTERNS.contains(canonical) ? canonical : null;
  }

  /** What cuts by a pattern. */
  static Splitter splitter(String pattern) {
    return switch (pattern) {
      case GPT2 -> new Gpt2Scanner();
      case LLAMA3 -> new WordScanner(CharacterClasses.LETTER, 3);
      case QWEN2 -> new WordScanner(CharacterClasses.LETTER, 1);
      case QWEN35 -> new WordScanner(CharacterClasses.LETTER | CharacterClasses.MARK, 1);
      case LLAMA4 -> new CasedWordScanner();
      case DEEPSEEK_V3 -> new DeepSeekScanner();
      case DIGIT -> new RunScanner(CharacterClasses.NUMBER, 1, false);
      case DIGIT_TRIPLES -> new RunScanner(CharacterClasses.NUMBER, 3, false);
      case DIGITS -> new RunScanner(CharacterClasses.NUMBER, Integer.MAX_VALUE, false);
      case LETTERS -> new RunScanner(CharacterClasses.LETTER, Integer.MAX_VALUE, true);
      case PUNCTUATION -> new RunScanner(CharacterClasses.PUNCTUATION, Integer.MAX_VALUE, true);
      case KANJI_AND_KANA -> new RangeScanner("\u4e00\u9fa5\u3040\u309f\u30a0\u30ff");
      case CJK -> new RangeScanner("\u4e00\u9fa5\u0800\u4e00\uac00\ud7ff");
      default -> new RegexSplitter(compile(pattern));
    };
  }

  static Pattern compile(String regex) {
    return Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
  }

  private static Pre pre(String... patterns) {
    return new Pre(Arrays.asList(patterns), false, false, false);
  }
}
