// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

/**
 * Working memory of samplers, some 30 bytes a token of the vocabulary. Any number of {@link
 * Sampler}s of one thread share it, since it holds nothing from one call to the next.
 */
public final class SamplingBuffers {
  final BlockMaxima maxima = new BlockMaxima();
  final Selection selection = new Selection();
  int[] ids = new int[0];
  float[] logits = new float[0];
  double[] weights = new double[0];

  /** Makes room for every token. */
  void ensure(int vocabulary) {
    if (ids.length < vocabulary) {
      ids = new int[vocabulary];
      logits = new float[vocabulary];
      weights = new double[vocabulary];
    }
  }
}
