//! What changes between two sets of policies: who gains and who loses what, each with a request that shows it.
//!
//! Two formulas are put to one solver. “Gained” is what the new side grants and the old one does not; where that never
//! holds, “grants nothing new” is proved. A request that is shown was put to the statements themselves on both sides.
//!
//! The questions about single documents are those of IAM Access Analyzer's custom policy checks:
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html>,
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckAccessNotGranted.html>,
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html>

mod actions;
mod estates;
mod find;
mod public;
mod readable_examples;
mod reads;
mod touched;

pub use super::gained::{Change, Example, Subject};
use super::{Assumption, ConditionLine, Evidence};
use crate::estate::SharedPolicy;
use crate::eval::policy_set::{PolicySet, any_of_actions, any_of_resources};
use crate::logic::{Cond, Truth, Unknown};
use crate::policy::Effect;
use crate::source::SourceMap;

pub use estates::estates;
pub use public::not_public;
pub(in crate::ask) use reads::{MOST_PAIRS, OPERATIONS, gained_beside};

use find::{Difference, Search};

/// What two sets of policies differ in, and what one of them was checked for.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// Access that the new side gives and the old does not.
    pub gained: Vec<Change>,
    /// Access that the old side gives and the new does not.
    pub lost: Vec<Change>,
    /// The same of what is done besides reading.
    pub gained_operations: Vec<Change>,
    /// What can no longer be done besides reading.
    pub lost_operations: Vec<Change>,
    /// Checks of the new policy, in the order they were asked for.
    pub checks: Vec<Check>,
    /// How much was compared.
    pub compared: Compared,
    /// What was assumed because no input says it, each once.
    pub assumptions: Vec<Assumption>,
}

/// What a comparison comes to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Proved: nothing is gained, and all checks hold.
    NothingNew,
    /// The new side gives access that the old one does not.
    Gained,
    /// Nothing that could be shown, and no proof either.
    Undecided,
}

impl Diff {
    /// What the differences come to, for the exit code.
    pub fn outcome(&self) -> Outcome {
        let mut all = self.gained.iter().chain(&self.gained_operations);
        let none = self.gained.is_empty() && self.gained_operations.is_empty();
        if all.any(|c| c.certain) || self.checks.iter().any(|c| c.holds == Some(false)) {
            Outcome::Gained
        } else if none && self.checks.iter().all(|c| c.holds == Some(true)) {
            Outcome::NothingNew
        } else {
            Outcome::Undecided
        }
    }
}

/// How much was compared; what is in neither list of a [`Diff`] is proved to be the same.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Reads of a bucket by a role.
    pub reads: usize,
    /// Other operations of a role on a bucket.
    pub operations: usize,
    /// Sets of policies of one principal or resource.
    pub documents: usize,
}

/// What a document was checked for.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was checked.
    pub what: Checked,
    /// `None` when it depends on something that nobody knows.
    pub holds: Option<bool>,
    /// Which requests break it, as in a [`Change`].
    pub conditions: Option<Vec<Vec<ConditionLine>>>,
    /// A request that shows the outcome.
    pub witness: Option<Example>,
    /// The statements that matched it.
    pub evidence: Vec<Evidence>,
    /// What the outcome depends on.
    pub depends_on: Vec<Unknown>,
}

/// A check of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// None of these requests is granted to anyone.
    NotGranted {
        /// The action, as `service:Name`.
        action: String,
        /// The ARN of the resource.
        resource: String,
    },
    /// Nobody is let in whom neither an account, an organization nor a network holds.
    NotPublic,
}

/// What `new` grants that `old` does not, and the other way round.
pub fn policies(old: &[SharedPolicy], new: &[SharedPolicy], sources: &SourceMap) -> Diff {
    let (mut old, mut new) = (PolicySet::new(old, &[]), PolicySet::new(new, &[]));
    let mut diff = Diff::default();
    // Limits, such as a service control policy of nothing but denials, say something only beside an Allow.
    let limits = |d: &PolicySet<'_>| d.only_denies() || d.says_nothing();
    if limits(&old) && limits(&new) {
        (old, new) = (old.beside_an_allow(), new.beside_an_allow());
        diff.assumptions.push(Assumption {
            what: "something else allows everything".to_owned(),
            because: "neither document allows anything, so they are compared by what they deny".to_owned(),
            fact: None,
        });
    }
    compare(&mut diff, &Subject::Documents, &old, &new, &[], sources);
    diff
}

/// Compares two documents in both directions.
///
/// `among` are the resources they can be about, where these are known.
fn compare(
    diff: &mut Diff,
    subject: &Subject,
    old: &PolicySet<'_>,
    new: &PolicySet<'_>,
    among: &[String],
    sources: &SourceMap,
) {
    diff.compared.documents += 1;
    let search = |yes, no| Search { yes, no: Some(no), also: Cond::Known(true), among, sources };
    diff.gained.extend(more(subject, &search(new, old)));
    diff.lost.extend(more(subject, &search(old, new)));
}

/// What one document grants beyond another.
fn more(subject: &Subject, search: &Search<'_, '_>) -> Option<Change> {
    let found = search.run()?;
    let evidence = found.asked.as_ref().map(|asked| {
        let mut evidence = find::evidence(search.yes, asked, Effect::Allow);
        evidence.extend(search.no.into_iter().flat_map(|no| find::evidence(no, asked, Effect::Deny)));
        evidence
    });
    let Difference { conditions, example, depends_on, .. } = found;
    Some(Change {
        subject: subject.clone(),
        certain: example.is_some(),
        conditions,
        witness: example,
        evidence: evidence.unwrap_or_default(),
        depends_on,
        reason: None,
    })
}

/// Whether some policies grant an action on a resource to anyone under any condition; both may have wildcards, and `*`
/// is any.
pub fn not_granted(policies: &[SharedPolicy], action: &str, resource: &str, sources: &SourceMap) -> Check {
    let document = PolicySet::new(policies, &[]);
    let also = any_of_actions(&[action.to_owned()]).and(any_of_resources(&[resource.to_owned()]));
    let what = Checked::NotGranted { action: action.to_owned(), resource: resource.to_owned() };
    check(what, &Search { yes: &document, no: None, also, among: &[], sources })
}

fn check(what: Checked, search: &Search<'_, '_>) -> Check {
    let Some(found) = search.run() else {
        let (conditions, witness, evidence, depends_on) = (None, None, Vec::new(), Vec::new());
        return Check { what, holds: Some(true), conditions, witness, evidence, depends_on };
    };
    let evidence = found.asked.as_ref().map(|asked| find::evidence(search.yes, asked, Effect::Allow));
    Check {
        what,
        holds: found.example.is_some().then_some(false),
        conditions: found.conditions,
        witness: found.example,
        evidence: evidence.unwrap_or_default(),
        depends_on: found.depends_on,
    }
}
