// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.ref.Reference;

/**
 * Calls of kernels. The handles are constants and take the kernel as their first argument, so that
 * the compiler makes plain calls of them, which allocate nothing. Loading this class needs
 * executable memory.
 */
final class Calls {
  private static final MethodHandle TILES =
      caller(
          void.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          MemorySegment.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class);
  private static final MethodHandle FLOAT_TILES =
      caller(
          void.class,
          long.class,
          long.class,
          long.class,
          MemorySegment.class,
          long.class,
          long.class,
          MemorySegment.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class);
  private static final MethodHandle ROUND =
      caller(
          void.class, MemorySegment.class, long.class, MemorySegment.class, long.class, long.class);
  private static final MethodHandle QUANTIZE =
      caller(
          void.class,
          MemorySegment.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class);
  private static final MethodHandle LIST = caller(void.class, MemorySegment.class, long.class);
  private static final MethodHandle NORM =
      caller(
          void.class,
          MemorySegment.class,
          long.class,
          MemorySegment.class,
          MemorySegment.class,
          long.class,
          long.class,
          long.class,
          long.class);
  private static final MethodHandle SWI_GLU =
      caller(
          void.class,
          MemorySegment.class,
          long.class,
          MemorySegment.class,
          long.class,
          MemorySegment.class,
          long.class,
          long.class,
          long.class);
  private static final MethodHandle PREPARE =
      caller(
          void.class,
          MemorySegment.class,
          long.class,
          MemorySegment.class,
          long.class,
          MemorySegment.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class,
          long.class);
  private static final MethodHandle READ =
      caller(int.class, MemorySegment.class, long.class, long.class);

  private Calls() {}

  private static MethodHandle caller(Class<?> returns, Class<?>... arguments) {
    return ExecutableMemory.instance().caller(MethodType.methodType(returns, arguments), true);
  }

  /**
   * The address of memory outside of the heap. It is passed as a number: a segment of a shared
   * arena would be counted in and out of each call, and two cores that count at one place spend
   * more time on that than on a short kernel. Whoever owns the memory does not free it during a
   * call.
   */
  private static long address(MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("memory: expected it outside of the heap, found an array");
    }
    return memory.address();
  }

  /** A kernel of {@link TileCode}. */
  static void tiles(
      MemorySegment kernel,
      MemorySegment w,
      long wOffset,
      long wGroup,
      MemorySegment x,
      long xOffset,
      long xTile,
      MemorySegment y,
      long yOffset,
      long yRow,
      long blocks,
      long tiles,
      long columns,
      long accumulate) {
    try {
      TILES.invokeExact(
          kernel,
          address(w),
          wOffset,
          wGroup,
          address(x),
          xOffset,
          xTile,
          y,
          yOffset,
          yRow,
          blocks,
          tiles,
          columns,
          accumulate);
    } catch (Throwable e) {
      throw failed(e);
    } finally {
      Reference.reachabilityFence(w);
      Reference.reachabilityFence(x);
    }
  }

  /** A kernel of {@link FloatTileCode}. */
  static void floatTiles(
      MemorySegment kernel,
      MemorySegment w,
      long wOffset,
      long wGroup,
      MemorySegment x,
      long xOffset,
      long xRow,
      MemorySegment y,
      long yOffset,
      long yRow,
      long inputs,
      long tiles,
      long columns) {
    try {
      FLOAT_TILES.invokeExact(
          kernel,
          address(w),
          wOffset,
          wGroup,
          x,
          xOffset,
          xRow,
          y,
          yOffset,
          yRow,
          inputs,
          tiles,
          columns);
    } catch (Throwable e) {
      throw failed(e);
    } finally {
      Reference.reachabilityFence(w);
    }
  }

  /** The kernel of {@link RoundCode}. */
  static void round(
      MemorySegment kernel,
      MemorySegment x,
      long xOffset,
      MemorySegment out,
      long outOffset,
      long count) {
    try {
      ROUND.invokeExact(kernel, x, xOffset, out, outOffset, count);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A kernel of {@link QuantizeCode}. */
  static void quantize(
      MemorySegment kernel,
      MemorySegment x,
      long xOffset,
      MemorySegment out,
      long offset,
      long blockBytes,
      long blocks) {
    try {
      QUANTIZE.invokeExact(kernel, x, xOffset, address(out), offset, blockBytes, blocks);
    } catch (Throwable e) {
      throw failed(e);
    } finally {
      Reference.reachabilityFence(out);
    }
  }

  /** The kernel of {@link CallListCode}. */
  static void list(MemorySegment kernel, MemorySegment list, long count) {
    try {
      LIST.invokeExact(kernel, list, count);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** The kernel of {@link NormCode}. */
  static void norm(
      MemorySegment kernel,
      MemorySegment x,
      long xOffset,
      MemorySegment weight,
      MemorySegment y,
      long yOffset,
      long vectors,
      long width,
      long epsilon) {
    try {
      NORM.invokeExact(kernel, x, xOffset, weight, y, yOffset, vectors, width, epsilon);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** The kernel of {@link SwiGluCode}. */
  static void swiGlu(
      MemorySegment kernel,
      MemorySegment gate,
      long gateOffset,
      MemorySegment up,
      long upOffset,
      MemorySegment out,
      long outOffset,
      long vectors,
      long limit) {
    try {
      SWI_GLU.invokeExact(kernel, gate, gateOffset, up, upOffset, out, outOffset, vectors, limit);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A kernel of {@link PreparedRowsCode}; {@code at} is a place within out. */
  static void prepare(
      MemorySegment kernel,
      MemorySegment x,
      long xOffset,
      MemorySegment other,
      long otherOffset,
      MemorySegment y,
      long yOffset,
      MemorySegment out,
      long at,
      long xRow,
      long otherRow,
      long yRow,
      long blockBytes,
      long blocks,
      long rows,
      long a,
      long b) {
    try {
      PREPARE.invokeExact(
          kernel,
          x,
          xOffset,
          other,
          otherOffset,
          y,
          yOffset,
          address(out) + at,
          xRow,
          otherRow,
          yRow,
          blockBytes,
          blocks,
          rows,
          a,
          b);
    } catch (Throwable e) {
      throw failed(e);
    } finally {
      Reference.reachabilityFence(out);
    }
  }

  /** A kernel of {@link ReadCode}. */
  static int read(MemorySegment kernel, MemorySegment from, long offset, long bytes) {
    try {
      return (int) READ.invokeExact(kernel, from, offset, bytes);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** What a call of a handle threw, as something that need not be declared. */
  static RuntimeException failed(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception
        ? exception
        : new IllegalStateException("a kernel failed", e);
  }
}
