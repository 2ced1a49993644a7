// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.ChatTemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Python's values for chat formats that are no templates: texts, numbers, booleans, lists, maps
 * whose keys are texts, and {@link #NONE}.
 */
public final class Python {
  /** Python's None. */
  public static final Object NONE = None.NONE;

  private Python() {}

  /**
   * A value of the input.
   *
   * @param input text, a number, a boolean, null, or a list or map of these; a {@link String}
   *     counts as said
   * @return the value
   * @throws IllegalArgumentException if it is of another type or nested too deeply
   */
  public static Object value(@Nullable Object input) {
    return Values.ofInput(input);
  }

  /**
   * Whether a value counts as true: is not empty, zero, false or None.
   *
   * @param value the value
   * @return whether it does
   */
  public static boolean isTrue(Object value) {
    return Values.isTrue(value);
  }

  /**
   * What {@code str(value)} gives.
   *
   * @param value the value
   * @return the text
   */
  public static Text str(Object value) {
    return Printer.print(value, Budget.unlimited());
  }

  /**
   * What {@code json.dumps(value, ensure_ascii=False)} gives.
   *
   * @param value the value
   * @return the text
   */
  public static Text json(Object value) {
    return JsonWriter.write(value, JsonWriter.DEFAULT, Budget.unlimited());
  }

  /**
   * What {@code json.loads(document)} gives.
   *
   * @param document JSON
   * @return the value; if any of the document was said, so were its strings
   * @throws ChatTemplateException if it is no JSON
   */
  public static Object parseJson(Text document) {
    try {
      return JsonReader.read(document);
    } catch (Fault e) {
      throw new ChatTemplateException(e.detail());
    }
  }
}
