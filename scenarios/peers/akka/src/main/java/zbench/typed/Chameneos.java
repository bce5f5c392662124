package zbench.typed;

import akka.actor.typed.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Creatures meet in pairs at a mall, and change colour. */
final class Chameneos extends Specs.Chameneos {
  private interface ToMall {}

  private record Meet(int colour, ActorRef<ToCreature> creature) implements ToMall {}

  private record Count(long meetings) implements ToMall {}

  private interface ToCreature {}

  private enum Order implements ToCreature {
    START,
    EXIT
  }

  private record Match(int colour, ActorRef<ToCreature> other) implements ToCreature {}

  private record Change(int colour) implements ToCreature {}

  private static final class Mall extends Member<ToMall> {
    private final int creatures;
    private int left;
    private ActorRef<ToCreature> waiting;
    private int counts;
    private long sum;

    Mall(Stage stage, int creatures, int meetings) {
      super(stage);
      this.creatures = creatures;
      this.left = meetings;
    }

    @Override
    void onMessage(ToMall message) {
      if (message instanceof Meet meet) {
        meet(meet);
      } else if (message instanceof Count count) {
        sum += count.meetings();
        counts++;
        if (counts == creatures) {
          stage.done();
        }
      }
    }

    private void meet(Meet meet) {
      if (left == 0) {
        meet.creature().tell(Order.EXIT);
      } else if (waiting == null) {
        waiting = meet.creature();
      } else {
        left--;
        waiting.tell(new Match(meet.colour(), meet.creature()));
        waiting = null;
      }
    }
  }

  private static final class Creature extends Member<ToCreature> {
    private final ActorRef<ToCreature> self;
    private final ActorRef<ToMall> mall;
    private int colour;
    private long meetings;

    Creature(Stage stage, ActorRef<ToCreature> self, ActorRef<ToMall> mall, int colour) {
      super(stage);
      this.self = self;
      this.mall = mall;
      this.colour = colour;
    }

    @Override
    void onMessage(ToCreature message) {
      if (message instanceof Match match) {
        meetings++;
        colour = complement(colour, match.colour());
        match.other().tell(new Change(colour));
        meet();
      } else if (message instanceof Change change) {
        meetings++;
        colour = change.colour();
        meet();
      } else if (message == Order.START) {
        meet();
      } else {
        mall.tell(new Count(meetings));
      }
    }

    private void meet() {
      mall.tell(new Meet(colour, self));
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int creatures = p.count("creatures");
    Cast<ToMall, Mall> mall =
        Cast.create(stage, 1, (context, k) -> new Mall(stage, creatures, p.count("meetings")));
    Cast<ToCreature, Creature> all =
        Cast.create(
            stage,
            creatures,
            (context, k) -> new Creature(stage, context.getSelf(), mall.ref(), k % 3));
    long elapsed = stage.measure(1, () -> all.tell(Order.START));
    return new Outcome(elapsed, mall.received() + all.received(), mall.member().sum);
  }
}
