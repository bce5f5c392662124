//! fork-join-throughput: one dealer sends messages to many actors in turn.

use std::sync::mpsc::Sender;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::reports;

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

#[derive(Message)]
#[rtype(result = "()")]
struct Work;

struct Dealer {
    workers: Vec<Addr<Worker>>,
    rounds: u64,
    received: u64,
}

struct Worker {
    wanted: u64,
    done: Sender<()>,
    received: u64,
}

impl Actor for Dealer {
    type Context = Context<Self>;
}

impl Actor for Worker {
    type Context = Context<Self>;
}

impl Handler<Start> for Dealer {
    type Result = ();

    fn handle(&mut self, _: Start, _: &mut Context<Self>) {
        self.received += 1;
        for _ in 0..self.rounds {
            for worker in &self.workers {
                worker.do_send(Work);
            }
        }
    }
}

impl Handler<Work> for Worker {
    type Result = ();

    fn handle(&mut self, _: Work, _: &mut Context<Self>) {
        self.received += 1;
        if self.received == self.wanted {
            let _ = self.done.send(());
        }
    }
}

reports!(Dealer, |_dealer| 0);
reports!(Worker, |worker| worker.received as i64);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, wanted) = (parameters["actors"] as usize, parameters["messages"]);
    let finish = Finish::new();
    let workers: Vec<Addr<Worker>> = (0..actors)
        .map(|k| {
            let done = finish.sender();
            bench.start(k, move |_| Worker {
                wanted,
                done,
                received: 0,
            })
        })
        .collect();
    let all = workers.clone();
    let dealer = bench.start(0, move |_| Dealer {
        workers: all,
        rounds: wanted,
        received: 0,
    });
    let mut outcome = Outcome {
        elapsed: finish.time(actors, || dealer.do_send(Start)),
        ..Outcome::default()
    };
    for reported in bench.collect(&workers) {
        outcome.error = outcome
            .error
            .or(expect("a count", reported.answer, wanted as i64));
        outcome.add(&reported);
    }
    bench
        .collect(&[dealer])
        .iter()
        .for_each(|reported| outcome.add(reported));
    outcome
}
