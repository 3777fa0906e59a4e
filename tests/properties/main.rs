//! Properties: random input, judged by an independent reading of the same rules.

#[path = "../support/budget.rs"]
mod budget;

mod classes;
mod closure;
mod completions;
mod conditions;
mod edits;
mod facts;
mod holes;
mod json;
mod needs_z3;
mod operators;
mod oracle;
mod patterns;
mod solver;
mod witness;
mod yaml;
