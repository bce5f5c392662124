//! n-queens: divide and conquer, dealt out by a master.

use std::sync::mpsc::Sender;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::reports;

/// Rows that are filled, and what they attack in the next one.
#[derive(Clone, Copy, Default)]
struct Board {
    row: u32,
    columns: u32,
    left: u32,
    right: u32,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

#[derive(Message)]
#[rtype(result = "()")]
struct Work(Board);

#[derive(Message)]
#[rtype(result = "()")]
struct Child(Board);

#[derive(Message)]
#[rtype(result = "()")]
struct Done(u64);

#[derive(Message)]
#[rtype(result = "()")]
struct Link(Addr<Master>);

struct Master {
    workers: Vec<Addr<Worker>>,
    next: usize,
    open: u64,
    solutions: u64,
    done: Sender<()>,
    received: u64,
}

struct Worker {
    master: Option<Addr<Master>>,
    size: u32,
    threshold: u32,
    received: u64,
}

impl Actor for Master {
    type Context = Context<Self>;
}

impl Actor for Worker {
    type Context = Context<Self>;
}

impl Master {
    fn deal(&mut self, board: Board) {
        self.open += 1;
        self.workers[self.next].do_send(Work(board));
        self.next = (self.next + 1) % self.workers.len();
    }
}

impl Handler<Start> for Master {
    type Result = ();

    fn handle(&mut self, _: Start, _: &mut Context<Self>) {
        self.received += 1;
        self.deal(Board::default());
    }
}

impl Handler<Child> for Master {
    type Result = ();

    fn handle(&mut self, child: Child, _: &mut Context<Self>) {
        self.received += 1;
        self.deal(child.0);
    }
}

impl Handler<Done> for Master {
    type Result = ();

    fn handle(&mut self, done: Done, _: &mut Context<Self>) {
        self.received += 1;
        self.solutions += done.0;
        self.open -= 1;
        if self.open == 0 {
            let _ = self.done.send(());
        }
    }
}

impl Handler<Link> for Worker {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.master = Some(link.0);
    }
}

impl Handler<Work> for Worker {
    type Result = ();

    fn handle(&mut self, work: Work, _: &mut Context<Self>) {
        self.received += 1;
        let Some(master) = &self.master else { return };
        let full = (1 << self.size) - 1;
        if work.0.row == self.threshold {
            master.do_send(Done(solutions(work.0, self.size, full)));
            return;
        }
        each_child(work.0, full, |child| master.do_send(Child(child)));
        master.do_send(Done(0));
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

reports!(Master, |master| master.solutions as i64);
reports!(Worker, |_worker| 0);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let size = parameters["size"] as u32;
    let threshold = (parameters["threshold"] as u32).min(size);
    let finish = Finish::new();
    let workers: Vec<Addr<Worker>> = (0..parameters["actors"] as usize)
        .map(|k| {
            bench.start(k, move |_| Worker {
                master: None,
                size,
                threshold,
                received: 0,
            })
        })
        .collect();
    let (all, done) = (workers.clone(), finish.sender());
    let master = bench.start(0, move |_| Master {
        workers: all,
        next: 0,
        open: 0,
        solutions: 0,
        done,
        received: 0,
    });
    workers
        .iter()
        .for_each(|worker| worker.do_send(Link(master.clone())));
    let mut outcome = Outcome {
        elapsed: finish.time(1, || master.do_send(Start)),
        ..Outcome::default()
    };
    bench
        .collect(&workers)
        .iter()
        .for_each(|reported| outcome.add(reported));
    bench
        .collect(&[master])
        .iter()
        .for_each(|reported| outcome.add(reported));
    let wanted = solutions(Board::default(), size, (1 << size) - 1);
    outcome.error = expect("the number of solutions", outcome.answer, wanted as i64);
    outcome
}
