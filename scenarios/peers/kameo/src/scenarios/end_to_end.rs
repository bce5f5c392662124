//! end-to-end: clients' requests pass through stages and come back.

use std::sync::Arc;
use std::time::Instant;

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Live, Outcome, Parameters, prepare_all, refs, tell};
use crate::histogram::Histogram;
use crate::random::{Stream, stage};

const LOW: u64 = 0xffff_ffff;
type Stages = Arc<[ActorRef<Stage>]>;
type Clients = Arc<[ActorRef<Client>]>;

struct Start;

/// A value on its way, and the client it goes back to.
struct Request {
    value: u64,
    client: usize,
}

struct Reply(u64);

#[derive(Actor)]
struct Client {
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

#[derive(Actor)]
struct Stage {
    stage: u64,
    number: usize,
    next: Option<Stages>,
    clients: Clients,
    received: u64,
}

impl Client {
    fn request(&mut self) {
        if self.requested == self.requests {
            let _ = self.done.send(());
            return;
        }
        let to = (self.number + self.requested) % self.first.len();
        self.requested += 1;
        let (value, client) = (self.stream.value(), self.number);
        self.sent = Instant::now();
        tell(&self.first[to], Request { value, client });
    }
}

impl Message<Start> for Client {
    type Reply = ();

    async fn handle(&mut self, _: Start, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.request();
    }
}

impl Message<Reply> for Client {
    type Reply = ();

    async fn handle(&mut self, reply: Reply, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.histogram.record(self.sent.elapsed().as_nanos() as u64);
        self.sum = (self.sum + reply.0) & LOW;
        self.request();
    }
}

impl Message<Request> for Stage {
    type Reply = ();

    async fn handle(&mut self, Request { value, client }: Request, _: &mut Context<Self, ()>) {
        self.received += 1;
        let value = stage(value, self.stage);
        if let Some(next) = &self.next {
            let to = (self.number + 1) % next.len();
            tell(&next[to], Request { value, client });
        } else {
            tell(&self.clients[client], Reply(value));
        }
    }
}

/// All stages' actors, and how to send to the first stage's.
fn start_stages(
    bench: &Bench,
    stages: u64,
    width: usize,
    clients: &Clients,
) -> (Vec<Live<Stage>>, Option<Stages>) {
    let (mut live, mut next) = (Vec::new(), None);
    for stage in (0..stages).rev() {
        let prepared = prepare_all(width);
        let to: Stages = refs(&prepared);
        live.extend(bench.start_all(prepared, |number| Stage {
            stage,
            number,
            next: next.clone(),
            clients: clients.clone(),
            received: 0,
        }));
        next = Some(to);
    }
    (live, next)
}

fn sum_of_final_values(seed: u64, clients: u64, requests: u64, stages: u64) -> u64 {
    (0..clients).fold(0, |sum, k| {
        let mut stream = Stream::new(seed, k);
        (0..requests).fold(sum, |sum: u64, _| {
            sum + (0..stages).fold(stream.value(), stage)
        }) & LOW
    })
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, requests) = (parameters["clients"], parameters["requests"]);
    let (stages, width) = (parameters["stages"], parameters["width"] as usize);
    let finish = Finish::new();
    let clients = prepare_all(number as usize);
    let all: Clients = refs(&clients);
    let (live, first) = start_stages(bench, stages, width, &all);
    let first = first.expect("no stages");
    let clients = bench.start_all(clients, |number| Client {
        number,
        first: first.clone(),
        stream: Stream::new(bench.seed, number as u64),
        requested: 0,
        requests: requests as usize,
        sent: Instant::now(),
        sum: 0,
        histogram: Histogram::new(),
        done: finish.sender(),
        received: 0,
    });
    let elapsed = bench.time(finish, all.len(), || {
        all.iter().for_each(|one| tell(one, Start));
    });
    let mut outcome = Outcome::new(elapsed);
    for client in bench.stop_all(clients) {
        outcome.add(client.received, client.sum as i64);
        outcome.merge(&client.histogram);
    }
    for one in bench.stop_all(live) {
        outcome.add(one.received, 0);
    }
    outcome.answer &= LOW as i64;
    let wanted = sum_of_final_values(bench.seed, number, requests, stages);
    outcome.expect("the sum of final values", outcome.answer, wanted as i64);
    outcome
}
