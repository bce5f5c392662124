//! fork-join-creation: create actors, send each one message, add up their replies.

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Live, Outcome, Parameters, prepare, tell};
use crate::memory;

struct Start;

struct Create(u64);

struct Created(u64);

#[derive(Actor)]
struct Creator {
    actors: u64,
    children: Vec<Live<Child>>,
    sum: u64,
    replies: u64,
    done: Done,
    received: u64,
}

#[derive(Actor)]
struct Child {
    creator: ActorRef<Creator>,
    received: u64,
}

impl Message<Start> for Creator {
    type Reply = ();

    async fn handle(&mut self, _: Start, context: &mut Context<Self, ()>) {
        self.received += 1;
        for k in 0..self.actors {
            let child = Child {
                creator: context.actor_ref().clone(),
                received: 0,
            };
            let child = Live::spawn(prepare(), child);
            tell(&child.to, Create(k));
            self.children.push(child);
        }
    }
}

impl Message<Created> for Creator {
    type Reply = ();

    async fn handle(&mut self, created: Created, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.sum += created.0;
        self.replies += 1;
        if self.replies == self.actors {
            let _ = self.done.send(());
        }
    }
}

impl Message<Create> for Child {
    type Reply = ();

    async fn handle(&mut self, create: Create, _: &mut Context<Self, ()>) {
        self.received += 1;
        tell(&self.creator, Created(create.0 + 1));
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let actors = parameters["actors"];
    let finish = Finish::new();
    let creator = Creator {
        actors,
        children: Vec::with_capacity(actors as usize),
        sum: 0,
        replies: 0,
        done: finish.sender(),
        received: 0,
    };
    let creator = bench.start(creator);
    let before = (memory::allocated(), memory::status("VmRSS"));
    let mut outcome = Outcome::new(bench.time(finish, 1, || tell(&creator.to, Start)));
    let after = (memory::allocated(), memory::status("VmRSS"));
    let retained = per_actor("retained_bytes_per_actor", before.0, after.0, actors);
    let resident = per_actor("resident_bytes_per_actor", before.1, after.1, actors);
    outcome.extra = retained.into_iter().chain(resident).collect();
    let creator = bench.stop(creator);
    outcome.add(creator.received, creator.sum as i64);
    for child in bench.stop_all(creator.children) {
        outcome.add(child.received, 0);
    }
    let wanted = actors * (actors + 1) / 2;
    outcome.expect("the sum of replies", outcome.answer, wanted as i64);
    outcome
}

fn per_actor(
    name: &'static str,
    before: Option<u64>,
    after: Option<u64>,
    actors: u64,
) -> Option<(&'static str, f64)> {
    Some((name, (after? as f64 - before? as f64) / actors as f64))
}
