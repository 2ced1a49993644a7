// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Iterator;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * An answer in the making. It is returned at once and computed by the model's own thread, whether
 * or not anybody reads it. Read it in any of three ways, each of which sees the whole of it from
 * the start, however often and whenever it is asked for: iterate (blocking), subscribe, or wait for
 * the result.
 *
 * <p>Safe for use by several threads. Chunks are kept until the generation is unreachable; a slow
 * reader slows nobody else.
 */
public interface Generation extends Iterable<Chunk> {
  /**
   * Reads the chunks from the first one, blocking until the next is there. Interrupting the reading
   * thread makes {@link Iterator#hasNext()} throw {@link CoterieException}; the generation goes on.
   * After the last chunk of a computation that failed, it throws {@link CoterieException} too.
   *
   * @return a new iterator, for use by one thread
   */
  @Override
  Iterator<Chunk> iterator();

  /**
   * The chunks as a reactive stream. Each subscriber gets all of them from the first. An {@link
   * FinishReason#ERROR} arrives as {@code onError}, every other end as {@code onComplete}.
   *
   * @return the publisher
   */
  Flow.Publisher<Chunk> publisher();

  /**
   * The result when it is complete. Completes exceptionally only for {@link FinishReason#ERROR}.
   *
   * @return the stage
   */
  CompletionStage<GenerationResult> result();

  /**
   * Waits for the end.
   *
   * @return the result, whatever its finish reason but ERROR
   * @throws CoterieException if the computation failed, or the waiting thread was interrupted
   */
  GenerationResult await();

  /**
   * Waits for the end and gives the answer.
   *
   * @return {@link GenerationResult#text()}
   * @throws CoterieException if the computation failed, or the waiting thread was interrupted
   */
  default String text() {
    return await().text();
  }

  /**
   * Stops the computation within one step. What was generated stays readable and the finish reason
   * becomes {@link FinishReason#CANCELLED}. Does nothing after the end.
   */
  void cancel();
}
