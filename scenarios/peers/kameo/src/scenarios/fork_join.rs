//! fork-join-throughput: one dealer sends messages to many actors in turn.

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, prepare_all, refs, tell};

struct Start;

struct Work;

#[derive(Actor)]
struct Dealer {
    workers: Vec<ActorRef<Worker>>,
    rounds: u64,
    received: u64,
}

#[derive(Actor)]
struct Worker {
    wanted: u64,
    done: Done,
    received: u64,
}

impl Message<Start> for Dealer {
    type Reply = ();

    async fn handle(&mut self, _: Start, _: &mut Context<Self, ()>) {
        self.received += 1;
        for _ in 0..self.rounds {
            for worker in &self.workers {
                tell(worker, Work);
            }
        }
    }
}

impl Message<Work> for Worker {
    type Reply = ();

    async fn handle(&mut self, _: Work, _: &mut Context<Self, ()>) {
        self.received += 1;
        if self.received == self.wanted {
            let _ = self.done.send(());
        }
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, wanted) = (parameters["actors"] as usize, parameters["messages"]);
    let finish = Finish::new();
    let workers = prepare_all(actors);
    let dealer = Dealer {
        workers: refs(&workers),
        rounds: wanted,
        received: 0,
    };
    let workers = bench.start_all(workers, |_| Worker {
        wanted,
        done: finish.sender(),
        received: 0,
    });
    let dealer = bench.start(dealer);
    let mut outcome = Outcome::new(bench.time(finish, actors, || tell(&dealer.to, Start)));
    for worker in bench.stop_all(workers) {
        outcome.expect("a count", worker.received as i64, wanted as i64);
        outcome.add(worker.received, worker.received as i64);
    }
    outcome.add(bench.stop(dealer).received, 0);
    outcome
}
