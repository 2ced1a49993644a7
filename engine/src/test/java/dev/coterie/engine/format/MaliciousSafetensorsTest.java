// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import dev.coterie.testkit.MaliciousFiles;
import dev.coterie.testkit.MaliciousFiles.Case;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the collection of hostile safetensors files. */
class MaliciousSafetensorsTest {
  @TempDir Path directory;

  @Test
  void verdictsAreTheWantedOnes() throws IOException {
    Set<String> wrong = new TreeSet<>();
    int cases = 0;
    for (Case hostile : MaliciousFiles.unpack("safetensors", directory)) {
      cases++;
      boolean opens = opens(hostile);
      boolean wanted = hostile.expect().equals("accept");
      if (opens != wanted && !hostile.expect().equals("accept-or-reject")) {
        wrong.add(hostile.name() + (wanted ? ": refused" : ": accepted; " + hostile.reason()));
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(cases).isGreaterThan(30);
  }

  private static boolean opens(Case hostile) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile file = SafetensorsFile.open(hostile.path(), arena);
      file.metadata().forEach((key, value) -> assertThat(value).as(key).isNotNull());
      for (TensorInfo tensor : file.tensors()) {
        assertThat(file.contains(tensor.name())).isTrue();
      }
      return true;
    } catch (ModelFormatException e) {
      assertThat(e.path()).isEqualTo(hostile.path());
      assertThat(e.offset()).as(hostile.name()).isNotNegative();
      return false;
    }
  }
}
