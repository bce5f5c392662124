//! end-to-end: clients' requests pass through stages and come back.

use std::sync::Arc;
use std::time::Instant;

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::histogram::Histogram;
use crate::random::{stage, Stream};
use crate::started_with_state;

const LOW: u64 = 0xffff_ffff;
type Stages = Arc<[ActorRef<StageMessage>]>;
type Clients = Arc<[ActorRef<ClientMessage>]>;

enum ClientMessage {
    Start,
    Reply(u64),
    Report(Report),
}

enum StageMessage {
    Link(Clients),
    /// A value on its way, and the client it goes back to.
    Request {
        value: u64,
        client: usize,
    },
    Report(Report),
}

struct Client;

struct ClientState {
    number: usize,
    first: Stages,
    stream: Stream,
    requested: usize,
    requests: usize,
    sent: Instant,
    sum: u64,
    histogram: Histogram,
    done: Done,
    received: u64,
}

struct Stage;

struct StageState {
    stage: u64,
    number: usize,
    next: Option<Stages>,
    clients: Option<Clients>,
    received: u64,
}

impl ClientState {
    fn request(&mut self) -> Handled {
        if self.requested == self.requests {
            self.done.send(())?;
            return Ok(());
        }
        let to = (self.number + self.requested) % self.first.len();
        self.requested += 1;
        let (value, client) = (self.stream.value(), self.number);
        self.sent = Instant::now();
        self.first[to].cast(StageMessage::Request { value, client })?;
        Ok(())
    }
}

impl Actor for Client {
    started_with_state!(ClientMessage, ClientState);

    async fn handle(
        &self,
        _: ActorRef<ClientMessage>,
        message: ClientMessage,
        state: &mut ClientState,
    ) -> Handled {
        match message {
            ClientMessage::Start => {
                state.received += 1;
                state.request()?;
            }
            ClientMessage::Reply(value) => {
                state.received += 1;
                let taken = state.sent.elapsed();
                state.histogram.record(taken.as_nanos() as u64);
                state.sum = (state.sum + value) & LOW;
                state.request()?;
            }
            ClientMessage::Report(to) => {
                let _ = to.send(Reported {
                    received: state.received,
                    answer: state.sum as i64,
                    histogram: Some(state.histogram.clone()),
                });
            }
        }
        Ok(())
    }
}

impl StageState {
    fn pass_on(&self, value: u64, client: usize) -> Handled {
        let value = stage(value, self.stage);
        if let Some(next) = &self.next {
            let to = (self.number + 1) % next.len();
            next[to].cast(StageMessage::Request { value, client })?;
        } else if let Some(clients) = &self.clients {
            clients[client].cast(ClientMessage::Reply(value))?;
        }
        Ok(())
    }
}

impl Actor for Stage {
    started_with_state!(StageMessage, StageState);

    async fn handle(
        &self,
        _: ActorRef<StageMessage>,
        message: StageMessage,
        state: &mut StageState,
    ) -> Handled {
        match message {
            StageMessage::Link(clients) => state.clients = Some(clients),
            StageMessage::Request { value, client } => {
                state.received += 1;
                state.pass_on(value, client)?;
            }
            StageMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

/// The stages, last one first.
fn start_stages(bench: &Bench, stages: u64, width: usize) -> Vec<Stages> {
    let mut all: Vec<Stages> = Vec::new();
    for stage in (0..stages).rev() {
        let start = |number| {
            let state = StageState {
                stage,
                number,
                next: all.last().cloned(),
                clients: None,
                received: 0,
            };
            bench.start(Stage, state)
        };
        let started = (0..width).map(start).collect();
        all.push(started);
    }
    all
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let number = parameters["clients"] as usize;
    let (stages, requests) = (parameters["stages"], parameters["requests"] as usize);
    let finish = Finish::new();
    let all_stages = start_stages(bench, stages, parameters["width"] as usize);
    let start = |number| {
        let state = ClientState {
            number,
            first: all_stages[all_stages.len() - 1].clone(),
            stream: Stream::new(bench.seed, number as u64),
            requested: 0,
            requests,
            sent: Instant::now(),
            sum: 0,
            histogram: Histogram::new(),
            done: finish.sender(),
            received: 0,
        };
        bench.start(Client, state)
    };
    let clients: Clients = (0..number).map(start).collect();
    for last in all_stages[0].iter() {
        send(last, StageMessage::Link(clients.clone()));
    }
    for started in &all_stages {
        bench.settle(started, StageMessage::Report);
    }
    bench.settle(&clients, ClientMessage::Report);
    let elapsed = bench.time(finish, number, || {
        clients
            .iter()
            .for_each(|one| send(one, ClientMessage::Start));
    });
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&clients, ClientMessage::Report));
    for started in &all_stages {
        outcome.add_all(&bench.collect(started, StageMessage::Report));
    }
    outcome.answer &= LOW as i64;
    let wanted = answer(bench.seed, number as u64, stages, requests);
    outcome.error = expect("the sum of final values", outcome.answer, wanted);
    outcome
}

/// The sum of all final values.
fn answer(seed: u64, clients: u64, stages: u64, requests: usize) -> i64 {
    let sum = (0..clients).fold(0, |sum, k| {
        let mut stream = Stream::new(seed, k);
        (0..requests).fold(sum, |sum: u64, _| {
            sum + (0..stages).fold(stream.value(), stage)
        }) & LOW
    });
    sum as i64
}
