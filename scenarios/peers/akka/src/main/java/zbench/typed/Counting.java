package zbench.typed;

import akka.actor.typed.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A producer floods a counter, whose mailbox grows. */
final class Counting extends Specs.Counting {
  private interface ToProducer {}

  private enum Start implements ToProducer {
    START
  }

  private record Result(long count) implements ToProducer {}

  private interface ToCounter {}

  private enum Increment implements ToCounter {
    INCREMENT
  }

  private record Retrieve(ActorRef<ToProducer> replyTo) implements ToCounter {}

  private static final class Producer extends Member<ToProducer> {
    private final ActorRef<ToProducer> self;
    private final ActorRef<ToCounter> counter;
    private final int messages;
    private long result;

    Producer(
        Stage stage, ActorRef<ToProducer> self, ActorRef<ToCounter> counter, int messages) {
      super(stage);
      this.self = self;
      this.counter = counter;
      this.messages = messages;
    }

    @Override
    void onMessage(ToProducer message) {
      if (message instanceof Result answer) {
        result = answer.count();
        stage.done();
      } else {
        for (int i = 0; i < messages; i++) {
          counter.tell(Increment.INCREMENT);
        }
        counter.tell(new Retrieve(self));
      }
    }
  }

  private static final class Counter extends Member<ToCounter> {
    private long count;

    Counter(Stage stage) {
      super(stage);
    }

    @Override
    void onMessage(ToCounter message) {
      if (message == Increment.INCREMENT) {
        count++;
      } else if (message instanceof Retrieve retrieve) {
        retrieve.replyTo().tell(new Result(count));
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    Cast<ToCounter, Counter> counter =
        Cast.create(stage, 1, (context, k) -> new Counter(stage));
    Cast<ToProducer, Producer> producer =
        Cast.create(
            stage,
            1,
            (context, k) ->
                new Producer(stage, context.getSelf(), counter.ref(), p.count("messages")));
    long elapsed = stage.measure(1, () -> producer.tell(Start.START));
    long messages = producer.received() + counter.received();
    return new Outcome(elapsed, messages, producer.member().result);
  }
}
