// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parts of JSON documents, as they are written. */
final class JsonSlices {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNestingDepth(100)
                  .build())
          .build();

  private JsonSlices() {}

  /** Checks that a document is one object. */
  static String object(String document) throws MalformedCall {
    members(document);
    return document.strip();
  }

  /** The members of an object, in their order. */
  static Map<String, String> members(String document) throws MalformedCall {
    Map<String, String> members = new LinkedHashMap<>();
    try (JsonParser parser = FACTORY.createParser(document)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT, "a JSON object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, slice(parser, document));
      }
      expect(parser.nextToken() == null, "nothing after the JSON object");
      return members;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** The values of a list, or of several documents one after the other. */
  static List<String> items(String document) throws MalformedCall {
    List<String> items = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(document)) {
      boolean list = document.stripLeading().startsWith("[");
      if (list) {
        parser.nextToken();
      }
      JsonToken token = parser.nextToken();
      while (token != null && token != JsonToken.END_ARRAY) {
        items.add(slice(parser, document));
        token = parser.nextToken();
      }
      expect(!list || parser.nextToken() == null, "nothing after the list");
      return items;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  private static String slice(JsonParser parser, String document) throws IOException {
    int begin = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    if (parser.currentToken().isScalarValue()) {
      parser.finishToken();
    }
    return document.substring(begin, (int) parser.currentLocation().getCharOffset()).strip();
  }

  /** The text of a JSON string. */
  static String text(String json) throws MalformedCall {
    try (JsonParser parser = FACTORY.createParser(json)) {
      expect(parser.nextToken() == JsonToken.VALUE_STRING, "a JSON string");
      return parser.getText();
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  /** Whether a document is one value. */
  static boolean isValue(String document) {
    try (JsonParser parser = FACTORY.createParser(document)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  /** A text as a JSON string. */
  static String quote(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  private static void expect(boolean holds, String what) throws MalformedCall {
    if (!holds) {
      throw new MalformedCall("expected " + what);
    }
  }

  private static MalformedCall malformed(IOException e) {
    String message = e.getMessage();
    return new MalformedCall(
        "malformed JSON: " + (message == null ? "" : message.lines().findFirst().orElse("")));
  }
}
