package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Many actors ping each other at random. */
final class Big extends Specs.Big {
  private interface ToPlayer {}

  private enum Start implements ToPlayer {
    START
  }

  private record Ping(ActorRef<ToPlayer> replyTo) implements ToPlayer {}

  private record Pong(int number) implements ToPlayer {}

  private record Exit(long sum) {}

  private static final class Sink extends Member<Exit> {
    private final int actors;
    private int exits;
    private long sum;

    Sink(Stage stage, int actors) {
      super(stage);
      this.actors = actors;
    }

    @Override
    void onMessage(Exit exit) {
      sum += exit.sum();
      exits++;
      if (exits == actors) {
        stage.done();
      }
    }
  }

  private static final class Player extends Member<ToPlayer> {
    private final List<ActorRef<ToPlayer>> all;
    private final ActorRef<Exit> sink;
    private final Ping ping;
    private final Pong pong;
    private final Mwc59 random;
    private int left;
    private int expected;
    private long sum;

    Player(
        Stage stage, List<ActorRef<ToPlayer>> all, ActorRef<Exit> sink, Ping ping, Pong pong,
        int pings, Mwc59 random) {
      super(stage);
      this.all = all;
      this.sink = sink;
      this.ping = ping;
      this.pong = pong;
      this.left = pings;
      this.random = random;
    }

    @Override
    void onMessage(ToPlayer message) {
      if (message instanceof Ping from) {
        from.replyTo().tell(pong);
      } else if (message instanceof Pong reply) {
        if (reply.number() != expected) {
          stage.wrong("A pong came from another actor than was pinged.");
        }
        sum += reply.number();
        next();
      } else {
        next();
      }
    }

    private void next() {
      if (left == 0) {
        sink.tell(new Exit(sum));
      } else {
        left--;
        expected = random.below(all.size());
        all.get(expected).tell(ping);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    int pings = p.count("pings");
    Cast<Exit, Sink> sink = Cast.create(stage, 1, (context, k) -> new Sink(stage, actors));
    List<ActorRef<ToPlayer>> all = new ArrayList<>();
    Cast<ToPlayer, Player> players =
        Cast.create(
            stage,
            actors,
            (context, k) -> {
              Ping ping = new Ping(context.getSelf());
              Mwc59 random = new Mwc59(p.seed(), k);
              return new Player(stage, all, sink.ref(), ping, new Pong(k), pings, random);
            });
    all.addAll(players.refs());
    long elapsed = stage.measure(1, () -> players.tell(Start.START));
    return new Outcome(elapsed, sink.received() + players.received(), sink.member().sum);
  }
}
