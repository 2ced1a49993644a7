// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/** Keys, which are values too, that do not lie in the paged cache: 32 at a time. */
public interface KeyPanels {
  /** Stands where there are none. */
  KeyPanels NONE =
      new KeyPanels() {
        @Override
        public int visible(int panel) {
          return 0;
        }

        @Override
        public void read(int panel, float[] keys) {}
      };

  /**
   * Which keys of a panel are seen.
   *
   * @return bit i for key i
   */
  int visible(int panel);

  /**
   * Reads a panel.
   *
   * @param keys receives {@code [size, 32]}
   */
  void read(int panel, float[] keys);
}
