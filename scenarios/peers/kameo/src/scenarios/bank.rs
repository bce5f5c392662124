//! bank: transfers between accounts, each acknowledged.

use std::sync::Arc;

use kameo::prelude::*;

use crate::bench::{Bench, Finish, Outcome, Parameters, prepare_all, refs, tell};
use crate::random::Stream;

type Accounts = Arc<[ActorRef<Account>]>;

struct Start;

struct Transfer {
    target: usize,
    amount: i64,
}

/// From the account of number `source`.
struct Credit {
    source: usize,
    amount: i64,
}

struct Ack;

struct Done;

#[derive(Actor)]
struct Teller {
    accounts: Accounts,
    transfers: u64,
    stream: Stream,
    completed: u64,
    done: crate::bench::Done,
    received: u64,
}

#[derive(Actor)]
struct Account {
    number: usize,
    balance: i64,
    accounts: Accounts,
    teller: ActorRef<Teller>,
    received: u64,
}

/// Source, target and amount of the next transfer.
fn draw(stream: &mut Stream, accounts: u64) -> (usize, usize, i64) {
    let source = stream.below(accounts);
    let target = (source + 1 + stream.below(accounts - 1)) % accounts;
    let amount = 1 + stream.below(1000) as i64;
    (source as usize, target as usize, amount)
}

impl Message<Start> for Teller {
    type Reply = ();

    async fn handle(&mut self, _: Start, _: &mut Context<Self, ()>) {
        self.received += 1;
        for _ in 0..self.transfers {
            let (source, target, amount) = draw(&mut self.stream, self.accounts.len() as u64);
            tell(&self.accounts[source], Transfer { target, amount });
        }
    }
}

impl Message<Done> for Teller {
    type Reply = ();

    async fn handle(&mut self, _: Done, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.completed += 1;
        if self.completed == self.transfers {
            let _ = self.done.send(());
        }
    }
}

impl Message<Transfer> for Account {
    type Reply = ();

    async fn handle(&mut self, transfer: Transfer, _: &mut Context<Self, ()>) {
        let Transfer { target, amount } = transfer;
        let source = self.number;
        self.received += 1;
        self.balance -= amount;
        tell(&self.accounts[target], Credit { source, amount });
    }
}

impl Message<Credit> for Account {
    type Reply = ();

    async fn handle(&mut self, credit: Credit, _: &mut Context<Self, ()>) {
        self.received += 1;
        self.balance += credit.amount;
        tell(&self.accounts[credit.source], Ack);
    }
}

impl Message<Ack> for Account {
    type Reply = ();

    async fn handle(&mut self, _: Ack, _: &mut Context<Self, ()>) {
        self.received += 1;
        tell(&self.teller, Done);
    }
}

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, transfers) = (parameters["accounts"], parameters["transfers"]);
    let finish = Finish::new();
    let accounts = prepare_all(number as usize);
    let all: Accounts = refs(&accounts);
    let teller = Teller {
        accounts: all.clone(),
        transfers,
        stream: Stream::new(bench.seed, 0),
        completed: 0,
        done: finish.sender(),
        received: 0,
    };
    let teller = bench.start(teller);
    let accounts = bench.start_all(accounts, |number| Account {
        number,
        balance: 0,
        accounts: all.clone(),
        teller: teller.to.clone(),
        received: 0,
    });
    let mut outcome = Outcome::new(bench.time(finish, 1, || tell(&teller.to, Start)));
    let mut total = 0;
    for (k, account) in bench.stop_all(accounts).into_iter().enumerate() {
        total += account.balance;
        outcome.add(account.received, k as i64 * account.balance);
    }
    outcome.add(bench.stop(teller).received, 0);
    outcome.expect("the sum of balances", total, 0);
    let wanted = weighted(bench.seed, number, transfers);
    outcome.expect("the weighted sum of balances", outcome.answer, wanted);
    outcome
}

/// The sum over accounts k of k times the balance.
fn weighted(seed: u64, accounts: u64, transfers: u64) -> i64 {
    let mut stream = Stream::new(seed, 0);
    (0..transfers)
        .map(|_| {
            let (source, target, amount) = draw(&mut stream, accounts);
            amount * (target as i64 - source as i64)
        })
        .sum()
}
