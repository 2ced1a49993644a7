// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * How to convert a model. Immutable; make one with {@link #builder()}.
 *
 * @param quantization how weights are encoded; default {@link Quantization#Q4_K_M}
 * @param splitMaxBytes the size that no output file is to exceed unless a single tensor does; 0,
 *     the default, writes one file
 * @param threads how many threads quantize; 0, the default, is as many as there are processors
 * @param overwrite whether files of the target's name may be replaced; default no
 * @param listener hears how the conversion gets on
 * @param cancelled is asked several times a second; true ends the conversion, and the same
 *     conversion started again continues
 */
public record ConvertOptions(
    Quantization quantization,
    long splitMaxBytes,
    int threads,
    boolean overwrite,
    ConvertListener listener,
    BooleanSupplier cancelled) {
  private static final int MOST_THREADS = 1_024;
  private static final long LEAST_SPLIT = 4_096;

  /** Everything chosen by the library. */
  public static final ConvertOptions DEFAULT = builder().build();

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public ConvertOptions {
    Objects.requireNonNull(quantization, "quantization");
    Objects.requireNonNull(listener, "listener");
    Objects.requireNonNull(cancelled, "cancelled");
    if (threads < 0 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads: expected 0 to " + MOST_THREADS + ", found " + threads);
    }
    if (splitMaxBytes != 0 && splitMaxBytes < LEAST_SPLIT) {
      throw new IllegalArgumentException(
          "splitMaxBytes: expected 0 or at least " + LEAST_SPLIT + ", found " + splitMaxBytes);
    }
  }

  /**
   * A builder that starts from the defaults.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options; for use by one thread. */
  public static final class Builder {
    private Quantization quantization = Quantization.Q4_K_M;
    private long splitMaxBytes;
    private int threads;
    private boolean overwrite;
    private ConvertListener listener = (tensor, done, total) -> {};
    private BooleanSupplier cancelled = () -> false;

    private Builder() {}

    /**
     * Sets {@link ConvertOptions#quantization()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder quantization(Quantization value) {
      quantization = value;
      return this;
    }

    /**
     * Sets {@link ConvertOptions#splitMaxBytes()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder splitMaxBytes(long value) {
      splitMaxBytes = value;
      return this;
    }

    /**
     * Sets {@link ConvertOptions#threads()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder threads(int value) {
      threads = value;
      return this;
    }

    /**
     * Sets {@link ConvertOptions#overwrite()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder overwrite(boolean value) {
      overwrite = value;
      return this;
    }

    /**
     * Sets {@link ConvertOptions#listener()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder listener(ConvertListener value) {
      listener = value;
      return this;
    }

    /**
     * Sets {@link ConvertOptions#cancelled()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder cancelled(BooleanSupplier value) {
      cancelled = value;
      return this;
    }

    /**
     * Makes the options.
     *
     * @return the options
     * @throws IllegalArgumentException if a value is out of range
     */
    public ConvertOptions build() {
      return new ConvertOptions(
          quantization, splitMaxBytes, threads, overwrite, listener, cancelled);
    }
  }
}
