//! latency-under-load: an open loop; latency counts from the intended time.

use std::sync::Arc;
use std::time::Instant;

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, prepare_all, refs, tell};
use crate::histogram::Histogram;
use crate::random::Stream;

const LOW: u64 = 0xffff_ffff;
type Servers = Arc<[ActorRef<Server>]>;

struct Tick;

struct Load {
    value: u64,
    intended_ns: u64,
    started: Instant,
}

struct End;

#[derive(Actor)]
struct Source {
    servers: Servers,
    stream: Stream,
    rate: u64,
    messages: u64,
    sent: u64,
    started: Option<Instant>,
}

#[derive(Actor)]
struct Server {
    sum: u64,
    histogram: Histogram,
    done: Done,
    received: u64,
}

impl Source {
    fn send_what_is_due(&mut self) {
        let started = *self.started.get_or_insert_with(Instant::now);
        let now_ns = started.elapsed().as_nanos() as u64;
        while self.sent < self.messages {
            let intended_ns = self.sent * 1_000_000_000 / self.rate;
            if intended_ns > now_ns {
                break;
            }
            self.sent += 1;
            let server = self.stream.below(self.servers.len() as u64) as usize;
            let load = Load {
                value: self.stream.value(),
                intended_ns,
                started,
            };
            tell(&self.servers[server], load);
        }
    }
}

impl Message<Tick> for Source {
    type Reply = ();

    async fn handle(&mut self, _: Tick, context: &mut Context<Self, ()>) {
        self.send_what_is_due();
        if self.sent == self.messages {
            self.servers.iter().for_each(|server| tell(server, End));
            return;
        }
        tell(context.actor_ref(), Tick);
        // Else all of tokio's budget, 128 ticks, would come before any other actor's turn.
        tokio::task::yield_now().await;
    }
}

impl Message<Load> for Server {
    type Reply = ();

    async fn handle(&mut self, load: Load, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.sum = (self.sum + load.value) & LOW;
        let now_ns = load.started.elapsed().as_nanos() as u64;
        self.histogram
            .record(now_ns.saturating_sub(load.intended_ns));
    }
}

impl Message<End> for Server {
    type Reply = ();

    async fn handle(&mut self, _: End, _: &mut Context<Self, ()>) {
        let _ = self.done.send(());
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, messages) = (parameters["servers"] as usize, parameters["messages"]);
    let finish = Finish::new();
    let servers = prepare_all(number);
    let source = Source {
        servers: refs(&servers),
        stream: Stream::new(bench.seed, 0),
        rate: parameters["rate"],
        messages,
        sent: 0,
        started: None,
    };
    let servers = bench.start_all(servers, |_| Server {
        sum: 0,
        histogram: Histogram::new(),
        done: finish.sender(),
        received: 0,
    });
    let source = bench.start(source);
    let mut outcome = Outcome::new(bench.time(finish, number, || tell(&source.to, Tick)));
    for (k, server) in bench.stop_all(servers).into_iter().enumerate() {
        outcome.add(server.received, (k as i64 + 1) * server.sum as i64);
        outcome.merge(&server.histogram);
    }
    bench.stop(source);
    outcome.answer &= LOW as i64;
    let mut stream = Stream::new(bench.seed, 0);
    let wanted = (0..messages).fold(0, |sum: u64, _| {
        let server = stream.below(number as u64);
        (sum + (server + 1) * stream.value()) & LOW
    });
    outcome.expect("the weighted sum", outcome.answer, wanted as i64);
    outcome
}
