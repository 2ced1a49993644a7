// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of this process, as the operating system sees it: page size, advice on how memory will
 * be used, and memory in huge pages. Advice changes no result; where it cannot be given, the
 * outcome says why. Safe for use by several threads.
 *
 * <p>Nothing native is called, and the JVM warns of nothing, unless native access is enabled for
 * this module; {@code -Dcoterie.native.disable=true} switches native calls off.
 */
public final class SystemMemory {
  /** The size of a huge page. */
  public static final long HUGE_PAGE_BYTES = 2L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(SystemMemory.class);

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final long MAP_FAILED = -1;
  private static final int MADV_WILLNEED = 3;
  private static final int MADV_HUGEPAGE = 14;

  /** The functions of the C library. Sizes are {@code size_t}, which is as long as a pointer. */
  record Functions(
      @NativeFunction(name = "getpagesize", returns = int.class) MethodHandle getpagesize,
      @NativeFunction(
              name = "madvise",
              returns = int.class,
              arguments = {MemorySegment.class, long.class, int.class},
              errno = true)
          MethodHandle madvise,
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
              name = "munmap",
              returns = int.class,
              arguments = {MemorySegment.class, long.class})
          MethodHandle munmap) {}

  private static final class Holder {
    static final SystemMemory INSTANCE = open(System.getProperty("os.name", "unknown"));
  }

  private final NativeLibrary<Functions> library;

  SystemMemory(NativeLibrary<Functions> library) {
    this.library = library;
  }

  /**
   * The memory of this process.
   *
   * @return always the same
   */
  public static SystemMemory instance() {
    return Holder.INSTANCE;
  }

  static SystemMemory open(String os) {
    SystemMemory memory =
        new SystemMemory(
            os.toLowerCase(Locale.ROOT).startsWith("linux")
                ? NativeLibrary.load(Functions.class, Linker.nativeLinker().defaultLookup())
                : NativeLibrary.refused(Functions.class, "expected Linux, found " + os));
    LinkageError error = memory.library.error();
    LOG.debug(
        "advice on memory: {}; -D{}=true switches it off",
        error == null ? "available" : error.getMessage(),
        NativeLibrary.DISABLE_PROPERTY);
    return memory;
  }

  /**
   * The size of a page.
   *
   * @return bytes, or empty where the system cannot be asked
   */
  public OptionalInt pageSize() {
    return library.error() != null ? OptionalInt.empty() : OptionalInt.of(askPageSize());
  }

  private int askPageSize() {
    try {
      return (int) library.functions().getpagesize().invokeExact();
    } catch (Throwable e) {
      throw NativeLibrary.failed("getpagesize", e);
    }
  }

  /**
   * Asks for huge pages for the whole pages within a segment. Best asked before the memory is first
   * written.
   *
   * @param segment native memory
   * @return what came of it
   * @throws IllegalArgumentException if the segment is heap memory
   * @throws IllegalStateException if the segment's arena is closed
   */
  public Outcome adviseHugePages(MemorySegment segment) {
    return advise(segment, MADV_HUGEPAGE, "MADV_HUGEPAGE");
  }

  /**
   * Says that the whole pages within a segment will be read soon.
   *
   * @param segment native memory, such as a mapped file
   * @return what came of it
   * @throws IllegalArgumentException if the segment is heap memory
   * @throws IllegalStateException if the segment's arena is closed
   */
  public Outcome adviseWillNeed(MemorySegment segment) {
    return advise(segment, MADV_WILLNEED, "MADV_WILLNEED");
  }

  private Outcome advise(MemorySegment segment, int advice, String name) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("segment: expected native memory, found heap memory");
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("segment: its arena is closed");
    }
    LinkageError error = library.error();
    if (error != null) {
      return new Outcome.Unavailable(name + ": " + error.getMessage());
    }
    long page = askPageSize();
    long from = Math.ceilDiv(segment.address(), page) * page;
    long to = (segment.address() + segment.byteSize()) / page * page;
    if (from >= to) {
      return new Outcome.Unavailable(
          name + ": expected a whole page of " + page + " bytes at least");
    }
    int errno = madvise(segment.asSlice(from - segment.address(), to - from), advice);
    return errno == 0
        ? new Outcome.Done()
        : new Outcome.Unavailable(name + ": madvise failed with errno " + errno);
  }

  /** Returns 0 or the error number. */
  private int madvise(MemorySegment pages, int advice) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(NativeLibrary.CALL_STATE);
      int result =
          (int) library.functions().madvise().invokeExact(state, pages, pages.byteSize(), advice);
      return result == 0 ? 0 : NativeLibrary.errno(state);
    } catch (Throwable e) {
      throw NativeLibrary.failed("madvise", e);
    }
  }

  /**
   * Allocates zeroed memory for data that is large and read often: from a huge page's boundary on
   * and in huge pages, where the system has them. Less than a huge page, and everything where
   * native access is not enabled, comes from the arena itself.
   *
   * @param bytes how much
   * @param arena frees the memory when it is closed
   * @return the memory; its alignment is that of a cache line at least
   */
  public MemorySegment allocate(long bytes, Arena arena) {
    MemorySegment mapped =
        bytes < HUGE_PAGE_BYTES || !arena.scope().isAlive() ? null : map(bytes, arena);
    if (mapped == null) {
      return arena.allocate(bytes, 64);
    }
    if (adviseHugePages(mapped) instanceof Outcome.Unavailable(var reason)) {
      LOG.debug("no huge pages: {}", reason);
    }
    return mapped;
  }

  @SuppressWarnings("restricted") // gives mapped memory its size and its end
  private @Nullable MemorySegment map(long bytes, Arena arena) {
    if (library.error() != null) {
      return null;
    }
    // more than is needed, so that a boundary lies within: what is not touched costs nothing
    long size = Math.addExact(bytes, HUGE_PAGE_BYTES);
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
                      size,
                      PROT_READ_WRITE,
                      MAP_PRIVATE_ANONYMOUS,
                      -1,
                      0L);
      if (start.address() == MAP_FAILED) {
        LOG.debug("mmap of {} bytes failed with errno {}", size, NativeLibrary.errno(state));
        return null;
      }
    } catch (Throwable e) {
      throw NativeLibrary.failed("mmap", e);
    }
    MemorySegment mapping = start.reinterpret(size, arena, this::unmap);
    return mapping.asSlice(-start.address() & (HUGE_PAGE_BYTES - 1), bytes);
  }

  private void unmap(MemorySegment mapping) {
    try {
      int result = (int) library.functions().munmap().invokeExact(mapping, mapping.byteSize());
      assert result == 0 : "munmap";
    } catch (Throwable e) {
      throw NativeLibrary.failed("munmap", e);
    }
  }
}
