//! bank: transfers between accounts, each acknowledged.

use std::sync::mpsc::Sender;
use std::sync::Arc;

use actix::prelude::*;

use crate::bench::{expect, Bench, Finish, Outcome, Parameters};
use crate::random::Stream;
use crate::reports;

type Accounts = Arc<[Addr<Account>]>;

#[derive(Message)]
#[rtype(result = "()")]
struct Link(Accounts);

#[derive(Message)]
#[rtype(result = "()")]
struct Start;

#[derive(Message)]
#[rtype(result = "()")]
struct Transfer {
    target: usize,
    amount: i64,
}

/// From the account of number `source`.
#[derive(Message)]
#[rtype(result = "()")]
struct Credit {
    source: usize,
    amount: i64,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Ack;

#[derive(Message)]
#[rtype(result = "()")]
struct Done;

struct Teller {
    accounts: Accounts,
    transfers: u64,
    stream: Stream,
    completed: u64,
    done: Sender<()>,
    received: u64,
}

struct Account {
    number: usize,
    balance: i64,
    accounts: Option<Accounts>,
    teller: Option<Addr<Teller>>,
    received: u64,
}

/// Tells an account who its teller is.
#[derive(Message)]
#[rtype(result = "()")]
struct Serve(Addr<Teller>);

impl Actor for Teller {
    type Context = Context<Self>;
}

impl Actor for Account {
    type Context = Context<Self>;
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

impl Handler<Start> for Teller {
    type Result = ();

    fn handle(&mut self, _: Start, _: &mut Context<Self>) {
        self.received += 1;
        for _ in 0..self.transfers {
            let (source, target, amount) = draw(&mut self.stream, self.accounts.len() as u64);
            self.accounts[source].do_send(Transfer { target, amount });
        }
    }
}

impl Handler<Done> for Teller {
    type Result = ();

    fn handle(&mut self, _: Done, _: &mut Context<Self>) {
        self.received += 1;
        self.completed += 1;
        if self.completed == self.transfers {
            let _ = self.done.send(());
        }
    }
}

impl Handler<Link> for Account {
    type Result = ();

    fn handle(&mut self, link: Link, _: &mut Context<Self>) {
        self.accounts = Some(link.0);
    }
}

impl Handler<Serve> for Account {
    type Result = ();

    fn handle(&mut self, serve: Serve, _: &mut Context<Self>) {
        self.teller = Some(serve.0);
    }
}

impl Handler<Transfer> for Account {
    type Result = ();

    fn handle(&mut self, Transfer { target, amount }: Transfer, _: &mut Context<Self>) {
        self.received += 1;
        self.balance -= amount;
        if let Some(accounts) = &self.accounts {
            accounts[target].do_send(Credit {
                source: self.number,
                amount,
            });
        }
    }
}

impl Handler<Credit> for Account {
    type Result = ();

    fn handle(&mut self, Credit { source, amount }: Credit, _: &mut Context<Self>) {
        self.received += 1;
        self.balance += amount;
        if let Some(accounts) = &self.accounts {
            accounts[source].do_send(Ack);
        }
    }
}

impl Handler<Ack> for Account {
    type Result = ();

    fn handle(&mut self, _: Ack, _: &mut Context<Self>) {
        self.received += 1;
        if let Some(teller) = &self.teller {
            teller.do_send(Done);
        }
    }
}

reports!(Teller, |_teller| 0);
reports!(Account, |account| account.balance);

pub fn run(bench: &Bench, parameters: &Parameters) -> Outcome {
    let (number, transfers, seed) = (parameters["accounts"], parameters["transfers"], bench.seed);
    let finish = Finish::new();
    let accounts: Accounts = (0..number as usize)
        .map(|number| {
            bench.start(number, move |_| Account {
                number,
                balance: 0,
                accounts: None,
                teller: None,
                received: 0,
            })
        })
        .collect();
    let (all, done) = (accounts.clone(), finish.sender());
    let teller = bench.start(0, move |_| Teller {
        accounts: all,
        transfers,
        stream: Stream::new(seed, 0),
        completed: 0,
        done,
        received: 0,
    });
    for account in accounts.iter() {
        account.do_send(Link(accounts.clone()));
        account.do_send(Serve(teller.clone()));
    }
    let mut outcome = Outcome {
        elapsed: finish.time(1, || teller.do_send(Start)),
        ..Outcome::default()
    };
    let mut total = 0;
    for (k, mut reported) in bench.collect(&accounts).into_iter().enumerate() {
        total += reported.answer;
        reported.answer *= k as i64;
        outcome.add(&reported);
    }
    bench
        .collect(&[teller])
        .iter()
        .for_each(|reported| outcome.add(reported));
    let mut stream = Stream::new(seed, 0);
    let wanted: i64 = (0..transfers)
        .map(|_| {
            let (source, target, amount) = draw(&mut stream, number);
            amount * (target as i64 - source as i64)
        })
        .sum();
    outcome.error = expect("the sum of balances", total, 0).or(expect(
        "the weighted sum of balances",
        outcome.answer,
        wanted,
    ));
    outcome
}
