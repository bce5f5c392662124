package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.List;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A master hands out boards; workers split them or count their solutions. */
final class NQueens extends Specs.NQueens {
  private interface ToMaster {}

  private enum Start implements ToMaster {
    START
  }

  private record Child(int row, int columns, int left, int right) implements ToMaster {}

  private record Done(long solutions) implements ToMaster {}

  private record Work(int row, int columns, int left, int right, ActorRef<ToMaster> master) {}

  private static final class Master extends Member<ToMaster> {
    private final ActorRef<ToMaster> self;
    private final List<ActorRef<Work>> workers;
    private int next;
    private long open;
    private long solutions;

    Master(Stage stage, ActorRef<ToMaster> self, List<ActorRef<Work>> workers) {
      super(stage);
      this.self = self;
      this.workers = workers;
    }

    @Override
    void onMessage(ToMaster message) {
      if (message instanceof Child child) {
        hand(new Work(child.row(), child.columns(), child.left(), child.right(), self));
      } else if (message instanceof Done done) {
        solutions += done.solutions();
        open--;
        if (open == 0) {
          stage.done();
        }
      } else {
        hand(new Work(0, 0, 0, 0, self));
      }
    }

    private void hand(Work work) {
      open++;
      workers.get(next).tell(work);
      next = next + 1 == workers.size() ? 0 : next + 1;
    }
  }

  private static final class Worker extends Member<Work> {
    private final int full;
    private final int size;
    private final int threshold;

    Worker(Stage stage, int size, int threshold) {
      super(stage);
      this.full = (1 << size) - 1;
      this.size = size;
      this.threshold = Math.min(size, threshold);
    }

    @Override
    void onMessage(Work work) {
      if (work.row() == threshold) {
        int rows = size - work.row();
        long solutions = solutions(full, rows, work.columns(), work.left(), work.right());
        work.master().tell(new Done(solutions));
      } else {
        split(work);
      }
    }

    private void split(Work work) {
      int free = full & ~(work.columns() | work.left() | work.right());
      while (free != 0) {
        int q = free & -free;
        free ^= q;
        int left = (work.left() | q) << 1 & full;
        int right = (work.right() | q) >> 1;
        work.master().tell(new Child(work.row() + 1, work.columns() | q, left, right));
      }
      work.master().tell(new Done(0));
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int size = p.count("size");
    int threshold = p.count("threshold");
    Cast<Work, Worker> workers =
        Cast.create(
            stage, p.count("actors"), (context, k) -> new Worker(stage, size, threshold));
    Cast<ToMaster, Master> master =
        Cast.create(
            stage, 1, (context, k) -> new Master(stage, context.getSelf(), workers.refs()));
    long elapsed = stage.measure(1, () -> master.tell(Start.START));
    long messages = master.received() + workers.received();
    return new Outcome(elapsed, messages, master.member().solutions);
  }
}
