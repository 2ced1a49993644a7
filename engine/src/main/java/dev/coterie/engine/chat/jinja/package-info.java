// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The Jinja language as published chat templates use it, with the semantics of Python's jinja2 in a
 * sandbox: no reflection, bounded work, and text that remembers which of it was said by somebody.
 */
package dev.coterie.engine.chat.jinja;
