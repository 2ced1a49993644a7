// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Models, tokenizers and generators of Coterie ({@code dev.coterie}), and the interfaces that
 * engines and backends implement ({@code dev.coterie.spi}).
 */
@org.jspecify.annotations.NullMarked
module dev.coterie {
  requires static org.jspecify;

  exports dev.coterie;
  exports dev.coterie.spi;

  uses dev.coterie.spi.BackendProvider;
  uses dev.coterie.spi.ModelProvider;
}
