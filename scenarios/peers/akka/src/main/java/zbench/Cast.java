package zbench;

import akka.actor.ActorRef;
import java.util.List;

/**
 * Actors of a kind: their references to send to, and the actors themselves to read results from.
 *
 * @param refs by number
 * @param members by number; read only while the actors are idle
 */
record Cast<M extends Member>(ActorRef[] refs, List<M> members) {
  long received() {
    return members.stream().mapToLong(member -> member.received).sum();
  }

  ActorRef ref() {
    return refs[0];
  }

  M member() {
    return members.get(0);
  }

  /** Sends a message from outside to each, in a plain loop. */
  void tell(Object message) {
    for (ActorRef ref : refs) {
      ref.tell(message, ActorRef.noSender());
    }
  }
}
