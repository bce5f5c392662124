package zbench;

import akka.actor.Props;
import akka.actor.UntypedAbstractActor;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** One actor creates many, and each replies once. */
final class ForkJoinCreation implements Scenario {
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
          done();
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
  public Map<String, Long> defaults() {
    return Defaults.of("actors", 100_000);
  }

  @Override
  public Expected expected(Parameters p) {
    long actors = p.count("actors");
    return new Expected(2 * actors + 1, actors * (actors + 1) / 2);
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int actors = p.count("actors");
    LongAdder children = new LongAdder();
    Cast<Creator> creator =
        stage.create(1, Creator.class, k -> new Creator(stage, actors, children));
    double live = Memory.live();
    double resident = Memory.status("VmRSS");
    long elapsed = stage.measure(1, () -> creator.tell(Message.START));
    double residentGrowth = Memory.status("VmRSS") - resident;
    double liveGrowth = Memory.live() - live;
    Map<String, Double> extra =
        Map.of(
            "retained_bytes_per_actor", liveGrowth / actors,
            "resident_bytes_per_actor", residentGrowth / actors);
    stage.close();
    long messages = creator.received() + children.sum();
    return new Outcome(elapsed, messages, creator.member().sum, null, extra);
  }
}
