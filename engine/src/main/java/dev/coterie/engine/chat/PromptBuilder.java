// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import java.util.Arrays;

/**
 * Puts a prompt together from marker tokens and plain text. Texts that follow each other are
 * encoded as one, as they would be in a rendered template. Not thread-safe.
 */
final class PromptBuilder {
  private final Markers markers;
  private final StringBuilder text = new StringBuilder();
  private int[] ids = new int[256];
  private int count;

  PromptBuilder(Markers markers) {
    this.markers = markers;
  }

  PromptBuilder marker(String marker) {
    return add(markers.ids(marker));
  }

  PromptBuilder token(int id) {
    return add(new int[] {id});
  }

  PromptBuilder text(String part) {
    text.append(part);
    return this;
  }

  int[] build() {
    return Arrays.copyOf(flush().ids, count);
  }

  private PromptBuilder add(int[] more) {
    return flush().append(more);
  }

  private PromptBuilder flush() {
    if (!text.isEmpty()) {
      String pending = text.toString();
      text.setLength(0);
      append(markers.tokenizer().encode(pending, false));
    }
    return this;
  }

  private PromptBuilder append(int[] more) {
    if (more.length > ids.length - count) {
      ids = Arrays.copyOf(ids, Math.max(Math.addExact(count, more.length), count + (count >> 1)));
    }
    System.arraycopy(more, 0, ids, count, more.length);
    count += more.length;
    return this;
  }
}
