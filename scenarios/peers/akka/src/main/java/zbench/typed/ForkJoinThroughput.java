package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.List;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A dealer sends to many actors in turn. */
final class ForkJoinThroughput extends Specs.ForkJoinThroughput {
  private enum Start {
    START
  }

  private enum Work {
    WORK
  }

  private static final class Dealer extends Member<Start> {
    private final List<ActorRef<Work>> workers;
    private final int rounds;

    Dealer(Stage stage, List<ActorRef<Work>> workers, int rounds) {
      super(stage);
      this.workers = workers;
      this.rounds = rounds;
    }

    @Override
    void onMessage(Start message) {
      for (int round = 0; round < rounds; round++) {
        for (ActorRef<Work> worker : workers) {
          worker.tell(Work.WORK);
        }
      }
    }
  }

  private static final class Worker extends Member<Work> {
    private final int messages;
    private int count;

    Worker(Stage stage, int messages) {
      super(stage);
      this.messages = messages;
    }

    @Override
    void onMessage(Work message) {
      count++;
      if (count == messages) {
        stage.done();
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    int messages = p.count("messages");
    Cast<Work, Worker> workers =
        Cast.create(stage, actors, (context, k) -> new Worker(stage, messages));
    Cast<Start, Dealer> dealer =
        Cast.create(stage, 1, (context, k) -> new Dealer(stage, workers.refs(), messages));
    long elapsed = stage.measure(actors, () -> dealer.tell(Start.START));
    if (workers.members().stream().anyMatch(worker -> worker.count != messages)) {
      stage.wrong("Workers counted differently.");
    }
    long answer = workers.members().stream().mapToLong(worker -> worker.count).sum();
    return new Outcome(elapsed, dealer.received() + workers.received(), answer);
  }
}
