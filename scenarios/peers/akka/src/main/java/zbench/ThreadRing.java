package zbench;

import akka.actor.ActorRef;
import java.util.Map;

/** Tokens go round a ring of actors. */
final class ThreadRing implements Scenario {
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
          done();
        } else {
          int next = number + 1 == ring.length ? 0 : number + 1;
          ring[next].tell(new Token(token.hops() - 1), getSelf());
        }
      } else {
        unhandled(message);
      }
    }
  }

  private static int each(Parameters p) {
    return Math.max(1, p.count("hops") / p.count("tokens"));
  }

  private static int first(Parameters p, int token) {
    long actors = p.count("actors");
    return (int) (token * actors / p.count("tokens") % actors);
  }

  @Override
  public Map<String, Long> defaults() {
    return Defaults.of("actors", 100, "tokens", 1, "hops", 1_000_000);
  }

  @Override
  public Expected expected(Parameters p) {
    long answer = 0;
    for (int token = 0; token < p.count("tokens"); token++) {
      answer += 1 + (first(p, token) + each(p)) % p.count("actors");
    }
    return new Expected(p.count("tokens") * (each(p) + 1L), answer);
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    int tokens = p.count("tokens");
    ActorRef[] ring = new ActorRef[actors];
    Cast<Node> nodes = stage.create(actors, Node.class, k -> new Node(stage, ring, k));
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
