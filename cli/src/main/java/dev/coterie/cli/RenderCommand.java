// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.coterie.ChatTemplate;
import dev.coterie.ChatTemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Renders conversations line by line. */
@Command(
    name = "render",
    description =
        "Read conversations as JSON objects by line, print the text that the model would get.")
final class RenderCommand extends CoterieCommand {
  private static final List<String> VARIABLES =
      List.of("messages", "tools", "documents", "add_generation_prompt", "bos_token", "eos_token");

  @Option(
      names = "--encoder",
      paramLabel = "NAME",
      description = "Take an encoder in place of a template: deepseek-v3.2 or deepseek-v4.")
  @Nullable String encoder;

  @Option(
      names = "--now",
      paramLabel = "TIME",
      description = "The time that the template sees, such as 2026-01-15T09:30:00.")
  @Nullable String now;

  @Parameters(
      arity = "0..2",
      paramLabel = "TEMPLATE [CASES.jsonl]",
      description =
          "A model (file, folder or hf:owner/repo[:quant]) or a file that ends in .jinja, unless"
              + " --encoder is given; then the conversations, from standard input if left out.")
  List<String> files = new ArrayList<>();

  RenderCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    Clock clock = clock();
    ChatTemplate template;
    int used = 0;
    if (encoder != null) {
      template = ChatTemplate.encoder(encoder);
    } else if (files.isEmpty()) {
      throw CommandException.usage(
          "a template is needed: a model, a file that ends in .jinja, or --encoder NAME (see"
              + " coterie render --help)");
    } else {
      template = ChatTemplate.load(ModelFiles.resolve(console, files.get(used++)), clock);
    }
    if (files.size() > used + 1) {
      throw CommandException.usage("expected one file of conversations, found more");
    }
    if (files.size() == used) {
      JsonLines.convert(console.in(), console.out(), parser -> render(template, parser));
      return ExitCodes.OK;
    }
    try (InputStream cases = Files.newInputStream(Path.of(files.get(used)))) {
      JsonLines.convert(cases, console.out(), parser -> render(template, parser));
    }
    return ExitCodes.OK;
  }

  private Clock clock() {
    if (now == null) {
      return Clock.systemDefaultZone();
    }
    try {
      ZoneId zone = ZoneId.systemDefault();
      return Clock.fixed(LocalDateTime.parse(now).atZone(zone).toInstant(), zone);
    } catch (DateTimeException e) {
      throw CommandException.usage(
          "--now: expected a time such as 2026-01-15T09:30:00, found '" + now + "'");
    }
  }

  private static String render(ChatTemplate template, JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token != JsonToken.START_OBJECT || !(Json.read(parser) instanceof Map<?, ?> fields)) {
      throw CommandException.failure("expected a JSON object, found " + TokenIds.name(token));
    }
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("tools", null);
    variables.put("documents", null);
    variables.put("add_generation_prompt", true);
    for (String name : VARIABLES) {
      if (fields.containsKey(name)) {
        variables.put(name, fields.get(name));
      }
    }
    if (fields.get("kwargs") instanceof Map<?, ?> more) {
      more.forEach((name, value) -> variables.put(String.valueOf(name), value));
    }
    try {
      String text = template.render(variables);
      return Json.line(
          json -> {
            json.writeStartObject();
            json.writeStringField("text", text);
            json.writeEndObject();
          });
    } catch (ChatTemplateException e) {
      return Json.line(
          json -> {
            json.writeStartObject();
            json.writeStringField("error", e.detail());
            if (e.line() > 0) {
              json.writeNumberField("line", e.line());
              json.writeNumberField("column", e.column());
            }
            json.writeEndObject();
          });
    }
  }
}
