//! Whoever no policy names: in no account, organization or network that a document speaks of (R102).

use super::Document;
use super::principal;
use crate::eval::public::pins_to_fixed_values;
use crate::logic::{Cond, Truth};
use crate::operator::Quantifier;
use crate::policy::Test;

impl Document<'_> {
    /// A caller whom the document knows nothing of. It is named by no principal, and holds none of the fixed values
    /// that conditions ask for.
    pub fn outsider(&self) -> Cond {
        let mut all = Cond::Known(true);
        for (_, statement) in self.statements() {
            if let Some(scope) = &statement.principals {
                all = all.and(principal::unnamed(scope));
            }
            for test in &statement.tests {
                if let Some(pin) = pin(test) {
                    all = all.and(self.condition(&pin).not());
                }
            }
        }
        all
    }
}

/// What a test pins its key to, whichever way it counts; none where that is not fixed.
fn pin(test: &Test) -> Option<Test> {
    if test.values.is_empty() || !pins_to_fixed_values(test) {
        return None;
    }
    let operator = test.operator.positive();
    let set = test.key.value.is_multivalued() || test.quantifier != Quantifier::One;
    let quantifier = if set { Quantifier::Any } else { Quantifier::One };
    Some(Test { operator, quantifier, if_exists: false, ..test.clone() })
}
