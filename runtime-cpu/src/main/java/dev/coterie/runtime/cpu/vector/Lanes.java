// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector species in use.
 *
 * <p>No method of this package takes or returns a vector. HotSpot does not inline a method whose
 * own compiled form has become large, and a vector that crosses a call is an object on the heap.
 */
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
  static final VectorSpecies<Byte> BYTE =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, BITS / 4)));

  /** The lanes of a vector: 4, 8 or 16. */
  static final int COUNT = FLOAT.length();

  private Lanes() {}
}
