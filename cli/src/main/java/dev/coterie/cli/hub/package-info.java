// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Models of a hub that speaks the Hugging Face interface: what is there, fetching it, and where the
 * fetched files are kept. Only {@code coterie pull} goes to the network.
 */
@NullMarked
package dev.coterie.cli.hub;

import org.jspecify.annotations.NullMarked;
