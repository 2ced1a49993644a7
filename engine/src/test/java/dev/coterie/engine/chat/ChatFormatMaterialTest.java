// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ChatMessage;
import dev.coterie.Role;
import dev.coterie.Tokenizer;
import dev.coterie.engine.format.Metadata;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The shared cases that need no tools, no parts and no switches, against the templates' own output.
 */
class ChatFormatMaterialTest {
  private static final Set<String> ROLES = Set.of("system", "user", "assistant");
  private static final Instant CASE_DATE = Instant.parse("2024-07-26T12:00:00Z");
  private static final Instant FROZEN_DATE = Instant.parse("2026-01-15T12:00:00Z");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "smollm2, smollm2, 22",
    "qwen2.5, qwen2.5, 22",
    "qwen2.5-coder-gguf, qwen2.5, 22",
    "qwen3, qwen3, 22",
    "qwen3-coder, qwen3, 22",
    "llama3, llama3.1, 22",
    "llama3.1, llama3.1, 22",
    "llama3.2, llama3.1, 22",
    "llama3.3, llama3.1, 22",
    "llama4, llama4, 22",
    "deepseek-v3, deepseek-v3, 22",
    "deepseek-v3.1, deepseek-r1, 22",
    "deepseek-r1-distill-qwen-gguf, deepseek-r1-distill-qwen, 22",
    "deepseek-r1-distill-llama, deepseek-r1-distill-qwen, 22",
    "deepseek-v3.2-official, deepseek-r1, 22",
    "deepseek-v4-official, deepseek-v4, 22"
  })
  void equalsTemplate(String name, String tokenizerName, int expectedCases) throws IOException {
    Path folder = SharedMaterial.require("material/chat-templates/" + name);
    Tokenizer tokenizer = tokenizer(tokenizerName);
    Metadata metadata = metadata(folder, name);
    int cases = 0;
    for (String line : Files.readAllLines(folder.resolve("cases.jsonl"))) {
      Map<String, @Nullable Object> row = Json.object(Json.parse(line));
      if (!isSimple(row)) {
        continue;
      }
      List<ChatMessage> messages = messages(row);
      Map<String, @Nullable Object> kwargs = Json.object(row.get("kwargs"));
      Instant now = kwargs.containsKey("date_string") ? CASE_DATE : FROZEN_DATE;
      ChatFormat format =
          ChatFormats.recognize(metadata, tokenizer, InstantSource.fixed(now)).orElseThrow();
      int[] ids = format.encode(messages);
      String label = name + " " + row.get("name");
      // The reference tokenizes the rendered text, in which what was said can become a marker.
      if (label.matches(".* (inject-special-tokens|reasoning-inline-think)")
          || !row.containsKey("ids")) {
        assertThat(tokenizer.decode(ids, true)).as(label).isEqualTo(row.get("expected"));
      } else {
        assertThat(ids).as(label).isEqualTo(Json.ints(row.get("ids")));
      }
      cases++;
    }
    assertThat(cases).isEqualTo(expectedCases);
  }

  private static boolean isSimple(Map<String, @Nullable Object> row) {
    Map<String, @Nullable Object> kwargs = new HashMap<>(Json.object(row.get("kwargs")));
    kwargs.remove("date_string");
    if (!kwargs.isEmpty()
        || row.get("tools") != null
        || !row.containsKey("expected")
        || !Boolean.TRUE.equals(row.get("add_generation_prompt"))) {
      return false;
    }
    List<@Nullable Object> messages = Json.array(row.get("messages"));
    for (Object value : messages) {
      Map<String, @Nullable Object> message = Json.object(value);
      if (message.size() != 2
          || !(message.get("content") instanceof String)
          || !ROLES.contains(message.get("role"))) {
        return false;
      }
    }
    return !messages.isEmpty();
  }

  private static List<ChatMessage> messages(Map<String, @Nullable Object> row) {
    List<ChatMessage> messages = new ArrayList<>();
    for (Object value : Json.array(row.get("messages"))) {
      Map<String, @Nullable Object> message = Json.object(value);
      messages.add(
          new ChatMessage(
              Role.valueOf(Json.string(message.get("role")).toUpperCase(Locale.ROOT)),
              Json.string(message.get("content"))));
    }
    return messages;
  }

  private static Metadata metadata(Path folder, String name) throws IOException {
    Path template = folder.resolve("template.jinja");
    String text =
        switch (name) {
          case "deepseek-v3.2-official" -> "<\uff5cUser\uff5c>\uff5cDSML\uff5cfunction_calls";
          case "deepseek-v4-official" -> "";
          default -> Files.readString(template);
        };
    return new Metadata(folder, Map.of("tokenizer.chat_template", text));
  }

  private Tokenizer tokenizer(String name) throws IOException {
    Path packed = SharedMaterial.require("material/tokenizers/" + name + "/tokenizer.json.gz");
    Path json = directory.resolve("tokenizer.json");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(in, json);
    }
    return Tokenizers.read(json);
  }
}
