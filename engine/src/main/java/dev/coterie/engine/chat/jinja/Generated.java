// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.List;

/**
 * What filters such as {@code map} give: items to go through once. Counts as true even if there are
 * none, and has neither length nor elements.
 */
final class Generated {
  private List<Object> items;

  Generated(List<Object> items) {
    this.items = items;
  }

  List<Object> take() {
    List<Object> taken = items;
    items = List.of();
    return taken;
  }
}
