//! One request against the policies that apply to it, gate by gate; the only copy of AWS's order.

mod gate;

pub use gate::Gate;
