// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs GNU {@code as} of binutils. */
final class GnuAssembler {
  /** Line number, offset, bytes in groups; up to 64 bytes stand in one line. */
  private static final Pattern LISTED =
      Pattern.compile("^ *(\\d+) [0-9a-f]{4,} ((?:[0-9A-F]{2,8} ?)+)(?: *\\t.*)?$");

  private GnuAssembler() {}

  /**
   * The bytes of each line, in hexadecimal digits; none for labels. Where there is no {@code as},
   * the test that asks is aborted, or fails where shared material is required.
   */
  static List<String> assemble(List<String> lines, Path directory)
      throws IOException, InterruptedException {
    if (!isThere()) {
      Needed.missing("no 'as' on the path; install binutils");
    }
    Path source = directory.resolve("source.s");
    Path listing = directory.resolve("listing");
    Files.write(source, lines);
    Process process =
        new ProcessBuilder(
                "as",
                "--64",
                "-msyntax=intel",
                "-mnaked-reg",
                "-aln=" + listing,
                "--listing-lhs-width=16",
                "-o",
                directory.resolve("object").toString(),
                source.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(output);
    }
    List<StringBuilder> bytes = new ArrayList<>();
    lines.forEach(_ -> bytes.add(new StringBuilder()));
    for (String line : Files.readAllLines(listing)) {
      Matcher matcher = LISTED.matcher(line);
      if (matcher.matches()) {
        bytes
            .get(Integer.parseInt(matcher.group(1)) - 1)
            .append(matcher.group(2).replace(" ", "").toLowerCase(Locale.ROOT));
      }
    }
    return bytes.stream().map(StringBuilder::toString).toList();
  }

  private static boolean isThere() throws InterruptedException {
    try {
      return new ProcessBuilder("as", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  static String hex(byte[] code) {
    return HexFormat.of().formatHex(code);
  }
}
