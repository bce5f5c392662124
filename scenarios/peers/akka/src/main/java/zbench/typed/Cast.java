package zbench.typed;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import zbench.Stage;

/**
 * Actors of a kind: their references to send to, and the actors themselves to read results from.
 *
 * @param refs by number
 * @param members by number; read only while the actors are idle
 */
record Cast<T, M extends Member<T>>(List<ActorRef<T>> refs, List<M> members) {
  /** Makes the behavior of the actor with a number, inside of it. */
  interface Maker<T, M> {
    M make(ActorContext<T> context, int number);
  }

  /** Creates {@code count} actors and waits until they are there. */
  static <T, M extends Member<T>> Cast<T, M> create(Stage stage, int count, Maker<T, M> maker) {
    List<ActorRef<T>> refs = new ArrayList<>(count);
    List<M> members = new ArrayList<>(Collections.nCopies(count, null));
    CountDownLatch there = new CountDownLatch(count);
    for (int k = 0; k < count; k++) {
      int number = k;
      ActorRef<T> ref =
          Adapter.spawnAnonymous(
              stage.system,
              Behaviors.setup(
                  context -> {
                    M member = maker.make(context, number);
                    members.set(number, member);
                    there.countDown();
                    return member;
                  }));
      refs.add(ref);
      stage.add(Adapter.toClassic(ref));
    }
    Stage.await(there);
    return new Cast<>(refs, members);
  }

  ActorRef<T> ref() {
    return refs.get(0);
  }

  M member() {
    return members.get(0);
  }

  long received() {
    return members.stream().mapToLong(member -> member.received).sum();
  }

  /** Sends a message from outside to each, in a plain loop. */
  void tell(T message) {
    for (ActorRef<T> ref : refs) {
      ref.tell(message);
    }
  }
}
