//! `--what-if`: the same question of edited files.

use clap::Args;

use super::Failure;
use super::session::Loaded;
use crate::what_if::{self, Edit};

/// Edits that are made in memory before a question is asked.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct WhatIfArgs {
    /// Ask as if this edit had been made: `drop kms/lake.json#Readers`, `add DOCUMENT STATEMENT`, `attach ROLE FILE`, …
    /// (docs/what-if.md); may be given several times
    #[arg(long = "what-if", value_name = "EDIT")]
    edits: Vec<String>,
}

impl WhatIfArgs {
    /// Makes the edits, in the order in which they were given.
    pub(super) fn make(&self, loaded: &mut Loaded) -> Result<(), Failure> {
        for line in &self.edits {
            let made = Edit::parse(line).and_then(|edit| what_if::apply(&mut loaded.intake, &edit));
            made.map_err(|error| {
                Failure::new(format!("--what-if '{line}': {}", error.message)).help(error.help)
            })?;
        }
        Ok(())
    }
}
