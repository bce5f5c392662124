package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Tokens go round a ring of actors. */
final class ThreadRing extends Specs.ThreadRing {
  private record Token(int hops) {}

  private static final class Node extends Member<Token> {
    private final List<ActorRef<Token>> ring;
    private final int number;
    private long ended;

    Node(Stage stage, List<ActorRef<Token>> ring, int number) {
      super(stage);
      this.ring = ring;
      this.number = number;
    }

    @Override
    void onMessage(Token token) {
      if (token.hops() == 0) {
        ended += 1 + number;
        stage.done();
      } else {
        int next = number + 1 == ring.size() ? 0 : number + 1;
        ring.get(next).tell(new Token(token.hops() - 1));
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int tokens = p.count("tokens");
    List<ActorRef<Token>> ring = new ArrayList<>();
    Cast<Token, Node> nodes =
        Cast.create(stage, p.count("actors"), (context, k) -> new Node(stage, ring, k));
    ring.addAll(nodes.refs());
    long elapsed =
        stage.measure(
            tokens,
            () -> {
              for (int token = 0; token < tokens; token++) {
                ring.get(first(p, token)).tell(new Token(each(p)));
              }
            });
    long answer = nodes.members().stream().mapToLong(node -> node.ended).sum();
    return new Outcome(elapsed, nodes.received(), answer);
  }
}
