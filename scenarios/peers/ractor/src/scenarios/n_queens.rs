//! n-queens: divide and conquer, dealt out by a master.

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::started_with_state;

/// Rows that are filled, and what they attack in the next one.
#[derive(Clone, Copy, Default)]
struct Board {
    row: u32,
    columns: u32,
    left: u32,
    right: u32,
}

enum MasterMessage {
    Start,
    Child(Board),
    Done(u64),
    Report(Report),
}

enum WorkerMessage {
    Link(ActorRef<MasterMessage>),
    Work(Board),
    Report(Report),
}

struct Master;

struct MasterState {
    workers: Vec<ActorRef<WorkerMessage>>,
    next: usize,
    open: u64,
    solutions: u64,
    done: Done,
    received: u64,
}

struct Worker;

struct WorkerState {
    master: Option<ActorRef<MasterMessage>>,
    size: u32,
    threshold: u32,
    received: u64,
}

impl MasterState {
    fn deal(&mut self, board: Board) -> Handled {
        self.open += 1;
        self.workers[self.next].cast(WorkerMessage::Work(board))?;
        self.next = (self.next + 1) % self.workers.len();
        Ok(())
    }
}

impl Actor for Master {
    started_with_state!(MasterMessage, MasterState);

    async fn handle(
        &self,
        _: ActorRef<MasterMessage>,
        message: MasterMessage,
        state: &mut MasterState,
    ) -> Handled {
        match message {
            MasterMessage::Start => {
                state.received += 1;
                state.deal(Board::default())?;
            }
            MasterMessage::Child(board) => {
                state.received += 1;
                state.deal(board)?;
            }
            MasterMessage::Done(solutions) => {
                state.received += 1;
                state.solutions += solutions;
                state.open -= 1;
                if state.open == 0 {
                    state.done.send(())?;
                }
            }
            MasterMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.solutions as i64));
            }
        }
        Ok(())
    }
}

impl WorkerState {
    fn work(&self, board: Board) -> Handled {
        let Some(master) = &self.master else {
            return Ok(());
        };
        let full = (1 << self.size) - 1;
        if board.row == self.threshold {
            master.cast(MasterMessage::Done(solutions(board, self.size, full)))?;
            return Ok(());
        }
        each_child(board, full, |child| {
            send(master, MasterMessage::Child(child))
        });
        master.cast(MasterMessage::Done(0))?;
        Ok(())
    }
}

impl Actor for Worker {
    started_with_state!(WorkerMessage, WorkerState);

    async fn handle(
        &self,
        _: ActorRef<WorkerMessage>,
        message: WorkerMessage,
        state: &mut WorkerState,
    ) -> Handled {
        match message {
            WorkerMessage::Link(master) => state.master = Some(master),
            WorkerMessage::Work(board) => {
                state.received += 1;
                state.work(board)?;
            }
            WorkerMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

/// Call with every board that has one more queen, lowest column first.
fn each_child(board: Board, full: u32, mut call: impl FnMut(Board)) {
    let mut free = full & !(board.columns | board.left | board.right);
    while free != 0 {
        let queen = free & free.wrapping_neg();
        free ^= queen;
        call(Board {
            row: board.row + 1,
            columns: board.columns | queen,
            left: ((board.left | queen) << 1) & full,
            right: (board.right | queen) >> 1,
        });
    }
}

fn solutions(board: Board, size: u32, full: u32) -> u64 {
    if board.row == size {
        return 1;
    }
    let mut found = 0;
    each_child(board, full, |child| found += solutions(child, size, full));
    found
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let size = parameters["size"] as u32;
    let threshold = (parameters["threshold"] as u32).min(size);
    let finish = Finish::new();
    let start = |_| {
        let state = WorkerState {
            master: None,
            size,
            threshold,
            received: 0,
        };
        bench.start(Worker, state)
    };
    let workers: Vec<ActorRef<WorkerMessage>> = (0..parameters["actors"]).map(start).collect();
    let state = MasterState {
        workers: workers.clone(),
        next: 0,
        open: 0,
        solutions: 0,
        done: finish.sender(),
        received: 0,
    };
    let masters = [bench.start(Master, state)];
    for worker in &workers {
        send(worker, WorkerMessage::Link(masters[0].clone()));
    }
    bench.settle(&workers, WorkerMessage::Report);
    bench.settle(&masters, MasterMessage::Report);
    let elapsed = bench.time(finish, 1, || send(&masters[0], MasterMessage::Start));
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&workers, WorkerMessage::Report));
    outcome.add_all(&bench.collect(&masters, MasterMessage::Report));
    let wanted = solutions(Board::default(), size, (1 << size) - 1);
    outcome.error = expect("the number of solutions", outcome.answer, wanted as i64);
    outcome
}
