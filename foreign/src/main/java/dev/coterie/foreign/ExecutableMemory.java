// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Puts machine code into memory and calls it. Pages are writable while the code is written and
 * executable from then on, never both. On Linux with x86-64 only. Safe for use by several threads.
 *
 * <p>Where native access was not enabled for this module, the JVM gives it by default and warns
 * once; {@code -Dcoterie.native.disable=true} switches native calls off.
 */
public final class ExecutableMemory {
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final long MAP_FAILED = -1;

  /** The functions of the C library. */
  record Functions(
      @NativeFunction(
              name = "mmap",
              returns = MemorySegment.class,
              arguments = {
                MemorySegment.class,
                long.class,
                int.class,
                int.class,
                int.class,
                long.class
              },
              errno = true)
          MethodHandle mmap,
      @NativeFunction(
              name = "mprotect",
              returns = int.class,
              arguments = {MemorySegment.class, long.class, int.class},
              errno = true)
          MethodHandle mprotect,
      @NativeFunction(
              name = "munmap",
              returns = int.class,
              arguments = {MemorySegment.class, long.class})
          MethodHandle munmap) {}

  private static final class Holder {
    static final ExecutableMemory INSTANCE =
        open(System.getProperty("os.name", "unknown"), System.getProperty("os.arch", "unknown"));
  }

  private final NativeLibrary<Functions> library;

  ExecutableMemory(NativeLibrary<Functions> library) {
    this.library = library;
  }

  /**
   * The executable memory of this process.
   *
   * @return always the same
   */
  public static ExecutableMemory instance() {
    return Holder.INSTANCE;
  }

  static ExecutableMemory open(String os, String architecture) {
    boolean linux = os.toLowerCase(Locale.ROOT).startsWith("linux");
    if (!linux || !architecture.equals("amd64")) {
      return new ExecutableMemory(
          NativeLibrary.refused(
              Functions.class, "expected Linux on amd64, found " + os + " on " + architecture));
    }
    return new ExecutableMemory(
        NativeLibrary.loadWithWarning(Functions.class, Linker.nativeLinker().defaultLookup()));
  }

  /**
   * Why there is no executable memory.
   *
   * @return the reason, with the cure where there is one; null if there is
   */
  public @Nullable String missing() {
    LinkageError error = library.error();
    return error == null ? null : error.getMessage();
  }

  /**
   * Makes code executable.
   *
   * @param code machine code that may lie at any address
   * @param arena takes the code away when it is closed; a call in progress keeps it from closing
   * @return the code, read-only, from the beginning of a page on
   * @throws IllegalArgumentException if there is no code
   * @throws IllegalStateException if the arena is closed, or the system refuses
   * @throws UnsupportedOperationException if executable memory is {@link #missing}
   */
  public MemorySegment place(byte[] code, Arena arena) {
    if (code.length == 0) {
      throw new IllegalArgumentException("code: expected a byte at least");
    }
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("arena: it is closed");
    }
    String missing = missing();
    if (missing != null) {
      throw new UnsupportedOperationException("executable memory: " + missing);
    }
    MemorySegment pages = map(code.length, arena);
    MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
    protect(pages);
    return pages.asReadOnly();
  }

  /**
   * A handle that calls placed code as a C function. It takes the address of the function, then the
   * function's arguments. The thread does not leave Java while it runs, so that collections of
   * garbage wait: the function must end within some 50 microseconds and call nothing.
   *
   * @param type what the function takes and returns: {@code int}, {@code long} or {@code
   *     MemorySegment}; it may return {@code void}
   * @param heap whether arguments may be heap segments
   * @return the handle; keep it in a static final field, so that calls are compiled in line
   * @throws UnsupportedOperationException if executable memory is {@link #missing}
   */
  @SuppressWarnings("restricted") // a downcall
  public MethodHandle caller(MethodType type, boolean heap) {
    String missing = missing();
    if (missing != null) {
      throw new UnsupportedOperationException("executable memory: " + missing);
    }
    return Linker.nativeLinker()
        .downcallHandle(
            NativeLibrary.descriptor(type.returnType(), type.parameterArray()),
            Linker.Option.critical(heap));
  }

  @SuppressWarnings("restricted") // gives mapped memory its size and its end
  private MemorySegment map(long bytes, Arena arena) {
    MemorySegment start;
    try (Arena call = Arena.ofConfined()) {
      MemorySegment state = call.allocate(NativeLibrary.CALL_STATE);
      start =
          (MemorySegment)
              library
                  .functions()
                  .mmap()
                  .invokeExact(
                      state,
                      MemorySegment.NULL,
                      bytes,
                      PROT_READ_WRITE,
                      MAP_PRIVATE_ANONYMOUS,
                      -1,
                      0L);
      if (start.address() == MAP_FAILED) {
        throw new IllegalStateException(
            "mmap of " + bytes + " bytes failed with errno " + NativeLibrary.errno(state));
      }
    } catch (Throwable e) {
      throw NativeLibrary.failed("mmap", e);
    }
    return start.reinterpret(bytes, arena, this::unmap);
  }

  private void protect(MemorySegment pages) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment state = call.allocate(NativeLibrary.CALL_STATE);
      int result =
          (int)
              library
                  .functions()
                  .mprotect()
                  .invokeExact(state, pages, pages.byteSize(), PROT_READ_EXECUTE);
      if (result != 0) {
        throw new IllegalStateException(
            "memory cannot be made executable: mprotect failed with errno "
                + NativeLibrary.errno(state));
      }
    } catch (Throwable e) {
      throw NativeLibrary.failed("mprotect", e);
    }
  }

  private void unmap(MemorySegment pages) {
    try {
      int result = (int) library.functions().munmap().invokeExact(pages, pages.byteSize());
      assert result == 0 : "munmap";
    } catch (Throwable e) {
      throw NativeLibrary.failed("munmap", e);
    }
  }
}
