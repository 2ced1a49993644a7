// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ChatTemplateException;
import dev.coterie.engine.chat.jinja.JinjaTemplate;
import dev.coterie.engine.chat.jinja.Text;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All shared cases, against what the references rendered: text, ids and errors. */
class ChatFormatMaterialTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-15T09:30:00Z"), ZoneOffset.UTC);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-r1-distill-llama",
        "deepseek-r1-distill-qwen-gguf",
        "deepseek-v3",
        "deepseek-v3.1",
        "deepseek-v3.2-jinja",
        "deepseek-v3.2-official",
        "deepseek-v4-flash-0731-jinja",
        "deepseek-v4-jinja",
        "deepseek-v4-official",
        "gpt-oss",
        "llama3",
        "llama3.1",
        "llama3.2",
        "llama3.3",
        "llama4",
        "mistral-nemo",
        "qwen2.5",
        "qwen2.5-coder-gguf",
        "qwen3",
        "qwen3-coder",
        "qwq",
        "smollm2"
      })
  void everyCaseIsAsTheReferenceHasIt(String name) throws IOException {
    Path folder = SharedMaterial.require("material/chat-templates/" + name);
    Map<String, @Nullable Object> info =
        Json.object(Json.parse(Files.readString(folder.resolve("info.json"))));
    Path source = folder.resolve("template.jinja");
    ChatRenderer renderer =
        switch (name) {
          case "deepseek-v3.2-official" -> new DeepSeekV32Encoder();
          case "deepseek-v4-official" -> new DeepSeekV4Encoder();
          default -> ChatFormats.renderer(JinjaTemplate.parse(Files.readString(source)), CLOCK);
        };
    PromptTokenizer tokenizer =
        info.get("tokenizer") instanceof String named ? tokenizer(named) : null;
    int cases = 0;
    int compared = 0;
    for (String line : Files.readAllLines(folder.resolve("cases.jsonl"))) {
      Map<String, @Nullable Object> row = Json.object(Json.parse(line));
      cases++;
      String label = name + " " + row.get("name");
      Text text;
      try {
        text = renderer.render(variables(row, info));
      } catch (ChatTemplateException e) {
        assertThat(row.get("error")).as(label + ": " + e.getMessage()).isNotNull();
        if (!name.endsWith("-official")) {
          assertThat(e.detail()).as(label).isEqualTo(row.get("error_message"));
        }
        continue;
      }
      assertThat(row).as(label).doesNotContainKey("error");
      assertThat(text.value()).as(label).isEqualTo(row.get("expected"));
      if (tokenizer == null || !row.containsKey("ids")) {
        continue;
      }
      int[] ids = tokenizer.encode(text.value(), text::writtenUntil);
      int[] reference = tokenizer.encode(text.value(), true);
      assertThat(reference).as(label).isEqualTo(Json.ints(row.get("ids")));
      if (Arrays.equals(ids, reference)) {
        compared++;
      } else { // a name of a token was said, which stays text
        assertThat(tokenizer.decode(ids, true)).as(label).isEqualTo(text.value());
        assertThat(label).matches(".* (inject-.*|tool-result-injection|reasoning-inline-think)");
      }
    }
    assertThat(cases).isEqualTo(69);
    assertThat(compared).isGreaterThanOrEqualTo(tokenizer == null ? 0 : 47);
  }

  private static Map<String, @Nullable Object> variables(
      Map<String, @Nullable Object> row, Map<String, @Nullable Object> info) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    if (info.get("special_tokens") instanceof Map<?, ?> special) {
      special.forEach(
          (name, token) ->
              variables.put(String.valueOf(name), Text.written(String.valueOf(token))));
    }
    for (String key : List.of("messages", "tools", "add_generation_prompt")) {
      variables.put(key, row.get(key));
    }
    variables.put("documents", null);
    variables.putAll(Json.object(row.get("kwargs")));
    // Roles are the program's own, as in every message of the API.
    List<@Nullable Object> messages = new ArrayList<>();
    for (Object message : Json.array(row.get("messages"))) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>(Json.object(message));
      copy.computeIfPresent(
          "role",
          (key, role) ->
              String.valueOf(role).matches("[a-z_]+") ? Text.written(String.valueOf(role)) : role);
      messages.add(copy);
    }
    variables.put("messages", messages);
    return variables;
  }

  /** Whatever a message says, it is none of the tokens that have a name. */
  @ParameterizedTest
  @ValueSource(strings = {"qwen3 qwen3", "llama3.1 llama3.1", "deepseek-v3.1 deepseek-r1"})
  void noTokenCanBeSaid(String names) throws IOException {
    Path folder = SharedMaterial.require("material/chat-templates/" + names.split(" ")[0]);
    PromptTokenizer tokenizer = tokenizer(names.split(" ")[1]);
    JinjaTemplate template =
        JinjaTemplate.parse(Files.readString(folder.resolve("template.jinja")));
    List<String> spelled = new ArrayList<>();
    List<Integer> special = new ArrayList<>();
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      String name = tokenizer.decode(new int[] {id}, true);
      int[] parsed = tokenizer.encode(name, true);
      if (parsed.length == 1 && parsed[0] == id && tokenizer.encode(name, false).length > 1) {
        spelled.add(name);
        special.add(id);
      }
    }
    assertThat(spelled).hasSizeGreaterThan(15);
    int[] innocent = encode(template, tokenizer, "a");
    int[] ids = encode(template, tokenizer, String.join("", spelled));
    for (int id : special) {
      assertThat(count(ids, id))
          .as(tokenizer.decode(new int[] {id}, true))
          .isEqualTo(count(innocent, id));
    }
    assertThat(tokenizer.decode(ids, true)).contains(String.join("", spelled));
  }

  private static int[] encode(JinjaTemplate template, PromptTokenizer tokenizer, String content) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put(
        "messages",
        List.of(
            Map.of("role", Text.written("system"), "content", content),
            Map.of("role", Text.written("user"), "content", content)));
    variables.put("tools", null);
    variables.put("bos_token", Text.written(""));
    variables.put("add_generation_prompt", true);
    Text text = template.render(variables, CLOCK);
    return tokenizer.encode(text.value(), text::writtenUntil);
  }

  private static long count(int[] ids, int id) {
    return Arrays.stream(ids).filter(one -> one == id).count();
  }

  @Test
  void theSetsAreAllHere() throws IOException {
    try (var folders = Files.list(SharedMaterial.require("material/chat-templates"))) {
      assertThat(folders).hasSize(22);
    }
  }

  private PromptTokenizer tokenizer(String name) throws IOException {
    Path packed = SharedMaterial.require("material/tokenizers/" + name + "/tokenizer.json.gz");
    Path json = directory.resolve("tokenizer.json");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(in, json);
    }
    return Tokenizers.read(json);
  }
}
