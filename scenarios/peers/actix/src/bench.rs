//! What all scenarios share: threads, the clock's result, reading actors out.

use std::collections::BTreeMap;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::time::{Duration, Instant};

use actix::dev::ToEnvelope;
use actix::prelude::*;

use crate::histogram::Histogram;

/// Longer than any iteration that works; then the run has failed.
const LIMIT: Duration = Duration::from_secs(600);

pub type Parameters = BTreeMap<String, u64>;

/// Asks an actor for its counters, and stops it.
#[derive(Message)]
#[rtype(result = "Reported")]
pub struct Report;

#[derive(Default, MessageResponse)]
pub struct Reported {
    pub received: u64,
    pub answer: i64,
    pub histogram: Option<Histogram>,
}

/// Answers `Report`: `reports!(Actor, |actor| answer)`, optionally with a histogram.
#[macro_export]
macro_rules! reports {
    ($actor:ty, |$it:ident| $answer:expr) => {
        $crate::reports!($actor, |$it| $answer, None);
    };
    ($actor:ty, |$it:ident| $answer:expr, $histogram:expr) => {
        impl actix::Handler<$crate::bench::Report> for $actor {
            type Result = $crate::bench::Reported;

            fn handle(
                &mut self,
                _: $crate::bench::Report,
                context: &mut Self::Context,
            ) -> Self::Result {
                actix::ActorContext::stop(context);
                let $it = self;
                $crate::bench::Reported {
                    received: $it.received,
                    answer: $answer,
                    histogram: $histogram,
                }
            }
        }
    };
}

/// One iteration's figures.
#[derive(Default)]
pub struct Outcome {
    pub elapsed: Duration,
    pub messages: u64,
    pub answer: i64,
    pub histogram: Option<Histogram>,
    pub extra: Vec<(&'static str, f64)>,
    pub error: Option<String>,
}

impl Outcome {
    /// Take in what an actor reported.
    pub fn add(&mut self, reported: &Reported) {
        self.messages += reported.received;
        self.answer += reported.answer;
        if let Some(histogram) = &reported.histogram {
            self.histogram
                .get_or_insert_with(Histogram::new)
                .add(histogram);
        }
    }
}

/// The actor system: one arbiter a thread.
pub struct Bench {
    system: SystemRunner,
    arbiters: Vec<Arbiter>,
    pub seed: u64,
}

impl Bench {
    pub fn new(threads: usize, seed: u64) -> Self {
        let system = System::new();
        let arbiters = (0..threads).map(|_| Arbiter::new()).collect();
        Self {
            system,
            arbiters,
            seed,
        }
    }

    /// The thread of actor `k` of `n` where neighbours send to each other.
    pub fn block(&self, k: usize, n: usize) -> usize {
        k * self.arbiters.len() / n
    }

    pub fn handles(&self) -> Vec<ArbiterHandle> {
        self.arbiters.iter().map(Arbiter::handle).collect()
    }

    /// Start actor number `k` of its kind, on thread `k` modulo the number of threads.
    pub fn start<A, F>(&self, k: usize, make: F) -> Addr<A>
    where
        A: Actor<Context = Context<A>>,
        F: FnOnce(&mut Context<A>) -> A + Send + 'static,
    {
        A::start_in_arbiter(&self.arbiters[k % self.arbiters.len()].handle(), make)
    }

    /// Send a message and wait for its result.
    pub fn ask<A, M>(&self, actor: &Addr<A>, message: M) -> M::Result
    where
        A: Actor + Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.system
            .block_on(actor.send(message))
            .expect("an actor has died")
    }

    /// Read actors out and stop them.
    pub fn collect<A>(&self, actors: &[Addr<A>]) -> Vec<Reported>
    where
        A: Actor + Handler<Report>,
        A::Context: ToEnvelope<A, Report>,
    {
        self.system.block_on(async {
            let mut found = Vec::with_capacity(actors.len());
            for actor in actors {
                found.push(actor.send(Report).await.expect("an actor has died"));
            }
            found
        })
    }
}

/// How actors tell the harness that they are done.
pub struct Finish {
    receiver: Receiver<()>,
    sender: Sender<()>,
}

impl Finish {
    pub fn new() -> Self {
        let (sender, receiver) = channel();
        Self { receiver, sender }
    }

    pub fn sender(&self) -> Sender<()> {
        self.sender.clone()
    }

    /// Time from the first message until so many actors are done.
    pub fn time(&self, actors: usize, start: impl FnOnce()) -> Duration {
        let started = Instant::now();
        start();
        for _ in 0..actors {
            self.receiver
                .recv_timeout(LIMIT)
                .expect("actors were not done in time");
        }
        started.elapsed()
    }
}

/// An error where two figures differ.
pub fn expect(what: &str, found: i64, wanted: i64) -> Option<String> {
    (found != wanted).then(|| format!("{what} is {found}, expected {wanted}"))
}
