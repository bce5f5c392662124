package zbench.classic;

import akka.actor.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A dealer sends to many actors in turn. */
final class ForkJoinThroughput extends Specs.ForkJoinThroughput {
  private enum Message {
    START,
    WORK
  }

  private static final class Dealer extends Member {
    private final ActorRef[] workers;
    private final int rounds;

    Dealer(Stage stage, ActorRef[] workers, int rounds) {
      super(stage);
      this.workers = workers;
      this.rounds = rounds;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.START) {
        deal();
      } else {
        unhandled(message);
      }
    }

    private void deal() {
      ActorRef self = getSelf();
      for (int round = 0; round < rounds; round++) {
        for (ActorRef worker : workers) {
          worker.tell(Message.WORK, self);
        }
      }
    }
  }

  private static final class Worker extends Member {
    private final int messages;
    private int count;

    Worker(Stage stage, int messages) {
      super(stage);
      this.messages = messages;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.WORK) {
        count++;
        if (count == messages) {
          stage.done();
        }
      } else {
        unhandled(message);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    int messages = p.count("messages");
    Cast<Worker> workers =
        Cast.create(stage, actors, Worker.class, k -> new Worker(stage, messages));
    Cast<Dealer> dealer =
        Cast.create(stage, 1, Dealer.class, k -> new Dealer(stage, workers.refs(), messages));
    long elapsed = stage.measure(actors, () -> dealer.tell(Message.START));
    if (workers.members().stream().anyMatch(worker -> worker.count != messages)) {
      stage.wrong("Workers counted differently.");
    }
    long answer = workers.members().stream().mapToLong(worker -> worker.count).sum();
    return new Outcome(elapsed, dealer.received() + workers.received(), answer);
  }
}
