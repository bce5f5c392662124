package zbench.classic;

import akka.actor.ActorRef;
import akka.actor.Props;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import zbench.Stage;

/**
 * Actors of a kind: their references to send to, and the actors themselves to read results from.
 *
 * @param refs by number
 * @param members by number; read only while the actors are idle
 */
record Cast<M extends Member>(ActorRef[] refs, List<M> members) {
  /** Creates {@code count} actors and waits until they are there. */
  static <M extends Member> Cast<M> create(
      Stage stage, int count, Class<M> type, IntFunction<M> make) {
    ActorRef[] refs = new ActorRef[count];
    List<M> members = new ArrayList<>(Collections.nCopies(count, null));
    CountDownLatch there = new CountDownLatch(count);
    for (int k = 0; k < count; k++) {
      int number = k;
      Props props =
          Props.create(
              type,
              () -> {
                M member = make.apply(number);
                members.set(number, member);
                there.countDown();
                return member;
              });
      refs[k] = stage.system.actorOf(props);
      stage.add(refs[k]);
    }
    Stage.await(there);
    return new Cast<>(refs, members);
  }

  ActorRef ref() {
    return refs[0];
  }

  M member() {
    return members.get(0);
  }

  long received() {
    return members.stream().mapToLong(member -> member.received).sum();
  }

  /** Sends a message from outside to each, in a plain loop. */
  void tell(Object message) {
    for (ActorRef ref : refs) {
      ref.tell(message, ActorRef.noSender());
    }
  }
}
