// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubReferenceTest {
  @Test
  void hasOwnerRepositoryAndQuant() {
    assertThat(HubReference.parse("hf:Qwen/Qwen2.5-0.5B_GGUF:Q8_0"))
        .isEqualTo(new HubReference("Qwen", "Qwen2.5-0.5B_GGUF", "Q8_0"));
    assertThat(HubReference.parse("hf:a/b")).isEqualTo(new HubReference("a", "b", null));
    assertThat(HubReference.parse("hf:a/b:c/d.gguf").quant()).isEqualTo("c/d.gguf");
  }

  @Test
  void writesWhatItReads() {
    assertThat(HubReference.parse("hf:a/b:c")).hasToString("hf:a/b:c");
    assertThat(HubReference.parse("hf:a/b")).hasToString("hf:a/b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf:",
        "hf:a",
        "hf:a/",
        "hf:/b",
        "hf:a/b/c",
        "hf:../b",
        "hf:a/..",
        "hf:a/b:",
        "hf:a b/c",
        "hf:a/.b",
        "a/b",
        "hf:a/b?x"
      })
  void refusesAnythingElse(String text) {
    assertThatThrownBy(() -> HubReference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("hub reference: expected hf:owner/repo[:quant], found ");
  }
}
