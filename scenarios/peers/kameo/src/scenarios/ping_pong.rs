//! ping-pong: round trips between pairs of actors.

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, prepare_all, refs, tell};

struct PingMessage;

/// A pong, or the start.
struct PongMessage;

#[derive(Actor)]
struct Ping {
    pong: ActorRef<Pong>,
    left: u64,
    done: Done,
    received: u64,
}

#[derive(Actor)]
struct Pong {
    ping: ActorRef<Ping>,
    received: u64,
}

impl Message<PongMessage> for Ping {
    type Reply = ();

    async fn handle(&mut self, _: PongMessage, _: &mut Context<Self, ()>) {
        self.received += 1;
        if self.left == 0 {
            let _ = self.done.send(());
        } else {
            self.left -= 1;
            tell(&self.pong, PingMessage);
        }
    }
}

impl Message<PingMessage> for Pong {
    type Reply = ();

    async fn handle(&mut self, _: PingMessage, _: &mut Context<Self, ()>) {
        self.received += 1;
        tell(&self.ping, PongMessage);
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let pairs = parameters["pairs"] as usize;
    let each = (parameters["pings"] / parameters["pairs"]).max(1);
    let finish = Finish::new();
    let (pings, pongs) = (prepare_all(pairs), prepare_all(pairs));
    let (to_pings, to_pongs): (Vec<_>, Vec<_>) = (refs(&pings), refs(&pongs));
    let pings = bench.start_all(pings, |k| Ping {
        pong: to_pongs[k].clone(),
        left: each,
        done: finish.sender(),
        received: 0,
    });
    let pongs = bench.start_all(pongs, |k| Pong {
        ping: to_pings[k].clone(),
        received: 0,
    });
    let elapsed = bench.time(finish, pairs, || {
        to_pings.iter().for_each(|ping| tell(ping, PongMessage));
    });
    let mut outcome = Outcome::new(elapsed);
    for ping in bench.stop_all(pings) {
        outcome.add(ping.received, 0);
    }
    for pong in bench.stop_all(pongs) {
        outcome.expect("pongs", pong.received as i64, each as i64);
        outcome.add(pong.received, pong.received as i64);
    }
    outcome
}
