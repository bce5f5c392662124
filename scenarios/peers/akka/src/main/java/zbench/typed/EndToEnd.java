package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import zbench.Histogram;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Clients send requests through stages of actors, one at a time each. */
final class EndToEnd extends Specs.EndToEnd {
  private interface ToClient {}

  private enum Start implements ToClient {
    START
  }

  private record Reply(long v) implements ToClient {}

  private record Request(long v, ActorRef<ToClient> client) {}

  private static final class Client extends Member<ToClient> {
    private final ActorRef<ToClient> self;
    private final List<ActorRef<Request>> first;
    private final int number;
    private final Mwc59 random;
    private final long[] latencies;
    private int requested;
    private long sent;
    private long sum;

    Client(
        Stage stage, ActorRef<ToClient> self, List<ActorRef<Request>> first, int number,
        Mwc59 random, int requests) {
      super(stage);
      this.self = self;
      this.first = first;
      this.number = number;
      this.random = random;
      this.latencies = new long[requests];
    }

    @Override
    void onMessage(ToClient message) {
      if (message instanceof Reply reply) {
        latencies[requested - 1] = System.nanoTime() - sent;
        sum += reply.v();
        if (requested == latencies.length) {
          stage.done();
          return;
        }
      }
      request();
    }

    private void request() {
      ActorRef<Request> to = first.get((number + requested) % first.size());
      requested++;
      sent = System.nanoTime();
      to.tell(new Request(random.value(), self));
    }
  }

  private static final class Worker extends Member<Request> {
    private final int stageNumber;
    private final ActorRef<Request> next;

    /**
     * @param next in the following stage, or null in the last one
     */
    Worker(Stage stage, int stageNumber, ActorRef<Request> next) {
      super(stage);
      this.stageNumber = stageNumber;
      this.next = next;
    }

    @Override
    void onMessage(Request request) {
      long v = Mwc59.stage(request.v(), stageNumber);
      if (next == null) {
        request.client().tell(new Reply(v));
      } else {
        next.tell(new Request(v, request.client()));
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    List<Cast<Request, Worker>> stages = stages(stage, p);
    List<ActorRef<Request>> first = stages.get(stages.size() - 1).refs();
    int requests = p.count("requests");
    Cast<ToClient, Client> clients =
        Cast.create(
            stage,
            p.count("clients"),
            (context, k) -> {
              Mwc59 random = new Mwc59(p.seed(), k);
              return new Client(stage, context.getSelf(), first, k, random, requests);
            });
    long elapsed = stage.measure(p.count("clients"), () -> clients.tell(Start.START));
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
  private static List<Cast<Request, Worker>> stages(Stage stage, Parameters p) {
    int width = p.count("width");
    List<Cast<Request, Worker>> stages = new ArrayList<>();
    for (int s = p.count("stages") - 1; s >= 0; s--) {
      int number = s;
      List<ActorRef<Request>> next = stages.isEmpty() ? null : stages.get(stages.size() - 1).refs();
      stages.add(
          Cast.create(
              stage,
              width,
              (context, i) ->
                  new Worker(stage, number, next == null ? null : next.get((i + 1) % width))));
    }
    return stages;
  }
}
