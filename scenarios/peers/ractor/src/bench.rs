//! What all scenarios share: the runtime, the clock's result, reading actors out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ractor::concurrency::{
    mpsc_unbounded, oneshot, MpscUnboundedReceiver, MpscUnboundedSender, OneshotSender,
};
use ractor::{Actor, ActorProcessingErr, ActorRef, Message};
use tokio::runtime::{Builder, Runtime};

use crate::histogram::Histogram;

pub type Parameters = BTreeMap<String, u64>;

/// What an actor's handler returns.
pub type Handled = Result<(), ActorProcessingErr>;

/// Where an actor reports to: one word, so no message gets larger by it.
pub type Report = OneshotSender<Reported>;

/// How an actor tells the harness that it is done.
pub type Done = MpscUnboundedSender<()>;

#[derive(Default)]
pub struct Reported {
    pub received: u64,
    pub answer: i64,
    pub histogram: Option<Histogram>,
}

impl Reported {
    pub fn new(received: u64, answer: i64) -> Self {
        Self {
            received,
            answer,
            histogram: None,
        }
    }
}

/// In `impl Actor`: messages are of this type, and the actor is started with its state.
#[macro_export]
macro_rules! started_with_state {
    ($message:ty, $state:ty) => {
        type Msg = $message;
        type State = $state;
        type Arguments = $state;

        async fn pre_start(
            &self,
            _: ractor::ActorRef<$message>,
            state: $state,
        ) -> Result<$state, ractor::ActorProcessingErr> {
            Ok(state)
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
    pub fn new(elapsed: Duration) -> Self {
        Self {
            elapsed,
            ..Self::default()
        }
    }

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

    pub fn add_all(&mut self, reported: &[Reported]) {
        reported.iter().for_each(|one| self.add(one));
    }
}

/// Tokio's scheduler for so many threads; for one it has another, which runs actors on this thread.
pub fn scheduler(threads: usize) -> &'static str {
    if threads == 1 {
        "current_thread"
    } else {
        "multi_thread"
    }
}

/// Tokio's runtime.
pub struct Bench {
    runtime: Runtime,
    pub seed: u64,
}

impl Bench {
    pub fn new(threads: usize, seed: u64) -> Self {
        let mut builder = match scheduler(threads) {
            "current_thread" => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        let runtime = builder
            .worker_threads(threads)
            .build()
            .expect("Tokio could not start");
        Self { runtime, seed }
    }

    /// Start an actor with its state.
    pub fn start<A: Actor>(&self, actor: A, state: A::Arguments) -> ActorRef<A::Msg> {
        self.runtime
            .block_on(Actor::spawn(None, actor, state))
            .expect("an actor could not start")
            .0
    }

    /// Wait until actors have handled what they were sent, so that the clock finds them at rest.
    pub fn settle<M: Message>(&self, actors: &[ActorRef<M>], report: fn(Report) -> M) {
        self.runtime.block_on(ask(actors, report));
    }

    /// Time from the first message until so many actors are done.
    pub fn time(&self, mut finish: Finish, actors: usize, start: impl FnOnce()) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            start();
            for _ in 0..actors {
                finish.receiver.recv().await.expect("all actors have died");
            }
            started.elapsed()
        })
    }

    /// Send a message with a way to reply, and wait for the reply.
    pub fn ask<M: Message, R>(
        &self,
        actor: &ActorRef<M>,
        message: impl FnOnce(OneshotSender<R>) -> M,
    ) -> R {
        let (to, reply) = oneshot();
        send(actor, message(to));
        self.runtime.block_on(reply).expect("an actor has died")
    }

    /// Read actors out and stop them.
    pub fn collect<M: Message>(
        &self,
        actors: &[ActorRef<M>],
        report: fn(Report) -> M,
    ) -> Vec<Reported> {
        self.runtime.block_on(async {
            let found = ask(actors, report).await;
            actors.iter().for_each(|actor| actor.stop(None));
            for actor in actors {
                let _ = actor.wait(None).await;
            }
            found
        })
    }
}

async fn ask<M: Message>(actors: &[ActorRef<M>], report: fn(Report) -> M) -> Vec<Reported> {
    let mut replies = Vec::with_capacity(actors.len());
    for actor in actors {
        let (to, reply) = oneshot();
        send(actor, report(to));
        replies.push(reply);
    }
    let mut found = Vec::with_capacity(actors.len());
    for reply in replies {
        found.push(reply.await.expect("an actor has died"));
    }
    found
}

/// Send a message from outside.
pub fn send<M: Message>(actor: &ActorRef<M>, message: M) {
    actor.cast(message).expect("an actor has died");
}

/// Where actors tell that they are done.
pub struct Finish {
    receiver: MpscUnboundedReceiver<()>,
    sender: Done,
}

impl Finish {
    pub fn new() -> Self {
        let (sender, receiver) = mpsc_unbounded();
        Self { receiver, sender }
    }

    pub fn sender(&self) -> Done {
        self.sender.clone()
    }
}

/// An error where two figures differ.
pub fn expect(what: &str, found: i64, wanted: i64) -> Option<String> {
    (found != wanted).then(|| format!("{what} is {found}, expected {wanted}"))
}
