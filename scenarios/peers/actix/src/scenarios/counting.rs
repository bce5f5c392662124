//! counting: a one-way flood from one producer to one counter.

use std::sync::mpsc::Sender;

use actix::prelude::*;

use crate::bench::{Bench, Finish, Outcome, Parameters};
use crate::reports;

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

#[derive(Message)]
#[rtype(result = "()")]
struct Increment;

#[derive(Message)]
#[rtype(result = "()")]
struct Retrieve(Addr<Producer>);

#[derive(Message)]
#[rtype(result = "()")]
struct Count(u64);

struct Producer {
    counter: Addr<Counter>,
    messages: u64,
    result: u64,
    done: Sender<()>,
    received: u64,
}

struct Counter {
    count: u64,
    received: u64,
}

impl Actor for Producer {
    type Context = Context<Self>;
}

impl Actor for Counter {
    type Context = Context<Self>;
}

impl Handler<Start> for Producer {
    type Result = ();

    fn handle(&mut self, _: Start, context: &mut Context<Self>) {
        self.received += 1;
        for _ in 0..self.messages {
            self.counter.do_send(Increment);
        }
        self.counter.do_send(Retrieve(context.address()));
    }
}

impl Handler<Count> for Producer {
    type Result = ();

    fn handle(&mut self, count: Count, _: &mut Context<Self>) {
        self.received += 1;
        self.result = count.0;
        let _ = self.done.send(());
    }
}

impl Handler<Increment> for Counter {
    type Result = ();

    fn handle(&mut self, _: Increment, _: &mut Context<Self>) {
        self.received += 1;
        self.count += 1;
    }
}

impl Handler<Retrieve> for Counter {
    type Result = ();

    fn handle(&mut self, retrieve: Retrieve, _: &mut Context<Self>) {
        self.received += 1;
        retrieve.0.do_send(Count(self.count));
    }
}

reports!(Producer, |producer| producer.result as i64);
reports!(Counter, |_counter| 0);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let messages = parameters["messages"];
    let finish = Finish::new();
    let counter = bench.start(0, |_| Counter {
        count: 0,
        received: 0,
    });
    let (to, done) = (counter.clone(), finish.sender());
    let producer = bench.start(0, move |_| Producer {
        counter: to,
        messages,
        result: 0,
        done,
        received: 0,
    });
    let mut outcome = Outcome {
        elapsed: finish.time(1, || producer.do_send(Start)),
        ..Outcome::default()
    };
    for reported in bench
        .collect(&[producer])
        .iter()
        .chain(&bench.collect(&[counter]))
    {
        outcome.add(reported);
    }
    outcome
}
