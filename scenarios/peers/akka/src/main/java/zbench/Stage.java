package zbench;

import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.actor.Props;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;

/** The actors of one iteration, from creating them to stopping them. */
final class Stage {
  private final ActorSystem system;
  private final List<ActorRef> refs = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** Set before the first message is sent, so every actor that a message reaches sees it. */
  private CountDownLatch done;

  private CountDownLatch stopped;

  Stage(ActorSystem system) {
    this.system = system;
  }

  /** Creates {@code count} actors and waits until they are there. */
  <M extends Member> Cast<M> create(int count, Class<M> type, IntFunction<M> make) {
    ActorRef[] created = new ActorRef[count];
    List<M> members = new ArrayList<>(Collections.nCopies(count, null));
    CountDownLatch there = new CountDownLatch(count);
    for (int k = 0; k < count; k++) {
      int number = k;
      created[k] =
          system.actorOf(
              Props.create(
                  type,
                  () -> {
                    M member = make.apply(number);
                    members.set(number, member);
                    there.countDown();
                    return member;
                  }));
    }
    await(there);
    refs.addAll(Arrays.asList(created));
    return new Cast<>(created, members);
  }

  /** Time from before {@code begin} sends the first message until {@code finishers} calls of {@link #done}. */
  long measure(int finishers, Runnable begin) {
    done = new CountDownLatch(finishers);
    long start = System.nanoTime();
    begin.run();
    await(done);
    long elapsed = System.nanoTime() - start;
    if (failure.get() instanceof Checks.WrongException wrong) {
      throw wrong;
    }
    if (failure.get() != null) {
      throw new IllegalStateException("An actor failed.", failure.get());
    }
    return elapsed;
  }

  void done() {
    done.countDown();
  }

  /** Ends the iteration: an actor threw. */
  void fail(Throwable reason) {
    failure.compareAndSet(null, reason);
    while (done.getCount() > 0) {
      done.countDown();
    }
  }

  void stopped() {
    stopped.countDown();
  }

  /** Stops all actors and waits until they, and the actors they created, are gone. */
  void close() {
    stopped = new CountDownLatch(refs.size());
    refs.forEach(system::stop);
    await(stopped);
    refs.clear();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("Interrupted while waiting for actors.", interrupted);
    }
  }
}
