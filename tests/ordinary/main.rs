//! Tests of what the program does: its commands, its inputs and its outputs.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/budget.rs"]
mod budget;

mod action;
mod cli;
mod cloudformation;
mod contradictions;
mod denied;
mod diff;
mod dumps;
mod exact;
mod facts;
mod faults;
mod fix;
mod foreign;
mod formats;
mod hazards;
mod html;
mod init;
mod kept;
mod lint_fix;
mod lints;
mod load;
mod lsp;
mod mcp;
mod needs_botocore {
    mod shapes;
}
mod needs_duckdb {
    mod joins;
}
mod needs_mcp {
    mod client;
}
mod needs_python {
    mod collect;
    mod terminal;
}
mod needs_shared {
    mod corpus;
}
mod needs_terraform;
mod operations;
mod patch;
mod pictures;
mod places;
mod report;
mod roles;
mod shapes;
mod shell;
mod suppress;
mod templates;
mod terraform;
mod terraform_source;
mod threads;
mod trees;
mod trust;
mod watch;
mod what_if;
mod worlds;
