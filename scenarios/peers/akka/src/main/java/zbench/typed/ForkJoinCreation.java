package zbench.typed;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ExtensibleBehavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** One actor creates many, and each replies once. */
final class ForkJoinCreation extends Specs.ForkJoinCreation {
  private interface ToCreator {}

  private enum Start implements ToCreator {
    START
  }

  private record Created(long number) implements ToCreator {}

  private record Create(long k, ActorRef<ToCreator> replyTo) {}

  private static final class Creator extends Member<ToCreator> {
    private final ActorContext<ToCreator> context;
    private final int actors;
    private final LongAdder receivedByChildren;
    private int replies;
    private long sum;

    Creator(
        Stage stage, ActorContext<ToCreator> context, int actors, LongAdder receivedByChildren) {
      super(stage);
      this.context = context;
      this.actors = actors;
      this.receivedByChildren = receivedByChildren;
    }

    @Override
    void onMessage(ToCreator message) {
      if (message instanceof Created created) {
        sum += created.number();
        replies++;
        if (replies == actors) {
          stage.done();
        }
      } else {
        for (int k = 0; k < actors; k++) {
          ActorRef<Create> child = context.spawnAnonymous(new Child(receivedByChildren));
          child.tell(new Create(k, context.getSelf()));
        }
      }
    }
  }

  private static final class Child extends ExtensibleBehavior<Create> {
    private final LongAdder receivedByChildren;
    private int received;

    Child(LongAdder receivedByChildren) {
      this.receivedByChildren = receivedByChildren;
    }

    @Override
    public Behavior<Create> receive(TypedActorContext<Create> context, Create create) {
      received++;
      create.replyTo().tell(new Created(create.k() + 1));
      return Behaviors.same();
    }

    /** Adds its count to that of all children; they are stopped outside the clock. */
    @Override
    public Behavior<Create> receiveSignal(TypedActorContext<Create> context, Signal signal) {
      if (signal instanceof PostStop) {
        receivedByChildren.add(received);
      }
      return Behaviors.same();
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    LongAdder children = new LongAdder();
    Cast<ToCreator, Creator> creator =
        Cast.create(stage, 1, (context, k) -> new Creator(stage, context, actors, children));
    Held before = Held.now();
    long elapsed = stage.measure(1, () -> creator.tell(Start.START));
    Map<String, Double> growth = before.growth(actors);
    stage.close();
    long messages = creator.received() + children.sum();
    return new Outcome(elapsed, messages, creator.member().sum, null, growth);
  }
}
