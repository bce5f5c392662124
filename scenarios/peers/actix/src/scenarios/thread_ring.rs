//! thread-ring: tokens passed round a ring of actors.

use std::sync::mpsc::Sender;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::reports;

#[derive(Message)]
#[rtype(result = "()")]
struct Token(u64);

#[derive(Message)]
#[rtype(result = "()")]
struct Link(Addr<Member>);

struct Member {
    number: u64,
    next: Option<Addr<Member>>,
    ended: u64,
    done: Sender<()>,
    received: u64,
}

impl Actor for Member {
    type Context = Context<Self>;
}

impl Handler<Link> for Member {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.next = Some(link.0);
    }
}

impl Handler<Token> for Member {
    type Result = ();

    fn handle(&mut self, token: Token, _: &mut Context<Self>) {
        self.received += 1;
        if token.0 == 0 {
            self.ended += 1;
            let _ = self.done.send(());
        } else if let Some(next) = &self.next {
            next.do_send(Token(token.0 - 1));
        }
    }
}

reports!(Member, |member| (member.ended * (1 + member.number)) as i64);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, tokens) = (parameters["actors"], parameters["tokens"]);
    let hops = (parameters["hops"] / tokens).max(1);
    let finish = Finish::new();
    let ring: Vec<Addr<Member>> = (0..actors)
        .map(|number| {
            let done = finish.sender();
            let thread = bench.block(number as usize, actors as usize);
            bench.start(thread, move |_| Member {
                number,
                next: None,
                ended: 0,
                done,
                received: 0,
            })
        })
        .collect();
    for (k, member) in ring.iter().enumerate() {
        member.do_send(Link(ring[(k + 1) % ring.len()].clone()));
    }
    let starts: Vec<u64> = (0..tokens).map(|k| k * actors / tokens % actors).collect();
    let elapsed = finish.time(tokens as usize, || {
        starts
            .iter()
            .for_each(|start| ring[*start as usize].do_send(Token(hops)));
    });
    let mut outcome = Outcome {
        elapsed,
        ..Outcome::default()
    };
    bench
        .collect(&ring)
        .iter()
        .for_each(|reported| outcome.add(reported));
    let ends: u64 = starts.iter().map(|start| 1 + (start + hops) % actors).sum();
    outcome.error = expect("the sum of where tokens ended", outcome.answer, ends as i64);
    outcome
}
