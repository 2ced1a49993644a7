// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackendsCommandTest {
  @Test
  void listsEveryProviderWithItsReasons() {
    Cli.Outcome outcome = Cli.run("backends");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .contains("abacus: not available\n  beads not found\n  frame not found; carve one\n");
  }

  @Test
  void printsJson() {
    Cli.Outcome outcome = Cli.run("backends", "--json");

    assertThat(outcome.out().replaceAll("\\s+", ""))
        .contains("{\"name\":")
        .contains(
            "{\"name\":\"abacus\",\"rank\":-7,\"available\":false,"
                + "\"details\":[\"beadsnotfound\",\"framenotfound;carveone\"]}");
  }
}
