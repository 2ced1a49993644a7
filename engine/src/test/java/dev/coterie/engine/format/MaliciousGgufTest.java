// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CoterieException;
import dev.coterie.GenerationOptions;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.testkit.MaliciousFiles;
import dev.coterie.testkit.MaliciousFiles.Case;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the collection of hostile GGUF files, first through the reader alone, then through a load.
 */
class MaliciousGgufTest {
  /** Files to refuse that are well-formed, but whose vocabulary is wrong. */
  private static final Set<String> SEEN_BY_TOKENIZER =
      Set.of(
          "a-tok-bos-neg",
          "a-tok-bos-range",
          "a-tok-bpe-bad-merge",
          "a-tok-byte-neg",
          "a-tok-byte-nonhex",
          "a-tok-dup",
          "a-tok-empty",
          "a-tok-long",
          "a-tok-model-unknown",
          "a-tok-scores-u8",
          "a-tok-type-range",
          "a-tok-types-short",
          "a-tok-types-u8",
          "a-tok-vocab-mismatch");

  /** Files to refuse that are well-formed, but whose numbers or shapes are wrong. */
  private static final Set<String> SEEN_BY_MODEL =
      Set.of(
          "a-blk-0",
          "a-blk-4294967295",
          "a-blk-neg-i32",
          "a-blk-string",
          "a-emb-0",
          "a-emb-2147483648",
          "a-eps-inf",
          "a-eps-nan",
          "a-eps-zero",
          "a-expert-huge",
          "a-expert-used-gt",
          "a-fb-inf",
          "a-fb-nan",
          "a-fb-zero",
          "a-ff-64",
          "a-hc-0",
          "a-hc-3",
          "a-hc-array-short",
          "a-hkv-0",
          "a-rope-0",
          "a-rope-15",
          "a-rope-2147483648",
          "t-missing",
          "t-norm-2d",
          "t-shape-mismatch");

  /** Files that could be refused but are not, with the reason. */
  private static final Map<String, String> ACCEPTED =
      Map.of(
          "kv-align-8",
          "its data begins at the same byte for an alignment of 8 as for 32, so all weights are right");

  /** Files whose weights are no numbers: they load, and computing may fail in a defined way. */
  private static final Set<String> MAY_FAIL_LATER = Set.of("d-nan-weights");

  private static final GenerationOptions FEW_TOKENS =
      GenerationOptions.builder().maxTokens(4).timeout(Duration.ofSeconds(10)).build();

  @TempDir Path directory;

  private interface Loader {
    void load(Case hostile) throws IOException;
  }

  @Test
  void readerRefusesWhatIsMalformed() throws IOException {
    Set<String> left = new TreeSet<>(SEEN_BY_TOKENIZER);
    left.addAll(SEEN_BY_MODEL);
    assertThat(wronglyAccepted(MaliciousGgufTest::readAll)).isEqualTo(left);
  }

  @Test
  void tokenizerRefusesWrongVocabularies() throws IOException {
    assertThat(wronglyAccepted(MaliciousGgufTest::readTokenizer))
        .isEqualTo(new TreeSet<>(SEEN_BY_MODEL));
  }

  @Test
  void loadRefusesWhatIsWrong() throws IOException {
    Set<String> wrong = new TreeSet<>();
    for (Case hostile : MaliciousFiles.unpack("gguf", directory)) {
      boolean loads = loads(hostile, MaliciousGgufTest::loadAndRun);
      boolean wanted = hostile.expect().equals("accept") || ACCEPTED.containsKey(hostile.name());
      if (loads != wanted && !hostile.expect().equals("accept-or-reject")) {
        wrong.add(hostile.name() + (wanted ? ": refused" : ": accepted; " + hostile.reason()));
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The files that a loader accepts against the wanted verdict; it has to accept the good ones. */
  private Set<String> wronglyAccepted(Loader loader) throws IOException {
    Set<String> accepted = new TreeSet<>();
    for (Case hostile : MaliciousFiles.unpack("gguf", directory)) {
      boolean loads = loads(hostile, loader);
      if (hostile.expect().equals("accept")) {
        assertThat(loads).as(hostile.name()).isTrue();
      } else if (loads && hostile.expect().startsWith("reject")) {
        accepted.add(hostile.name());
      }
    }
    accepted.removeAll(ACCEPTED.keySet());
    return accepted;
  }

  /** Whether a file loads; anything but a refusal of the two kinds fails the test. */
  private static boolean loads(Case hostile, Loader loader) throws IOException {
    try {
      loader.load(hostile);
      return true;
    } catch (ModelFormatException | UnsupportedModelException e) {
      assertThat(e.getMessage()).as(hostile.name()).isNotBlank();
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(hostile.name() + ": " + hostile.reason(), e);
    }
  }

  private static void readAll(Case hostile) throws IOException {
    try (GgufFile file = GgufFile.open(hostile.path())) {
      file.metadata().values().forEach((key, value) -> assertThat(value).as(key).isNotNull());
      for (TensorInfo info : file.info().tensors()) {
        assertThat(file.tensor(info.name()).shape()).isEqualTo(info.shape());
      }
    }
  }

  private static void readTokenizer(Case hostile) throws IOException {
    readAll(hostile);
    try (GgufFile file = GgufFile.open(hostile.path())) {
      assertThat(Tokenizers.fromGguf(file.metadata()).encode("a")).isNotEmpty();
    }
  }

  private static void loadAndRun(Case hostile) throws IOException {
    try (Model model = Model.load(hostile.path())) {
      try {
        model.score(new int[] {1, 2, 3}, 2, (position, logits) -> {});
        model.generator().generate("a", FEW_TOKENS).text();
      } catch (CoterieException e) {
        if (!MAY_FAIL_LATER.contains(hostile.name())) {
          throw e;
        }
      }
    }
  }
}
