//! fork-join-creation: create actors, send each one message, add up their replies.

use std::sync::mpsc::Sender;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::{memory, reports};

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

#[derive(Message)]
#[rtype(result = "()")]
struct Create(u64);

#[derive(Message)]
#[rtype(result = "()")]
struct Created(u64);

/// Asks the creator for the messages its children received, and stops them.
#[derive(Message)]
#[rtype(result = "Vec<Addr<Child>>")]
struct Children;

struct Creator {
    arbiters: Vec<ArbiterHandle>,
    actors: u64,
    children: Vec<Addr<Child>>,
    sum: u64,
    replies: u64,
    done: Sender<()>,
    received: u64,
}

struct Child {
    creator: Addr<Creator>,
    received: u64,
}

impl Actor for Creator {
    type Context = Context<Self>;
}

impl Actor for Child {
    type Context = Context<Self>;
}

impl Handler<Start> for Creator {
    type Result = ();

    fn handle(&mut self, _: Start, context: &mut Context<Self>) {
        self.received += 1;
        let threads = self.arbiters.len() as u64;
        for k in 0..self.actors {
            let creator = context.address();
            // Thread 0 is the creator's own.
            let child = if k % threads == 0 {
                Child {
                    creator,
                    received: 0,
                }
                .start()
            } else {
                let arbiter = &self.arbiters[(k % threads) as usize];
                Child::start_in_arbiter(arbiter, move |_| Child {
                    creator,
                    received: 0,
                })
            };
            child.do_send(Create(k));
            self.children.push(child);
        }
    }
}

impl Handler<Created> for Creator {
    type Result = ();

    fn handle(&mut self, created: Created, _: &mut Context<Self>) {
        self.received += 1;
        self.sum += created.0;
        self.replies += 1;
        if self.replies == self.actors {
            let _ = self.done.send(());
        }
    }
}

impl Handler<Children> for Creator {
    type Result = MessageResult<Children>;

    fn handle(&mut self, _: Children, _: &mut Context<Self>) -> Self::Result {
        MessageResult(std::mem::take(&mut self.children))
    }
}

impl Handler<Create> for Child {
    type Result = ();

    fn handle(&mut self, create: Create, _: &mut Context<Self>) {
        self.received += 1;
        self.creator.do_send(Created(create.0 + 1));
    }
}

reports!(Creator, |creator| creator.sum as i64);
reports!(Child, |_child| 0);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let actors = parameters["actors"];
    let finish = Finish::new();
    let (arbiters, done) = (bench.handles(), finish.sender());
    let creator = bench.start(0, move |_| Creator {
        arbiters,
        actors,
        children: Vec::with_capacity(actors as usize),
        sum: 0,
        replies: 0,
        done,
        received: 0,
    });
    let before = (memory::allocated(), memory::status("VmRSS"));
    let mut outcome = Outcome {
        elapsed: finish.time(1, || creator.do_send(Start)),
        ..Outcome::default()
    };
    let after = (memory::allocated(), memory::status("VmRSS"));
    outcome.extra = per_actor("retained_bytes_per_actor", before.0, after.0, actors)
        .into_iter()
        .chain(per_actor(
            "resident_bytes_per_actor",
            before.1,
            after.1,
            actors,
        ))
        .collect();
    let children = bench.ask(&creator, Children);
    bench
        .collect(&children)
        .iter()
        .for_each(|reported| outcome.add(reported));
    bench
        .collect(&[creator])
        .iter()
        .for_each(|reported| outcome.add(reported));
    let sum = actors * (actors + 1) / 2;
    outcome.error = expect("the sum of replies", outcome.answer, sum as i64);
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
