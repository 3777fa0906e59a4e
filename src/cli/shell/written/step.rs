//! What one edit takes in the text of the files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::super::super::session::Loaded;
use super::super::session::Made;
use super::rows;
use crate::ask::{self, Change, Fix};
use crate::estate::{Estate, Known, SharedPolicy};
use crate::load::disk;
use crate::report::{self, Replacement};
use crate::source::{SourceId, Span};
use crate::what_if::Edit;

/// A file as it was, and as it is to be.
pub(super) struct Changed {
    pub(super) name: String,
    pub(super) old: String,
    pub(super) new: String,
}

const BY_HAND: &str = "it cannot be written where the statement stands: change it by hand";

/// The files that an edit changes: `here` and `next` are in memory, before and after it, `there` is of the texts.
pub(super) fn texts(
    made: &Made,
    (here, next): (&Loaded, &Loaded),
    there: &Loaded,
) -> Result<Vec<Changed>, String> {
    let estates = (&here.intake.estate, &next.intake.estate);
    let replacements = match made {
        Made::Edit(Edit::Add { statement, .. }) => {
            let document = document(changed(estates)?, there)?;
            let statement = serde_json::from_str(statement)
                .ok()
                .filter(Value::is_object)
                .ok_or("write one statement as JSON: each is an edit of its own")?;
            report::changed(Some(document.span), &Change::Add(statement), &there.intake.sources)
                .ok_or(BY_HAND)?
        }
        Made::Edit(Edit::Drop { .. }) => dropped(estates, there)?,
        Made::Edit(Edit::Replace { file, .. }) => vec![replaced(file, (here, next), there)?],
        Made::Edit(Edit::Attach { policy, .. }) => return rows::attach(policy, estates, there),
        Made::Edit(Edit::Detach { .. }) => return rows::detach(estates, there),
        Made::Edit(Edit::Grant { operations, .. }) => vec![rows::grant(operations, estates, there)?],
        Made::Edit(Edit::State { state, .. }) => return rows::state(*state, estates, there),
        Made::Edit(Edit::Encrypt { objects, .. }) => {
            return rows::encrypt(objects, &next.intake.estate, there);
        }
        Made::Proposed(fix, _) => proposed(fix, here, there)?,
    };
    in_files(replacements, there)
}

/// The place in the list of all policies of the one that an edit changed.
fn changed((before, after): (&Estate, &Estate)) -> Result<usize, String> {
    let (before, after) = (before.policies_by_owner(), after.policies_by_owner());
    let differs = |(old, new): (&&SharedPolicy, &&SharedPolicy)| !std::sync::Arc::ptr_eq(old, new);
    before.iter().zip(&after).position(differs).ok_or_else(|| "it changes no document".to_owned())
}

/// The same policy in the texts.
fn document(at: usize, there: &Loaded) -> Result<SharedPolicy, String> {
    let all = there.intake.estate.policies_by_owner();
    let policy = all.get(at).map(|policy| (*policy).clone()).ok_or(BY_HAND)?;
    if policy.span.source == SourceId::LONE {
        return Err("no file holds this policy: it is the one that AWS writes where none is given".to_owned());
    }
    if there.intake.estate.from_snapshot.contains_key(&policy.span.source) {
        return Err("AWS manages this policy, and nobody else can change it".to_owned());
    }
    Ok(policy)
}

fn dropped(estates: (&Estate, &Estate), there: &Loaded) -> Result<Vec<Replacement>, String> {
    let at = changed(estates)?;
    let (before, after) = (estates.0.policies_by_owner(), estates.1.policies_by_owner());
    let (Some(before), Some(after)) = (before.get(at), after.get(at)) else { return Err(BY_HAND.to_owned()) };
    let document = document(at, there)?;
    let mut kept = after.statements.iter().peekable();
    let mut all = Vec::new();
    for (nth, statement) in before.statements.iter().enumerate() {
        if kept.peek().is_some_and(|next| next.span == statement.span) {
            kept.next();
            continue;
        }
        let own = document.statements.get(nth).ok_or(BY_HAND)?;
        all.push(report::without(document.span, own.span, &there.intake.sources).ok_or(BY_HAND)?);
    }
    Ok(all)
}

fn replaced(file: &str, (here, next): (&Loaded, &Loaded), there: &Loaded) -> Result<Replacement, String> {
    let at = changed((&here.intake.estate, &next.intake.estate))?;
    let after = next.intake.estate.policies_by_owner();
    let new = after.get(at).ok_or(BY_HAND)?;
    let text = next.intake.sources.text(new.span);
    let value: Value =
        serde_json::from_str(text).map_err(|_| format!("the policy of {file} is not written in JSON"))?;
    let (old, map) = (document(at, there)?, &there.intake.sources);
    let is_alone = !map.is_embedded(old.span.source)
        && map.line_around(old.span.source, old.span.start).0 == old.span.start;
    if is_alone && map.text(old.span).starts_with('{') {
        return Ok(Replacement { at: old.span, text: text.to_owned() });
    }
    report::another(old.span, &value, map).ok_or_else(|| BY_HAND.to_owned())
}

/// A change that an answer proposed, with its places in the texts as they are now.
fn proposed(fix: &Fix, here: &Loaded, there: &Loaded) -> Result<Vec<Replacement>, String> {
    let map = &there.intake.sources;
    let Some(at) = fix.document else {
        let missing =
            || format!("there is no {} yet: write it, and name it in the manifest", fix.document_name);
        return report::changed(None, &fix.change, map).ok_or_else(missing);
    };
    let all = here.intake.estate.policies_by_owner();
    let found = all.iter().enumerate().find_map(|(nth, policy)| match policy.span == at {
        true => Some((nth, None)),
        false => policy.statements.iter().position(|s| s.span == at).map(|inner| (nth, Some(inner))),
    });
    let (nth, inner) = found.ok_or(BY_HAND)?;
    let document = document(nth, there)?;
    let place = match inner {
        None => document.span,
        Some(inner) => document.statements.get(inner).ok_or(BY_HAND)?.span,
    };
    let change = match &fix.change {
        Change::Replace { statement, edits } => {
            let moved: Option<Vec<ask::Edit>> = edits
                .iter()
                .map(|edit| edit.moved(&|span| moved(span, (at, here), (place, there))))
                .collect();
            // Where the small edits have no places any more, the statement is written anew.
            Change::Replace { statement: statement.clone(), edits: moved.unwrap_or_default() }
        }
        Change::Add(_) | Change::Create { .. } | Change::Elsewhere => fix.change.clone(),
    };
    report::changed(Some(place), &change, map).ok_or_else(|| BY_HAND.to_owned())
}

/// A place in or beside a statement, in the texts.
fn moved(span: Span, (from, here): (Span, &Loaded), (to, there): (Span, &Loaded)) -> Option<Span> {
    let (old, new) = (&here.intake.sources, &there.intake.sources);
    if span.source == from.source && old.text(from) == new.text(to) {
        let start = to.start + span.start.checked_sub(from.start)?;
        let end = to.start + span.end.checked_sub(from.start)?;
        return (end <= to.end).then(|| Span::new(to.source, start, end));
    }
    let is_same = old.source_text(span.source)? == new.source_text(span.source)?;
    (is_same && old.name(span.source) == new.name(span.source)).then_some(span)
}

/// The texts of the files with the replacements in them.
pub(super) fn in_files(replacements: Vec<Replacement>, there: &Loaded) -> Result<Vec<Changed>, String> {
    let map = &there.intake.sources;
    let mut files: BTreeMap<SourceId, Vec<Replacement>> = BTreeMap::new();
    for replacement in replacements {
        files.entry(replacement.at.source).or_default().push(replacement);
    }
    let mut all = Vec::new();
    for (source, mut list) in files {
        let name = map.name(source).to_owned();
        if map.is_embedded(source) || !disk::is_file(Path::new(&name)) {
            return Err(format!("{name} is not a file"));
        }
        let old = map.source_text(source).map_or_else(String::new, |text| (**text).to_owned());
        let new = report::applied(&old, &mut list).ok_or(BY_HAND)?;
        all.push(Changed { name, old, new });
    }
    Ok(all)
}

/// What is known of both.
pub(super) fn both<T>(before: &Known<Vec<T>>, after: &Known<Vec<T>>) -> (usize, usize) {
    let count = |known: &Known<Vec<T>>| known.provided().map_or(0, Vec::len);
    (count(before), count(after))
}
