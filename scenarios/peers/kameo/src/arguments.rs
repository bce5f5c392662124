//! The command line of docs/peers.md.

use crate::bench::Parameters;
use crate::scenarios::{SCENARIOS, Scenario};

pub struct Arguments {
    pub scenario: &'static Scenario,
    pub parameters: Parameters,
    pub threads: usize,
    pub iterations: u64,
    pub warmups: u64,
    pub seed: u64,
}

pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let name = words.next().ok_or("which scenario?")?;
    let scenario = SCENARIOS
        .iter()
        .find(|scenario| scenario.name == name)
        .ok_or_else(|| format!("no scenario is called {name}"))?;
    let parameters = scenario
        .defaults
        .iter()
        .map(|(key, value)| ((*key).to_string(), *value));
    let mut found = Arguments {
        scenario,
        parameters: parameters.collect(),
        threads: 1,
        iterations: 1,
        warmups: 0,
        seed: 1,
    };
    while let Some(option) = words.next() {
        let text = words
            .next()
            .ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--threads" => found.threads = number(&text)?.max(1) as usize,
            "--iterations" => found.iterations = number(&text)?,
            "--warmups" => found.warmups = number(&text)?,
            "--seed" => found.seed = number(&text)?,
            "-p" => set(&mut found, &text)?,
            _ => return Err(format!("no option is called {option}")),
        }
    }
    Ok(found)
}

fn set(found: &mut Arguments, text: &str) -> Result<(), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("-p {text} has no ="))?;
    let place = found
        .parameters
        .get_mut(key)
        .ok_or_else(|| format!("{} has no parameter {key}", found.scenario.name))?;
    *place = number(value)?;
    Ok(())
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a whole number"))
}
