// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/**
 * A part of what a cache keeps of past tokens.
 *
 * @param content what it is, such as {@code keys and values}, {@code latents}, {@code index keys}
 *     or {@code compressed entries}; with the window or chunk that attention sees of it, where it
 *     does not see all
 * @param layers how many layers keep it
 * @param bytesPerToken its size in all these layers, for one token of one sequence
 */
public record CachePart(String content, int layers, double bytesPerToken) {}
