// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Backend;
import dev.coterie.testkit.BackendContract;
import java.util.Map;

class ScalarContractTest extends BackendContract {
  @Override
  protected Backend openBackend() {
    return new CpuDevice().open(2, Map.of("tier", "scalar"));
  }
}
