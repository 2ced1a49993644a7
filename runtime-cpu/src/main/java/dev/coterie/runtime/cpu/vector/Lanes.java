// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vector species in use, and loads that widen to them. */
final class Lanes {
  /** Forces a width in tests: 128, 256 or 512. */
  private static final String BITS_PROPERTY = "coterie.test.vectorBits";

  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  static final int BITS =
      Math.min(
          512, Integer.getInteger(BITS_PROPERTY, FloatVector.SPECIES_PREFERRED.vectorBitSize()));
  static final VectorSpecies<Float> FLOAT =
      VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
  static final VectorSpecies<Integer> INT =
      VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
  static final VectorSpecies<Short> SHORT =
      VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));
  private static final VectorSpecies<Byte> BYTE =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, BITS / 4)));

  /** The lanes of a vector: 4, 8 or 16. */
  static final int COUNT = FLOAT.length();

  private static final VectorShuffle<Float> BY_8 = exchange(8);
  private static final VectorShuffle<Float> BY_4 = exchange(4);
  private static final VectorShuffle<Float> BY_2 = exchange(2);
  private static final VectorShuffle<Float> BY_1 = exchange(1);

  private Lanes() {}

  private static VectorShuffle<Float> exchange(int distance) {
    return VectorShuffle.fromOp(FLOAT, lane -> (lane ^ distance) % COUNT);
  }

  /**
   * The sum of all lanes, always in the same order. {@code reduceLanes} leaves the order open, and
   * interpreted code takes another than compiled code: the same prompt would not always give the
   * same logits.
   */
  static float sum(FloatVector v) {
    FloatVector sum = v;
    if (COUNT > 8) {
      sum = sum.add(sum.rearrange(BY_8));
    }
    if (COUNT > 4) {
      sum = sum.add(sum.rearrange(BY_4));
    }
    sum = sum.add(sum.rearrange(BY_2));
    return sum.add(sum.rearrange(BY_1)).lane(0);
  }

  static FloatVector floats(MemorySegment segment, long offset) {
    return FloatVector.fromMemorySegment(FLOAT, segment, offset, ORDER);
  }

  static IntVector ints(MemorySegment segment, long offset) {
    return IntVector.fromMemorySegment(INT, segment, offset, ORDER);
  }

  /** Half-precision values, widened exactly; infinities and NaN do not occur in finite models. */
  static FloatVector halves(MemorySegment segment, long offset) {
    IntVector bits =
        (IntVector)
            ShortVector.fromMemorySegment(SHORT, segment, offset, ORDER)
                .convertShape(VectorOperators.S2I, INT, 0);
    return bits.and(0x7fff)
        .lanewise(VectorOperators.LSHL, 13)
        .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
        .reinterpretAsFloats()
        .mul(0x1p112f);
  }

  /** The upper halves of floats. */
  static FloatVector upperHalves(MemorySegment segment, long offset) {
    IntVector bits =
        (IntVector)
            ShortVector.fromMemorySegment(SHORT, segment, offset, ORDER)
                .convertShape(VectorOperators.S2I, INT, 0);
    return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /** Signed bytes. */
  static FloatVector bytes(MemorySegment segment, long offset) {
    return toFloat(
        (IntVector)
            ByteVector.fromMemorySegment(BYTE, segment, offset, ORDER)
                .convertShape(VectorOperators.B2I, INT, 0));
  }

  /** Powers of two with the bytes as biased exponents (E8M0). */
  static FloatVector powers(MemorySegment segment, long offset) {
    IntVector e =
        (IntVector)
            ByteVector.fromMemorySegment(BYTE, segment, offset, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
    return e.lanewise(VectorOperators.LSHL, 23).blend(0x00400000, e.eq(0)).reinterpretAsFloats();
  }

  /** The 8-bit floats (E4M3) at a byte of each lane, after a shift that brings it to the top. */
  static FloatVector eightBitFloats(IntVector codes, int left) {
    IntVector top = codes.lanewise(VectorOperators.LSHL, left);
    return top.and(0x80000000)
        .or(top.lanewise(VectorOperators.LSHR, 4).and(0x07f00000))
        .reinterpretAsFloats()
        .mul(0x1p120f);
  }

  /** The 4-bit floats (E2M1) at a nibble of each lane, after a shift that brings it to the top. */
  static FloatVector fourBitFloats(IntVector codes, int left) {
    IntVector top = codes.lanewise(VectorOperators.LSHL, left);
    return top.and(0x80000000)
        .or(top.lanewise(VectorOperators.LSHR, 6).and(0x01c00000))
        .reinterpretAsFloats()
        .mul(0x1p126f);
  }

  static FloatVector toFloat(IntVector ints) {
    return (FloatVector) ints.convertShape(VectorOperators.I2F, FLOAT, 0);
  }
}
