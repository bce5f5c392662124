package zbench.classic;

import akka.actor.ActorRef;
import java.util.ArrayList;
import java.util.List;
import zbench.Histogram;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Clients send requests through stages of actors, one at a time each. */
final class EndToEnd extends Specs.EndToEnd {
  private enum Message {
    START
  }

  private record Request(long v, ActorRef client) {}

  private record Reply(long v) {}

  private static final class Client extends Member {
    private final ActorRef[] first;
    private final int number;
    private final Mwc59 random;
    private final long[] latencies;
    private int requested;
    private long sent;
    private long sum;

    Client(Stage stage, ActorRef[] first, int number, Mwc59 random, int requests) {
      super(stage);
      this.first = first;
      this.number = number;
      this.random = random;
      this.latencies = new long[requests];
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Reply reply) {
        latencies[requested - 1] = System.nanoTime() - sent;
        sum += reply.v();
        if (requested == latencies.length) {
          stage.done();
        } else {
          request();
        }
      } else if (message == Message.START) {
        request();
      } else {
        unhandled(message);
      }
    }

    private void request() {
      ActorRef to = first[(number + requested) % first.length];
      requested++;
      sent = System.nanoTime();
      to.tell(new Request(random.value(), getSelf()), getSelf());
    }
  }

  private static final class Worker extends Member {
    private final int stageNumber;
    private final ActorRef next;

    /**
     * @param next in the following stage, or null in the last one
     */
    Worker(Stage stage, int stageNumber, ActorRef next) {
      super(stage);
      this.stageNumber = stageNumber;
      this.next = next;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Request request) {
        long v = Mwc59.stage(request.v(), stageNumber);
        if (next == null) {
          request.client().tell(new Reply(v), getSelf());
        } else {
          next.tell(new Request(v, request.client()), getSelf());
        }
      } else {
        unhandled(message);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    List<Cast<Worker>> stages = stages(stage, p);
    ActorRef[] first = stages.get(stages.size() - 1).refs();
    Cast<Client> clients =
        Cast.create(
            stage,
            p.count("clients"),
            Client.class,
            k -> new Client(stage, first, k, new Mwc59(p.seed(), k), p.count("requests")));
    long elapsed = stage.measure(p.count("clients"), () -> clients.tell(Message.START));
    Histogram histogram = new Histogram();
    long answer = 0;
    for (Client client : clients.members()) {
      answer += client.sum;
      for (long latency : client.latencies) {
        histogram.record(latency);
      }
    }
    long messages = clients.received() + stages.stream().mapToLong(Cast::received).sum();
    return new Outcome(elapsed, messages, answer & 0xffffffffL, histogram);
  }

  /** Creates the stages, the last one first. */
  private static List<Cast<Worker>> stages(Stage stage, Parameters p) {
    int width = p.count("width");
    List<Cast<Worker>> stages = new ArrayList<>();
    for (int s = p.count("stages") - 1; s >= 0; s--) {
      int number = s;
      ActorRef[] next = stages.isEmpty() ? null : stages.get(stages.size() - 1).refs();
      stages.add(
          Cast.create(
              stage,
              width,
              Worker.class,
              i -> new Worker(stage, number, next == null ? null : next[(i + 1) % width])));
    }
    return stages;
  }
}
