// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizeCommandTest {
  @TempDir Path folder;

  @Test
  void encodesLineByLine() throws IOException {
    Cli.Outcome outcome =
        new Cli().input("\"Hi\"\n\"é\\n\\u00e9\"\r\n\n\"\"").with("tokenize", Cli.model(folder));

    assertThat(outcome).isEqualTo(new Cli.Outcome(0, "[72,105]\n[195,169,10,195,169]\n[]\n", ""));
  }

  @Test
  void decodesLineByLine() throws IOException {
    Cli.Outcome outcome =
        new Cli()
            .input("[72,105,257]\n[195, 169, 10]\n[]\n[195]")
            .with("tokenize", "--decode", Cli.model(folder));

    assertThat(outcome).isEqualTo(new Cli.Outcome(0, "\"Hi\"\n\"é\\n\"\n\"\"\n\"\ufffd\"\n", ""));
  }

  @Test
  void offsetsStandBesideIds() throws IOException {
    String model = Cli.model(folder);

    assertThat(new Cli().input("\"Hi\"\n\"\"").with("tokenize", "--offsets", model))
        .isEqualTo(new Cli.Outcome(0, "[[72,0,1],[105,1,2]]\n[]\n", ""));
    Cli.Outcome both = new Cli().input("").with("tokenize", "--offsets", "--decode", model);
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("--offsets goes with encoding, not with --decode");
  }

  @Test
  void parsesAndKeepsSpecialTokensOnlyIfAsked() throws IOException {
    String model = Cli.model(folder);

    assertThat(new Cli().input("\"a</s>\"").with("tokenize", model).out())
        .isEqualTo("[97,60,47,115,62]\n");
    assertThat(new Cli().input("\"a</s>\"").with("tokenize", "--special", model).out())
        .isEqualTo("[97,257]\n");
    assertThat(new Cli().input("[97,257]").with("tokenize", "--decode", "--special", model).out())
        .isEqualTo("\"a</s>\"\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[1]        | encode | line 2: expected a JSON string, found an array",
        "\"a\" \"b\" | encode | line 2: expected one value, found more",
        "plain      | encode | line 2: Unrecognized token 'plain': was expecting",
        "\"open     | encode | line 2: Unexpected end-of-input",
        "\"a\"      | decode | line 2: expected an array of token ids, found a string",
        "[1.5]      | decode | line 2: expected a token id, found a fraction",
        "[\"a\"]    | decode | line 2: expected a token id, found a string",
        "[1         | decode | line 2: Unexpected end-of-input",
        "[999]      | decode | line 2: token: expected 0 to 257, found 999",
        "[99999999999] | decode | line 2: Numeric value (99999999999) out of range of int",
      })
  void aWrongLineIsNamed(String line, String direction, String message) throws IOException {
    boolean decode = direction.equals("decode");
    String model = Cli.model(folder);

    Cli.Outcome outcome =
        new Cli()
            .input((decode ? "[65]" : "\"A\"") + "\n" + line + "\n")
            .with(
                decode
                    ? new String[] {"tokenize", "--decode", model}
                    : new String[] {"tokenize", model});

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out()).isEqualTo(decode ? "\"A\"\n" : "[65]\n");
    assertThat(outcome.err()).startsWith("coterie: " + message).hasLineCount(1);
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() throws IOException {
    Cli.Outcome outcome =
        new Cli().input(new byte[] {'"', (byte) 0xc3, '"'}).with("tokenize", Cli.model(folder));

    assertThat(outcome)
        .isEqualTo(new Cli.Outcome(1, "", "coterie: line 1 or near: the bytes are not UTF-8\n"));
  }
}
