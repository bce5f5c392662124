package zbench.classic;

import akka.actor.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Tokens go round a ring of actors. */
final class ThreadRing extends Specs.ThreadRing {
  private record Token(int hops) {}

  private static final class Node extends Member {
    private final ActorRef[] ring;
    private final int number;
    private long ended;

    Node(Stage stage, ActorRef[] ring, int number) {
      super(stage);
      this.ring = ring;
      this.number = number;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Token token) {
        if (token.hops() == 0) {
          ended += 1 + number;
          stage.done();
        } else {
          int next = number + 1 == ring.length ? 0 : number + 1;
          ring[next].tell(new Token(token.hops() - 1), getSelf());
        }
      } else {
        unhandled(message);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    int tokens = p.count("tokens");
    ActorRef[] ring = new ActorRef[actors];
    Cast<Node> nodes = Cast.create(stage, actors, Node.class, k -> new Node(stage, ring, k));
    System.arraycopy(nodes.refs(), 0, ring, 0, actors);
    long elapsed =
        stage.measure(
            tokens,
            () -> {
              for (int token = 0; token < tokens; token++) {
                ring[first(p, token)].tell(new Token(each(p)), ActorRef.noSender());
              }
            });
    long answer = nodes.members().stream().mapToLong(node -> node.ended).sum();
    return new Outcome(elapsed, nodes.received(), answer);
  }
}
