package zbench.classic;

import akka.actor.ActorRef;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Many actors ping each other at random. */
final class Big extends Specs.Big {
  private enum Message {
    START,
    PING
  }

  private record Pong(int number) {}

  private record Exit(long sum) {}

  private static final class Sink extends Member {
    private final int actors;
    private int exits;
    private long sum;

    Sink(Stage stage, int actors) {
      super(stage);
      this.actors = actors;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Exit exit) {
        sum += exit.sum();
        exits++;
        if (exits == actors) {
          stage.done();
        }
      } else {
        unhandled(message);
      }
    }
  }

  private static final class Player extends Member {
    private final ActorRef[] all;
    private final ActorRef sink;
    private final Pong pong;
    private final Mwc59 random;
    private int left;
    private int expected;
    private long sum;

    Player(Stage stage, ActorRef[] all, ActorRef sink, int number, int pings, Mwc59 random) {
      super(stage);
      this.all = all;
      this.sink = sink;
      this.pong = new Pong(number);
      this.left = pings;
      this.random = random;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.PING) {
        getSender().tell(pong, getSelf());
      } else if (message instanceof Pong reply) {
        if (reply.number() != expected) {
          stage.wrong("A pong came from another actor than was pinged.");
        }
        sum += reply.number();
        next();
      } else if (message == Message.START) {
        next();
      } else {
        unhandled(message);
      }
    }

    private void next() {
      if (left == 0) {
        sink.tell(new Exit(sum), getSelf());
      } else {
        left--;
        expected = random.below(all.length);
        all[expected].tell(Message.PING, getSelf());
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    int pings = p.count("pings");
    Cast<Sink> sink = Cast.create(stage, 1, Sink.class, k -> new Sink(stage, actors));
    ActorRef[] all = new ActorRef[actors];
    Cast<Player> players =
        Cast.create(
            stage,
            actors,
            Player.class,
            k -> new Player(stage, all, sink.ref(), k, pings, new Mwc59(p.seed(), k)));
    System.arraycopy(players.refs(), 0, all, 0, actors);
    long elapsed = stage.measure(1, () -> players.tell(Message.START));
    return new Outcome(elapsed, sink.received() + players.received(), sink.member().sum);
  }
}
