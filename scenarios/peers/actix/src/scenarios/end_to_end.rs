//! end-to-end: clients' requests pass through stages and come back.

use std::sync::mpsc::Sender;
use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::histogram::Histogram;
use crate::random::{stage, Stream};
use crate::reports;

const LOW: u64 = 0xffff_ffff;
type Stages = Arc<[Addr<Stage>]>;
type Clients = Arc<[Addr<Client>]>;

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

/// A value on its way, and the client it goes back to.
#[derive(Message)]
#[rtype(result = "()")]
struct Request {
    value: u64,
    client: usize,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Reply(u64);

#[derive(Message)]
#[rtype(result = "()")]
struct Link(Clients);

struct Client {
    number: usize,
    first: Stages,
    stream: Stream,
    requested: usize,
    requests: usize,
    sent: Instant,
    sum: u64,
    histogram: Histogram,
    done: Sender<()>,
    received: u64,
}

struct Stage {
    stage: u64,
    number: usize,
    next: Option<Stages>,
    clients: Option<Clients>,
    received: u64,
}

impl Actor for Client {
    type Context = Context<Self>;
}

impl Actor for Stage {
    type Context = Context<Self>;
}

impl Client {
    fn request(&mut self) {
        if self.requested == self.requests {
            let _ = self.done.send(());
            return;
        }
        let to = (self.number + self.requested) % self.first.len();
        self.requested += 1;
        let value = self.stream.value();
        self.sent = Instant::now();
        self.first[to].do_send(Request {
            value,
            client: self.number,
        });
    }
}

impl Handler<Start> for Client {
    type Result = ();

    fn handle(&mut self, _: Start, _: &mut Context<Self>) {
        self.received += 1;
        self.request();
    }
}

impl Handler<Reply> for Client {
    type Result = ();

    fn handle(&mut self, reply: Reply, _: &mut Context<Self>) {
        self.received += 1;
        self.histogram.record(self.sent.elapsed().as_nanos() as u64);
        self.sum = (self.sum + reply.0) & LOW;
        self.request();
    }
}

impl Handler<Link> for Stage {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.clients = Some(link.0);
    }
}

impl Handler<Request> for Stage {
    type Result = ();

    fn handle(&mut self, Request { value, client }: Request, _: &mut Context<Self>) {
        self.received += 1;
        let value = stage(value, self.stage);
        if let Some(next) = &self.next {
            next[(self.number + 1) % next.len()].do_send(Request { value, client });
        } else if let Some(clients) = &self.clients {
            clients[client].do_send(Reply(value));
        }
    }
}

reports!(
    Client,
    |client| client.sum as i64,
    Some(client.histogram.clone())
);
reports!(Stage, |_stage| 0);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (stages, width) = (parameters["stages"], parameters["width"] as usize);
    let (number, requests) = (
        parameters["clients"] as usize,
        parameters["requests"] as usize,
    );
    let (seed, finish) = (bench.seed, Finish::new());
    let mut all_stages: Vec<Stages> = Vec::new();
    let mut next: Option<Stages> = None;
    for stage in (0..stages).rev() {
        let started: Stages = (0..width)
            .map(|number| {
                let next = next.clone();
                bench.start(number, move |_| Stage {
                    stage,
                    number,
                    next,
                    clients: None,
                    received: 0,
                })
            })
            .collect();
        all_stages.push(started.clone());
        next = Some(started);
    }
    let first = all_stages[all_stages.len() - 1].clone();
    let clients: Clients = (0..number)
        .map(|number| {
            let (first, done) = (first.clone(), finish.sender());
            bench.start(number, move |_| Client {
                number,
                first,
                stream: Stream::new(seed, number as u64),
                requested: 0,
                requests,
                sent: Instant::now(),
                sum: 0,
                histogram: Histogram::new(),
                done,
                received: 0,
            })
        })
        .collect();
    all_stages[0]
        .iter()
        .for_each(|last| last.do_send(Link(clients.clone())));
    let elapsed = finish.time(number, || clients.iter().for_each(|one| one.do_send(Start)));
    let mut outcome = Outcome {
        elapsed,
        ..Outcome::default()
    };
    bench
        .collect(&clients)
        .iter()
        .for_each(|reported| outcome.add(reported));
    for started in &all_stages {
        bench
            .collect(started)
            .iter()
            .for_each(|reported| outcome.add(reported));
    }
    outcome.answer &= LOW as i64;
    let wanted = (0..number as u64).fold(0, |sum, k| {
        let mut stream = Stream::new(seed, k);
        (0..requests).fold(sum, |sum: u64, _| {
            sum + (0..stages).fold(stream.value(), stage)
        }) & LOW
    });
    outcome.error = expect("the sum of final values", outcome.answer, wanted as i64);
    outcome
}
