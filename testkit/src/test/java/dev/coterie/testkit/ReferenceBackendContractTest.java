// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Backend;

class ReferenceBackendContractTest extends BackendContract {
  @Override
  protected Backend openBackend() {
    return new ReferenceBackend();
  }
}
