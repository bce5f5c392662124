//! counting: a one-way flood from one producer to one counter.

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, tell};

struct Start;

struct Increment;

struct Retrieve(ActorRef<Producer>);

struct Count(u64);

#[derive(Actor)]
struct Producer {
    counter: ActorRef<Counter>,
    messages: u64,
    result: u64,
    done: Done,
    received: u64,
}

#[derive(Actor)]
struct Counter {
    count: u64,
    received: u64,
}

impl Message<Start> for Producer {
    type Reply = ();

    async fn handle(&mut self, _: Start, context: &mut Context<Self, ()>) {
        self.received += 1;
        for _ in 0..self.messages {
            tell(&self.counter, Increment);
        }
        tell(&self.counter, Retrieve(context.actor_ref().clone()));
    }
}

impl Message<Count> for Producer {
    type Reply = ();

    async fn handle(&mut self, count: Count, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.result = count.0;
        let _ = self.done.send(());
    }
}

impl Message<Increment> for Counter {
    type Reply = ();

    async fn handle(&mut self, _: Increment, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.count += 1;
    }
}

impl Message<Retrieve> for Counter {
    type Reply = ();

    async fn handle(&mut self, retrieve: Retrieve, _: &mut Context<Self, ()>) {
        self.received += 1;
        tell(&retrieve.0, Count(self.count));
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let finish = Finish::new();
    let counter = Counter {
        count: 0,
        received: 0,
    };
    let counter = bench.start(counter);
    let producer = Producer {
        counter: counter.to.clone(),
        messages: parameters["messages"],
        result: 0,
        done: finish.sender(),
        received: 0,
    };
    let producer = bench.start(producer);
    let mut outcome = Outcome::new(bench.time(finish, 1, || tell(&producer.to, Start)));
    let (producer, counter) = (bench.stop(producer), bench.stop(counter));
    outcome.add(producer.received, producer.result as i64);
    outcome.add(counter.received, 0);
    outcome.expect("the count", outcome.answer, parameters["messages"] as i64);
    outcome
}
