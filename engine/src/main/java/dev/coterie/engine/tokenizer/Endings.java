// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.LinkedHashSet;
import java.util.Set;

/** The tokens that end an answer by their name, whatever a file says of them. */
final class Endings {
  private static final String[] NAMES = {
    "<|eot_id|>",
    "<|eom_id|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<|eot|>",
    "<|eom|>",
    "<|return|>",
    "<|call|>"
  };

  private Endings() {}

  /** A fresh set of the named tokens that a vocabulary has. */
  static Set<Integer> in(Vocabulary vocabulary) {
    Set<Integer> ids = new LinkedHashSet<>();
    for (String name : NAMES) {
      int id = vocabulary.find(name);
      if (id != Vocabulary.ABSENT) {
        ids.add(id);
      }
    }
    return ids;
  }
}
