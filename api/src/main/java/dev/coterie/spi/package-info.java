// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What engines and backends implement. Applications do not need this package.
 *
 * <p>An engine turns a model file into a {@link dev.coterie.spi.Graph} of {@link
 * dev.coterie.spi.Operation}s; a {@link dev.coterie.spi.Backend} compiles the graph to an {@link
 * dev.coterie.spi.Executable} and runs {@link dev.coterie.spi.Batch}es through it.
 */
package dev.coterie.spi;
