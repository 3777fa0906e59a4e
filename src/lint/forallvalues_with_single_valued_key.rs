use super::{Lint, allows};
use crate::diagnostic::{Code, Diagnostic};
use crate::operator::Quantifier;
use crate::policy::Policy;

pub(super) static LINT: Lint = Lint { code: Code::ForallvaluesWithSingleValuedKey, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in allows(policy).flat_map(|statement| &statement.tests) {
        // The keys of identity providers may be lists, which no name tells.
        let single = test.key.value.facts().is_some_and(|facts| !facts.is_multivalued);
        if test.quantifier == Quantifier::All && single {
            let message = format!(
                "`{}` has one value, and `ForAllValues` also holds when it is absent",
                test.key.value
            );
            tell(LINT.says(test.key.span, message, "drop the prefix"));
        }
    }
}
