// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Backend;
import java.util.Map;

/**
 * Offers the {@link ReferenceBackend} with {@link TorchTies} under the name {@code
 * reference-torch-ties}, at the lowest rank. Its option {@value #LENGTH} says how long the rows are
 * that torch selected from.
 */
public final class TorchTiesProvider extends ReferenceProvider {
  /** The name of the backend and of its device. */
  public static final String NAME = "reference-torch-ties";

  /** The option that has to be given. */
  public static final String LENGTH = "length";

  /** Made by the service loader. */
  public TorchTiesProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int rank() {
    return super.rank() - 1;
  }

  @Override
  Backend open(Map<String, String> options) {
    String length = options.get(LENGTH);
    if (options.size() != 1 || length == null) {
      throw new IllegalArgumentException(
          "options: expected '" + LENGTH + "' for '" + NAME + "', found " + options.keySet());
    }
    return new ReferenceBackend(new TorchTies(Integer.parseInt(length)));
  }
}
