//! n-queens: divide and conquer, dealt out by a master.

use kameo::prelude::*;

use crate::bench::{Bench, Finish, Outcome, Parameters, prepare_all, refs, tell};

/// Rows that are filled, and what they attack in the next one.
#[derive(Clone, Copy, Default)]
struct Board {
    row: u32,
    columns: u32,
    left: u32,
    right: u32,
}

struct Start;

struct Work(Board);

struct Child(Board);

struct Done(u64);

#[derive(Actor)]
struct Master {
    workers: Vec<ActorRef<Worker>>,
    next: usize,
    open: u64,
    solutions: u64,
    done: crate::bench::Done,
    received: u64,
}

#[derive(Actor)]
struct Worker {
    master: ActorRef<Master>,
    size: u32,
    threshold: u32,
    received: u64,
}

impl Master {
    fn deal(&mut self, board: Board) {
        self.open += 1;
        tell(&self.workers[self.next], Work(board));
        self.next = (self.next + 1) % self.workers.len();
    }
}

impl Message<Start> for Master {
    type Reply = ();

    async fn handle(&mut self, _: Start, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.deal(Board::default());
    }
}

impl Message<Child> for Master {
    type Reply = ();

    async fn handle(&mut self, child: Child, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.deal(child.0);
    }
}

impl Message<Done> for Master {
    type Reply = ();

    async fn handle(&mut self, done: Done, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.solutions += done.0;
        self.open -= 1;
        if self.open == 0 {
            let _ = self.done.send(());
        }
    }
}

impl Message<Work> for Worker {
    type Reply = ();

    async fn handle(&mut self, Work(board): Work, _: &mut Context<Self, ()>) {
        self.received += 1;
        let full = (1 << self.size) - 1;
        if board.row == self.threshold {
            tell(&self.master, Done(solutions(board, self.size, full)));
            return;
        }
        each_child(board, full, |child| tell(&self.master, Child(child)));
        tell(&self.master, Done(0));
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
    let workers = prepare_all(parameters["actors"] as usize);
    let master = Master {
        workers: refs(&workers),
        next: 0,
        open: 0,
        solutions: 0,
        done: finish.sender(),
        received: 0,
    };
    let master = bench.start(master);
    let workers = bench.start_all(workers, |_| Worker {
        master: master.to.clone(),
        size,
        threshold,
        received: 0,
    });
    let mut outcome = Outcome::new(bench.time(finish, 1, || tell(&master.to, Start)));
    for worker in bench.stop_all(workers) {
        outcome.add(worker.received, 0);
    }
    let master = bench.stop(master);
    outcome.add(master.received, master.solutions as i64);
    let wanted = solutions(Board::default(), size, (1 << size) - 1);
    outcome.expect("the number of solutions", outcome.answer, wanted as i64);
    outcome
}
