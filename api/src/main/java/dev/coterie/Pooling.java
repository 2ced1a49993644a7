// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** How the hidden states of a text's tokens become one vector. */
public enum Pooling {
  /** The mean over all tokens, a beginning-of-sequence token included. */
  MEAN,
  /** The state of the last token, the only one that has seen the whole text. */
  LAST
}
