// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

/** A user's application. */
module app {
  requires dev.coterie.all;
}
