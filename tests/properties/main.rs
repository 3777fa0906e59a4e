//! Properties: random input, judged by an independent reading of the same rules.

mod classes;
mod completions;
mod conditions;
mod holes;
mod json;
mod operators;
mod oracle;
mod patterns;
mod solver;
mod witness;
mod yaml;
mod z3;
