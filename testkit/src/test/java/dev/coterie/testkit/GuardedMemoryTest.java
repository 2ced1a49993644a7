// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class GuardedMemoryTest {
  @Test
  void nobodyMayTouchWhatLiesBesideIt() throws IOException {
    for (long bytes : List.of(0L, 1L, 100L, 1L << 16, (1L << 16) + 5)) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment first = GuardedMemory.atStart(bytes, arena);
        MemorySegment last = GuardedMemory.atEnd(bytes, arena);
        assertThat(first.byteSize()).isEqualTo(bytes);
        assertThat(last.byteSize()).isEqualTo(bytes);
        assertThat(permissions(first.address() - 1)).isEqualTo("---p");
        assertThat(permissions(last.address() + bytes)).isEqualTo("---p");
        for (MemorySegment memory : List.of(first, last)) {
          memory.fill((byte) 1);
          if (bytes > 0) {
            assertThat(memory.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 1);
          }
        }
      }
    }
  }

  private static String permissions(long address) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      String[] fields = line.split("[ -]", 3);
      if (Long.parseUnsignedLong(fields[0], 16) <= address
          && address < Long.parseUnsignedLong(fields[1], 16)) {
        return line.split(" ")[1];
      }
    }
    return "none";
  }
}
