//! Tells the harness which versions it is made of.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"kameo\"");
    let version = lines
        .nth(1)
        .and_then(|line| line.split('"').nth(1))
        .unwrap_or("unknown");
    println!("cargo:rustc-env=KAMEO_VERSION={version}");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_string());
    let said = Command::new(rustc).arg("--version").output();
    let text = said.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_string());
    let short: Vec<String> = text
        .unwrap_or_default()
        .split(' ')
        .take(2)
        .map(str::to_string)
        .collect();
    println!("cargo:rustc-env=RUSTC_VERSION={}", short.join(" "));
}
