package zbench;

import akka.actor.ActorRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Clients send requests through stages of actors, one at a time each. */
final class EndToEnd implements Scenario {
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
          done();
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
  public Map<String, Long> defaults() {
    return Defaults.of("clients", 500, "stages", 4, "width", 125, "requests", 200);
  }

  @Override
  public Expected expected(Parameters p) {
    long answer = 0;
    for (int k = 0; k < p.count("clients"); k++) {
      Mwc59 random = new Mwc59(p.seed, k);
      for (int r = 0; r < p.count("requests"); r++) {
        long v = random.value();
        for (int s = 0; s < p.count("stages"); s++) {
          v = Mwc59.stage(v, s);
        }
        answer += v;
      }
    }
    long requests = (long) p.count("clients") * p.count("requests");
    long messages = p.count("clients") + requests * (p.count("stages") + 1);
    return new Expected(messages, answer & 0xffffffffL);
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int width = p.count("width");
    long messages = 0;
    List<Cast<Worker>> stages = new ArrayList<>();
    ActorRef[] following = null;
    for (int s = p.count("stages") - 1; s >= 0; s--) {
      int number = s;
      ActorRef[] next = following;
      Cast<Worker> workers =
          stage.create(
              width,
              Worker.class,
              i -> new Worker(stage, number, next == null ? null : next[(i + 1) % width]));
      stages.add(workers);
      following = workers.refs();
    }
    ActorRef[] first = following;
    Cast<Client> clients =
        stage.create(
            p.count("clients"),
            Client.class,
            k -> new Client(stage, first, k, new Mwc59(p.seed, k), p.count("requests")));
    long elapsed = stage.measure(p.count("clients"), () -> clients.tell(Message.START));
    Histogram histogram = new Histogram();
    long answer = 0;
    for (Client client : clients.members()) {
      answer += client.sum;
      for (long latency : client.latencies) {
        histogram.record(latency);
      }
    }
    for (Cast<Worker> workers : stages) {
      messages += workers.received();
    }
    return new Outcome(elapsed, messages + clients.received(), answer & 0xffffffffL, histogram);
  }
}
