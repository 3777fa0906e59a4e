//! The tree of an organization has to be one: every way up ends.

use std::collections::BTreeSet;

use super::Intake;
use super::fields;

/// Units that lie inside themselves.
pub(super) fn check(intake: &mut Intake) {
    let mut problems = Vec::new();
    for organization in &intake.estate.organizations {
        let mut seen = BTreeSet::new();
        for target in &organization.targets {
            // Along the parents, until something that was seen, on this way or on one before.
            let mut way = BTreeSet::new();
            let mut next = Some(target);
            while let Some(here) = next.filter(|here| !seen.contains(here.id.as_str())) {
                if !way.insert(here.id.as_str()) {
                    let at = intake.place_told(&format!("target {}", here.id), "the parent");
                    let message = format!("`{}` lies inside itself: its parents lead back to it", here.id);
                    let help = "correct one of the parents, so that all of them lead to the root r-…";
                    problems.push(fields::invalid(at.unwrap_or(here.span), message, help));
                    break;
                }
                next = here.parent.as_deref().and_then(|parent| organization.target(parent));
            }
            seen.append(&mut way);
        }
    }
    intake.problems.append(&mut problems);
}
