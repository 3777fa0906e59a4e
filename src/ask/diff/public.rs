//! Whether a resource's policy lets in anyone at all.

use super::find::Search;
use super::{Check, Checked, check};
use crate::estate::SharedPolicy;
use crate::eval::policy_set::{PRINCIPAL, PolicySet};
use crate::source::SourceMap;

/// Whether a policy lets nobody in but those whom an account, an organization or a network holds. Policies without
/// principals are about whoever they are attached to, and public to nobody.
pub fn not_public(policies: &[SharedPolicy], sources: &SourceMap) -> Check {
    let document = PolicySet::new(policies, &[]);
    let also = document.outsider();
    let mut found =
        check(Checked::NotPublic, &Search { yes: &document, no: None, also, among: &[], sources });
    // Whoever is not named is neither a service nor a provider: that is what was asked for.
    for line in found.conditions.iter_mut().flatten() {
        line.retain(|l| !(l.key == PRINCIPAL && l.operator == "Null"));
    }
    found
}
