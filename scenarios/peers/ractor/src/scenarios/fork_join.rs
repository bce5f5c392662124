//! fork-join-throughput: one dealer sends messages to many actors in turn.

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::started_with_state;

enum DealerMessage {
    Start,
    Report(Report),
}

enum WorkerMessage {
    Work,
    Report(Report),
}

struct Dealer;

struct DealerState {
    workers: Vec<ActorRef<WorkerMessage>>,
    rounds: u64,
    received: u64,
}

struct Worker;

struct WorkerState {
    wanted: u64,
    done: Done,
    received: u64,
}

impl Actor for Dealer {
    started_with_state!(DealerMessage, DealerState);

    async fn handle(
        &self,
        _: ActorRef<DealerMessage>,
        message: DealerMessage,
        state: &mut DealerState,
    ) -> Handled {
        match message {
            DealerMessage::Start => {
                state.received += 1;
                for _ in 0..state.rounds {
                    for worker in &state.workers {
                        worker.cast(WorkerMessage::Work)?;
                    }
                }
            }
            DealerMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
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
            WorkerMessage::Work => {
                state.received += 1;
                if state.received == state.wanted {
                    state.done.send(())?;
                }
            }
            WorkerMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.received as i64));
            }
        }
        Ok(())
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, wanted) = (parameters["actors"] as usize, parameters["messages"]);
    let finish = Finish::new();
    let start = |_| {
        let state = WorkerState {
            wanted,
            done: finish.sender(),
            received: 0,
        };
        bench.start(Worker, state)
    };
    let workers: Vec<ActorRef<WorkerMessage>> = (0..actors).map(start).collect();
    let state = DealerState {
        workers: workers.clone(),
        rounds: wanted,
        received: 0,
    };
    let dealers = [bench.start(Dealer, state)];
    bench.settle(&workers, WorkerMessage::Report);
    bench.settle(&dealers, DealerMessage::Report);
    let elapsed = bench.time(finish, actors, || send(&dealers[0], DealerMessage::Start));
    let mut outcome = Outcome::new(elapsed);
    for reported in bench.collect(&workers, WorkerMessage::Report) {
        outcome.error = outcome
            .error
            .or(expect("a count", reported.answer, wanted as i64));
        outcome.add(&reported);
    }
    outcome.add_all(&bench.collect(&dealers, DealerMessage::Report));
    outcome
}
