//! The scenarios of docs/peers.md.

use crate::bench::{Bench, Outcome, Parameters};

mod bank;
mod big;
mod chameneos;
mod counting;
mod creation;
mod end_to_end;
mod fork_join;
mod n_queens;
mod ping_pong;
mod thread_ring;
mod under_load;

type Run = fn(&Bench, &Parameters) -> Outcome;

pub struct Scenario {
    pub name: &'static str,
    pub defaults: &'static [(&'static str, u64)],
    pub run: Run,
}

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "ping-pong",
        defaults: &[("pings", 500_000), ("pairs", 1)],
        run: ping_pong::run,
    },
    Scenario {
        name: "counting",
        defaults: &[("messages", 1_000_000)],
        run: counting::run,
    },
    Scenario {
        name: "thread-ring",
        defaults: &[("actors", 100), ("tokens", 1), ("hops", 1_000_000)],
        run: thread_ring::run,
    },
    Scenario {
        name: "fork-join-throughput",
        defaults: &[("actors", 60), ("messages", 10_000)],
        run: fork_join::run,
    },
    Scenario {
        name: "fork-join-creation",
        defaults: &[("actors", 100_000)],
        run: creation::run,
    },
    Scenario {
        name: "chameneos",
        defaults: &[("creatures", 100), ("meetings", 200_000)],
        run: chameneos::run,
    },
    Scenario {
        name: "big",
        defaults: &[("actors", 120), ("pings", 5_000)],
        run: big::run,
    },
    Scenario {
        name: "bank",
        defaults: &[("accounts", 1_000), ("transfers", 100_000)],
        run: bank::run,
    },
    Scenario {
        name: "n-queens",
        defaults: &[("size", 12), ("threshold", 4), ("actors", 20)],
        run: n_queens::run,
    },
    Scenario {
        name: "end-to-end",
        defaults: &[
            ("clients", 500),
            ("stages", 4),
            ("width", 125),
            ("requests", 200),
        ],
        run: end_to_end::run,
    },
    Scenario {
        name: "latency-under-load",
        defaults: &[("servers", 4), ("rate", 200_000), ("messages", 100_000)],
        run: under_load::run,
    },
];
