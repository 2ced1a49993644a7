// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SystemMemoryTest {
  private static final long HUGE = SystemMemory.HUGE_PAGE_BYTES;
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  private static SystemMemory refused(String reason) {
    return new SystemMemory(NativeLibrary.refused(SystemMemory.Functions.class, reason));
  }

  @Test
  void otherSystemsAreTold() {
    SystemMemory memory = SystemMemory.open("Mac OS X");
    assertThat(memory.pageSize()).isEmpty();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(4 * HUGE);
      assertThat(memory.adviseHugePages(segment))
          .isEqualTo(new Outcome.Unavailable("MADV_HUGEPAGE: expected Linux, found Mac OS X"));
      assertThat(memory.adviseWillNeed(segment))
          .isEqualTo(new Outcome.Unavailable("MADV_WILLNEED: expected Linux, found Mac OS X"));
    }
  }

  @Test
  void withoutNativeCallsMemoryComesFromTheArena() {
    MemorySegment segment;
    try (Arena arena = Arena.ofShared()) {
      segment = refused("no").allocate(3 * HUGE + 5, arena);
      assertUsable(segment, 3 * HUGE + 5);
    }
    assertThat(segment.scope().isAlive()).isFalse();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void missingFunctionsAreNamed() {
    SystemMemory memory =
        new SystemMemory(
            NativeLibrary.bind(
                SystemMemory.Functions.class,
                name ->
                    name.equals("madvise")
                        ? java.util.Optional.empty()
                        : Linker.nativeLinker().defaultLookup().find(name)));
    try (Arena arena = Arena.ofConfined()) {
      assertThat(memory.adviseHugePages(arena.allocate(4 * HUGE)))
          .isEqualTo(new Outcome.Unavailable("MADV_HUGEPAGE: unresolved symbol: madvise"));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void pagesArePowersOfTwo() {
    int size = SystemMemory.instance().pageSize().orElseThrow();
    assertThat(size).isGreaterThanOrEqualTo(4_096);
    assertThat(Integer.bitCount(size)).isEqualTo(1);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void largeMemoryBeginsAtAHugePageAndEndsWithItsArena() throws IOException {
    for (long bytes : List.of(HUGE, HUGE + 1, 5 * HUGE - 1, 40 * HUGE)) {
      MemorySegment segment;
      try (Arena arena = Arena.ofShared()) {
        segment = SystemMemory.instance().allocate(bytes, arena);
        assertThat(segment.address() % HUGE).isZero();
        assertUsable(segment, bytes);
        assertThat(isMapped(segment.address())).isTrue();
      }
      assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void closingTheArenaUnmaps() throws IOException {
    long address;
    try (Arena arena = Arena.ofConfined()) {
      // so large that nothing else is put in its place
      address = SystemMemory.instance().allocate(1L << 32, arena).address();
      assertThat(isMapped(address + (1L << 31))).isTrue();
    }
    assertThat(isMapped(address + (1L << 31))).isFalse();
  }

  @Test
  void smallMemoryComesFromTheArena() {
    try (Arena arena = Arena.ofConfined()) {
      for (long bytes : List.of(0L, 1L, 63L, 4_096L, HUGE - 1)) {
        MemorySegment segment = SystemMemory.instance().allocate(bytes, arena);
        assertThat(segment.byteSize()).isEqualTo(bytes);
        assertThat(segment.address() % 64).isZero();
      }
    }
  }

  @Test
  void aClosedArenaIsRefused() {
    Arena arena = Arena.ofConfined();
    arena.close();
    assertThatThrownBy(() -> SystemMemory.instance().allocate(4 * HUGE, arena))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void hugePagesAreGivenWhereTheKernelHasThem() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(4 * HUGE);
      Outcome expected =
          Files.exists(HUGE_PAGES)
              ? new Outcome.Done()
              : new Outcome.Unavailable("MADV_HUGEPAGE: madvise failed with errno 22");
      assertThat(SystemMemory.instance().adviseHugePages(segment)).isEqualTo(expected);
      assertThat(SystemMemory.instance().adviseHugePages(segment.asSlice(13, 3 * HUGE + 1)))
          .isEqualTo(expected);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void mappedFilesAreReadAhead(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[100_000]);
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file)) {
      MemorySegment segment = channel.map(FileChannel.MapMode.READ_ONLY, 0, 100_000, arena);
      assertThat(SystemMemory.instance().adviseWillNeed(segment)).isEqualTo(new Outcome.Done());
      assertThat(SystemMemory.instance().adviseWillNeed(segment.asSlice(5_000, 50_000)))
          .isEqualTo(new Outcome.Done());
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void lessThanAPageIsTold() {
    SystemMemory memory = SystemMemory.instance();
    int page = memory.pageSize().orElseThrow();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(3L * page, page);
      Outcome none =
          new Outcome.Unavailable(
              "MADV_WILLNEED: expected a whole page of " + page + " bytes at least");
      assertThat(memory.adviseWillNeed(segment.asSlice(0, 0))).isEqualTo(none);
      assertThat(memory.adviseWillNeed(segment.asSlice(0, page - 1))).isEqualTo(none);
      assertThat(memory.adviseWillNeed(segment.asSlice(1, 2L * page - 2))).isEqualTo(none);
      assertThat(memory.adviseWillNeed(segment.asSlice(1, 2L * page - 1)))
          .isEqualTo(new Outcome.Done());
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void errorNumbersAreTold() {
    MemorySegment nowhere = MemorySegment.ofAddress(HUGE).reinterpret(HUGE);
    assertThat(SystemMemory.instance().adviseWillNeed(nowhere))
        .isEqualTo(new Outcome.Unavailable("MADV_WILLNEED: madvise failed with errno 12"));
  }

  @Test
  void heapMemoryAndClosedArenasAreRefused() {
    SystemMemory memory = SystemMemory.instance();
    assertThatThrownBy(() -> memory.adviseHugePages(MemorySegment.ofArray(new byte[10_000])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("segment: expected native memory, found heap memory");
    Arena arena = Arena.ofConfined();
    MemorySegment segment = arena.allocate(10_000);
    arena.close();
    assertThatThrownBy(() -> memory.adviseHugePages(segment))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("segment: its arena is closed");
  }

  private static void assertUsable(MemorySegment segment, long bytes) {
    assertThat(segment.byteSize()).isEqualTo(bytes);
    assertThat(segment.address() % 64).isZero();
    for (long at : List.of(0L, bytes / 2, bytes - 1)) {
      assertThat(segment.get(ValueLayout.JAVA_BYTE, at)).isZero();
      segment.set(ValueLayout.JAVA_BYTE, at, (byte) 42);
    }
    assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, bytes))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static boolean isMapped(long address) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .map(line -> line.substring(0, line.indexOf(' ')).split("-"))
        .anyMatch(
            range ->
                Long.parseUnsignedLong(range[0], 16) <= address
                    && address < Long.parseUnsignedLong(range[1], 16));
  }
}
