// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.Lane;
import dev.coterie.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What came out of a reader. */
record Read(List<Piece> pieces) {
  /** Checks an answer in one piece, cut in two at every place, and character by character. */
  static void inEveryWay(Supplier<AnswerReader> readers, String answer, Consumer<Read> check) {
    check.accept(all(readers.get(), List.of(answer)));
    for (int cut = 0; cut <= answer.length(); cut++) {
      check.accept(all(readers.get(), List.of(answer.substring(0, cut), answer.substring(cut))));
    }
    check.accept(
        all(readers.get(), answer.chars().mapToObj(c -> Character.toString((char) c)).toList()));
  }

  static Read all(AnswerReader reader, List<String> texts) {
    List<Piece> pieces = new ArrayList<>();
    texts.forEach(text -> reader.append(text, pieces));
    reader.finish(true, pieces);
    return new Read(pieces);
  }

  static Read append(AnswerReader reader, String text) {
    List<Piece> pieces = new ArrayList<>();
    reader.append(text, pieces);
    return new Read(pieces);
  }

  String text(Lane lane) {
    return pieces.stream()
        .filter(piece -> piece.lane() == lane)
        .map(Piece::text)
        .collect(Collectors.joining());
  }

  /** Calls as {@code name arguments}. */
  List<String> calls() {
    return pieces.stream()
        .map(Piece::call)
        .filter(Objects::nonNull)
        .map((ToolCall call) -> call.name() + " " + call.argumentsJson())
        .toList();
  }

  List<String> faults() {
    return pieces.stream().map(Piece::fault).filter(Objects::nonNull).toList();
  }
}
