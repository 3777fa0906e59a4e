//! Documents and tables: what the pages say is true, and what the tables hold is complete.

#[path = "../support/binary.rs"]
mod binary;

mod architecture;
mod keys;
mod readme;
mod registry;
mod repository;
mod schemas;
mod words;
