// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * No backend fits the request. The reasons name every provider that was asked and why it declined.
 */
public class BackendUnavailableException extends CoterieException {
  private static final long serialVersionUID = 1;

  /** One line a provider. */
  @SuppressWarnings("serial") // an unmodifiable list of strings, which is serializable
  private final List<String> reasons;

  /**
   * A refusal with the reason of each provider.
   *
   * @param wanted what was asked for, such as {@code backend 'cuda'}
   * @param reasons one line a provider: its name and why it is not available
   */
  public BackendUnavailableException(String wanted, List<String> reasons) {
    super(
        wanted
            + " is not available"
            + (reasons.isEmpty()
                ? ": no backend provider was found; add dev.coterie:coterie-runtime-cpu"
                : ": " + String.join("; ", reasons)));
    this.reasons = List.copyOf(reasons);
  }

  /**
   * One line a provider: its name and why it is not available.
   *
   * @return the reasons, unmodifiable
   */
  public List<String> reasons() {
    return reasons;
  }
}
