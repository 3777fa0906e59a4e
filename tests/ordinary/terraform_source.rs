//! Terraform source: the language, values with holes, and what of a configuration is told.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

mod estates;
mod features;
mod holes;
mod hostile;
mod language;
mod needs_shared;
mod patches;
mod registry;
mod unknowns;
