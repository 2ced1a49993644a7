// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FileChoiceTest {
  private static final List<String> FILES =
      List.of(
          "README.md",
          "m-Q4_K_M.gguf",
          "m-Q4_K_S.gguf",
          "m-IQ4_XS.gguf",
          "m.f16.gguf",
          "mmproj-m-Q8_0.gguf",
          "BF16/m-BF16-00002-of-00002.gguf",
          "BF16/m-BF16-00001-of-00002.gguf");

  @Test
  void takesTheMediumQuantWhereNoneIsNamed() throws HubException {
    assertThat(choose("hf:o/r", FILES)).containsExactly("m-Q4_K_M.gguf");
  }

  @Test
  void takesTheOnlyFile() throws HubException {
    assertThat(choose("hf:o/r", List.of("m-Q8_0.gguf", "x.txt"))).containsExactly("m-Q8_0.gguf");
  }

  @Test
  void matchesWholeWordsInAnyCase() throws HubException {
    assertThat(choose("hf:o/r:iq4_xs", FILES)).containsExactly("m-IQ4_XS.gguf");
    assertThat(choose("hf:o/r:F16", FILES)).containsExactly("m.f16.gguf");
    assertThatThrownBy(() -> choose("hf:o/r:Q4_K", FILES))
        .hasMessage(
            "hf:o/r:Q4_K: expected one model, found none that fits; add one of these after hf:o/r:"
                + " BF16/m-BF16-00001-of-00002.gguf, m-IQ4_XS.gguf, m-Q4_K_M.gguf, m-Q4_K_S.gguf,"
                + " m.f16.gguf");
  }

  @Test
  void takesAFileByName() throws HubException {
    assertThat(choose("hf:o/r:m-Q4_K_S.gguf", FILES)).containsExactly("m-Q4_K_S.gguf");
  }

  @Test
  void takesAllPartsInOrder() throws HubException {
    assertThat(choose("hf:o/r:BF16", FILES))
        .containsExactly("BF16/m-BF16-00001-of-00002.gguf", "BF16/m-BF16-00002-of-00002.gguf");
  }

  @Test
  void namesAMissingPart() {
    assertThatThrownBy(
            () ->
                choose(
                    "hf:o/r:Q8_0",
                    List.of("m-Q8_0-00001-of-00003.gguf", "m-Q8_0-00003-of-00003.gguf")))
        .hasMessage("hf:o/r:Q8_0: expected 3 parts, but m-Q8_0-00002-of-00003.gguf is missing");
  }

  @Test
  void refusesToGuess() {
    assertThatThrownBy(
            () -> choose("hf:o/r", List.of("a-Q4_K_M.gguf", "b-Q4_K_M.gguf", "b-Q8_0.gguf")))
        .hasMessage(
            "hf:o/r: expected one model, found several that fit; add one of these after hf:o/r:"
                + " a-Q4_K_M.gguf, b-Q4_K_M.gguf");
  }

  @Test
  void refusesARepositoryWithoutModels() {
    assertThatThrownBy(() -> choose("hf:o/r", List.of("model.safetensors")))
        .hasMessage("hf:o/r: expected GGUF files, found none");
  }

  private static List<String> choose(String reference, List<String> paths) throws HubException {
    return FileChoice.choose(HubReference.parse(reference), paths);
  }
}
