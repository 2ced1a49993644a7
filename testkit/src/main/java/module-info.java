// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/** Reference operations, the backend contract, golden vectors and model generators. */
@NullMarked
module dev.coterie.testkit {
  requires transitive dev.coterie;
  requires transitive net.jqwik.api;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
  requires transitive org.junit.jupiter.params;
  requires static org.jspecify;

  exports dev.coterie.testkit;

  opens dev.coterie.testkit; // JUnit calls the tests of the contract

  provides dev.coterie.spi.BackendProvider with
      dev.coterie.testkit.ReferenceProvider,
      dev.coterie.testkit.TorchTiesProvider;
}
