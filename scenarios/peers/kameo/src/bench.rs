//! What all scenarios share: the runtime, the clock's result, reading actors out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kameo::error::PanicError;
use kameo::mailbox;
use kameo::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::histogram::Histogram;

pub type Parameters = BTreeMap<String, u64>;

/// Send without waiting: an unbounded mailbox has room.
pub fn tell<A, M>(to: &ActorRef<A>, message: M)
where
    A: Actor + Message<M>,
    M: Send + 'static,
{
    let sent = to.tell(message).try_send();
    assert!(sent.is_ok(), "an actor has died");
}

/// An actor that runs, and the task that gives it back when it has stopped.
pub struct Live<A: Actor> {
    pub to: ActorRef<A>,
    task: JoinHandle<Result<(A, ActorStopReason), PanicError>>,
}

impl<A: Actor> Live<A> {
    /// In the runtime of the thread that calls.
    pub fn spawn(prepared: PreparedActor<A>, arguments: A::Args) -> Self {
        let to = prepared.actor_ref().clone();
        let task = prepared.spawn(arguments);
        Self { to, task }
    }
}

/// An actor that can be sent to, but doesn't run yet.
pub fn prepare<A: Actor>() -> PreparedActor<A> {
    A::prepare_with_mailbox(mailbox::unbounded())
}

/// So many actors that don't run yet.
pub fn prepare_all<A: Actor>(count: usize) -> Vec<PreparedActor<A>> {
    (0..count).map(|_| prepare()).collect()
}

/// How others send to actors that needn't run yet.
pub fn refs<A: Actor, C>(prepared: &[PreparedActor<A>]) -> C
where
    C: FromIterator<ActorRef<A>>,
{
    prepared.iter().map(|one| one.actor_ref().clone()).collect()
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

    /// Take in what an actor received, and its part of the answer.
    pub fn add(&mut self, received: u64, answer: i64) {
        self.messages += received;
        self.answer += answer;
    }

    pub fn merge(&mut self, histogram: &Histogram) {
        self.histogram
            .get_or_insert_with(Histogram::new)
            .add(histogram);
    }

    /// Keep the first error.
    pub fn expect(&mut self, what: &str, found: i64, wanted: i64) {
        if found != wanted && self.error.is_none() {
            self.error = Some(format!("{what} is {found}, expected {wanted}"));
        }
    }
}

pub struct Bench {
    runtime: Runtime,
    /// Which of tokio's runtimes.
    pub kind: &'static str,
    pub seed: u64,
}

impl Bench {
    /// For one thread it is tokio's scheduler without threads of its own: what a pool does to
    /// share its queue would be in vain there.
    pub fn new(threads: usize, seed: u64) -> Self {
        let (kind, runtime) = if threads == 1 {
            ("current_thread", Builder::new_current_thread().build())
        } else {
            let mut pool = Builder::new_multi_thread();
            ("multi_thread", pool.worker_threads(threads).build())
        };
        Self {
            runtime: runtime.expect("no runtime"),
            kind,
            seed,
        }
    }

    /// Run actors, number k with what `arguments` makes of k, and wait until all have started.
    pub fn start_all<A: Actor>(
        &self,
        prepared: Vec<PreparedActor<A>>,
        mut arguments: impl FnMut(usize) -> A::Args,
    ) -> Vec<Live<A>> {
        self.runtime.block_on(async {
            let numbered = prepared.into_iter().enumerate();
            let live: Vec<Live<A>> = numbered
                .map(|(k, one)| Live::spawn(one, arguments(k)))
                .collect();
            for one in &live {
                one.to.wait_for_startup().await;
            }
            live
        })
    }

    pub fn start<A: Actor<Args = A>>(&self, actor: A) -> Live<A> {
        self.runtime.block_on(async {
            let live = Live::spawn(prepare(), actor);
            live.to.wait_for_startup().await;
            live
        })
    }

    /// Stop actors and read them out.
    pub fn stop_all<A: Actor>(&self, live: Vec<Live<A>>) -> Vec<A> {
        self.runtime.block_on(async {
            for one in &live {
                one.to.stop_gracefully().await.expect("an actor has died");
            }
            let mut found = Vec::with_capacity(live.len());
            for one in live {
                let stopped = one.task.await.expect("an actor's task has died");
                found.push(stopped.expect("an actor has died").0);
            }
            found
        })
    }

    pub fn stop<A: Actor>(&self, live: Live<A>) -> A {
        self.stop_all(vec![live]).remove(0)
    }

    /// Time from the first message until so many actors are done.
    pub fn time(&self, mut finish: Finish, actors: usize, start: impl FnOnce()) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            start();
            for _ in 0..actors {
                finish.receiver.recv().await;
            }
            started.elapsed()
        })
    }
}

pub type Done = UnboundedSender<()>;

/// How actors tell the harness that they are done.
pub struct Finish {
    receiver: UnboundedReceiver<()>,
    sender: Done,
}

impl Finish {
    pub fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { receiver, sender }
    }

    pub fn sender(&self) -> Done {
        self.sender.clone()
    }
}
