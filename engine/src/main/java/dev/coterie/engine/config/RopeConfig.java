// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.config;

import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;
import dev.coterie.spi.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding and its scaling to longer contexts.
 *
 * @param rotaryDim how many values of a head are rotated; even
 * @param ropeTheta base of the frequencies {@code theta^(-2i/rotaryDim)}
 * @param scaling how the frequencies are scaled
 */
public record RopeConfig(int rotaryDim, double ropeTheta, Scaling scaling) {
  /** How frequencies are scaled. Llama 3's scaling comes as a tensor of divisors instead. */
  public sealed interface Scaling {
    /** Not at all. */
    record None() implements Scaling {}

    /**
     * All frequencies alike.
     *
     * @param factor divides them
     */
    record Linear(double factor) implements Scaling {}

    /**
     * YaRN (arXiv 2309.00071): low frequencies are divided, high ones stay, those between are
     * blended.
     *
     * @param factor the context's growth
     * @param originalContext the context before
     * @param betaFast rotations over the original context from which on frequencies stay
     * @param betaSlow rotations up to which they are divided
     * @param truncate whether the ends of the blend are rounded to whole indices
     * @param magnitude multiplies cosines and sines
     * @param softmaxFactor multiplies the scale of the softmax
     */
    record Yarn(
        double factor,
        int originalContext,
        double betaFast,
        double betaSlow,
        boolean truncate,
        float magnitude,
        double softmaxFactor)
        implements Scaling {}
  }

  /**
   * Reads the keys of a GGUF file.
   *
   * @param prefix the architecture and a dot
   * @throws dev.coterie.ModelFormatException if a key is out of range
   * @throws UnsupportedModelException if the kind of scaling is not supported
   */
  public static RopeConfig of(Metadata metadata, String prefix, int headDim) {
    String dimensionKey = prefix + "rope.dimension_count";
    int rotaryDim = metadata.integer(dimensionKey, 2, headDim, headDim);
    if (rotaryDim % 2 != 0) {
      throw metadata.fault(dimensionKey, "expected an even number, found " + rotaryDim);
    }
    double theta = positive(metadata, prefix + "rope.freq_base", 10_000);
    return new RopeConfig(rotaryDim, theta, scaling(metadata, prefix));
  }

  private static Scaling scaling(Metadata metadata, String prefix) {
    String typeKey = prefix + "rope.scaling.type";
    String factorKey = prefix + "rope.scaling.factor";
    String legacyKey = prefix + "rope.scale_linear";
    if (!metadata.contains(typeKey)) {
      double factor =
          metadata.contains(factorKey)
              ? positive(metadata, factorKey, 1)
              : positive(metadata, legacyKey, 1);
      return factor == 1 ? new Scaling.None() : new Scaling.Linear(factor);
    }
    String type = metadata.string(typeKey);
    return switch (type) {
      case "none" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(positive(metadata, factorKey, 1));
      case "yarn" -> {
        double factor = positive(metadata, factorKey, 1);
        int context = metadata.integer(prefix + "context_length", 1, Integer.MAX_VALUE);
        double attention = positive(metadata, prefix + "rope.scaling.attn_factor", 1);
        double growth = factor <= 1 ? 0 : Math.log(factor);
        // DeepSeek's files say how much of the growth goes to the softmax instead
        String multiplierKey = prefix + "rope.scaling.yarn_log_multiplier";
        boolean softmax = metadata.contains(multiplierKey);
        double multiplier = 1 + metadata.number(multiplierKey, 0) * growth;
        yield new Scaling.Yarn(
            factor,
            metadata.integer(
                prefix + "rope.scaling.original_context_length", 1, Integer.MAX_VALUE, context),
            positive(metadata, prefix + "rope.scaling.yarn_beta_fast", 32),
            positive(metadata, prefix + "rope.scaling.yarn_beta_slow", 1),
            metadata.bool(prefix + "rope.scaling.yarn_truncate", true),
            (float) (softmax ? attention : attention * (1 + 0.1 * growth)),
            multiplier * multiplier);
      }
      default ->
          throw new UnsupportedModelException(
              metadata.string("general.architecture"),
              "rope scaling '" + type + "' is not supported; none, linear and yarn are");
    };
  }

  private static double positive(Metadata metadata, String key, double absent) {
    double value = metadata.number(key, absent);
    if (!((float) value > 0)) {
      throw metadata.fault(key, "expected a number above 0, found " + value);
    }
    return value;
  }

  /** What multiplies cosines and sines. */
  public float magnitude() {
    return scaling instanceof Scaling.Yarn yarn ? yarn.magnitude() : 1;
  }

  /** What multiplies the scale of the softmax. */
  public double softmaxFactor() {
    return scaling instanceof Scaling.Yarn yarn ? yarn.softmaxFactor() : 1;
  }

  /**
   * The frequencies, with all scaling applied.
   *
   * @param divisors {@code [rotaryDim / 2]} that divide them (Llama 3), or null
   * @return {@code [rotaryDim / 2]} radians a position
   */
  public float[] frequencies(@Nullable Tensor divisors) {
    int pairs = rotaryDim / 2;
    float[] result = new float[pairs];
    float[] divisor = new float[pairs];
    if (divisors == null) {
      Arrays.fill(divisor, 1);
    } else {
      divisors.decodeRow(0, divisor, 0);
    }
    for (int i = 0; i < pairs; i++) {
      double frequency = Math.pow(ropeTheta, -2.0 * i / rotaryDim) / divisor[i];
      result[i] =
          (float)
              switch (scaling) {
                case Scaling.None() -> frequency;
                case Scaling.Linear(double factor) -> frequency / factor;
                case Scaling.Yarn yarn -> blend(yarn, i, frequency);
              };
    }
    return result;
  }

  private double blend(Scaling.Yarn yarn, int i, double frequency) {
    double low = correction(yarn, yarn.betaFast());
    double high = correction(yarn, yarn.betaSlow());
    if (yarn.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, rotaryDim - 1);
    double ramp = Math.clamp((i - low) / Math.max(high - low, 0.001), 0.0, 1.0);
    return frequency * (1 - ramp) + frequency / yarn.factor() * ramp;
  }

  /** The index of the frequency that makes this many rotations over the original context. */
  private double correction(Scaling.Yarn yarn, double rotations) {
    return rotaryDim
        * Math.log(yarn.originalContext() / (rotations * 2 * Math.PI))
        / (2 * Math.log(ropeTheta));
  }
}
