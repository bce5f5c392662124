//! zbench's harness for kameo; docs/peers.md states its protocol.

mod arguments;
mod bench;
mod histogram;
mod memory;
mod random;
mod scenarios;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use arguments::Arguments;
use bench::{Bench, Outcome};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ALLOCATOR_NAME: &str = if cfg!(feature = "mimalloc") {
    "mimalloc"
} else {
    "system"
};

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("zbench-kameo: {error}");
            return ExitCode::from(2);
        }
    };
    let bench = Bench::new(arguments.threads, arguments.seed);
    say(&format!(
        "{{\"kind\":\"peer\",\"protocol\":1,\"peer\":\"kameo\",\"version\":\"{}\",\
         \"runtime\":\"{}\",\"threads\":{},\
         \"options\":{{\"batch\":\"tokio's budget\",\"mailbox\":\"unbounded\",\
         \"runtime\":\"{}\",\"allocator\":\"{ALLOCATOR_NAME}\"}}}}",
        env!("KAMEO_VERSION"),
        env!("RUSTC_VERSION"),
        arguments.threads,
        bench.kind,
    ));
    for iteration in 0..arguments.iterations {
        let outcome = (arguments.scenario.run)(&bench, &arguments.parameters);
        say(&line(&arguments, iteration, &outcome));
        if outcome.error.is_some() {
            return ExitCode::from(1);
        }
    }
    ExitCode::SUCCESS
}

fn line(arguments: &Arguments, iteration: u64, outcome: &Outcome) -> String {
    let parameters: Vec<String> = arguments
        .parameters
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    let extra: Vec<String> = outcome
        .extra
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    let mut text = format!(
        "{{\"kind\":\"iteration\",\"scenario\":\"{}\",\"parameters\":{{{}}},\
         \"iteration\":{iteration},\"warmup\":{},\"elapsed_ns\":{},\"messages\":{},\
         \"answer\":{},\"histogram\":{},\"rss_bytes\":{},\"peak_rss_bytes\":{},\"extra\":{{{}}}",
        arguments.scenario.name,
        parameters.join(","),
        iteration < arguments.warmups,
        outcome.elapsed.as_nanos(),
        outcome.messages,
        outcome.answer,
        outcome
            .histogram
            .as_ref()
            .map_or_else(|| "null".to_string(), |h| h.json()),
        or_null(memory::status("VmRSS")),
        or_null(memory::status("VmHWM")),
        extra.join(","),
    );
    if let Some(error) = &outcome.error {
        let _ = write!(text, ",\"error\":\"{error}\"");
    }
    text.push('}');
    text
}

fn or_null(value: Option<u64>) -> String {
    value.map_or_else(|| "null".to_string(), |value| value.to_string())
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Who reads may have gone: then there is nothing left to do.
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
