// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolCall;
import java.util.List;

/**
 * Takes calls of tools out of text. Whitespace between calls and before them goes with them; what
 * cannot be read as a call stays text, with the reason.
 */
final class CallReader implements AnswerReader {
  private enum State {
    BEGINNING,
    TEXT,
    CALL
  }

  private final CallSyntax syntax;
  private final Tools tools;
  private final CallIds ids;
  private final List<String> markers;
  private final HeldText held = new HeldText();
  private State state = State.BEGINNING;
  private boolean bare; // the call has no marker
  private boolean behindMarker; // nothing but whitespace came since
  private int searched; // of a call, up to where no closer begins

  CallReader(CallSyntax syntax, Tools tools, CallIds ids) {
    this.syntax = syntax;
    this.tools = tools;
    this.ids = ids;
    markers = syntax.markers();
  }

  @Override
  public void append(String text, List<Piece> out) {
    held.append(text);
    while (advance(out)) {}
  }

  private boolean advance(List<Piece> out) {
    return switch (state) {
      case BEGINNING -> begin();
      case TEXT -> readText(out);
      case CALL -> readCall(out);
    };
  }

  private boolean begin() {
    int at = held.skip(0, Character::isWhitespace);
    if (at == held.length()) {
      return false;
    }
    bare = syntax.bare().indexOf(held.charAt(at)) >= 0;
    state = bare ? State.CALL : State.TEXT;
    return true;
  }

  private boolean readText(List<Piece> out) {
    int found = HeldText.NONE;
    String marker = "";
    for (String each : markers) {
      int at = held.indexOf(each, 0);
      if (at >= 0 && (found < 0 || at < found)) {
        found = at;
        marker = each;
      }
    }
    int end = held.skipBack(found < 0 ? held.beginningOf(markers) : found, Character::isWhitespace);
    if (end > 0) {
      out.add(Piece.text(held.take(end)));
      behindMarker = false;
    }
    if (found < 0) {
      return false;
    }
    held.take(held.indexOf(marker, 0) + marker.length());
    behindMarker = true;
    if (marker.equals(syntax.opener())) {
      state = State.CALL;
      searched = 0;
    }
    return true;
  }

  private boolean readCall(List<Piece> out) {
    if (bare || syntax.closer().isEmpty()) {
      return false;
    }
    int end = held.indexOf(syntax.closer(), searched);
    if (end < 0) {
      searched = Math.max(0, held.length() - syntax.closer().length() + 1);
      return false;
    }
    String body = held.take(end);
    held.take(syntax.closer().length());
    endCall(body, syntax.closer(), true, out);
    state = syntax.bare().isEmpty() ? State.TEXT : State.BEGINNING;
    return true;
  }

  private void endCall(String body, String closer, boolean complete, List<Piece> out) {
    try {
      List<ToolCall> calls = syntax.parser().parse(body, tools, ids);
      if (!complete) {
        throw MalformedCall.unfinished();
      }
      if (bare && !calls.stream().allMatch(call -> tools.contains(call.name()))) {
        throw new MalformedCall("expected the name of a tool that was offered");
      }
      calls.forEach(call -> out.add(Piece.call(call.argumentsJson(), call)));
    } catch (MalformedCall e) {
      // Llama 4 puts text between the markers too
      boolean sure = !bare && (syntax.bare().isEmpty() || syntax.closer().isEmpty());
      boolean meant = sure || tools.areNamedIn(body);
      String text = bare || !meant ? body : syntax.opener() + body + closer;
      out.add(
          meant
              ? Piece.broken(text, complete ? e.reason() : MalformedCall.unfinished().reason())
              : Piece.text(text));
      behindMarker = false;
    }
  }

  @Override
  public void finish(boolean complete, List<Piece> out) {
    String left = held.takeAll();
    if (state == State.CALL) {
      endCall(left, "", complete, out);
    } else if (!left.isEmpty() && !(behindMarker && left.isBlank())) {
      out.add(Piece.text(left));
    }
  }

  @Override
  public boolean thinking() {
    return false;
  }
}
