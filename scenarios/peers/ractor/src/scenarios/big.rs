//! big: many actors ping each other at random.

use std::sync::Arc;

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::random::Stream;
use crate::started_with_state;

type All = Arc<[ActorRef<MemberMessage>]>;

enum MemberMessage {
    Link(All),
    Start,
    /// From the actor of this number.
    Ping(usize),
    /// From the actor of this number.
    Pong(usize),
    Report(Report),
}

enum SinkMessage {
    Exit(u64),
    Report(Report),
}

struct Member;

struct MemberState {
    number: usize,
    all: Option<All>,
    sink: ActorRef<SinkMessage>,
    stream: Stream,
    left: u64,
    expected: usize,
    wrong: u64,
    sum: u64,
    received: u64,
}

struct Sink;

struct SinkState {
    actors: usize,
    exits: usize,
    sum: u64,
    done: Done,
    received: u64,
}

impl MemberState {
    fn ping(&mut self) -> Handled {
        let Some(all) = &self.all else {
            return Ok(());
        };
        if self.left == 0 {
            self.sink.cast(SinkMessage::Exit(self.sum))?;
            return Ok(());
        }
        self.left -= 1;
        self.expected = self.stream.below(all.len() as u64) as usize;
        all[self.expected].cast(MemberMessage::Ping(self.number))?;
        Ok(())
    }
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
            MemberMessage::Link(all) => state.all = Some(all),
            MemberMessage::Start => {
                state.received += 1;
                state.ping()?;
            }
            MemberMessage::Ping(from) => {
                state.received += 1;
                if let Some(all) = &state.all {
                    all[from].cast(MemberMessage::Pong(state.number))?;
                }
            }
            MemberMessage::Pong(from) => {
                state.received += 1;
                state.wrong += u64::from(from != state.expected);
                state.sum += from as u64;
                state.ping()?;
            }
            MemberMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.wrong as i64));
            }
        }
        Ok(())
    }
}

impl Actor for Sink {
    started_with_state!(SinkMessage, SinkState);

    async fn handle(
        &self,
        _: ActorRef<SinkMessage>,
        message: SinkMessage,
        state: &mut SinkState,
    ) -> Handled {
        match message {
            SinkMessage::Exit(sum) => {
                state.received += 1;
                state.sum += sum;
                state.exits += 1;
                if state.exits == state.actors {
                    state.done.send(())?;
                }
            }
            SinkMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.sum as i64));
            }
        }
        Ok(())
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (actors, pings) = (parameters["actors"] as usize, parameters["pings"]);
    let finish = Finish::new();
    let state = SinkState {
        actors,
        exits: 0,
        sum: 0,
        done: finish.sender(),
        received: 0,
    };
    let sinks = [bench.start(Sink, state)];
    let start = |number| {
        let state = MemberState {
            number,
            all: None,
            sink: sinks[0].clone(),
            stream: Stream::new(bench.seed, number as u64),
            left: pings,
            expected: 0,
            wrong: 0,
            sum: 0,
            received: 0,
        };
        bench.start(Member, state)
    };
    let all: All = (0..actors).map(start).collect();
    for member in all.iter() {
        send(member, MemberMessage::Link(all.clone()));
    }
    bench.settle(&sinks, SinkMessage::Report);
    bench.settle(&all, MemberMessage::Report);
    let elapsed = bench.time(finish, 1, || {
        all.iter()
            .for_each(|member| send(member, MemberMessage::Start));
    });
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&all, MemberMessage::Report));
    outcome.error = expect("pongs from another actor than pinged", outcome.answer, 0);
    outcome.add_all(&bench.collect(&sinks, SinkMessage::Report));
    let wanted = answer(bench.seed, actors as u64, pings);
    outcome.error = outcome.error.or(expect("the sum", outcome.answer, wanted));
    outcome
}

/// The sum of the numbers of all who are pinged.
fn answer(seed: u64, actors: u64, pings: u64) -> i64 {
    let sums = (0..actors).map(|k| {
        let mut stream = Stream::new(seed, k);
        (0..pings).map(|_| stream.below(actors)).sum::<u64>()
    });
    sums.sum::<u64>() as i64
}
