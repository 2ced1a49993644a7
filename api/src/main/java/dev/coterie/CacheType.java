// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** How keys and values of past tokens are kept. */
public enum CacheType {
  /** 4 bytes a value, exact. */
  F32,
  /** 2 bytes a value; half precision. */
  F16,
  /** 8.5 bits a value; 32 values share a scale. */
  Q8_0
}
