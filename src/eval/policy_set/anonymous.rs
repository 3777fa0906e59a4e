//! Whoever no policy names: in no account, organization or network that a document speaks of (R102).

use super::PolicySet;
use super::principal;
use crate::eval::public::is_some_network;
use crate::logic::{Cond, Truth};
use crate::name::KeyType;
use crate::name::keys::{KeyFacts, Pins, Relation};
use crate::operator::{Family, Operand, Quantifier};
use crate::policy::Test;

impl PolicySet<'_> {
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

/// Whether a test compares a key that can keep the public out with fixed values, whichever way it counts.
fn pins_to_fixed_values(test: &Test) -> bool {
    let Some(key) = test.key.value.facts().filter(|key| key.pins != Pins::No) else { return false };
    match (key.value_type, test.operator.family) {
        (KeyType::Address, Family::IpAddress) => test.values.iter().all(|v| is_some_network(&v.operand)),
        (KeyType::Address, _) => false,
        (_, Family::String | Family::Arn) => test.values.iter().all(|v| is_fixed(key, &v.operand, v.text())),
        (_, _) => false,
    }
}

/// A fixed value holds neither wildcards nor variables; an ARN may have wildcards where its account is fixed.
fn is_fixed(key: &KeyFacts, operand: &Operand, text: &str) -> bool {
    if text.contains("${") {
        return false;
    }
    let wild = match operand {
        Operand::Text(wild) => wild.has_wildcard(),
        Operand::Arn(arn) => arn.has_wildcard(),
        Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => return false,
    };
    if !wild {
        return true;
    }
    match (key.value_type, key.relation) {
        (KeyType::Arn, _) => {
            let account = text.split(':').nth(4).unwrap_or("");
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
        }
        (_, Relation::PathsOf(_)) => {
            text.split('/').next().is_some_and(|id| id.starts_with("o-") && !id.contains(['*', '?']))
        }
        // `AROAEXAMPLE:*` pins one role.
        (_, _) if key.name == "aws:userid" => {
            text.split(':').next().is_some_and(|id| !id.is_empty() && !id.contains(['*', '?']))
        }
        (_, _) => false,
    }
}
