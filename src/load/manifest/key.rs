//! `[[key]]`.

use std::path::Path;

use super::field::{self, NONE};
use super::file::{self, Use};
use crate::diagnostic::{Code, Diagnostic};
use crate::estate::{KeyManager, KeyState, PlacedArn, default_key_policy};
use crate::json::{Node, Reader, Value};
use crate::load::fields::{KEY, invalid};
use crate::load::{Intake, grants};
use crate::policy::PolicyKind;
use crate::source::{SourceId, Spanned};

/// The word for the policy that AWS writes when none is given.
const DEFAULT: &str = "default";

pub(super) fn key(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["arn", "manager", "state", "policy", "aliases", "grants", "tags", "override"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "a key", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let arn = field::arn(&mut t, "arn", KEY);
    let manager = field::choice(&mut t, "manager", &["customer", "aws"], |text| {
        [("customer", KeyManager::Customer), ("aws", KeyManager::Aws)]
            .into_iter()
            .find_map(|(name, manager)| (name == text).then_some(manager))
    });
    let state = field::choice(&mut t, "state", KeyState::NAMES, KeyState::parse);
    let policy = file::one(&mut t, "policy");
    let aliases = field::list(&mut t, "aliases");
    let grants = file::one(&mut t, "grants");
    let tags = field::tags(&mut t, "tags");
    for alias in aliases.iter().flat_map(|aliases| &aliases.value) {
        if !alias.value.starts_with("alias/") {
            let message = format!("`{}` is not an alias", alias.value);
            t.problems().push(invalid(alias.span, message, format!("write alias/{}", alias.value)));
        }
    }
    if let Some(policy) = policy.filter(|policy| policy.value == NONE) {
        t.problems().push(invalid(
            policy.span,
            "every key has a key policy",
            "write \"default\" for the policy KMS writes when none is given; leave `policy` out when it is not known",
        ));
    }
    intake.problems.append(&mut problems);
    let Some(arn) = arn else { return };
    if !intake.is_first_table(&format!("key {}", arn.value), arn.span) {
        return;
    }
    intake.key(&arn, |_| ());
    if let Some(manager) = manager {
        intake.key_manager(&arn, manager);
    }
    if let Some(state) = state {
        intake.key_state(&arn, state);
    }
    if let Some(policy) = policy.filter(|policy| policy.value != NONE) {
        let told = if policy.value == DEFAULT {
            arn.value.account().map(|account| default_key_policy(arn.value.partition(), account))
        } else {
            file::policy(intake, dir, policy, Use { kind: PolicyKind::Key, owner: arn.value.as_str() })
        };
        if let Some(told) = told {
            intake.key_policy(&arn, policy.span, told);
        }
    }
    if let Some(aliases) = aliases {
        let names = aliases.value.iter().map(|alias| alias.value.to_owned()).collect();
        intake.key_aliases(&arn, Spanned::new(names, aliases.span));
    }
    if let Some(grants) = grants {
        if grants.value == NONE {
            intake.key_grants(&arn, grants.span, Vec::new());
        } else if let Some(source) = file::open_one(intake, dir, grants) {
            grants_from(&arn, source, grants, intake);
        }
    }
    if let Some(tags) = tags {
        intake.key_tags(&arn, tags);
    }
}

/// The grants on one key, out of an answer of `aws kms list-grants`.
fn grants_from(arn: &PlacedArn, source: SourceId, written: Spanned<&str>, intake: &mut Intake) {
    let before = intake.problems.len();
    intake.complain_of_syntax(source, crate::load::Syntax::Json);
    if intake.problems.get(before..).unwrap_or_default().iter().any(Diagnostic::is_error) {
        intake.contributes(source, "list-grants", format!("grants on {}", arn.value));
        return;
    }
    let list = intake.with_offer(source, crate::load::Syntax::Json, |input, intake| {
        let is_list =
            input.root().get("Grants").is_some_and(|grants| matches!(grants.value, Value::Array(_)));
        is_list.then(|| grants::grants(input.root(), &mut intake.problems))
    });
    let Some(Some(list)) = list else {
        let message = format!("`{}` holds no list of grants", written.value);
        let problem = Diagnostic::new(Code::UnknownInput, written.span, message);
        intake.problems.push(problem.help("name a file with the output of `aws kms list-grants`"));
        return;
    };
    let here: Vec<_> =
        list.into_iter().filter(|grant| grant.key.as_ref().is_none_or(|k| *k == arn.value)).collect();
    intake.contributes(source, "list-grants", format!("{} on {}", grants::counted(here.len()), arn.value));
    intake.key_grants(arn, written.span, here);
}
