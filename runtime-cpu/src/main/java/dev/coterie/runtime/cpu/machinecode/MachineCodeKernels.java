// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.PagedCache;
import dev.coterie.runtime.cpu.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernels of the {@code machinecode} tier: products, with 8-bit activations where weights are
 * integers, in machine code that is assembled here; and what there is none for as another tier does
 * it.
 */
public final class MachineCodeKernels implements Kernels {
  private static final class Holder {
    @SuppressWarnings("MustBeClosed") // code stays
    static final IntegerProducts PRODUCTS =
        new IntegerProducts(Processor.here().best(), Arena.ofAuto());

    @SuppressWarnings("MustBeClosed")
    static final FloatProducts FLOAT_PRODUCTS =
        new FloatProducts(Processor.here().best(), Arena.ofAuto());

    @SuppressWarnings("MustBeClosed")
    static final @Nullable PairProducts PAIR_PRODUCTS =
        Processor.here().bf16()
            ? passed("BF16 activations", new PairProducts(Arena.ofAuto()), SelfTest::fault)
            : null;

    @SuppressWarnings("MustBeClosed")
    static final @Nullable NativeAttention ATTENTION =
        Processor.here().best() == InstructionSet.AVX512_VNNI
            ? passed("attention", new NativeAttention(Arena.ofAuto()), AttentionSelfTest::fault)
            : null;

    @SuppressWarnings("MustBeClosed")
    static final @Nullable NativeRows ROWS =
        Processor.here().best() == InstructionSet.AVX512_VNNI
            ? passed(
                "norm and SwiGLU",
                new NativeRows(Arena.ofAuto()),
                rows -> FloatSelfTest.fault(rows, PRODUCTS))
            : null;
  }

  private static final Logger LOG = LoggerFactory.getLogger(MachineCodeKernels.class);
  private static final Map<Layout, Boolean> PASSED = new ConcurrentHashMap<>();

  private final Kernels others;
  private final IntegerProducts products;
  private final FloatProducts floatProducts;
  private final @Nullable PairProducts pairProducts;

  /**
   * The kernels for this processor.
   *
   * @param others does what there is no machine code for
   * @param rounds whether BF16 weights are multiplied with activations rounded to BF16 where many
   *     rows are
   * @throws IllegalArgumentException if activations should be rounded and this processor has no
   *     instruction for it
   */
  public MachineCodeKernels(Kernels others, boolean rounds) {
    this.others = others;
    products = Holder.PRODUCTS;
    floatProducts = Holder.FLOAT_PRODUCTS;
    if (rounds && !Processor.here().bf16()) {
      throw new IllegalArgumentException(
          "activations 'bf16': the processor lacks avx512_bf16; leave the option out");
    }
    pairProducts = rounds ? Holder.PAIR_PRODUCTS : null;
  }

  @Override
  public String tier() {
    return "machinecode";
  }

  @Override
  public String details() {
    String rounding = pairProducts == null ? "" : ", activations rounded to BF16";
    return Processor.here().details()
        + rounding
        + ", and "
        + others.tier()
        + ", "
        + others.details();
  }

  @Override
  public Scratch newScratch(int maxKeySize) {
    int rounded = pairProducts == null ? 0 : PairProducts.ROOM;
    return new NativeScratch(others.newScratch(maxKeySize), maxKeySize, rounded);
  }

  private static Scratch ofOthers(Scratch scratch) {
    return ((NativeScratch) scratch).others;
  }

  @Override
  public boolean prepares(PackedMatrix w) {
    return products.supports(w) && passed(w.layout());
  }

  /** Kernels, if a test finds no fault with them. */
  static <T> @Nullable T passed(
      String what, T kernels, Function<? super T, @Nullable String> test) {
    String fault = test.apply(kernels);
    if (fault == null) {
      return kernels;
    }
    LOG.warn(
        "cpu: machine code for {} failed its test and is not used, another tier is: {}",
        what,
        fault);
    return null;
  }

  /** Whether the kernels of a layout are right; tests them the first time. */
  private boolean passed(Layout layout) {
    Boolean known = PASSED.get(layout); // computing it allocates
    if (known != null) {
      return known;
    }
    return PASSED.computeIfAbsent(
        layout,
        _ -> {
          String fault =
              FloatWeights.supports(layout)
                  ? SelfTest.fault(floatProducts, layout)
                  : SelfTest.fault(products, layout);
          if (fault != null) {
            LOG.warn(
                "cpu: machine code for {} failed its test and is not used, {} is: {}",
                layout,
                others.tier(),
                fault);
          }
          return fault == null;
        });
  }

  @Override
  public int tileRows() {
    return products.tileRows();
  }

  @Override
  public long preparedBytes(int maxRows, int columns) {
    return QuantizedRows.bytes(products.tileRows(), maxRows, columns);
  }

  @Override
  public Prepared newPrepared(int maxRows, int columns, Arena arena) {
    return products.newRows(maxRows, columns, arena);
  }

  @Override
  public void prepare(
      MemorySegment x,
      long xOffset,
      Prepared out,
      int first,
      int rows,
      int row,
      int from,
      int count) {
    products.quantize(x, xOffset, (QuantizedRows) out, first, rows, row, from, count);
  }

  @Override
  public void linear(
      PackedMatrix w,
      Prepared x,
      int first,
      int rows,
      MemorySegment y,
      long yOffset,
      long yStride,
      boolean accumulate,
      int fromGroup,
      int toGroup) {
    QuantizedRows quantized = (QuantizedRows) x;
    products.linear(w, quantized, first, rows, y, yOffset, yStride, accumulate, fromGroup, toGroup);
  }

  @Override
  public void linear(
      PackedMatrix w,
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      float[] y,
      int yOffset,
      int yStride,
      int fromGroup,
      int toGroup,
      Scratch scratch) {
    if (floatProducts.supports(w) && passed(w.layout())) {
      RecentSegments operands = ((NativeScratch) scratch).operands;
      MemorySegment from = operands.of(x);
      MemorySegment to = operands.of(y);
      if (pairProducts != null && pairProducts.supports(w, rows)) {
        MemorySegment room = ((NativeScratch) scratch).rounded;
        pairProducts.linear(
            w, from, xOffset, xStride, rows, to, yOffset, yStride, fromGroup, toGroup, room);
        return;
      }
      floatProducts.linear(
          w, from, xOffset, xStride, rows, to, yOffset, yStride, fromGroup, toGroup);
      return;
    }
    others.linear(
        w, x, xOffset, xStride, rows, y, yOffset, yStride, fromGroup, toGroup, ofOthers(scratch));
  }

  @Override
  public void rmsNorm(
      float[] x,
      int xOffset,
      float[] weight,
      int width,
      float epsilon,
      float[] y,
      int yOffset,
      Scratch scratch) {
    NativeRows rows = Holder.ROWS;
    if (rows != null && NativeRows.supports(width)) {
      NativeScratch own = (NativeScratch) scratch;
      MemorySegment from = own.segment(x);
      rows.rmsNorm(from, xOffset, own.segment(weight), width, epsilon, own.segment(y), yOffset);
      return;
    }
    others.rmsNorm(x, xOffset, weight, width, epsilon, y, yOffset, ofOthers(scratch));
  }

  @Override
  public void rope(
      float[] x, int offset, boolean interleaved, float[] angles, int angleOffset, int pairs) {
    others.rope(x, offset, interleaved, angles, angleOffset, pairs);
  }

  @Override
  public void swiGlu(
      float limit,
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int count,
      Scratch scratch) {
    NativeRows rows = Holder.ROWS;
    if (rows != null && NativeRows.supports(count)) {
      NativeScratch own = (NativeScratch) scratch;
      MemorySegment to = own.segment(out);
      rows.swiGlu(
          limit, own.segment(gate), gateOffset, own.segment(up), upOffset, to, outOffset, count);
      return;
    }
    others.swiGlu(limit, gate, gateOffset, up, upOffset, out, outOffset, count, ofOthers(scratch));
  }

  @Override
  public void normAndPrepare(
      float[] x,
      int xOffset,
      int xStride,
      float[] weight,
      float epsilon,
      float[] y,
      MemorySegment ySegment,
      int yOffset,
      int yStride,
      Prepared out,
      int rows,
      int row,
      int count,
      Scratch scratch) {
    NativeRows code = Holder.ROWS;
    if (code != null && weight.length % Panel.BLOCK == 0) {
      NativeScratch own = (NativeScratch) scratch;
      code.normAndPrepare(
          own.segment(x),
          xOffset,
          xStride,
          own.segment(weight),
          weight.length,
          epsilon,
          ySegment,
          yOffset,
          yStride,
          (QuantizedRows) out,
          rows,
          row,
          count);
      return;
    }
    Kernels.super.normAndPrepare(
        x, xOffset, xStride, weight, epsilon, y, ySegment, yOffset, yStride, out, rows, row, count,
        scratch);
  }

  @Override
  public void swiGluAndPrepare(
      float limit,
      float[] gate,
      float[] up,
      int offset,
      int stride,
      MemorySegment segment,
      Prepared out,
      int first,
      int rows,
      int from,
      int count,
      Scratch scratch) {
    NativeRows code = Holder.ROWS;
    if (code != null && count > 0) {
      MemorySegment upward = ((NativeScratch) scratch).segment(up);
      QuantizedRows to = (QuantizedRows) out;
      code.swiGluAndPrepare(limit, segment, upward, offset, stride, to, first, rows, from, count);
      return;
    }
    Kernels.super.swiGluAndPrepare(
        limit, gate, up, offset, stride, segment, out, first, rows, from, count, scratch);
  }

  @Override
  public void add(
      float[] left,
      int leftOffset,
      float[] right,
      int rightOffset,
      float[] out,
      int outOffset,
      int count) {
    others.add(left, leftOffset, right, rightOffset, out, outOffset, count);
  }

  @Override
  public void keyScores(
      PagedCache cache,
      MemorySegment block,
      long keys,
      int size,
      float[] query,
      int queryOffset,
      int queryStride,
      int queries,
      float[] scores,
      int scoresOffset,
      Scratch scratch) {
    others.keyScores(
        cache,
        block,
        keys,
        size,
        query,
        queryOffset,
        queryStride,
        queries,
        scores,
        scoresOffset,
        ofOthers(scratch));
  }

  @Override
  public void attend(AttentionWork work, Scratch scratch) {
    NativeAttention attention = Holder.ATTENTION;
    if (attention != null && NativeAttention.supports(work)) {
      attention.attend(work, (NativeScratch) scratch);
    } else {
      others.attend(work, ofOthers(scratch));
    }
  }
}
