// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** What {@code namespace()} makes: the only thing that a template can change from within a loop. */
final class Namespace {
  final Map<String, Object> values = new HashMap<>();
}
