// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * A part of a run between two barriers. Its work comes in units that do not depend on each other;
 * the threads of the team claim them one by one.
 */
interface Step {
  /** How many units there are for the current batch. */
  int units(Run run);

  /** Does one unit. */
  void execute(Run run, int unit, Worker worker);
}
