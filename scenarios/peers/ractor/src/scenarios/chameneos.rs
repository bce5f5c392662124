//! chameneos: creatures meet in a mall, two by two.

use std::sync::Arc;

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::started_with_state;

type Colour = u8;
type Creatures = Arc<[ActorRef<CreatureMessage>]>;

enum MallMessage {
    Link(Creatures),
    /// A creature, by its number, wants to meet another.
    Meet(usize, Colour),
    Count(u64),
    Report(Report),
}

enum CreatureMessage {
    Link(Creatures),
    Start,
    /// The one who waited meets another.
    Match(usize, Colour),
    Change(Colour),
    Exit,
    Report(Report),
}

struct Mall;

struct MallState {
    creatures: Option<Creatures>,
    left: u64,
    waiting: Option<usize>,
    counts: usize,
    sum: u64,
    done: Done,
    received: u64,
}

struct Creature;

struct CreatureState {
    number: usize,
    colour: Colour,
    mall: ActorRef<MallMessage>,
    others: Option<Creatures>,
    meetings: u64,
    received: u64,
}

impl MallState {
    fn meet(&mut self, number: usize, colour: Colour) -> Handled {
        let Some(creatures) = &self.creatures else {
            return Ok(());
        };
        if self.left == 0 {
            creatures[number].cast(CreatureMessage::Exit)?;
        } else if let Some(first) = self.waiting.take() {
            self.left -= 1;
            creatures[first].cast(CreatureMessage::Match(number, colour))?;
        } else {
            self.waiting = Some(number);
        }
        Ok(())
    }

    fn count(&mut self, meetings: u64) -> Handled {
        self.sum += meetings;
        self.counts += 1;
        let creatures = self.creatures.as_ref().map(|all| all.len());
        if creatures == Some(self.counts) {
            self.done.send(())?;
        }
        Ok(())
    }
}

impl Actor for Mall {
    started_with_state!(MallMessage, MallState);

    async fn handle(
        &self,
        _: ActorRef<MallMessage>,
        message: MallMessage,
        state: &mut MallState,
    ) -> Handled {
        match message {
            MallMessage::Link(creatures) => state.creatures = Some(creatures),
            MallMessage::Meet(number, colour) => {
                state.received += 1;
                state.meet(number, colour)?;
            }
            MallMessage::Count(meetings) => {
                state.received += 1;
                state.count(meetings)?;
            }
            MallMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.sum as i64));
            }
        }
        Ok(())
    }
}

impl CreatureState {
    fn meet(&mut self) -> Handled {
        self.received += 1;
        self.mall
            .cast(MallMessage::Meet(self.number, self.colour))?;
        Ok(())
    }

    fn matched(&mut self, other: usize, colour: Colour) -> Handled {
        self.meetings += 1;
        self.colour = complement(self.colour, colour);
        if let Some(others) = &self.others {
            others[other].cast(CreatureMessage::Change(self.colour))?;
        }
        self.meet()
    }
}

impl Actor for Creature {
    started_with_state!(CreatureMessage, CreatureState);

    async fn handle(
        &self,
        _: ActorRef<CreatureMessage>,
        message: CreatureMessage,
        state: &mut CreatureState,
    ) -> Handled {
        match message {
            CreatureMessage::Link(others) => state.others = Some(others),
            CreatureMessage::Start => state.meet()?,
            CreatureMessage::Match(other, colour) => state.matched(other, colour)?,
            CreatureMessage::Change(colour) => {
                state.meetings += 1;
                state.colour = colour;
                state.meet()?;
            }
            CreatureMessage::Exit => {
                state.received += 1;
                state.mall.cast(MallMessage::Count(state.meetings))?;
            }
            CreatureMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

fn complement(one: Colour, other: Colour) -> Colour {
    if one == other {
        one
    } else {
        3 - one - other
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let meetings = parameters["meetings"];
    let finish = Finish::new();
    let state = MallState {
        creatures: None,
        left: meetings,
        waiting: None,
        counts: 0,
        sum: 0,
        done: finish.sender(),
        received: 0,
    };
    let malls = [bench.start(Mall, state)];
    let start = |number| {
        let state = CreatureState {
            number,
            colour: (number % 3) as Colour,
            mall: malls[0].clone(),
            others: None,
            meetings: 0,
            received: 0,
        };
        bench.start(Creature, state)
    };
    let creatures: Creatures = (0..parameters["creatures"] as usize).map(start).collect();
    send(&malls[0], MallMessage::Link(creatures.clone()));
    for one in creatures.iter() {
        send(one, CreatureMessage::Link(creatures.clone()));
    }
    bench.settle(&malls, MallMessage::Report);
    bench.settle(&creatures, CreatureMessage::Report);
    let elapsed = bench.time(finish, 1, || {
        creatures
            .iter()
            .for_each(|one| send(one, CreatureMessage::Start));
    });
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&creatures, CreatureMessage::Report));
    outcome.add_all(&bench.collect(&malls, MallMessage::Report));
    outcome.error = expect("the sum of meetings", outcome.answer, 2 * meetings as i64);
    outcome
}
