//! thread-ring: tokens passed round a ring of actors.

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::started_with_state;

enum MemberMessage {
    Link(ActorRef<MemberMessage>),
    Token(u64),
    Report(Report),
}

struct Member;

struct MemberState {
    number: u64,
    next: Option<ActorRef<MemberMessage>>,
    ended: u64,
    done: Done,
    received: u64,
}

impl Actor for Member {
    started_with_state!(MemberMessage, MemberState);

    async fn handle(
        &self,
        _: ActorRef<MemberMessage>,
        message: MemberMessage,
        state: &mut MemberState,
    ) -> Handled {
        match message {
            MemberMessage::Link(next) => state.next = Some(next),
            MemberMessage::Token(hops) => {
                state.received += 1;
                if hops == 0 {
                    state.ended += 1;
                    state.done.send(())?;
                } else if let Some(next) = &state.next {
                    next.cast(MemberMessage::Token(hops - 1))?;
                }
            }
            MemberMessage::Report(to) => {
                let answer = state.ended * (1 + state.number);
                let _ = to.send(Reported::new(state.received, answer as i64));
            }
        }
        Ok(())
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, tokens) = (parameters["actors"], parameters["tokens"]);
    let hops = (parameters["hops"] / tokens).max(1);
    let finish = Finish::new();
    let start = |number| {
        let state = MemberState {
            number,
            next: None,
            ended: 0,
            done: finish.sender(),
            received: 0,
        };
        bench.start(Member, state)
    };
    let ring: Vec<ActorRef<MemberMessage>> = (0..actors).map(start).collect();
    for (k, member) in ring.iter().enumerate() {
        send(
            member,
            MemberMessage::Link(ring[(k + 1) % ring.len()].clone()),
        );
    }
    bench.settle(&ring, MemberMessage::Report);
    let starts: Vec<u64> = (0..tokens).map(|k| k * actors / tokens % actors).collect();
    let elapsed = bench.time(finish, tokens as usize, || {
        for start in &starts {
            send(&ring[*start as usize], MemberMessage::Token(hops));
        }
    });
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&ring, MemberMessage::Report));
    let ends: u64 = starts.iter().map(|start| 1 + (start + hops) % actors).sum();
    outcome.error = expect("the sum of where tokens ended", outcome.answer, ends as i64);
    outcome
}
