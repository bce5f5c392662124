package zbench.typed;

import akka.actor.typed.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Pairs of actors: one message under way in each. */
final class PingPong extends Specs.PingPong {
  private enum ToPing {
    START,
    PONG
  }

  private record ToPong(ActorRef<ToPing> replyTo) {}

  private static final class Ping extends Member<ToPing> {
    private final ActorRef<ToPong> pong;
    private final ToPong ping;
    private int left;

    Ping(Stage stage, ActorRef<ToPing> self, ActorRef<ToPong> pong, int pings) {
      super(stage);
      this.pong = pong;
      this.ping = new ToPong(self);
      this.left = pings;
    }

    @Override
    void onMessage(ToPing message) {
      if (left == 0) {
        stage.done();
      } else {
        left--;
        pong.tell(ping);
      }
    }
  }

  private static final class Pong extends Member<ToPong> {
    private long pings;

    Pong(Stage stage) {
      super(stage);
    }

    @Override
    void onMessage(ToPong ping) {
      pings++;
      ping.replyTo().tell(ToPing.PONG);
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int pairs = p.count("pairs");
    Cast<ToPong, Pong> pongs = Cast.create(stage, pairs, (context, k) -> new Pong(stage));
    Cast<ToPing, Ping> pings =
        Cast.create(
            stage,
            pairs,
            (context, k) -> new Ping(stage, context.getSelf(), pongs.refs().get(k), each(p)));
    long elapsed = stage.measure(pairs, () -> pings.tell(ToPing.START));
    long answer = pongs.members().stream().mapToLong(pong -> pong.pings).sum();
    return new Outcome(elapsed, pings.received() + pongs.received(), answer);
  }
}
