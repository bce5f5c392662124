package zbench.classic;

import akka.actor.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A producer floods a counter, whose mailbox grows. */
final class Counting extends Specs.Counting {
  private enum Message {
    START,
    INCREMENT,
    RETRIEVE
  }

  private record Result(long count) {}

  private static final class Producer extends Member {
    private final ActorRef counter;
    private final int messages;
    private long result;

    Producer(Stage stage, ActorRef counter, int messages) {
      super(stage);
      this.counter = counter;
      this.messages = messages;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.START) {
        flood();
      } else if (message instanceof Result answer) {
        result = answer.count();
        stage.done();
      } else {
        unhandled(message);
      }
    }

    private void flood() {
      ActorRef self = getSelf();
      for (int i = 0; i < messages; i++) {
        counter.tell(Message.INCREMENT, self);
      }
      counter.tell(Message.RETRIEVE, self);
    }
  }

  private static final class Counter extends Member {
    private long count;

    Counter(Stage stage) {
      super(stage);
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.INCREMENT) {
        count++;
      } else if (message == Message.RETRIEVE) {
        getSender().tell(new Result(count), getSelf());
      } else {
        unhandled(message);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    Cast<Counter> counter = Cast.create(stage, 1, Counter.class, k -> new Counter(stage));
    Cast<Producer> producer =
        Cast.create(
            stage,
            1, Producer.class, k -> new Producer(stage, counter.ref(), p.count("messages")));
    long elapsed = stage.measure(1, () -> producer.tell(Message.START));
    long messages = producer.received() + counter.received();
    return new Outcome(elapsed, messages, producer.member().result);
  }
}
