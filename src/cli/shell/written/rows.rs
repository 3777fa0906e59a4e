//! Edits of facts: the rows of the manifest, and the answers of AWS that it names.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::super::session::Loaded;
use super::relative;
use super::step::{Changed, both, in_files};
use crate::estate::{EncryptionType, Estate, KeyState, Known, SharedPolicy};
use crate::json::Node;
use crate::load::disk;
use crate::report::{self, Replacement};
use crate::source::{SourceId, Span};
use crate::toml_tree;

/// The word of the manifest for what is not there.
const NONE: &str = "none";

/// The manifest as it is now.
struct Manifest {
    name: String,
    dir: PathBuf,
    text: String,
}

impl Manifest {
    fn of(there: &Loaded) -> Result<Self, String> {
        let none = "no manifest was read that could say it: `decryptable init` writes one";
        let file = there.config.file.as_deref().ok_or(none)?;
        let text = disk::read(file).map_err(|_| none)?.text.to_string();
        let dir = file.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { name: file.to_string_lossy().into_owned(), dir, text })
    }

    /// The manifest with a part of it replaced.
    fn with(self, at: Span, text: &str) -> Result<Vec<Changed>, String> {
        let mut list = [Replacement { at, text: text.to_owned() }];
        let new =
            report::applied(&self.text, &mut list).ok_or("the row cannot be written: change it by hand")?;
        Ok(vec![Changed { name: self.name, old: self.text, new }])
    }

    /// One more line, behind the value at a place: on a line of its own, or in the same pair of braces.
    fn with_line(self, behind: Span, line: &str) -> Result<Vec<Changed>, String> {
        let (start, end) = (behind.start as usize, behind.end as usize);
        let before = self.text.get(..start).and_then(|text| text.rsplit('\n').next()).unwrap_or_default();
        if before.contains('{') {
            return self.with(behind.after(), &format!(", {line}"));
        }
        let indent: String = before.chars().take_while(|c| c.is_whitespace()).collect();
        let rest = self.text.get(end..).unwrap_or_default();
        let stop = rest.find('\n').map_or(self.text.len(), |stop| end + stop);
        let stop = u32::try_from(stop).unwrap_or(u32::MAX);
        self.with(Span::new(behind.source, stop, stop), &format!("\n{indent}{line}"))
    }

    /// A row more, at the end.
    fn with_row(self, row: &str) -> Result<Vec<Changed>, String> {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let gap = if self.text.ends_with('\n') { "\n" } else { "\n\n" };
        self.with(Span::new(SourceId::LONE, end, end), &format!("{gap}{row}"))
    }

    /// What is done with the row of a table whose member has this text.
    fn in_row<T>(
        &self,
        tables: &[&str],
        member: &str,
        is: &str,
        then: impl FnOnce(&Node<'_>) -> T,
    ) -> Option<T> {
        let parsed = toml_tree::parse(SourceId::LONE, &self.text);
        let root = parsed.root.as_ref()?;
        let rows = tables.iter().filter_map(|table| root.get(table)).flat_map(Node::elements);
        let row = rows.into_iter().find(|row| row.get(member).and_then(Node::as_str) == Some(is))?;
        Some(then(row))
    }
}

/// A text of TOML may be written as one of JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Who has policies that an edit changed, and how it had them.
fn principal((before, after): (&Estate, &Estate)) -> Option<(String, Vec<SharedPolicy>, Vec<SharedPolicy>)> {
    let listed = |known: &Known<Vec<SharedPolicy>>| known.provided().cloned().unwrap_or_default();
    let differs =
        |old: &Known<Vec<SharedPolicy>>, new: &Known<Vec<SharedPolicy>>| both(old, new).0 != both(old, new).1;
    let roles = before.roles.iter().zip(after.roles.iter());
    let role = roles.into_iter().find(|(old, new)| differs(&old.policies, &new.policies));
    if let Some((old, new)) = role {
        return Some((old.arn.value.to_string(), listed(&old.policies), listed(&new.policies)));
    }
    let users = before.users.iter().zip(after.users.iter());
    let (old, new) = users.into_iter().find(|(old, new)| differs(&old.policies, &new.policies))?;
    Some((old.arn.value.to_string(), listed(&old.policies), listed(&new.policies)))
}

const TABLES: [&str; 2] = ["role", "user"];

fn unlisted(arn: &str) -> String {
    format!("no row of the manifest lists the policies of {arn}: attach them where they are declared")
}

pub(super) fn attach(
    policy: &str,
    estates: (&Estate, &Estate),
    there: &Loaded,
) -> Result<Vec<Changed>, String> {
    if policy.starts_with("arn:") {
        return Err(format!("the manifest names files: save the policy {policy} to one, and attach that"));
    }
    let (arn, ..) = principal(estates).ok_or_else(|| unlisted(policy))?;
    let manifest = Manifest::of(there)?;
    let path = quoted(&relative(Path::new(policy), &manifest.dir));
    enum Place {
        Line(Span),
        In(Span, String),
    }
    let place = manifest.in_row(&TABLES, "arn", &arn, |row| {
        let arn = row.get("arn").map(|arn| arn.span)?;
        let Some(policies) = row.get("policies") else { return Some(Place::Line(arn)) };
        Some(match (policies.elements(), policies.as_str()) {
            ([.., last], _) => {
                let line = manifest.text.get(..last.span.start as usize)?.rsplit('\n').next()?;
                let gap = match line.trim().is_empty() {
                    true => format!(",\n{line}{path}"),
                    false => format!(", {path}"),
                };
                Place::In(last.span.after(), gap)
            }
            ([], Some(one)) if one != NONE => Place::In(policies.span, format!("[{}, {path}]", quoted(one))),
            ([], _) => Place::In(policies.span, format!("[{path}]")),
        })
    });
    match place.flatten() {
        Some(Place::Line(behind)) => manifest.with_line(behind, &format!("policies = [{path}]")),
        Some(Place::In(at, text)) => manifest.with(at, &text),
        None => Err(unlisted(&arn)),
    }
}

pub(super) fn detach(estates: (&Estate, &Estate), there: &Loaded) -> Result<Vec<Changed>, String> {
    let (arn, before, after) = principal(estates).ok_or_else(|| unlisted("the principal"))?;
    let mut kept = after.iter().peekable();
    let mut gone = Vec::new();
    for (nth, policy) in before.iter().enumerate() {
        match kept.peek().is_some_and(|next| next.span == policy.span) {
            true => _ = kept.next(),
            false => gone.push(nth),
        }
    }
    let [nth] = gone.as_slice() else {
        return Err("it is attached more than once: change it by hand".to_owned());
    };
    let now = &there.intake.estate;
    let role = now.roles.iter().find(|role| role.arn.value.as_str() == arn).map(|role| &role.policies);
    let own =
        role.or_else(|| now.users.iter().find(|user| user.arn.value.as_str() == arn).map(|u| &u.policies));
    let policy =
        own.and_then(Known::provided).and_then(|list| list.get(*nth)).ok_or_else(|| unlisted(&arn))?;
    let map = &there.intake.sources;
    let file = disk::identity(Path::new(map.name(map.host(policy.span).source)));
    let manifest = Manifest::of(there)?;
    let is_it = |node: &&Node<'_>| {
        node.as_str().is_some_and(|written| disk::identity(&manifest.dir.join(written)) == file)
    };
    let place = manifest.in_row(&TABLES, "arn", &arn, |row| {
        let policies = row.get("policies")?;
        match policies.elements().iter().find(is_it) {
            Some(one) => report::from_list(&manifest.text, one.span).map(|cut| (cut.at, String::new())),
            None => is_it(&policies).then(|| (policies.span, quoted(NONE))),
        }
    });
    match place {
        Some(Some((at, text))) => manifest.with(at, &text),
        Some(None) => Err(format!("the row of {arn} names the file by a pattern, which names others too")),
        None => Err(unlisted(&arn)),
    }
}

pub(super) fn state(
    state: KeyState,
    (before, after): (&Estate, &Estate),
    there: &Loaded,
) -> Result<Vec<Changed>, String> {
    let differs = |old: &crate::estate::Key, new: &crate::estate::Key| old.state != new.state;
    let keys = before.keys.iter().zip(after.keys.iter());
    let Some((key, _)) = keys.into_iter().find(|(old, new)| differs(old, new)) else { return Ok(Vec::new()) };
    let now = there.intake.estate.key(&key.arn.value).ok_or("the key is not in the files")?;
    let new = quoted(state.as_str());
    if let Known::Provided(told) = &now.state {
        let map = &there.intake.sources;
        if map.text(told.span) == quoted(told.value.as_str()) && !map.is_embedded(told.span.source) {
            return in_files(vec![Replacement { at: told.span, text: new }], there);
        }
    }
    let manifest = Manifest::of(there)?;
    let arn = key.arn.value.as_str();
    let line = format!("state = {new}");
    match manifest.in_row(&["key"], "arn", arn, |row| row.get("arn").map(|arn| arn.span)).flatten() {
        Some(behind) => manifest.with_line(behind, &line),
        None => {
            let stands = if matches!(now.state, Known::Provided(_)) { "override = true\n" } else { "" };
            manifest.with_row(&format!("[[key]]\narn = {}\n{line}\n{stands}", quoted(arn)))
        }
    }
}

pub(super) fn grant(
    operations: &[String],
    (before, after): (&Estate, &Estate),
    there: &Loaded,
) -> Result<Replacement, String> {
    let keys = before.keys.iter().zip(after.keys.iter());
    let mut changed =
        keys.filter(|(old, new)| both(&old.grants, &new.grants).0 != both(&old.grants, &new.grants).1);
    let (_, key) = changed.next().ok_or("no key has it")?;
    let more = key.grants.provided().and_then(|grants| grants.last()).ok_or("no key has it")?;
    let now = there.intake.estate.key(&key.arn.value).ok_or("the key is not in the files")?;
    let last = now.grants.provided().and_then(|grants| grants.last());
    let map = &there.intake.sources;
    let last = last.filter(|last| map.text(last.span).starts_with('{') && !map.is_embedded(last.span.source));
    let last = last.ok_or_else(|| {
        format!("no answer of list-grants was read to put it into: `aws kms create-grant` makes it, and `aws kms list-grants --key-id {}` tells it", key.arn.value)
    })?;
    let grant = json!({"GranteePrincipal": more.grantee, "Operations": operations});
    Ok(report::one_more(last.span, &grant, map))
}

pub(super) fn encrypt(objects: &str, after: &Estate, there: &Loaded) -> Result<Vec<Changed>, String> {
    let find = |estate: &Estate| {
        let object = estate.objects.iter().find(|object| object.uri.value.as_str() == objects);
        object.map(|object| object.encryption.clone())
    };
    let encryption = find(after).flatten().ok_or("no object has it")?;
    let kind = match encryption.kind {
        EncryptionType::None => None,
        EncryptionType::SseS3 => Some("AES256"),
        EncryptionType::SseKms => Some("aws:kms"),
        EncryptionType::DsseKms => Some("aws:kms:dsse"),
        EncryptionType::SseC | EncryptionType::CseKms | EncryptionType::CseC => {
            Some(encryption.kind.as_str())
        }
    };
    let key = encryption.key.map(|key| format!(", key = {}", quoted(key.as_str()))).unwrap_or_default();
    let written = match kind {
        None => quoted(NONE),
        Some(kind) => format!("{{ type = {}{key} }}", quoted(kind)),
    };
    let manifest = Manifest::of(there)?;
    let row = manifest.in_row(&["object"], "uri", objects, |row| {
        (row.get("encryption").map(|old| old.span), row.get("uri").map(|uri| uri.span))
    });
    match row {
        Some((Some(old), _)) => manifest.with(old, &written),
        Some((None, Some(uri))) => manifest.with_line(uri, &format!("encryption = {written}")),
        Some((None, None)) | None => {
            let stands = if find(&there.intake.estate).is_some() { "override = true\n" } else { "" };
            let row = format!("[[object]]\nuri = {}\nencryption = {written}\n{stands}", quoted(objects));
            manifest.with_row(&row)
        }
    }
}
