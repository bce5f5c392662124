package zbench.classic;

import akka.actor.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Pairs of actors: one message under way in each. */
final class PingPong extends Specs.PingPong {
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
          stage.done();
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

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int pairs = p.count("pairs");
    Cast<Pong> pongs = Cast.create(stage, pairs, Pong.class, k -> new Pong(stage));
    Cast<Ping> pings =
        Cast.create(stage, pairs, Ping.class, k -> new Ping(stage, pongs.refs()[k], each(p)));
    long elapsed = stage.measure(pairs, () -> pings.tell(Message.START));
    long answer = pongs.members().stream().mapToLong(pong -> pong.pings).sum();
    return new Outcome(elapsed, pings.received() + pongs.received(), answer);
  }
}
