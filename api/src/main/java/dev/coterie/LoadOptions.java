// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How to load a model. Immutable; make one with {@link #builder()} or change one with {@link
 * #toBuilder()}.
 *
 * @param backend the backend to use, such as {@code cpu}; null asks the system property {@code
 *     coterie.backend}, then takes the available one of highest rank
 * @param backendOptions settings that the chosen backend knows, such as {@code tier=scalar} for
 *     {@code cpu}; an unknown one is refused
 * @param threads how many threads compute; 0, the default, is as many as there are processors
 * @param contextLength the most tokens of prompt and answer together; 0, the default, is what the
 *     model was made for
 * @param cacheTokens how many tokens the key-value cache holds for all generations together; 0, the
 *     default, is {@code contextLength}. Memory is taken as it is needed
 * @param cacheType how keys and values are kept; default {@link CacheType#F16}
 * @param maxBatchTokens the most tokens that one step computes; a longer prompt takes several
 *     steps; default 512
 * @param maxSequences the most generations that are computed at the same time; others wait; default
 *     64
 * @param memoryBudget the most bytes that the model may take: weights, full cache and scratch
 *     space; 0, the default, is what the machine, or the container that the process runs in, has. A
 *     model that needs more is refused before anything is taken
 * @param adapters low-rank adapters to apply, all at once; default none
 * @param embeddings whether {@link Model#embed} is to be had; default false. It takes some memory
 *     and a copy a token
 * @param repackCache where repacked weights are kept for the next load; default {@link
 *     RepackCache#STANDARD}
 * @param listener hears how the load gets on
 * @param cancelled is asked now and then by the loading threads; true ends the load
 */
public record LoadOptions(
    @Nullable String backend,
    Map<String, String> backendOptions,
    int threads,
    int contextLength,
    int cacheTokens,
    CacheType cacheType,
    int maxBatchTokens,
    int maxSequences,
    long memoryBudget,
    List<LoraAdapter> adapters,
    boolean embeddings,
    RepackCache repackCache,
    LoadListener listener,
    BooleanSupplier cancelled) {
  /** Everything chosen by the library. */
  public static final LoadOptions DEFAULT = builder().build();

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public LoadOptions {
    backendOptions = Map.copyOf(backendOptions);
    adapters = List.copyOf(adapters);
    Objects.requireNonNull(cacheType, "cacheType");
    Objects.requireNonNull(repackCache, "repackCache");
    Objects.requireNonNull(listener, "listener");
    Objects.requireNonNull(cancelled, "cancelled");
    require(threads, "threads", 0, 1_024);
    require(contextLength, "contextLength", 0, Integer.MAX_VALUE);
    require(cacheTokens, "cacheTokens", 0, Integer.MAX_VALUE);
    require(maxBatchTokens, "maxBatchTokens", 1, 65_536);
    require(maxSequences, "maxSequences", 1, 65_536);
    if (memoryBudget < 0) {
      throw new IllegalArgumentException(
          "memoryBudget: expected at least 0, found " + memoryBudget);
    }
  }

  private static void require(int value, String name, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + ": expected " + least + " to " + most + ", found " + value);
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

  /**
   * A builder that starts from these options.
   *
   * @return a new builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.backend = backend;
    builder.backendOptions = backendOptions;
    builder.threads = threads;
    builder.contextLength = contextLength;
    builder.cacheTokens = cacheTokens;
    builder.cacheType = cacheType;
    builder.maxBatchTokens = maxBatchTokens;
    builder.maxSequences = maxSequences;
    builder.memoryBudget = memoryBudget;
    builder.adapters = adapters;
    builder.embeddings = embeddings;
    builder.repackCache = repackCache;
    builder.listener = listener;
    builder.cancelled = cancelled;
    return builder;
  }

  /** Collects options; for use by one thread. */
  public static final class Builder {
    private @Nullable String backend;
    private Map<String, String> backendOptions = Map.of();
    private int threads;
    private int contextLength;
    private int cacheTokens;
    private CacheType cacheType = CacheType.F16;
    private int maxBatchTokens = 512;
    private int maxSequences = 64;
    private long memoryBudget;
    private List<LoraAdapter> adapters = List.of();
    private boolean embeddings;
    private RepackCache repackCache = RepackCache.STANDARD;
    private LoadListener listener = (phase, done) -> {};
    private BooleanSupplier cancelled = () -> false;

    private Builder() {}

    /**
     * Sets {@link LoadOptions#backend()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder backend(@Nullable String value) {
      backend = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#backendOptions()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder backendOptions(Map<String, String> value) {
      backendOptions = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#threads()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder threads(int value) {
      threads = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#contextLength()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder contextLength(int value) {
      contextLength = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#cacheTokens()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder cacheTokens(int value) {
      cacheTokens = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#cacheType()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder cacheType(CacheType value) {
      cacheType = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#maxBatchTokens()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder maxBatchTokens(int value) {
      maxBatchTokens = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#maxSequences()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder maxSequences(int value) {
      maxSequences = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#memoryBudget()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder memoryBudget(long value) {
      memoryBudget = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#adapters()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder adapters(List<LoraAdapter> value) {
      adapters = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#embeddings()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder embeddings(boolean value) {
      embeddings = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#repackCache()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder repackCache(RepackCache value) {
      repackCache = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#listener()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder listener(LoadListener value) {
      listener = value;
      return this;
    }

    /**
     * Sets {@link LoadOptions#cancelled()}.
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
     * @throws IllegalArgumentException if a value is out of range or two do not go together
     */
    public LoadOptions build() {
      return new LoadOptions(
          backend,
          backendOptions,
          threads,
          contextLength,
          cacheTokens,
          cacheType,
          maxBatchTokens,
          maxSequences,
          memoryBudget,
          adapters,
          embeddings,
          repackCache,
          listener,
          cancelled);
    }
  }
}
