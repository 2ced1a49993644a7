// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.GenerationResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/** What a generation cost, as a line for people and as JSON. */
record Statistics(GenerationResult result) {
  /** The line of {@code --verbose}. */
  String line() {
    String cached =
        result.cachedTokens() == 0 ? "" : " (" + result.cachedTokens() + " of them cached)";
    return String.format(
        Locale.ROOT,
        "prompt %d tokens%s in %.2f s (%.1f tokens/s), answer %d tokens in %.2f s (%.1f tokens/s),"
            + " first token after %.2f s, finish: %s",
        result.promptTokens(),
        cached,
        seconds(result.timings().prefill()),
        prefillRate(),
        result.completionTokens(),
        seconds(result.timings().decode()),
        decodeRate(),
        seconds(result.timings().timeToFirstToken()),
        result.finishReason());
  }

  /** Writes the fields of {@code --json} into an object. */
  void write(JsonGenerator json) throws IOException {
    json.writeStringField("finish_reason", result.finishReason().name().toLowerCase(Locale.ROOT));
    json.writeNumberField("prompt_tokens", result.promptTokens());
    json.writeNumberField("cached_tokens", result.cachedTokens());
    json.writeNumberField("completion_tokens", result.completionTokens());
    json.writeObjectFieldStart("seconds");
    json.writeNumberField("queued", seconds(result.timings().queued()));
    json.writeNumberField("prefill", seconds(result.timings().prefill()));
    json.writeNumberField("decode", seconds(result.timings().decode()));
    json.writeNumberField("first_token", seconds(result.timings().timeToFirstToken()));
    json.writeEndObject();
    json.writeNumberField("prefill_tokens_per_second", prefillRate());
    json.writeNumberField("decode_tokens_per_second", decodeRate());
  }

  private double prefillRate() {
    return rate(result.promptTokens() - result.cachedTokens(), result.timings().prefill());
  }

  /** The first token falls out of the prefill, so one step less than tokens was computed. */
  private double decodeRate() {
    return rate(result.completionTokens() - 1, result.timings().decode());
  }

  static double rate(int tokens, Duration time) {
    return tokens <= 0 || time.isZero() ? 0 : tokens / seconds(time);
  }

  static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
