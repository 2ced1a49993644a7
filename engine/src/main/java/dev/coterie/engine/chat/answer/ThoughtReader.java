// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import java.util.List;

/**
 * Takes a thought from the beginning of an answer. It begins where the prompt opened it, or with
 * its marker before anything else; markers elsewhere are text. A marker that repeats what the
 * prompt opened is passed over.
 */
final class ThoughtReader implements AnswerReader {
  private enum State {
    BEFORE,
    OPENED,
    INSIDE,
    BEHIND,
    OUTSIDE
  }

  private final Thoughts thoughts;
  private final AnswerReader rest;
  private final HeldText held = new HeldText();
  private State state;

  /**
   * A reader at the beginning of an answer.
   *
   * @param inside whether the prompt opened the thought
   * @param rest reads what is not thought
   */
  ThoughtReader(Thoughts thoughts, boolean inside, AnswerReader rest) {
    this.thoughts = thoughts;
    this.rest = rest;
    state = inside ? State.OPENED : State.BEFORE;
  }

  @Override
  public void append(String text, List<Piece> out) {
    held.append(text);
    while (advance(out)) {}
  }

  /** Goes to the next state; false if there is nothing to do before more text comes. */
  private boolean advance(List<Piece> out) {
    return switch (state) {
      case BEFORE -> begin(State.OUTSIDE);
      case OPENED -> begin(State.INSIDE);
      case INSIDE -> think(out);
      case BEHIND -> strip(State.OUTSIDE);
      case OUTSIDE -> {
        rest.append(held.takeAll(), out);
        yield false;
      }
    };
  }

  private boolean begin(State otherwise) {
    int at = held.skip(0, Character::isWhitespace);
    if (held.startsWith(thoughts.open(), at)) {
      held.take(at + thoughts.open().length());
      state = State.OPENED;
      return true;
    }
    if (held.mayBecome(thoughts.open(), at)) {
      return false;
    }
    state = otherwise;
    if (otherwise == State.INSIDE && thoughts.padded()) {
      held.take(held.skip(0, ThoughtReader::isNewline));
    }
    return true;
  }

  private boolean think(List<Piece> out) {
    int close = held.indexOf(thoughts.close(), 0);
    if (close >= 0) {
      emit(padding(close), out);
      held.take(held.indexOf(thoughts.close(), 0) + thoughts.close().length());
      state = State.BEHIND;
      return true;
    }
    emit(padding(held.beginningOf(List.of(thoughts.close()))), out);
    return false;
  }

  private int padding(int end) {
    return thoughts.padded() ? held.skipBack(end, ThoughtReader::isNewline) : end;
  }

  private void emit(int length, List<Piece> out) {
    if (length > 0) {
      out.add(Piece.thinking(held.take(length)));
    }
  }

  private boolean strip(State next) {
    if (thoughts.padded()) {
      held.take(held.skip(0, ThoughtReader::isNewline));
      if (held.isEmpty()) {
        return false;
      }
    }
    state = next;
    return true;
  }

  private static boolean isNewline(int c) {
    return c == '\n';
  }

  @Override
  public void finish(boolean complete, List<Piece> out) {
    if (state == State.INSIDE || state == State.OPENED) {
      emit(held.length(), out);
    } else {
      rest.append(held.takeAll(), out);
    }
    rest.finish(complete, out);
  }

  @Override
  public boolean thinking() {
    return state == State.INSIDE || state == State.OPENED;
  }
}
