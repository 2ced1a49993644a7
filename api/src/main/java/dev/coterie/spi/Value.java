// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

/**
 * An activation: {@code width} float32 values for each row of a batch.
 *
 * @param name the stable name of this intermediate, such as {@code blk.3.attn_norm}
 * @param width values a row
 */
public record Value(String name, int width) {}
