package zbench.classic;

import akka.actor.ActorRef;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A master hands out boards, workers split them or count their solutions. */
final class NQueens extends Specs.NQueens {
  private enum Message {
    START
  }

  private record Work(int row, int columns, int left, int right) {}

  private record Child(int row, int columns, int left, int right) {}

  private record Done(long solutions) {}

  private static final class Master extends Member {
    private final ActorRef[] workers;
    private int next;
    private long open;
    private long solutions;

    Master(Stage stage, ActorRef[] workers) {
      super(stage);
      this.workers = workers;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Child child) {
        hand(new Work(child.row(), child.columns(), child.left(), child.right()));
      } else if (message instanceof Done done) {
        solutions += done.solutions();
        open--;
        if (open == 0) {
          stage.done();
        }
      } else if (message == Message.START) {
        hand(new Work(0, 0, 0, 0));
      } else {
        unhandled(message);
      }
    }

    private void hand(Work work) {
      open++;
      workers[next].tell(work, getSelf());
      next = next + 1 == workers.length ? 0 : next + 1;
    }
  }

  private static final class Worker extends Member {
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
    public void onReceive(Object message) {
      received++;
      if (message instanceof Work work) {
        if (work.row() == threshold) {
          int rows = size - work.row();
          long solutions = solutions(full, rows, work.columns(), work.left(), work.right());
          getSender().tell(new Done(solutions), getSelf());
        } else {
          split(work, getSender());
        }
      } else {
        unhandled(message);
      }
    }

    private void split(Work work, ActorRef master) {
      int free = full & ~(work.columns() | work.left() | work.right());
      while (free != 0) {
        int q = free & -free;
        free ^= q;
        int left = (work.left() | q) << 1 & full;
        int right = (work.right() | q) >> 1;
        master.tell(new Child(work.row() + 1, work.columns() | q, left, right), getSelf());
      }
      master.tell(new Done(0), getSelf());
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    Cast<Worker> workers =
        Cast.create(
            stage,
            p.count("actors"),
            Worker.class,
            k -> new Worker(stage, p.count("size"), p.count("threshold")));
    Cast<Master> master =
        Cast.create(stage, 1, Master.class, k -> new Master(stage, workers.refs()));
    long elapsed = stage.measure(1, () -> master.tell(Message.START));
    return new Outcome(
        elapsed, master.received() + workers.received(), master.member().solutions);
  }
}
