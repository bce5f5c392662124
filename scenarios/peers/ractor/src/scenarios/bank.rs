//! bank: transfers between accounts, each acknowledged.

use std::sync::Arc;

use ractor::{Actor, ActorRef};

use crate::bench::{
    expect, send, Bench, Done, Finish, Handled, Outcome, Parameters, Report, Reported,
};
use crate::random::Stream;
use crate::started_with_state;

type Accounts = Arc<[ActorRef<AccountMessage>]>;

enum TellerMessage {
    Start,
    Done,
    Report(Report),
}

enum AccountMessage {
    Link(Accounts),
    /// Tells an account who its teller is.
    Serve(ActorRef<TellerMessage>),
    Transfer {
        target: usize,
        amount: i64,
    },
    /// From the account of number `source`.
    Credit {
        source: usize,
        amount: i64,
    },
    Ack,
    Report(Report),
}

struct Teller;

struct TellerState {
    accounts: Accounts,
    transfers: u64,
    stream: Stream,
    completed: u64,
    done: Done,
    received: u64,
}

struct Account;

struct AccountState {
    number: usize,
    balance: i64,
    accounts: Option<Accounts>,
    teller: Option<ActorRef<TellerMessage>>,
    received: u64,
}

/// Source, target and amount of the next transfer.
fn draw(stream: &mut Stream, accounts: u64) -> (usize, usize, i64) {
    let source = stream.below(accounts);
    let target = (source + 1 + stream.below(accounts - 1)) % accounts;
    (
        source as usize,
        target as usize,
        1 + stream.below(1000) as i64,
    )
}

impl Actor for Teller {
    started_with_state!(TellerMessage, TellerState);

    async fn handle(
        &self,
        _: ActorRef<TellerMessage>,
        message: TellerMessage,
        state: &mut TellerState,
    ) -> Handled {
        match message {
            TellerMessage::Start => {
                state.received += 1;
                for _ in 0..state.transfers {
                    let number = state.accounts.len() as u64;
                    let (source, target, amount) = draw(&mut state.stream, number);
                    state.accounts[source].cast(AccountMessage::Transfer { target, amount })?;
                }
            }
            TellerMessage::Done => {
                state.received += 1;
                state.completed += 1;
                if state.completed == state.transfers {
                    state.done.send(())?;
                }
            }
            TellerMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, 0));
            }
        }
        Ok(())
    }
}

impl AccountState {
    fn send(&self, account: usize, message: AccountMessage) -> Handled {
        if let Some(accounts) = &self.accounts {
            accounts[account].cast(message)?;
        }
        Ok(())
    }
}

impl Actor for Account {
    started_with_state!(AccountMessage, AccountState);

    async fn handle(
        &self,
        _: ActorRef<AccountMessage>,
        message: AccountMessage,
        state: &mut AccountState,
    ) -> Handled {
        match message {
            AccountMessage::Link(accounts) => state.accounts = Some(accounts),
            AccountMessage::Serve(teller) => state.teller = Some(teller),
            AccountMessage::Transfer { target, amount } => {
                state.received += 1;
                state.balance -= amount;
                let source = state.number;
                state.send(target, AccountMessage::Credit { source, amount })?;
            }
            AccountMessage::Credit { source, amount } => {
                state.received += 1;
                state.balance += amount;
                state.send(source, AccountMessage::Ack)?;
            }
            AccountMessage::Ack => {
                state.received += 1;
                if let Some(teller) = &state.teller {
                    teller.cast(TellerMessage::Done)?;
                }
            }
            AccountMessage::Report(to) => {
                let _ = to.send(Reported::new(state.received, state.balance));
            }
        }
        Ok(())
    }
}

fn start_accounts(bench: &Bench, number: u64) -> Accounts {
    let start = |number| {
        let state = AccountState {
            number,
            balance: 0,
            accounts: None,
            teller: None,
            received: 0,
        };
        bench.start(Account, state)
    };
    (0..number as usize).map(start).collect()
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, transfers) = (parameters["accounts"], parameters["transfers"]);
    let finish = Finish::new();
    let accounts = start_accounts(bench, number);
    let state = TellerState {
        accounts: accounts.clone(),
        transfers,
        stream: Stream::new(bench.seed, 0),
        completed: 0,
        done: finish.sender(),
        received: 0,
    };
    let tellers = [bench.start(Teller, state)];
    for account in accounts.iter() {
        send(account, AccountMessage::Link(accounts.clone()));
        send(account, AccountMessage::Serve(tellers[0].clone()));
    }
    bench.settle(&accounts, AccountMessage::Report);
    bench.settle(&tellers, TellerMessage::Report);
    let elapsed = bench.time(finish, 1, || send(&tellers[0], TellerMessage::Start));
    let mut outcome = Outcome::new(elapsed);
    let mut total = 0;
    let reports = bench.collect(&accounts, AccountMessage::Report);
    for (k, mut reported) in reports.into_iter().enumerate() {
        total += reported.answer;
        reported.answer *= k as i64;
        outcome.add(&reported);
    }
    outcome.add_all(&bench.collect(&tellers, TellerMessage::Report));
    let wanted = answer(bench.seed, number, transfers);
    let weighted = expect("the weighted sum of balances", outcome.answer, wanted);
    outcome.error = expect("the sum of balances", total, 0).or(weighted);
    outcome
}

/// The sum over accounts of number times balance.
fn answer(seed: u64, accounts: u64, transfers: u64) -> i64 {
    let mut stream = Stream::new(seed, 0);
    let moves = (0..transfers).map(|_| {
        let (source, target, amount) = draw(&mut stream, accounts);
        amount * (target as i64 - source as i64)
    });
    moves.sum()
}
