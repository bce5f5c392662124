//! thread-ring: tokens passed round a ring of actors.

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, prepare_all, refs, tell};

struct Token(u64);

#[derive(Actor)]
struct Member {
    number: u64,
    next: ActorRef<Member>,
    ended: u64,
    done: Done,
    received: u64,
}

impl Message<Token> for Member {
    type Reply = ();

    async fn handle(&mut self, token: Token, _: &mut Context<Self, ()>) {
        self.received += 1;
        if token.0 == 0 {
            self.ended += 1;
            let _ = self.done.send(());
        } else {
            tell(&self.next, Token(token.0 - 1));
        }
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, tokens) = (parameters["actors"], parameters["tokens"]);
    let hops = (parameters["hops"] / tokens).max(1);
    let finish = Finish::new();
    let ring = prepare_all(actors as usize);
    let to: Vec<_> = refs(&ring);
    let ring = bench.start_all(ring, |k| Member {
        number: k as u64,
        next: to[(k + 1) % to.len()].clone(),
        ended: 0,
        done: finish.sender(),
        received: 0,
    });
    let starts: Vec<u64> = (0..tokens).map(|k| k * actors / tokens % actors).collect();
    let elapsed = bench.time(finish, tokens as usize, || {
        starts
            .iter()
            .for_each(|start| tell(&to[*start as usize], Token(hops)));
    });
    let mut outcome = Outcome::new(elapsed);
    for member in bench.stop_all(ring) {
        outcome.add(member.received, (member.ended * (1 + member.number)) as i64);
    }
    let ends: u64 = starts.iter().map(|start| 1 + (start + hops) % actors).sum();
    outcome.expect("the sum of where tokens ended", outcome.answer, ends as i64);
    outcome
}
