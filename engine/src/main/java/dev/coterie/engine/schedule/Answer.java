// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Chunk;
import dev.coterie.CoterieException;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationResult;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Generation} that readers hold. The loop thread appends chunks and sets the end;
 * everything else, the making of the result included, is done by those who ask for it.
 */
final class Answer implements Generation {
  /** A chunk in the list of chunks; the first is a sentinel. */
  static final class Node {
    private final @Nullable Chunk chunk;
    private volatile @Nullable Node next;

    private Node(@Nullable Chunk chunk) {
      this.chunk = chunk;
    }

    @Nullable Node next() {
      return next;
    }

    Chunk chunk() {
      if (chunk == null) {
        throw new AssertionError("the sentinel has no chunk");
      }
      return chunk;
    }
  }

  private final Runnable wakeLoop;
  private final Node head = new Node(null);
  private Node tail = head;
  private final WaitList chunkWaiters = new WaitList();
  private final WaitList endWaiters = new WaitList();
  private volatile boolean cancelled;
  private volatile @Nullable Ending ending;
  private volatile @Nullable GenerationResult made;
  private @Nullable CompletableFuture<GenerationResult> future;

  /**
   * An answer without chunks.
   *
   * @param wakeLoop makes the loop look at what was cancelled
   */
  Answer(Runnable wakeLoop) {
    this.wakeLoop = wakeLoop;
  }

  /** Appends a chunk; by the loop thread. Readers see it now and are woken by {@link #wake}. */
  void append(Chunk chunk) {
    Node node = new Node(chunk);
    tail.next = node;
    tail = node;
  }

  /** Wakes those who wait for a chunk. */
  void wake() {
    chunkWaiters.wakeAll();
  }

  /** Sets the end and wakes everybody; by the loop thread, once. */
  void end(Ending how) {
    ending = how;
    chunkWaiters.wakeAll();
    endWaiters.wakeAll();
  }

  boolean cancelled() {
    return cancelled;
  }

  Node head() {
    return head;
  }

  @Nullable Ending ending() {
    return ending;
  }

  WaitList chunkWaiters() {
    return chunkWaiters;
  }

  @Override
  public Iterator<Chunk> iterator() {
    return new ChunkIterator(this);
  }

  @Override
  public Flow.Publisher<Chunk> publisher() {
    return new ChunkPublisher(this);
  }

  @Override
  public GenerationResult await() {
    new ThreadWaiter().await(endWaiters, () -> ending != null);
    return make(ended());
  }

  private Ending ended() {
    Ending how = ending;
    if (how == null) {
      throw new AssertionError("the generation has not ended");
    }
    return how;
  }

  private GenerationResult make(Ending how) {
    if (how.reason() == FinishReason.ERROR) {
      throw failure(how);
    }
    GenerationResult result = made;
    if (result == null) {
      synchronized (this) {
        result = made;
        if (result == null) {
          result = how.result(this);
          made = result;
        }
      }
    }
    return result;
  }

  /**
   * What readers are told of an {@link FinishReason#ERROR}; a new one for each, for its stack
   * trace.
   */
  static CoterieException failure(Ending how) {
    return failure(how.error());
  }

  /** One of our own errors speaks for itself; another is told by its kind too. */
  static CoterieException failure(@Nullable Throwable error) {
    Object why = error instanceof CoterieException known ? known.getMessage() : error;
    return new CoterieException("the computation failed: " + why, error);
  }

  @Override
  public synchronized CompletionStage<GenerationResult> result() {
    if (future == null) {
      future = new CompletableFuture<>();
      CompletableFuture<GenerationResult> promise = future;
      endWaiters.add(
          new WaitList.Waiter() {
            @Override
            void wake() {
              Callbacks.start(() -> complete(promise));
            }
          });
      if (ending != null) {
        endWaiters.wakeAll();
      }
    }
    return future.minimalCompletionStage();
  }

  private void complete(CompletableFuture<GenerationResult> promise) {
    try {
      promise.complete(make(ended()));
    } catch (Throwable e) {
      promise.completeExceptionally(e);
    }
  }

  @Override
  public void cancel() {
    if (ending == null && !cancelled) {
      cancelled = true;
      wakeLoop.run();
    }
  }
}
