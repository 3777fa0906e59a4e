//! Walks the trust graph: every principal that can become a role or read an object with it, and the steps on the way.
//!
//!     cargo run --example trust -- policies/cross-account s3://lake/curated/x
#![allow(clippy::print_stdout, reason = "an example prints its answer")]

use std::error::Error;

use decryptable::Workspace;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let (dir, object) = (next("policies/cross-account"), next("s3://lake/curated/x"));
    let workspace = Workspace::open(dir)?;
    let map = workspace.who("read", &object)?;
    for path in &map.paths {
        let steps = path.edges.iter().filter_map(|edge| map.edges.get(*edge));
        let names = steps.filter_map(|edge| {
            let (from, to) = (map.nodes.get(edge.from)?, map.nodes.get(edge.to)?);
            Some(format!("{} --{}--> {}", from.label, edge.way, to.label))
        });
        println!("{}: {}", path.verdict.as_str(), names.collect::<Vec<_>>().join(", then "));
    }
    Ok(())
}
