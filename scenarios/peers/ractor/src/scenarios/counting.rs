//! counting: a one-way flood from one producer to one counter.

use ractor::{Actor, ActorRef};

use crate::bench::{send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported};
use crate::started_with_state;

enum ProducerMessage {
    Start,
    Count(u64),
    Report(Report),
}

enum CounterMessage {
    Increment,
    Retrieve(ActorRef<ProducerMessage>),
    Report(Report),
}

struct Producer;

struct ProducerState {
    counter: ActorRef<CounterMessage>,
    messages: u64,
    result: u64,
    done: Done,
    received: u64,
}

struct Counter;

#[derive(Default)]
struct CounterState {
    count: u64,
    received: u64,
}

impl Actor for Producer {
    started_with_state!(ProducerMessage, ProducerState);

    async fn handle(
        &self,
        myself: ActorRef<ProducerMessage>,
        message: ProducerMessage,
        state: &mut ProducerState,
    ) -> Handled {
        match message {
            ProducerMessage::Start => {
                state.received += 1;
                for _ in 0..state.messages {
                    state.counter.cast(CounterMessage::Increment)?;
                }
                state.counter.cast(CounterMessage::Retrieve(myself))?;
            }
            ProducerMessage::Count(count) => {
                state.received += 1;
                state.result = count;
                state.done.send(())?;
            }
            ProducerMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.result as i64));
            }
        }
        Ok(())
    }
}

impl Actor for Counter {
    started_with_state!(CounterMessage, CounterState);

    async fn handle(
        &self,
        _: ActorRef<CounterMessage>,
        message: CounterMessage,
        state: &mut CounterState,
    ) -> Handled {
        match message {
            CounterMessage::Increment => {
                state.received += 1;
                state.count += 1;
            }
            CounterMessage::Retrieve(producer) => {
                state.received += 1;
                producer.cast(ProducerMessage::Count(state.count))?;
            }
            CounterMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let finish = Finish::new();
    let counter = bench.start(Counter, CounterState::default());
    let state = ProducerState {
        counter: counter.clone(),
        messages: parameters["messages"],
        result: 0,
        done: finish.sender(),
        received: 0,
    };
    let (counters, producers) = ([counter], [bench.start(Producer, state)]);
    bench.settle(&counters, CounterMessage::Report);
    bench.settle(&producers, ProducerMessage::Report);
    let elapsed = bench.time(finish, 1, || send(&producers[0], ProducerMessage::Start));
    let mut outcome = Outcome::new(elapsed);
    outcome.add_all(&bench.collect(&producers, ProducerMessage::Report));
    outcome.add_all(&bench.collect(&counters, CounterMessage::Report));
    outcome
}
