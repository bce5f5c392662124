package zbench;

import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.pattern.Patterns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** The actors of one iteration, and the harness's end of them. */
public final class Stage {
  private static final Duration STOP_WITHIN = Duration.ofMinutes(5);

  public final ActorSystem system;
  private final List<ActorRef> actors = new ArrayList<>();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private final AtomicReference<String> wrong = new AtomicReference<>();

  /** Set before the first message is sent, so every actor that a message reaches sees it. */
  private CountDownLatch done;

  Stage(ActorSystem system) {
    this.system = system;
  }

  /** Takes an actor that is to be stopped after the iteration. */
  public void add(ActorRef actor) {
    actors.add(actor);
  }

  /** Time from before {@code begin} sends a message until {@code finishers} calls of done. */
  public long measure(int finishers, Runnable begin) {
    done = new CountDownLatch(finishers);
    long start = System.nanoTime();
    begin.run();
    await(done);
    long elapsed = System.nanoTime() - start;
    if (failure.get() != null) {
      throw failure.get();
    }
    return elapsed;
  }

  /** Says that one of the actors the iteration waits for is done. */
  public void done() {
    done.countDown();
  }

  /** Says that an actor is gone; that is wrong while others are waited for. */
  public void ended() {
    if (done.getCount() > 0) {
      fail(new IllegalStateException("An actor stopped before all were done."));
    }
  }

  /** Ends the iteration and the run. */
  public void fail(RuntimeException reason) {
    failure.compareAndSet(null, reason);
    release();
  }

  /** Ends the iteration as a wrong one; the sentence says why. */
  public void wrong(String sentence) {
    wrong.compareAndSet(null, sentence);
    release();
  }

  /** What was wrong with the iteration, or null. */
  String wrong() {
    return wrong.get();
  }

  private void release() {
    while (done.getCount() > 0) {
      done.countDown();
    }
  }

  /** Stops all actors and waits until they, and the actors they created, are gone. */
  public void close() {
    CompletableFuture.allOf(
            actors.stream()
                .map(actor -> Patterns.gracefulStop(actor, STOP_WITHIN).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new))
        .join();
    actors.clear();
  }

  public static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("Interrupted while waiting for actors.", interrupted);
    }
  }
}
