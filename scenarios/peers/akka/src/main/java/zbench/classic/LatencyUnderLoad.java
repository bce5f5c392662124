package zbench.classic;

import akka.actor.ActorRef;
import zbench.Histogram;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A sender keeps to a schedule, whatever its servers do. */
final class LatencyUnderLoad extends Specs.LatencyUnderLoad {
  private static final long LOW = 0xffffffffL;

  private enum Message {
    TICK,
    END
  }

  private record Load(long v, long intended) {}

  private static final class Sender extends Member {
    private final ActorRef[] servers;
    private final Mwc59 random;
    private final long rate;
    private final int messages;
    private long start;
    private long sent;

    Sender(Stage stage, ActorRef[] servers, Mwc59 random, int rate, int messages) {
      super(stage);
      this.servers = servers;
      this.random = random;
      this.rate = rate;
      this.messages = messages;
    }

    @Override
    public void onReceive(Object message) {
      if (message == Message.TICK) {
        long now = System.nanoTime();
        if (sent == 0) {
          start = now;
        }
        send(now);
        if (sent < messages) {
          getSelf().tell(Message.TICK, getSelf());
        } else {
          for (ActorRef server : servers) {
            server.tell(Message.END, getSelf());
          }
        }
      } else {
        unhandled(message);
      }
    }

    private void send(long now) {
      long intended = intended();
      while (sent < messages && intended - now <= 0) {
        ActorRef server = servers[random.below(servers.length)];
        server.tell(new Load(random.value(), intended), getSelf());
        sent++;
        intended = intended();
      }
    }

    private long intended() {
      return start + sent * 1_000_000_000L / rate;
    }
  }

  private static final class Server extends Member {
    private final Histogram histogram = new Histogram();
    private long sum;

    Server(Stage stage) {
      super(stage);
    }

    @Override
    public void onReceive(Object message) {
      if (message instanceof Load load) {
        received++;
        sum = sum + load.v() & LOW;
        histogram.record(System.nanoTime() - load.intended());
      } else if (message == Message.END) {
        stage.done();
      } else {
        unhandled(message);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    Cast<Server> servers =
        Cast.create(stage, p.count("servers"), Server.class, k -> new Server(stage));
    Mwc59 random = new Mwc59(p.seed(), 0);
    Cast<Sender> sender =
        Cast.create(
            stage,
            1,
            Sender.class,
            k -> new Sender(stage, servers.refs(), random, p.count("rate"), p.count("messages")));
    long elapsed = stage.measure(p.count("servers"), () -> sender.tell(Message.TICK));
    Histogram histogram = new Histogram();
    long answer = 0;
    for (int s = 0; s < servers.members().size(); s++) {
      Server server = servers.members().get(s);
      histogram.add(server.histogram);
      answer = answer + (s + 1) * server.sum & LOW;
    }
    return new Outcome(elapsed, servers.received() + sender.received(), answer, histogram);
  }
}
