package zbench;

import akka.actor.ActorRef;
import java.util.Map;

/** Pairs of actors: one message under way in each. */
final class PingPong implements Scenario {
  private enum Message {
    START,
    PING,
    PONG
  }

  private static final class Ping extends Member {
    private final ActorRef pong;
    private int left;

    Ping(Stage stage, ActorRef pong, int pings) {
      super(stage);
      this.pong = pong;
      this.left = pings;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.PONG || message == Message.START) {
        if (left == 0) {
          done();
        } else {
          left--;
          pong.tell(Message.PING, getSelf());
        }
      } else {
        unhandled(message);
      }
    }
  }

  private static final class Pong extends Member {
    private long pings;

    Pong(Stage stage) {
      super(stage);
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.PING) {
        pings++;
        getSender().tell(Message.PONG, getSelf());
      } else {
        unhandled(message);
      }
    }
  }

  private static int each(Parameters p) {
    return Math.max(1, p.count("pings") / p.count("pairs"));
  }

  @Override
  public Map<String, Long> defaults() {
    return Defaults.of("pings", 500_000, "pairs", 1);
  }

  @Override
  public Expected expected(Parameters p) {
    long pairs = p.count("pairs");
    return new Expected(pairs * (2L * each(p) + 1), pairs * each(p));
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int pairs = p.count("pairs");
    Cast<Pong> pongs = stage.create(pairs, Pong.class, k -> new Pong(stage));
    Cast<Ping> pings =
        stage.create(pairs, Ping.class, k -> new Ping(stage, pongs.refs()[k], each(p)));
    long elapsed = stage.measure(pairs, () -> pings.tell(Message.START));
    long answer = pongs.members().stream().mapToLong(pong -> pong.pings).sum();
    return new Outcome(elapsed, pings.received() + pongs.received(), answer);
  }
}
