//! big: many actors ping each other at random.

use std::sync::Arc;

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, prepare_all, refs, tell};
use crate::random::Stream;

type All = Arc<[ActorRef<Member>]>;

struct Start;

/// From the actor of this number.
struct Ping(usize);

/// From the actor of this number.
struct Pong(usize);

struct Exit(u64);

#[derive(Actor)]
struct Member {
    number: usize,
    all: All,
    sink: ActorRef<Sink>,
    stream: Stream,
    left: u64,
    expected: usize,
    wrong: u64,
    sum: u64,
    received: u64,
}

#[derive(Actor)]
struct Sink {
    actors: usize,
    exits: usize,
    sum: u64,
    done: Done,
    received: u64,
}

impl Member {
    fn ping(&mut self) {
        if self.left == 0 {
            tell(&self.sink, Exit(self.sum));
            return;
        }
        self.left -= 1;
        self.expected = self.stream.below(self.all.len() as u64) as usize;
        tell(&self.all[self.expected], Ping(self.number));
    }
}

impl Message<Start> for Member {
    type Reply = ();

    async fn handle(&mut self, _: Start, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.ping();
    }
}

impl Message<Ping> for Member {
    type Reply = ();

    async fn handle(&mut self, ping: Ping, _: &mut Context<Self, ()>) {
        self.received += 1;
        tell(&self.all[ping.0], Pong(self.number));
    }
}

impl Message<Pong> for Member {
    type Reply = ();

    async fn handle(&mut self, pong: Pong, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.wrong += u64::from(pong.0 != self.expected);
        self.sum += pong.0 as u64;
        self.ping();
    }
}

impl Message<Exit> for Sink {
    type Reply = ();

    async fn handle(&mut self, exit: Exit, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.sum += exit.0;
        self.exits += 1;
        if self.exits == self.actors {
            let _ = self.done.send(());
        }
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, pings) = (parameters["actors"] as usize, parameters["pings"]);
    let finish = Finish::new();
    let sink = Sink {
        actors,
        exits: 0,
        sum: 0,
        done: finish.sender(),
        received: 0,
    };
    let sink = bench.start(sink);
    let members = prepare_all(actors);
    let all: All = refs(&members);
    let members = bench.start_all(members, |number| Member {
        number,
        all: all.clone(),
        sink: sink.to.clone(),
        stream: Stream::new(bench.seed, number as u64),
        left: pings,
        expected: 0,
        wrong: 0,
        sum: 0,
        received: 0,
    });
    let elapsed = bench.time(finish, 1, || all.iter().for_each(|one| tell(one, Start)));
    let mut outcome = Outcome::new(elapsed);
    for member in bench.stop_all(members) {
        outcome.expect("pongs of others than pinged", member.wrong as i64, 0);
        outcome.add(member.received, 0);
    }
    let sink = bench.stop(sink);
    outcome.add(sink.received, sink.sum as i64);
    let wanted: u64 = (0..actors as u64)
        .map(|k| {
            let mut stream = Stream::new(bench.seed, k);
            (0..pings).map(|_| stream.below(actors as u64)).sum::<u64>()
        })
        .sum();
    outcome.expect("the sum", outcome.answer, wanted as i64);
    outcome
}
