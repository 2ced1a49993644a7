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
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ExecutableMemoryTest {
  /** {@code lea rax, [rdi+rsi]; ret}. */
  private static final byte[] ADD = HexFormat.of().parseHex("488d0437c3");

  /** {@code mov rax, [rdi+rsi]; mov [rdi], rax; ret}. */
  private static final byte[] COPY = HexFormat.of().parseHex("488b0437488907c3");

  private static final MethodType TWO_LONGS =
      MethodType.methodType(long.class, long.class, long.class);

  @Test
  void otherSystemsAreTold() {
    ExecutableMemory memory = ExecutableMemory.open("Mac OS X", "aarch64");
    assertThat(memory.missing()).isEqualTo("expected Linux on amd64, found Mac OS X on aarch64");
    assertThat(ExecutableMemory.open("Linux", "aarch64").missing())
        .isEqualTo("expected Linux on amd64, found Linux on aarch64");
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> memory.place(ADD, arena))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("executable memory: expected Linux on amd64, found Mac OS X on aarch64");
    }
    assertThatThrownBy(() -> memory.caller(TWO_LONGS, false))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void placedCodeIsCalled() throws Throwable {
    ExecutableMemory memory = ExecutableMemory.instance();
    assertThat(memory.missing()).isNull();
    MethodHandle caller = memory.caller(TWO_LONGS, false);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment add = memory.place(ADD, arena);
      assertThat((long) caller.invokeExact(add, 1L << 40, -3L)).isEqualTo((1L << 40) - 3);
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void heapSegmentsArePassedWhereAllowed() throws Throwable {
    ExecutableMemory memory = ExecutableMemory.instance();
    MethodType type = MethodType.methodType(void.class, MemorySegment.class, long.class);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment copy = memory.place(COPY, arena);
      long[] values = {1, 2, 3};
      memory.caller(type, true).invokeExact(copy, MemorySegment.ofArray(values), 16L);
      assertThat(values).containsExactly(3, 2, 3);
      MethodHandle nativeOnly = memory.caller(type, false);
      assertThatThrownBy(() -> nativeOnly.invoke(copy, MemorySegment.ofArray(values), 16L))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void pagesAreNeverWritableAndExecutable() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment code = ExecutableMemory.instance().place(ADD, arena);
      assertThat(code.isReadOnly()).isTrue();
      assertThat(permissions(code.address())).isEqualTo("r-xp");
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void pagesAreExecutableOnlyAfterTheyWereWritten() throws Throwable {
    List<String> seen = new ArrayList<>();
    ExecutableMemory.Functions real =
        NativeLibrary.bind(ExecutableMemory.Functions.class, Linker.nativeLinker().defaultLookup())
            .functions();
    MethodHandle watched =
        MethodHandles.insertArguments(
            MethodHandles.lookup()
                .findStatic(
                    ExecutableMemoryTest.class,
                    "watch",
                    MethodType.methodType(
                        int.class,
                        MethodHandle.class,
                        List.class,
                        MemorySegment.class,
                        MemorySegment.class,
                        long.class,
                        int.class)),
            0,
            real.mprotect(),
            seen);
    ExecutableMemory memory =
        new ExecutableMemory(
            new NativeLibrary<>(
                new ExecutableMemory.Functions(real.mmap(), watched, real.munmap()), null));
    try (Arena arena = Arena.ofShared()) {
      memory.place(ADD, arena);
    }
    assertThat(seen).containsExactly("rw-p", "488d0437c3", "r-xp");
  }

  @SuppressWarnings("unused") // called by its handle
  private static int watch(
      MethodHandle real,
      List<String> seen,
      MemorySegment state,
      MemorySegment pages,
      long bytes,
      int protection)
      throws Throwable {
    seen.add(permissions(pages.address()));
    seen.add(HexFormat.of().formatHex(pages.toArray(ValueLayout.JAVA_BYTE)));
    int result = (int) real.invokeExact(state, pages, bytes, protection);
    seen.add(permissions(pages.address()));
    return result;
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void closingTheArenaTakesTheCodeAway() throws Throwable {
    ExecutableMemory memory = ExecutableMemory.instance();
    MethodHandle caller = memory.caller(TWO_LONGS, false);
    byte[] large = new byte[1 << 26]; // so large that nothing else is put in its place
    System.arraycopy(ADD, 0, large, 0, ADD.length);
    MemorySegment code;
    try (Arena arena = Arena.ofShared()) {
      code = memory.place(large, arena);
      assertThat(permissions(code.address())).isEqualTo("r-xp");
      assertThat((long) caller.invokeExact(code, 1L, 2L)).isEqualTo(3);
    }
    assertThat(permissions(code.address() + (1 << 25))).isEqualTo("none");
    assertThatThrownBy(() -> caller.invoke(code, 1L, 2L)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void theSystemsRefusalIsTold() throws IOException {
    ExecutableMemory.Functions real =
        NativeLibrary.bind(ExecutableMemory.Functions.class, Linker.nativeLinker().defaultLookup())
            .functions();
    // asked for a protection that does not exist: the last argument is 5 | 0x100000
    MethodHandle refusing =
        MethodHandles.filterArguments(
            real.mprotect(),
            3,
            MethodHandles.dropArguments(MethodHandles.constant(int.class, 0x100005), 0, int.class));
    ExecutableMemory memory =
        new ExecutableMemory(
            new NativeLibrary<>(
                new ExecutableMemory.Functions(real.mmap(), refusing, real.munmap()), null));
    try (Arena arena = Arena.ofShared()) {
      assertThatThrownBy(() -> memory.place(ADD, arena))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("memory cannot be made executable: mprotect failed with errno 22");
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void missingFunctionsAreNamed() {
    ExecutableMemory memory =
        new ExecutableMemory(
            NativeLibrary.bind(ExecutableMemory.Functions.class, name -> Optional.empty()));
    assertThat(memory.missing()).isEqualTo("unresolved symbol: mmap");
  }

  @Test
  void noCodeAndClosedArenasAreRefused() {
    Arena arena = Arena.ofConfined();
    assertThatThrownBy(() -> ExecutableMemory.instance().place(new byte[0], arena))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("code: expected a byte at least");
    arena.close();
    assertThatThrownBy(() -> ExecutableMemory.instance().place(ADD, arena))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("arena: it is closed");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void withoutFlagsTheJvmWarnsOnceOrDenies() throws Exception {
    assertThat(run()).contains("WARNING: A restricted method").endsWith("missing: null\n");
    assertThat(run("--illegal-native-access=deny"))
        .isEqualTo(
            "missing: native access is not enabled; add --enable-native-access=ALL-UNNAMED\n");
    assertThat(run("--enable-native-access=ALL-UNNAMED")).isEqualTo("missing: null\n");
    assertThat(run("-Dcoterie.native.disable=true"))
        .isEqualTo("missing: native calls are switched off by -Dcoterie.native.disable=true\n");
  }

  private static String run(String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), ExecutableMemoryTest.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Says whether there is executable memory in this JVM. */
  public static void main(String[] args) {
    System.out.println("missing: " + ExecutableMemory.instance().missing());
  }

  private static String permissions(long address) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      String[] fields = line.split("[ -]", 4);
      if (Long.parseUnsignedLong(fields[0], 16) <= address
          && address < Long.parseUnsignedLong(fields[1], 16)) {
        return line.split(" ")[1];
      }
    }
    return "none";
  }
}
