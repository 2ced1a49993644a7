// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/** The one module to require: the API; service binding brings engine and CPU runtime. */
module dev.coterie.all {
  requires transitive dev.coterie;
}
