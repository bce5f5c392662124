//! latency-under-load: an open loop; latency counts from the intended time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::histogram::Histogram;
use crate::random::Stream;
use crate::started_with_state;

const LOW: u64 = 0xffff_ffff;

enum SourceMessage {
    Tick,
    Report(Report),
}

enum ServerMessage {
    Load { value: u64, intended: Instant },
    End,
    Report(Report),
}

struct Source;

struct SourceState {
    servers: Arc<[ActorRef<ServerMessage>]>,
    stream: Stream,
    rate: u64,
    messages: u64,
    sent: u64,
    started: Option<Instant>,
    received: u64,
}

struct Server;

struct ServerState {
    sum: u64,
    histogram: Histogram,
    done: Done,
    received: u64,
}

impl SourceState {
    /// Send what is due; whether some are left.
    fn tick(&mut self) -> Result<bool, ractor::ActorProcessingErr> {
        let started = *self.started.get_or_insert_with(Instant::now);
        let now_ns = started.elapsed().as_nanos() as u64;
        while self.sent < self.messages {
            let intended_ns = self.sent * 1_000_000_000 / self.rate;
            if intended_ns > now_ns {
                return Ok(true);
            }
            self.sent += 1;
            let server = self.stream.below(self.servers.len() as u64) as usize;
            let value = self.stream.value();
            let intended = started + Duration::from_nanos(intended_ns);
            self.servers[server].cast(ServerMessage::Load { value, intended })?;
        }
        for server in self.servers.iter() {
            server.cast(ServerMessage::End)?;
        }
        Ok(false)
    }
}

impl Actor for Source {
    started_with_state!(SourceMessage, SourceState);

    async fn handle(
        &self,
        myself: ActorRef<SourceMessage>,
        message: SourceMessage,
        state: &mut SourceState,
    ) -> Handled {
        match message {
            SourceMessage::Tick => {
                if state.tick()? {
                    myself.cast(SourceMessage::Tick)?;
                    // Else a turn would last for as many ticks as the budget has.
                    tokio::task::yield_now().await;
                }
            }
            SourceMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

impl Actor for Server {
    started_with_state!(ServerMessage, ServerState);

    async fn handle(
        &self,
        _: ActorRef<ServerMessage>,
        message: ServerMessage,
        state: &mut ServerState,
    ) -> Handled {
        match message {
            ServerMessage::Load { value, intended } => {
                state.received += 1;
                state.sum = (state.sum + value) & LOW;
                state.histogram.record(intended.elapsed().as_nanos() as u64);
            }
            ServerMessage::End => state.done.send(())?,
            ServerMessage::Report(to) => {
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

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, messages) = (parameters["servers"], parameters["messages"]);
    let finish = Finish::new();
    let start = |_| {
        let state = ServerState {
            sum: 0,
            histogram: Histogram::new(),
            done: finish.sender(),
            received: 0,
        };
        bench.start(Server, state)
    };
    let servers: Arc<[ActorRef<ServerMessage>]> = (0..number).map(start).collect();
    let state = SourceState {
        servers: servers.clone(),
        stream: Stream::new(bench.seed, 0),
        rate: parameters["rate"],
        messages,
        sent: 0,
        started: None,
        received: 0,
    };
    let sources = [bench.start(Source, state)];
    bench.settle(&servers, ServerMessage::Report);
    bench.settle(&sources, SourceMessage::Report);
    let elapsed = bench.time(finish, servers.len(), || {
        send(&sources[0], SourceMessage::Tick)
    });
    let mut outcome = Outcome::new(elapsed);
    let reports = bench.collect(&servers, ServerMessage::Report);
    for (k, mut reported) in reports.into_iter().enumerate() {
        reported.answer *= k as i64 + 1;
        outcome.add(&reported);
    }
    bench.collect(&sources, SourceMessage::Report);
    outcome.answer &= LOW as i64;
    let wanted = answer(bench.seed, number, messages);
    outcome.error = expect("the weighted sum", outcome.answer, wanted);
    outcome
}

/// The sum over servers of number + 1 times what they were sent.
fn answer(seed: u64, servers: u64, messages: u64) -> i64 {
    let mut stream = Stream::new(seed, 0);
    let sum = (0..messages).fold(0, |sum: u64, _| {
        let server = stream.below(servers);
        (sum + (server + 1) * stream.value()) & LOW
    });
    sum as i64
}
