//! ping-pong: round trips between pairs of actors.

use std::sync::mpsc::Sender;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::reports;

#[derive(Message)]
#[rtype(result = "()")]
struct PingMessage;

/// A pong, or the start.
#[derive(Message)]
#[rtype(result = "()")]
struct PongMessage;

#[derive(Message)]
#[rtype(result = "()")]
struct Link(Addr<Ping>);

struct Ping {
    pong: Addr<Pong>,
    left: u64,
    done: Sender<()>,
    received: u64,
}

struct Pong {
    ping: Option<Addr<Ping>>,
    received: u64,
}

impl Actor for Ping {
    type Context = Context<Self>;
}

impl Actor for Pong {
    type Context = Context<Self>;
}

impl Handler<PongMessage> for Ping {
    type Result = ();

    fn handle(&mut self, _: PongMessage, _: &mut Context<Self>) {
        self.received += 1;
        if self.left == 0 {
            let _ = self.done.send(());
        } else {
            self.left -= 1;
            self.pong.do_send(PingMessage);
        }
    }
}

impl Handler<Link> for Pong {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.ping = Some(link.0);
    }
}

impl Handler<PingMessage> for Pong {
    type Result = ();

    fn handle(&mut self, _: PingMessage, _: &mut Context<Self>) {
        self.received += 1;
        if let Some(ping) = &self.ping {
            ping.do_send(PongMessage);
        }
    }
}

reports!(Ping, |_ping| 0);
reports!(Pong, |pong| pong.received as i64);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let pairs = parameters["pairs"] as usize;
    let each = (parameters["pings"] / parameters["pairs"]).max(1);
    let finish = Finish::new();
    let mut pings = Vec::with_capacity(pairs);
    let mut pongs = Vec::with_capacity(pairs);
    for k in 0..pairs {
        let pong = bench.start(k, |_| Pong {
            ping: None,
            received: 0,
        });
        let (to, done) = (pong.clone(), finish.sender());
        let ping = bench.start(k, move |_| Ping {
            pong: to,
            left: each,
            done,
            received: 0,
        });
        pong.do_send(Link(ping.clone()));
        pings.push(ping);
        pongs.push(pong);
    }
    let mut outcome = Outcome {
        elapsed: finish.time(pairs, || {
            pings.iter().for_each(|ping| ping.do_send(PongMessage))
        }),
        ..Outcome::default()
    };
    for reported in bench.collect(&pings) {
        outcome.add(&reported);
    }
    for reported in bench.collect(&pongs) {
        outcome.error = outcome
            .error
            .or(expect("pongs", reported.answer, each as i64));
        outcome.add(&reported);
    }
    outcome
}
