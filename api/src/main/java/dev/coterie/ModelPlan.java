// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import dev.coterie.spi.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a model costs with certain {@link LoadOptions}: computation, memory, and whether the memory
 * is there. The numbers come from the graph that would run and from the backend that would run it.
 *
 * @param info what the model's files say of themselves
 * @param device what would compute, such as {@code cpu: vector tier, 512 bits, 2 threads}
 * @param contextLength the most tokens of prompt and answer together
 * @param cacheType how keys and values would be kept
 * @param parameters the weights of the text model, without blocks that predict further tokens
 * @param activeParameters those that a token is computed with: of a mixture of experts the chosen
 *     and the shared ones, of the embedding table one row, unless the output projection reads it
 * @param flopsPerToken floating-point operations of a token, without attention over past tokens; a
 *     multiply-add is two
 * @param promptFlopsPerToken the same of a token whose logits nobody asked for, such as those of a
 *     prompt but the last: without the output projection
 * @param fileBytesPerToken the weights that a token is computed with, as they lie in the model's
 *     files; {@link MemoryPlan#weightBytesPerToken()} has them in the device's form
 * @param memory what is taken, by what it is for
 * @param rearrangedBytes what the load takes beside copied weights and gives back at its end, to
 *     turn or part tensors that published checkpoints hold in another shape
 * @param deviceMemory the device's memory, as it was when the plan was made
 * @param budgetBytes {@link LoadOptions#memoryBudget()}; 0 for none
 * @param maxHeapBytes the most that Java's heap may grow to
 */
public record ModelPlan(
    ModelInfo info,
    String device,
    int contextLength,
    CacheType cacheType,
    long parameters,
    long activeParameters,
    long flopsPerToken,
    long promptFlopsPerToken,
    long fileBytesPerToken,
    MemoryPlan memory,
    long rearrangedBytes,
    DeviceMemory deviceMemory,
    long budgetBytes,
    long maxHeapBytes) {

  /** A limit that the plan exceeds. */
  private record Shortage(String subject, String limit, long required, long allowed) {}

  /**
   * What the load takes at once: copied weights, scratch space and what is rearranged.
   *
   * @return bytes
   */
  public long loadBytes() {
    return Math.addExact(
        Math.addExact(memory.copiedWeightBytes(), memory.scratchBytes()), rearrangedBytes);
  }

  /**
   * The most that is taken at any time: at load, or with a full cache.
   *
   * @return bytes
   */
  public long requiredBytes() {
    return Math.max(loadBytes(), memory.totalBytes());
  }

  /**
   * Whether the model fits: all of it in the budget, or without one in what this process may use,
   * and then what the load takes at once in what is available now; and the part on Java's heap in
   * the heap.
   *
   * @return whether {@link #requireFit()} would return
   */
  public boolean fits() {
    return shortage() == null;
  }

  /**
   * Refuses what does not fit, as {@link Model#load(java.nio.file.Path, LoadOptions)} does.
   *
   * @throws InsufficientMemoryException if {@link #fits()} is false; says by what, and the cure
   */
  public void requireFit() {
    Shortage shortage = shortage();
    if (shortage != null) {
      throw new InsufficientMemoryException(
          describe(shortage), shortage.required, shortage.allowed);
    }
  }

  /**
   * The longest context with which the cache would fit too, all else being as it is.
   *
   * @return tokens, at most what the model was made for; 0 if weights and scratch space alone do
   *     not fit
   */
  public long longestContext() {
    long allowed = budgetBytes > 0 ? budgetBytes : deviceMemory.limitBytes();
    long atOnce = budgetBytes > 0 ? allowed : deviceMemory.availableBytes();
    long fixed = memory.copiedWeightBytes() + memory.scratchBytes();
    if (fixed > allowed || loadBytes() > atOnce || memory.scratchBytes() > maxHeapBytes) {
      return 0;
    }
    double perToken = memory.cacheBytesPerToken();
    double onHeap =
        (double) (memory.heapBytes() - memory.scratchBytes()) / Math.max(1, memory.cacheTokens());
    double tokens =
        Math.min(
            (allowed - fixed) / Math.max(perToken, Double.MIN_VALUE),
            (maxHeapBytes - memory.scratchBytes()) / Math.max(onHeap, Double.MIN_VALUE));
    long whole = (long) tokens / Limits.BLOCK_TOKENS * Limits.BLOCK_TOKENS;
    return Math.min(info.contextLength(), whole);
  }

  private @Nullable Shortage shortage() {
    if (budgetBytes > 0) {
      if (requiredBytes() > budgetBytes) {
        return new Shortage("", "memoryBudget", requiredBytes(), budgetBytes);
      }
    } else if (requiredBytes() > deviceMemory.limitBytes()) {
      boolean whole = deviceMemory.limitBytes() == deviceMemory.totalBytes();
      String limit = whole ? "the device's memory" : "the container's limit";
      return new Shortage("", limit, requiredBytes(), deviceMemory.limitBytes());
    } else if (loadBytes() > deviceMemory.availableBytes()) {
      return new Shortage(
          "at load ", "what is available now", loadBytes(), deviceMemory.availableBytes());
    }
    return memory.heapBytes() > maxHeapBytes
        ? new Shortage("on Java's heap ", "-Xmx", memory.heapBytes(), maxHeapBytes)
        : null;
  }

  private String describe(Shortage shortage) {
    StringBuilder text = new StringBuilder("model '").append(info.name()).append("': expected ");
    text.append(shortage.subject).append("to need at most ").append(bytes(shortage.allowed));
    text.append(" (").append(shortage.limit).append("), found ").append(bytes(shortage.required));
    text.append(": weights ").append(bytes(memory.copiedWeightBytes()));
    text.append(", cache ").append(bytes(memory.cacheBytes()));
    text.append(" for ").append(memory.cacheTokens()).append(" tokens in ").append(cacheType);
    text.append(", scratch ").append(bytes(memory.scratchBytes()));
    if (rearrangedBytes > 0) {
      text.append(", rearranged at load ").append(bytes(rearrangedBytes));
    }
    return text.append("; ").append(String.join(", or ", cures(shortage))).toString();
  }

  private List<String> cures(Shortage shortage) {
    List<String> cures = new ArrayList<>();
    if (shortage.limit.equals("-Xmx")) {
      cures.add("start Java with a larger -Xmx");
      cures.add("set a smaller maxBatchTokens");
    }
    long longest = longestContext();
    boolean shorter = longest > 0 && longest < contextLength;
    if (shorter) {
      cures.add("set contextLength to at most " + longest);
    }
    if (shorter && cacheType != CacheType.Q8_0) {
      cures.add("set cacheType to Q8_0");
    }
    cures.add("take a smaller quantization of the model");
    return cures;
  }

  /** A size in the unit that suits it. */
  private static String bytes(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < 4) {
      value /= 1024;
      unit++;
    }
    String name = List.of("B", "KiB", "MiB", "GiB", "TiB").get(unit);
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.2f %s", value, name);
  }
}
