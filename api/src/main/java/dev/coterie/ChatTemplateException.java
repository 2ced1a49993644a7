// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/**
 * A conversation that a model's chat template refuses, or a template that is malformed or takes too
 * much. Templates come from strangers; what they do wrong ends here.
 */
public class ChatTemplateException extends CoterieException {
  private static final long serialVersionUID = 1;

  /** From 1; 0 where no place is at fault. */
  private final int line;

  /** From 1; 0 where no place is at fault. */
  private final int column;

  /** What is wrong there. */
  private final String detail;

  /**
   * A fault at a place in a template.
   *
   * @param line from 1
   * @param column from 1, in chars
   * @param detail what is wrong; for an error that the template raises itself, its own text
   */
  public ChatTemplateException(int line, int column, String detail) {
    super("chat template at line " + line + ", column " + column + ": " + detail);
    this.line = line;
    this.column = column;
    this.detail = detail;
  }

  /**
   * A conversation for which a chat format has no place.
   *
   * @param detail what is wrong with it
   */
  public ChatTemplateException(String detail) {
    super("chat format: " + detail);
    this.line = 0;
    this.column = 0;
    this.detail = detail;
  }

  /**
   * The line at fault.
   *
   * @return from 1; 0 where no place in a template is at fault
   */
  public int line() {
    return line;
  }

  /**
   * The column at fault.
   *
   * @return from 1, in chars; 0 where no place in a template is at fault
   */
  public int column() {
    return column;
  }

  /**
   * What is wrong, without the place.
   *
   * @return the detail; for an error that the template raises itself, its own text
   */
  public String detail() {
    return detail;
  }
}
