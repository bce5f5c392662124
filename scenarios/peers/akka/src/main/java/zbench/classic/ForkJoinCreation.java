package zbench.classic;

import akka.actor.Props;
import akka.actor.UntypedAbstractActor;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** One actor creates many, and each replies once. */
final class ForkJoinCreation extends Specs.ForkJoinCreation {
  private enum Message {
    START
  }

  private record Create(long k) {}

  private record Created(long number) {}

  private static final class Creator extends Member {
    private final int actors;
    private final LongAdder receivedByChildren;
    private int replies;
    private long sum;

    Creator(Stage stage, int actors, LongAdder receivedByChildren) {
      super(stage);
      this.actors = actors;
      this.receivedByChildren = receivedByChildren;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Created created) {
        sum += created.number();
        replies++;
        if (replies == actors) {
          stage.done();
        }
      } else if (message == Message.START) {
        create();
      } else {
        unhandled(message);
      }
    }

    private void create() {
      Props props = Props.create(Child.class, () -> new Child(receivedByChildren));
      for (int k = 0; k < actors; k++) {
        getContext().actorOf(props).tell(new Create(k), getSelf());
      }
    }
  }

  private static final class Child extends UntypedAbstractActor {
    private final LongAdder receivedByChildren;
    private int received;

    Child(LongAdder receivedByChildren) {
      this.receivedByChildren = receivedByChildren;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Create create) {
        getSender().tell(new Created(create.k() + 1), getSelf());
      } else {
        unhandled(message);
      }
    }

    /** Adds its count to that of all children; they are stopped outside the clock. */
    @Override
    public void postStop() {
      receivedByChildren.add(received);
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    LongAdder children = new LongAdder();
    Cast<Creator> creator =
        Cast.create(stage, 1, Creator.class, k -> new Creator(stage, actors, children));
    Held before = Held.now();
    long elapsed = stage.measure(1, () -> creator.tell(Message.START));
    Map<String, Double> growth = before.growth(actors);
    stage.close();
    long messages = creator.received() + children.sum();
    return new Outcome(elapsed, messages, creator.member().sum, null, growth);
  }
}
