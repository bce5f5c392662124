//! fork-join-creation: create actors, send each one message, add up their replies.

use ractor::concurrency::OneshotSender;
use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::{memory, started_with_state};

enum CreatorMessage {
    Start,
    Created(u64),
    /// Asks for the children.
    Children(OneshotSender<Vec<ActorRef<ChildMessage>>>),
    Report(Report),
}

enum ChildMessage {
    Create(u64),
    Report(Report),
}

struct Creator;

struct CreatorState {
    actors: u64,
    children: Vec<ActorRef<ChildMessage>>,
    sum: u64,
    replies: u64,
    done: Done,
    received: u64,
}

struct Child;

struct ChildState {
    creator: ActorRef<CreatorMessage>,
    received: u64,
}

impl CreatorState {
    async fn create(&mut self, myself: &ActorRef<CreatorMessage>) -> Handled {
        for k in 0..self.actors {
            let state = ChildState {
                creator: myself.clone(),
                received: 0,
            };
            let (child, _) = Actor::spawn(None, Child, state).await?;
            child.cast(ChildMessage::Create(k))?;
            self.children.push(child);
        }
        Ok(())
    }
}

impl Actor for Creator {
    started_with_state!(CreatorMessage, CreatorState);

    async fn handle(
        &self,
        myself: ActorRef<CreatorMessage>,
        message: CreatorMessage,
        state: &mut CreatorState,
    ) -> Handled {
        match message {
            CreatorMessage::Start => {
                state.received += 1;
                state.create(&myself).await?;
            }
            CreatorMessage::Created(number) => {
                state.received += 1;
                state.sum += number;
                state.replies += 1;
                if state.replies == state.actors {
                    state.done.send(())?;
                }
            }
            CreatorMessage::Children(to) => {
                let _ = to.send(std::mem::take(&mut state.children));
            }
            CreatorMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.sum as i64));
            }
        }
        Ok(())
    }
}

impl Actor for Child {
    started_with_state!(ChildMessage, ChildState);

    async fn handle(
        &self,
        _: ActorRef<ChildMessage>,
        message: ChildMessage,
        state: &mut ChildState,
    ) -> Handled {
        match message {
            ChildMessage::Create(k) => {
                state.received += 1;
                state.creator.cast(CreatorMessage::Created(k + 1))?;
            }
            ChildMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let actors = parameters["actors"];
    let finish = Finish::new();
    let state = CreatorState {
        actors,
        children: Vec::with_capacity(actors as usize),
        sum: 0,
        replies: 0,
        done: finish.sender(),
        received: 0,
    };
    let creators = [bench.start(Creator, state)];
    bench.settle(&creators, CreatorMessage::Report);
    let before = (memory::allocated(), memory::status("VmRSS"));
    let elapsed = bench.time(finish, 1, || send(&creators[0], CreatorMessage::Start));
    let after = (memory::allocated(), memory::status("VmRSS"));
    let mut outcome = Outcome::new(elapsed);
    let retained = per_actor("retained_bytes_per_actor", before.0, after.0, actors);
    let resident = per_actor("resident_bytes_per_actor", before.1, after.1, actors);
    outcome.extra = retained.into_iter().chain(resident).collect();
    let children = bench.ask(&creators[0], CreatorMessage::Children);
    outcome.add_all(&bench.collect(&children, ChildMessage::Report));
    outcome.add_all(&bench.collect(&creators, CreatorMessage::Report));
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
