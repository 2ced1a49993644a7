// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.Role;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import java.util.List;
import java.util.Locale;

/** The marker tokens of a model. Immutable. */
final class Markers {
  private final Tokenizer tokenizer;
  private final String architecture;

  Markers(Tokenizer tokenizer, String architecture) {
    this.tokenizer = tokenizer;
    this.architecture = architecture;
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Whether a marker is one token. */
  boolean has(String marker) {
    return ids(marker).length == 1;
  }

  /** The tokens of a marker, or of its plain text where it is not one token. */
  int[] ids(String marker) {
    return tokenizer.encode(marker, true);
  }

  /** Checks that there is something to say and that the format has a place for all of it. */
  void check(List<ChatMessage> messages, String format) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("messages: expected at least one, found none");
    }
    for (ChatMessage message : messages) {
      if (message.role() == Role.TOOL) {
        throw new UnsupportedModelException(
            architecture,
            "chat role '"
                + message.role().name().toLowerCase(Locale.ROOT)
                + "' has no place in the native "
                + format
                + " format; send the tool's result as a user message");
      }
    }
  }
}
