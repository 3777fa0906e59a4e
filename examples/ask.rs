//! Asks whether a role can read an object, and prints the gates of each authorization.
//!
//!     cargo run --example ask -- policies/cross-account IAM_CLUSTER s3://lake/curated/x
#![allow(clippy::print_stdout, reason = "an example prints its answer")]

use std::error::Error;

use decryptable::Workspace;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let (dir, role, object) =
        (next("policies/cross-account"), next("IAM_CLUSTER"), next("s3://lake/curated/x"));
    let workspace = Workspace::open(dir)?;
    let answer = workspace.can(&role, "read", &object)?;
    println!("{}: {}", answer.verdict.as_str(), answer.reason);
    for leg in &answer.legs {
        println!("  {} on {}: {}", leg.action, leg.resource, leg.verdict.as_str());
        for gate in &leg.gates {
            for evidence in &gate.evidence {
                let file = workspace.sources().host(evidence.span);
                let name = workspace.sources().name(file.source);
                println!("    {} {}: {name} {}", gate.gate.as_str(), gate.verdict.as_str(), evidence.pointer);
            }
        }
    }
    Ok(())
}
