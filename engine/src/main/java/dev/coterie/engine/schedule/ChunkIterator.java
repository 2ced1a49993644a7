// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Reads an answer's chunks and waits where there is none yet. For use by one thread. */
final class ChunkIterator implements Iterator<Chunk> {
  private final Answer answer;
  private Answer.Node last;

  ChunkIterator(Answer answer) {
    this.answer = answer;
    last = answer.head();
  }

  @Override
  public boolean hasNext() {
    if (last.next() != null) {
      return true;
    }
    new ThreadWaiter()
        .await(answer.chunkWaiters(), () -> last.next() != null || answer.ending() != null);
    if (last.next() != null) {
      return true;
    }
    Ending ending = answer.ending();
    if (ending != null && ending.reason() == FinishReason.ERROR) {
      throw Answer.failure(ending);
    }
    return false;
  }

  @Override
  public Chunk next() {
    Answer.@Nullable Node next = hasNext() ? last.next() : null;
    if (next == null) {
      throw new NoSuchElementException("the generation has ended");
    }
    last = next;
    return next.chunk();
  }
}
