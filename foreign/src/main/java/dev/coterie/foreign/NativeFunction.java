// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The C function that a component of a record of method handles calls. Types are those of the
 * method: {@code int}, {@code long}, or {@code MemorySegment} for a pointer.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface NativeFunction {
  /** The function's name in C. */
  String name();

  /** What it returns. */
  Class<?> returns();

  /** What it takes. */
  Class<?>[] arguments() default {};

  /**
   * Whether {@code errno} is wanted: the handle then takes a segment of {@link
   * NativeLibrary#CALL_STATE} before the arguments.
   */
  boolean errno() default false;
}
