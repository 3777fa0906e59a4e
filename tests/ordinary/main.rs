//! Tests of what the program does: its commands, its inputs and its outputs.

#[path = "../support/binary.rs"]
mod binary;

mod action;
mod cli;
mod cloudformation;
mod collect;
mod corpus;
mod denied;
mod diff;
mod dumps;
mod exact;
mod fix;
mod formats;
mod init;
mod load;
mod pictures;
mod report;
mod roles;
mod suppress;
mod terraform;
mod trees;
mod trust;
