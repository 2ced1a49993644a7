// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The public API: load a {@link dev.coterie.Model}, ask its {@link dev.coterie.Generator} for a
 * {@link dev.coterie.Generation}, and read the text as it streams.
 *
 * <p>An engine (found by {@link java.util.ServiceLoader}) reads the model file and schedules
 * requests; a backend computes. Both are on the class or module path at run time; none of their
 * types appear here.
 *
 * <p>Every type is safe for use by several threads unless it says otherwise. Builders are not.
 */
package dev.coterie;
