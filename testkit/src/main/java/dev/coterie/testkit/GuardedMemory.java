// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory between two pages that nobody may touch: a native kernel that reads or writes beyond its
 * arguments ends the JVM at once, rather than passing by chance. For Linux; needs native access.
 */
public final class GuardedMemory {
  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final MethodHandle MMAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle MPROTECT =
      function(
          "mprotect",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle MUNMAP =
      function(
          "munmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
  private static final long PAGE =
      (int) call(function("getpagesize", FunctionDescriptor.of(ValueLayout.JAVA_INT)));

  private GuardedMemory() {}

  /**
   * Zeroed memory that begins right behind a page that nobody may touch. Behind it is no more than
   * the rest of its last page.
   *
   * @param bytes how much
   * @param arena frees it
   * @return the memory
   */
  public static MemorySegment atStart(long bytes, Arena arena) {
    return map(bytes, arena).asSlice(0, bytes);
  }

  /**
   * Zeroed memory that ends right before a page that nobody may touch.
   *
   * @param bytes how much
   * @param arena frees it
   * @return the memory
   */
  public static MemorySegment atEnd(long bytes, Arena arena) {
    MemorySegment pages = map(bytes, arena);
    return pages.asSlice(pages.byteSize() - bytes);
  }

  @SuppressWarnings("restricted") // gives mapped memory its size and its end
  private static MemorySegment map(long bytes, Arena arena) {
    long inner = Math.ceilDiv(Math.max(1, bytes), PAGE) * PAGE;
    long size = inner + 2 * PAGE;
    long start = (long) call(MMAP, 0L, size, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
    if (start == -1) {
      throw new IllegalStateException("mmap of " + size + " bytes failed");
    }
    MemorySegment pages =
        MemorySegment.ofAddress(start + PAGE)
            .reinterpret(inner, arena, _ -> call(MUNMAP, start, size));
    if ((int) call(MPROTECT, start + PAGE, inner, PROT_READ_WRITE) != 0) {
      throw new IllegalStateException("mprotect failed");
    }
    return pages;
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("restricted") // tests call the C library
  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }
}
