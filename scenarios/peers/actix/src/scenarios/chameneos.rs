//! chameneos: creatures meet in a mall, two by two.

use std::sync::mpsc::Sender;
use std::sync::Arc;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::reports;

type Colour = u8;
type Creatures = Arc<[Addr<Creature>]>;

#[derive(Message)]
#[rtype(result = "()")]
struct Link(Creatures);

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

/// A creature, by its number, wants to meet another.
#[derive(Message)]
#[rtype(result = "()")]
struct Meet(usize, Colour);

/// The one who waited meets another.
#[derive(Message)]
#[rtype(result = "()")]
struct Match(usize, Colour);

#[derive(Message)]
#[rtype(result = "()")]
struct Change(Colour);

#[derive(Message)]
#[rtype(result = "()")]
struct Exit;

#[derive(Message)]
#[rtype(result = "()")]
struct Count(u64);

struct Mall {
    creatures: Option<Creatures>,
    left: u64,
    waiting: Option<usize>,
    counts: usize,
    sum: u64,
    done: Sender<()>,
    received: u64,
}

struct Creature {
    number: usize,
    colour: Colour,
    mall: Addr<Mall>,
    others: Option<Creatures>,
    meetings: u64,
    received: u64,
}

impl Actor for Mall {
    type Context = Context<Self>;
}

impl Actor for Creature {
    type Context = Context<Self>;
}

impl Handler<Link> for Mall {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.creatures = Some(link.0);
    }
}

impl Handler<Meet> for Mall {
    type Result = ();

    fn handle(&mut self, Meet(number, colour): Meet, _: &mut Context<Self>) {
        self.received += 1;
        let Some(creatures) = &self.creatures else {
            return;
        };
        if self.left == 0 {
            creatures[number].do_send(Exit);
        } else if let Some(first) = self.waiting.take() {
            self.left -= 1;
            creatures[first].do_send(Match(number, colour));
        } else {
            self.waiting = Some(number);
        }
    }
}

impl Handler<Count> for Mall {
    type Result = ();

    fn handle(&mut self, count: Count, _: &mut Context<Self>) {
        self.received += 1;
        self.sum += count.0;
        self.counts += 1;
        if self
            .creatures
            .as_ref()
            .is_some_and(|all| all.len() == self.counts)
        {
            let _ = self.done.send(());
        }
    }
}

impl Creature {
    fn meet(&self) {
        self.mall.do_send(Meet(self.number, self.colour));
    }
}

impl Handler<Link> for Creature {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.others = Some(link.0);
    }
}

impl Handler<Start> for Creature {
    type Result = ();

    fn handle(&mut self, _: Start, _: &mut Context<Self>) {
        self.received += 1;
        self.meet();
    }
}

impl Handler<Match> for Creature {
    type Result = ();

    fn handle(&mut self, Match(other, colour): Match, _: &mut Context<Self>) {
        self.received += 1;
        self.meetings += 1;
        self.colour = complement(self.colour, colour);
        if let Some(others) = &self.others {
            others[other].do_send(Change(self.colour));
        }
        self.meet();
    }
}

impl Handler<Change> for Creature {
    type Result = ();

    fn handle(&mut self, change: Change, _: &mut Context<Self>) {
        self.received += 1;
        self.meetings += 1;
        self.colour = change.0;
        self.meet();
    }
}

impl Handler<Exit> for Creature {
    type Result = ();

    fn handle(&mut self, _: Exit, _: &mut Context<Self>) {
        self.received += 1;
        self.mall.do_send(Count(self.meetings));
    }
}

fn complement(one: Colour, other: Colour) -> Colour {
    if one == other {
        one
    } else {
        3 - one - other
    }
}

reports!(Mall, |mall| mall.sum as i64);
reports!(Creature, |_creature| 0);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, meetings) = (parameters["creatures"] as usize, parameters["meetings"]);
    let finish = Finish::new();
    let done = finish.sender();
    let mall = bench.start(0, move |_| Mall {
        creatures: None,
        left: meetings,
        waiting: None,
        counts: 0,
        sum: 0,
        done,
        received: 0,
    });
    let creatures: Creatures = (0..number)
        .map(|number| {
            let mall = mall.clone();
            bench.start(number, move |_| Creature {
                number,
                colour: (number % 3) as Colour,
                mall,
                others: None,
                meetings: 0,
                received: 0,
            })
        })
        .collect();
    mall.do_send(Link(creatures.clone()));
    creatures
        .iter()
        .for_each(|creature| creature.do_send(Link(creatures.clone())));
    let mut outcome = Outcome {
        elapsed: finish.time(1, || creatures.iter().for_each(|one| one.do_send(Start))),
        ..Outcome::default()
    };
    bench
        .collect(&creatures)
        .iter()
        .for_each(|reported| outcome.add(reported));
    bench
        .collect(&[mall])
        .iter()
        .for_each(|reported| outcome.add(reported));
    outcome.error = expect("the sum of meetings", outcome.answer, 2 * meetings as i64);
    outcome
}
