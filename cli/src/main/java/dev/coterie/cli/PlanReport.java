// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.CachePart;
import dev.coterie.DeviceMemory;
import dev.coterie.InsufficientMemoryException;
import dev.coterie.MemoryPlan;
import dev.coterie.ModelPlan;
import java.io.IOException;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a model costs, as {@code inspect} tells it.
 *
 * @param plan the numbers
 */
record PlanReport(ModelPlan plan) {
  /** Prints rows of a label and a text. */
  void print(BiConsumer<String, String> row) {
    MemoryPlan memory = plan.memory();
    row.accept(
        "active",
        String.format(
            Locale.ROOT,
            "%s of %s parameters a token (%,d)",
            Text.count(plan.activeParameters()),
            Text.count(plan.parameters()),
            plan.activeParameters()));
    row.accept("computation", Text.count(plan.flopsPerToken()) + " operations a token");
    row.accept("weights read", Text.bytes(memory.weightBytesPerToken()) + " a token");
    row.accept(
        "cache", Text.bytes(Math.round(memory.cacheBytesPerToken())) + " a token: " + parts());
    row.accept("device", plan.device());
    row.accept(
        "memory",
        Text.bytes(plan.requiredBytes())
            + " for a context of "
            + plan.contextLength()
            + " tokens: weights "
            + Text.bytes(memory.copiedWeightBytes())
            + " copied ("
            + Text.bytes(memory.mappedWeightBytes())
            + " mapped beside), cache "
            + Text.bytes(memory.cacheBytes())
            + ", scratch "
            + Text.bytes(memory.scratchBytes())
            + (plan.rearrangedBytes() == 0
                ? ""
                : ", rearranged at load " + Text.bytes(plan.rearrangedBytes())));
    DeviceMemory device = plan.deviceMemory();
    row.accept(
        "machine",
        Text.bytes(device.totalBytes())
            + (device.limitBytes() == device.totalBytes()
                ? ""
                : ", container limit " + Text.bytes(device.limitBytes()))
            + ", available "
            + Text.bytes(device.availableBytes())
            + (plan.budgetBytes() == 0 ? "" : ", budget " + Text.bytes(plan.budgetBytes())));
    String shortage = shortage();
    row.accept("fits", shortage == null ? "yes" : "no: " + shortage);
  }

  private String parts() {
    StringJoiner parts = new StringJoiner("; ");
    for (CachePart part : plan.memory().cache()) {
      parts.add(
          String.format(
              Locale.ROOT,
              "%s in %d layers %s",
              part.content(),
              part.layers(),
              Text.bytes(Math.round(part.bytesPerToken()))));
    }
    return parts + " (" + plan.cacheType() + ")";
  }

  private @Nullable String shortage() {
    try {
      plan.requireFit();
      return null;
    } catch (InsufficientMemoryException e) {
      return e.getMessage();
    }
  }

  /** Writes the object {@code plan}. */
  void write(JsonGenerator json) throws IOException {
    MemoryPlan memory = plan.memory();
    json.writeObjectFieldStart("plan");
    json.writeStringField("device", plan.device());
    json.writeNumberField("context_length", plan.contextLength());
    json.writeNumberField("parameters", plan.parameters());
    json.writeNumberField("active_parameters", plan.activeParameters());
    json.writeNumberField("flops_per_token", plan.flopsPerToken());
    json.writeNumberField("prompt_flops_per_token", plan.promptFlopsPerToken());
    json.writeNumberField("file_bytes_per_token", plan.fileBytesPerToken());
    json.writeNumberField("weight_bytes_per_token", memory.weightBytesPerToken());
    json.writeStringField("cache_type", plan.cacheType().name());
    json.writeNumberField("cache_bytes_per_token", memory.cacheBytesPerToken());
    json.writeArrayFieldStart("cache");
    for (CachePart part : memory.cache()) {
      json.writeStartObject();
      json.writeStringField("content", part.content());
      json.writeNumberField("layers", part.layers());
      json.writeNumberField("bytes_per_token", part.bytesPerToken());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("memory");
    json.writeNumberField("weights_copied", memory.copiedWeightBytes());
    json.writeNumberField("weights_mapped", memory.mappedWeightBytes());
    json.writeNumberField("cache", memory.cacheBytes());
    json.writeNumberField("scratch", memory.scratchBytes());
    json.writeNumberField("heap", memory.heapBytes());
    json.writeNumberField("rearranged_at_load", plan.rearrangedBytes());
    json.writeNumberField("at_load", plan.loadBytes());
    json.writeNumberField("required", plan.requiredBytes());
    json.writeEndObject();
    json.writeObjectFieldStart("machine");
    json.writeNumberField("total", plan.deviceMemory().totalBytes());
    json.writeNumberField("limit", plan.deviceMemory().limitBytes());
    json.writeNumberField("available", plan.deviceMemory().availableBytes());
    json.writeNumberField("max_heap", plan.maxHeapBytes());
    json.writeNumberField("budget", plan.budgetBytes());
    json.writeEndObject();
    json.writeBooleanField("fits", plan.fits());
    json.writeNumberField("longest_context", plan.longestContext());
    String shortage = shortage();
    if (shortage != null) {
      json.writeStringField("shortage", shortage);
    }
    json.writeEndObject();
  }
}
