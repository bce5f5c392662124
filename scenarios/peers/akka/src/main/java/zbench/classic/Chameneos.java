package zbench.classic;

import akka.actor.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** Creatures meet in pairs at a mall, and change colour. */
final class Chameneos extends Specs.Chameneos {
  private enum Message {
    START,
    EXIT
  }

  private record Meet(int colour) {}

  private record Match(int colour, ActorRef other) {}

  private record Change(int colour) {}

  private record Count(long meetings) {}

  private static final class Mall extends Member {
    private final int creatures;
    private int left;
    private ActorRef waiting;
    private int counts;
    private long sum;

    Mall(Stage stage, int creatures, int meetings) {
      super(stage);
      this.creatures = creatures;
      this.left = meetings;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Meet meet) {
        meet(meet.colour());
      } else if (message instanceof Count count) {
        sum += count.meetings();
        counts++;
        if (counts == creatures) {
          stage.done();
        }
      } else {
        unhandled(message);
      }
    }

    private void meet(int colour) {
      ActorRef sender = getSender();
      if (left == 0) {
        sender.tell(Message.EXIT, getSelf());
      } else if (waiting == null) {
        waiting = sender;
      } else {
        left--;
        waiting.tell(new Match(colour, sender), getSelf());
        waiting = null;
      }
    }
  }

  private static final class Creature extends Member {
    private final ActorRef mall;
    private int colour;
    private long meetings;

    Creature(Stage stage, ActorRef mall, int colour) {
      super(stage);
      this.mall = mall;
      this.colour = colour;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Match match) {
        meetings++;
        colour = complement(colour, match.colour());
        match.other().tell(new Change(colour), getSelf());
        meet();
      } else if (message instanceof Change change) {
        meetings++;
        colour = change.colour();
        meet();
      } else if (message == Message.START) {
        meet();
      } else if (message == Message.EXIT) {
        mall.tell(new Count(meetings), getSelf());
      } else {
        unhandled(message);
      }
    }

    private void meet() {
      mall.tell(new Meet(colour), getSelf());
    }

    private static int complement(int a, int b) {
      return a == b ? a : 3 - a - b;
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int creatures = p.count("creatures");
    Cast<Mall> mall =
        Cast.create(stage, 1, Mall.class, k -> new Mall(stage, creatures, p.count("meetings")));
    Cast<Creature> all =
        Cast.create(stage, creatures, Creature.class, k -> new Creature(stage, mall.ref(), k % 3));
    long elapsed = stage.measure(1, () -> all.tell(Message.START));
    return new Outcome(elapsed, mall.received() + all.received(), mall.member().sum);
  }
}
