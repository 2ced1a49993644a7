// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;

class TokenizeProperties {
  @Property(tries = 100)
  void decodeUndoesEncode(
      @ForAll @Size(max = 5) List<@CharRange(from = 0, to = 0xd7ff) String> texts)
      throws IOException {
    Path model = Files.createTempFile("tokenize", ".fake");
    try {
      StringBuilder lines = new StringBuilder();
      for (String text : texts) {
        lines.append(Json.line(json -> json.writeString(text))).append('\n');
      }
      String ids = new Cli().input(lines.toString()).with("tokenize", model.toString()).out();
      Cli.Outcome back = new Cli().input(ids).with("tokenize", "--decode", model.toString());

      assertThat(back).isEqualTo(new Cli.Outcome(0, lines.toString(), ""));
    } finally {
      Files.delete(model);
    }
  }
}
