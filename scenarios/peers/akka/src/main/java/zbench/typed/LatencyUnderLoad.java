package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.List;
import zbench.Histogram;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A sender keeps to a schedule, whatever its servers do. */
final class LatencyUnderLoad extends Specs.LatencyUnderLoad {
  private static final long LOW = 0xffffffffL;

  private enum Tick {
    TICK
  }

  private interface ToServer {}

  private record Load(long v, long intended) implements ToServer {}

  private enum End implements ToServer {
    END
  }

  private static final class Sender extends Member<Tick> {
    private final ActorRef<Tick> self;
    private final List<ActorRef<ToServer>> servers;
    private final Mwc59 random;
    private final long rate;
    private final int messages;
    private long start;
    private long sent;

    Sender(
        Stage stage, ActorRef<Tick> self, List<ActorRef<ToServer>> servers, Parameters p) {
      super(stage);
      this.self = self;
      this.servers = servers;
      this.random = new Mwc59(p.seed(), 0);
      this.rate = p.count("rate");
      this.messages = p.count("messages");
    }

    @Override
    void onMessage(Tick tick) {
      long now = System.nanoTime();
      if (sent == 0) {
        start = now;
      }
      send(now);
      if (sent < messages) {
        self.tell(Tick.TICK);
      } else {
        servers.forEach(server -> server.tell(End.END));
      }
    }

    private void send(long now) {
      long intended = intended();
      while (sent < messages && intended - now <= 0) {
        ActorRef<ToServer> server = servers.get(random.below(servers.size()));
        server.tell(new Load(random.value(), intended));
        sent++;
        intended = intended();
      }
    }

    private long intended() {
      return start + sent * 1_000_000_000L / rate;
    }
  }

  private static final class Server extends Member<ToServer> {
    private final Histogram histogram = new Histogram();
    private long loads;
    private long sum;

    Server(Stage stage) {
      super(stage);
    }

    @Override
    void onMessage(ToServer message) {
      if (message instanceof Load load) {
        loads++;
        sum = sum + load.v() & LOW;
        histogram.record(System.nanoTime() - load.intended());
      } else {
        stage.done();
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    Cast<ToServer, Server> servers =
        Cast.create(stage, p.count("servers"), (context, k) -> new Server(stage));
    Cast<Tick, Sender> sender =
        Cast.create(
            stage, 1, (context, k) -> new Sender(stage, context.getSelf(), servers.refs(), p));
    long elapsed = stage.measure(p.count("servers"), () -> sender.tell(Tick.TICK));
    Histogram histogram = new Histogram();
    long messages = 0;
    long answer = 0;
    for (int s = 0; s < servers.members().size(); s++) {
      Server server = servers.members().get(s);
      histogram.add(server.histogram);
      messages += server.loads;
      answer = answer + (s + 1) * server.sum & LOW;
    }
    return new Outcome(elapsed, messages, answer, histogram);
  }
}
