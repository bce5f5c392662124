//! latency-under-load: an open loop; latency counts from the intended time.

use std::sync::mpsc::Sender;
use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::histogram::Histogram;
use crate::random::Stream;
use crate::reports;

const LOW: u64 = 0xffff_ffff;

#[derive(Message)]
#[rtype(result = "()")]
struct Tick;

#[derive(Message)]
#[rtype(result = "()")]
struct Load {
    value: u64,
    intended_ns: u64,
    started: Instant,
}

#[derive(Message)]
#[rtype(result = "()")]
struct End;

struct Source {
    servers: Arc<[Addr<Server>]>,
    stream: Stream,
    rate: u64,
    messages: u64,
    sent: u64,
    started: Option<Instant>,
    received: u64,
}

struct Server {
    sum: u64,
    histogram: Histogram,
    done: Sender<()>,
    received: u64,
}

impl Actor for Source {
    type Context = Context<Self>;
}

impl Actor for Server {
    type Context = Context<Self>;
}

impl Source {
    /// Send what is due; a tick of its own would be handled before any other actor's turn,
    /// since a mailbox is drained until it is empty, so it yields to the arbiter instead.
    fn tick(&mut self, context: &mut Context<Self>) {
        let started = *self.started.get_or_insert_with(Instant::now);
        let now_ns = started.elapsed().as_nanos() as u64;
        while self.sent < self.messages {
            let intended_ns = self.sent * 1_000_000_000 / self.rate;
            if intended_ns > now_ns {
                break;
            }
            self.sent += 1;
            let server = self.stream.below(self.servers.len() as u64) as usize;
            let value = self.stream.value();
            self.servers[server].do_send(Load {
                value,
                intended_ns,
                started,
            });
        }
        if self.sent == self.messages {
            self.servers.iter().for_each(|server| server.do_send(End));
            return;
        }
        let later = tokio::task::yield_now();
        context.spawn(
            later
                .into_actor(self)
                .map(|(), source, context| source.tick(context)),
        );
    }
}

impl Handler<Tick> for Source {
    type Result = ();

    fn handle(&mut self, _: Tick, context: &mut Context<Self>) {
        self.tick(context);
    }
}

impl Handler<Load> for Server {
    type Result = ();

    fn handle(&mut self, load: Load, _: &mut Context<Self>) {
        self.received += 1;
        self.sum = (self.sum + load.value) & LOW;
        let now_ns = load.started.elapsed().as_nanos() as u64;
        self.histogram
            .record(now_ns.saturating_sub(load.intended_ns));
    }
}

impl Handler<End> for Server {
    type Result = ();

    fn handle(&mut self, _: End, _: &mut Context<Self>) {
        let _ = self.done.send(());
    }
}

reports!(Source, |_source| 0);
reports!(
    Server,
    |server| server.sum as i64,
    Some(server.histogram.clone())
);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, messages) = (parameters["servers"] as usize, parameters["messages"]);
    let (rate, seed) = (parameters["rate"], bench.seed);
    let finish = Finish::new();
    let servers: Arc<[Addr<Server>]> = (0..number)
        .map(|k| {
            let done = finish.sender();
            // The source has thread 0; servers begin on the next one.
            bench.start(k + 1, move |_| Server {
                sum: 0,
                histogram: Histogram::new(),
                done,
                received: 0,
            })
        })
        .collect();
    let all = servers.clone();
    let source = bench.start(0, move |_| Source {
        servers: all,
        stream: Stream::new(seed, 0),
        rate,
        messages,
        sent: 0,
        started: None,
        received: 0,
    });
    let elapsed = finish.time(number, || source.do_send(Tick));
    let mut outcome = Outcome {
        elapsed,
        ..Outcome::default()
    };
    for (k, mut reported) in bench.collect(&servers).into_iter().enumerate() {
        reported.answer *= k as i64 + 1;
        outcome.add(&reported);
    }
    bench.collect(&[source]);
    outcome.answer &= LOW as i64;
    let mut stream = Stream::new(seed, 0);
    let wanted = (0..messages).fold(0, |sum: u64, _| {
        let server = stream.below(number as u64);
        (sum + (server + 1) * stream.value()) & LOW
    });
    outcome.error = expect("the weighted sum", outcome.answer, wanted as i64);
    outcome
}
