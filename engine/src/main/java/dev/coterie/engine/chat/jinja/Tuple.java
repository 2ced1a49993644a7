// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.List;

/**
 * Python's tuple, which differs from a list in how it is printed.
 *
 * @param items the items
 */
record Tuple(List<Object> items) {}
