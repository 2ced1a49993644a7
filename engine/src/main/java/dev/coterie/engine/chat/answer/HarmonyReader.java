// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import java.util.List;

/**
 * Messages in the channels of gpt-oss: {@code analysis} is thought, {@code final} text, and so is
 * {@code commentary}, unless it goes to a function.
 *
 * <p>Each message has a header, which names channel and recipient, and a body. The first header
 * begins before the answer does. Source: the Harmony response format of openai/harmony.
 */
final class HarmonyReader implements AnswerReader {
  static final String START = "<|start|>";
  static final String CHANNEL = "<|channel|>";
  static final String MESSAGE = "<|message|>";
  static final String END = "<|end|>";
  static final String FINAL = END + START + "assistant" + CHANNEL + "final" + MESSAGE;
  static final List<String> MARKERS =
      List.of(START, CHANNEL, MESSAGE, END, "<|constrain|>", "<|call|>", "<|return|>");

  private static final List<String> ENDS = List.of(END, "<|call|>", "<|return|>", START, CHANNEL);
  private static final String RECIPIENT = "to=";
  private static final String FUNCTIONS = "functions.";

  private final boolean calling; // whether there is anything to call
  private final CallIds ids;
  private final HeldText held = new HeldText();
  private String header = "";
  private boolean inBody;
  private int searched; // of a body, up to where no marker begins

  HarmonyReader(boolean calling, CallIds ids) {
    this.calling = calling;
    this.ids = ids;
  }

  @Override
  public void append(String text, List<Piece> out) {
    held.append(text);
    while (inBody ? readBody(out) : readHeader()) {}
  }

  private boolean readHeader() {
    int end = held.indexOf(MESSAGE, 0);
    if (end < 0) {
      return false;
    }
    header = held.take(end + MESSAGE.length());
    inBody = true;
    searched = 0;
    return true;
  }

  private boolean readBody(List<Piece> out) {
    int end = HeldText.NONE;
    String ending = "";
    for (String marker : ENDS) {
      int at = held.indexOf(marker, searched);
      if (at >= 0 && (end < 0 || at < end)) {
        end = at;
        ending = marker;
      }
    }
    if (end < 0) {
      if (recipient().isEmpty()) {
        emit(held.take(held.beginningOf(ENDS)), out);
      } else {
        searched = held.beginningOf(ENDS);
      }
      return false;
    }
    endBody(held.take(end), true, out);
    if (!ending.equals(START) && !ending.equals(CHANNEL)) {
      held.take(ending.length());
    }
    inBody = false;
    return true;
  }

  private void endBody(String body, boolean complete, List<Piece> out) {
    String recipient = recipient();
    if (recipient.isEmpty()) {
      emit(body, out);
      return;
    }
    try {
      if (!recipient.startsWith(FUNCTIONS)) {
        throw new MalformedCall("expected a recipient that begins with " + FUNCTIONS);
      }
      if (!complete) {
        throw MalformedCall.unfinished();
      }
      String name = recipient.substring(FUNCTIONS.length());
      out.add(Piece.call(body, ids.call("", name, JsonSlices.object(body))));
    } catch (MalformedCall e) {
      out.add(Piece.broken(header + body, e.reason()));
    }
  }

  private void emit(String body, List<Piece> out) {
    if (!body.isEmpty()) {
      out.add(isThought() ? Piece.thinking(body) : Piece.text(body));
    }
  }

  private boolean isThought() {
    int at = header.lastIndexOf(CHANNEL);
    return at >= 0 && header.startsWith("analysis", at + CHANNEL.length());
  }

  /** Whom the message goes to; empty for the person. */
  private String recipient() {
    int at = calling ? header.indexOf(RECIPIENT) : -1;
    if (at < 0) {
      return "";
    }
    int begin = at + RECIPIENT.length();
    int end = begin;
    while (end < header.length()
        && !Character.isWhitespace(header.charAt(end))
        && header.charAt(end) != '<') {
      end++;
    }
    return header.substring(begin, end);
  }

  /** A header without a marker is what a model writes that does not know the format: text. */
  @Override
  public void finish(boolean complete, List<Piece> out) {
    String left = held.takeAll();
    if (inBody) {
      endBody(left, complete, out);
    } else if (!left.isBlank() && MARKERS.stream().noneMatch(left::contains)) {
      out.add(Piece.text(left));
    }
  }

  @Override
  public boolean thinking() {
    return inBody && recipient().isEmpty() && isThought();
  }
}
