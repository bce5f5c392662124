//! chameneos: creatures meet in a mall, two by two.

use std::sync::Arc;

use kameo::prelude::*;

use crate::bench::{Bench, Done, Finish, Outcome, Parameters, prepare_all, refs, tell};

type Colour = u8;
type Creatures = Arc<[ActorRef<Creature>]>;

struct Start;

/// A creature, by its number, wants to meet another.
struct Meet(usize, Colour);

/// The one who waited meets another.
struct Match(usize, Colour);

struct Change(Colour);

struct Exit;

struct Count(u64);

#[derive(Actor)]
struct Mall {
    creatures: Creatures,
    left: u64,
    waiting: Option<usize>,
    counts: usize,
    sum: u64,
    done: Done,
    received: u64,
}

#[derive(Actor)]
struct Creature {
    number: usize,
    colour: Colour,
    mall: ActorRef<Mall>,
    others: Creatures,
    meetings: u64,
    received: u64,
}

impl Message<Meet> for Mall {
    type Reply = ();

    async fn handle(&mut self, Meet(number, colour): Meet, _: &mut Context<Self, ()>) {
        self.received += 1;
        if self.left == 0 {
            tell(&self.creatures[number], Exit);
        } else if let Some(first) = self.waiting.take() {
            self.left -= 1;
            tell(&self.creatures[first], Match(number, colour));
        } else {
            self.waiting = Some(number);
        }
    }
}

impl Message<Count> for Mall {
    type Reply = ();

    async fn handle(&mut self, count: Count, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.sum += count.0;
        self.counts += 1;
        if self.counts == self.creatures.len() {
            let _ = self.done.send(());
        }
    }
}

impl Creature {
    fn meet(&self) {
        tell(&self.mall, Meet(self.number, self.colour));
    }
}

impl Message<Start> for Creature {
    type Reply = ();

    async fn handle(&mut self, _: Start, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.meet();
    }
}

impl Message<Match> for Creature {
    type Reply = ();

    async fn handle(&mut self, Match(other, colour): Match, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.meetings += 1;
        self.colour = complement(self.colour, colour);
        tell(&self.others[other], Change(self.colour));
        self.meet();
    }
}

impl Message<Change> for Creature {
    type Reply = ();

    async fn handle(&mut self, change: Change, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.meetings += 1;
        self.colour = change.0;
        self.meet();
    }
}

impl Message<Exit> for Creature {
    type Reply = ();

    async fn handle(&mut self, _: Exit, _: &mut Context<Self, ()>) {
        self.received += 1;
        tell(&self.mall, Count(self.meetings));
    }
}

fn complement(one: Colour, other: Colour) -> Colour {
    if one == other { one } else { 3 - one - other }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let meetings = parameters["meetings"];
    let finish = Finish::new();
    let creatures = prepare_all(parameters["creatures"] as usize);
    let all: Creatures = refs(&creatures);
    let mall = Mall {
        creatures: all.clone(),
        left: meetings,
        waiting: None,
        counts: 0,
        sum: 0,
        done: finish.sender(),
        received: 0,
    };
    let mall = bench.start(mall);
    let creatures = bench.start_all(creatures, |number| Creature {
        number,
        colour: (number % 3) as Colour,
        mall: mall.to.clone(),
        others: all.clone(),
        meetings: 0,
        received: 0,
    });
    let elapsed = bench.time(finish, 1, || all.iter().for_each(|one| tell(one, Start)));
    let mut outcome = Outcome::new(elapsed);
    for creature in bench.stop_all(creatures) {
        outcome.add(creature.received, 0);
    }
    let mall = bench.stop(mall);
    outcome.add(mall.received, mall.sum as i64);
    outcome.expect("the sum of meetings", outcome.answer, 2 * meetings as i64);
    outcome
}
