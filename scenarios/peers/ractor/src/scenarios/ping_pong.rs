//! ping-pong: round trips between pairs of actors.

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::started_with_state;

enum PingMessage {
    /// A pong, or the start.
    Pong,
    Report(Report),
}

enum PongMessage {
    Link(ActorRef<PingMessage>),
    Ping,
    Report(Report),
}

struct Ping;

struct PingState {
    pong: ActorRef<PongMessage>,
    left: u64,
    done: Done,
    received: u64,
}

struct Pong;

struct PongState {
    ping: Option<ActorRef<PingMessage>>,
    received: u64,
}

impl Actor for Ping {
    started_with_state!(PingMessage, PingState);

    async fn handle(
        &self,
        _: ActorRef<PingMessage>,
        message: PingMessage,
        state: &mut PingState,
    ) -> Handled {
        match message {
            PingMessage::Pong => {
                state.received += 1;
                if state.left == 0 {
                    state.done.send(())?;
                } else {
                    state.left -= 1;
                    state.pong.cast(PongMessage::Ping)?;
                }
            }
            PingMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

impl Actor for Pong {
    started_with_state!(PongMessage, PongState);

    async fn handle(
        &self,
        _: ActorRef<PongMessage>,
        message: PongMessage,
        state: &mut PongState,
    ) -> Handled {
        match message {
            PongMessage::Link(ping) => state.ping = Some(ping),
            PongMessage::Ping => {
                state.received += 1;
                if let Some(ping) = &state.ping {
                    ping.cast(PingMessage::Pong)?;
                }
            }
            PongMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.received as i64));
            }
        }
        Ok(())
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let pairs = parameters["pairs"] as usize;
    let each = (parameters["pings"] / parameters["pairs"]).max(1);
    let finish = Finish::new();
    let mut pings = Vec::with_capacity(pairs);
    let mut pongs = Vec::with_capacity(pairs);
    for _ in 0..pairs {
        let pong = bench.start(
            Pong,
            PongState {
                ping: None,
                received: 0,
            },
        );
        let state = PingState {
            pong: pong.clone(),
            left: each,
            done: finish.sender(),
            received: 0,
        };
        let ping = bench.start(Ping, state);
        send(&pong, PongMessage::Link(ping.clone()));
        pings.push(ping);
        pongs.push(pong);
    }
    bench.settle(&pings, PingMessage::Report);
    bench.settle(&pongs, PongMessage::Report);
    let elapsed = bench.time(finish, pairs, || {
        pings.iter().for_each(|ping| send(ping, PingMessage::Pong));
    });
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&pings, PingMessage::Report));
    for reported in bench.collect(&pongs, PongMessage::Report) {
        outcome.error = outcome
            .error
            .or(expect("pongs", reported.answer, each as i64));
        outcome.add(&reported);
    }
    outcome
}
