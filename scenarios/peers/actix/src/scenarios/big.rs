//! big: many actors ping each other at random.

use std::sync::mpsc::Sender;
use std::sync::Arc;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::random::Stream;
use crate::reports;

type All = Arc<[Addr<Member>]>;

#[derive(Message)]
#[rtype(result = "()")]
struct Link(All);

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

/// From the actor of this number.
#[derive(Message)]
#[rtype(result = "()")]
struct Ping(usize);

/// From the actor of this number.
#[derive(Message)]
#[rtype(result = "()")]
struct Pong(usize);

#[derive(Message)]
#[rtype(result = "()")]
struct Exit(u64);

struct Member {
    number: usize,
    all: Option<All>,
    sink: Addr<Sink>,
    stream: Stream,
    left: u64,
    expected: usize,
    wrong: u64,
    sum: u64,
    received: u64,
}

struct Sink {
    actors: usize,
    exits: usize,
    sum: u64,
    done: Sender<()>,
    received: u64,
}

impl Actor for Member {
    type Context = Context<Self>;
}

impl Actor for Sink {
    type Context = Context<Self>;
}

impl Member {
    fn ping(&mut self) {
        let Some(all) = &self.all else { return };
        if self.left == 0 {
            self.sink.do_send(Exit(self.sum));
            return;
        }
        self.left -= 1;
        self.expected = self.stream.below(all.len() as u64) as usize;
        all[self.expected].do_send(Ping(self.number));
    }
}

impl Handler<Link> for Member {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.all = Some(link.0);
    }
}

impl Handler<Start> for Member {
    type Result = ();

    fn handle(&mut self, _: Start, _: &mut Context<Self>) {
        self.received += 1;
        self.ping();
    }
}

impl Handler<Ping> for Member {
    type Result = ();

    fn handle(&mut self, ping: Ping, _: &mut Context<Self>) {
        self.received += 1;
        if let Some(all) = &self.all {
            all[ping.0].do_send(Pong(self.number));
        }
    }
}

impl Handler<Pong> for Member {
    type Result = ();

    fn handle(&mut self, pong: Pong, _: &mut Context<Self>) {
        self.received += 1;
        self.wrong += u64::from(pong.0 != self.expected);
        self.sum += pong.0 as u64;
        self.ping();
    }
}

impl Handler<Exit> for Sink {
    type Result = ();

    fn handle(&mut self, exit: Exit, _: &mut Context<Self>) {
        self.received += 1;
        self.sum += exit.0;
        self.exits += 1;
        if self.exits == self.actors {
            let _ = self.done.send(());
        }
    }
}

reports!(Member, |member| member.wrong as i64);
reports!(Sink, |sink| sink.sum as i64);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, pings, seed) = (
        parameters["actors"] as usize,
        parameters["pings"],
        bench.seed,
    );
    let finish = Finish::new();
    let done = finish.sender();
    let sink = bench.start(0, move |_| Sink {
        actors,
        exits: 0,
        sum: 0,
        done,
        received: 0,
    });
    let all: All = (0..actors)
        .map(|number| {
            let sink = sink.clone();
            bench.start(number, move |_| Member {
                number,
                all: None,
                sink,
                stream: Stream::new(seed, number as u64),
                left: pings,
                expected: 0,
                wrong: 0,
                sum: 0,
                received: 0,
            })
        })
        .collect();
    all.iter()
        .for_each(|member| member.do_send(Link(all.clone())));
    let elapsed = finish.time(1, || all.iter().for_each(|member| member.do_send(Start)));
    let mut outcome = Outcome {
        elapsed,
        ..Outcome::default()
    };
    bench
        .collect(&all)
        .iter()
        .for_each(|reported| outcome.add(reported));
    outcome.error = expect("pongs from another actor than pinged", outcome.answer, 0);
    bench
        .collect(&[sink])
        .iter()
        .for_each(|reported| outcome.add(reported));
    let wanted: u64 = (0..actors)
        .map(|k| {
            let mut stream = Stream::new(seed, k as u64);
            (0..pings).map(|_| stream.below(actors as u64)).sum::<u64>()
        })
        .sum();
    outcome.error = outcome
        .error
        .or(expect("the sum", outcome.answer, wanted as i64));
    outcome
}
