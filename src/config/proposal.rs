//! A first `decryptable.toml` for what lies in a directory: everything that the files tell, and marks where only a
//! person knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::ask::{self, Circumstances, DoesQuestion, Doing, Verdict};
use crate::estate::{Called, Estate, ObjectUri};
use crate::load::manifest::is_bucket_name;
use crate::load::root_modules;
use crate::load::{InputFile, Intake};
use crate::name::{Arn, symbol};
use crate::policy::{Policy, PolicyKind, PrincipalKind};
use crate::report::in_one_line;
use crate::source::SourceId;

use super::DEFAULT_PROFILE;

/// What marks a place that a person has to fill in.
pub const OPEN: &str = "fill in";

/// Of how many reads all are asked about, and how many rows come of them.
const ASKED: usize = 400;
const ROWS: usize = 12;

/// How many files are listed one by one before their directories are.
const LISTED: usize = 8;

/// A policy on its own: nobody says whose it is.
struct Raw<'i> {
    path: &'i str,
    policy: &'i Policy,
}

/// A manifest without expectations.
#[derive(Debug)]
pub struct Proposal {
    /// The whole manifest.
    pub text: String,
    /// What its `inputs` list.
    pub inputs: Vec<String>,
}

/// The tables for what was read.
pub fn tables(intake: &Intake) -> Proposal {
    let raws = raws(intake);
    let mut text = String::from(
        "# Proposed by `decryptable init` from what lies here; where only you know, it says \"fill in\".\nversion = 1\n",
    );
    let inputs = inputs(intake, &raws, &mut text);
    root_modules(intake, &mut text);
    let names = Names::of(&raws);
    roles(&raws, &names, &mut text);
    keys(&raws, &names, &mut text);
    buckets(&raws, &names, &mut text);
    others(intake, &raws, &mut text);
    organization(&raws, &mut text);
    Proposal { text, inputs }
}

/// Root modules of Terraform source, a row for each file of values that lies with one.
fn root_modules(intake: &Intake, text: &mut String) {
    for root in root_modules::unnamed(intake) {
        let dir = quoted(&root.dir);
        let account = if root.names_account {
            String::new()
        } else {
            format!("# account = \"…\"   # {OPEN}: the account of the default provider\n")
        };
        if root.var_files.is_empty() {
            _ = write!(text, "\n[[terraform]]\ndir = {dir}\n{account}");
        }
        for file in &root.var_files {
            let stem = file.rsplit('/').next().unwrap_or(file);
            let stem = stem.split('.').next().unwrap_or(stem);
            let (name, file) = (quoted(stem), quoted(file));
            _ = write!(text, "\n[[terraform]]\ndir = {dir}\nname = {name}\nvar_files = [{file}]\n{account}");
        }
    }
}

/// A skeleton where policies of an organization are there, by their content or by what their files are called.
fn organization(raws: &[Raw<'_>], text: &mut String) {
    let is_called = |raw: &&Raw<'_>, word: &str| {
        raw.path
            .to_ascii_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| part.trim_end_matches('s') == word)
    };
    let may_be_scp = |raw: &&Raw<'_>| {
        raw.policy.kind == PolicyKind::Scp
            || raw.policy.kind == PolicyKind::Permissions && is_called(raw, "scp")
    };
    let may_be_rcp = |raw: &&Raw<'_>| {
        raw.policy.kind == PolicyKind::Rcp || raw.policy.kind == PolicyKind::Resource && is_called(raw, "rcp")
    };
    let list = |files: Vec<&Raw<'_>>| files.iter().map(|raw| quoted(raw.path)).collect::<Vec<_>>().join(", ");
    let scps = list(raws.iter().filter(may_be_scp).collect());
    let rcps = list(raws.iter().filter(may_be_rcp).collect());
    if scps.is_empty() && rcps.is_empty() {
        return;
    }
    _ = write!(
        text,
        "\n# [[organization]]   # {OPEN}: the organization, and where each policy is attached\n# id = \"o-…\"\n# management_account = \"…\"\n# [[organization.target]]\n# id = \"r-…\"\n"
    );
    for (name, list) in [("scps", scps), ("rcps", rcps)] {
        if !list.is_empty() {
            _ = writeln!(text, "# {name} = [{list}]");
        }
    }
}

/// Rows that hold what is so today, for roles and objects that the estate tells of.
pub fn rows(estate: &Estate, strict: bool) -> String {
    let roles =
        estate.roles.iter().filter(|role| !role.arn.value.resource().contains("role/aws-service-role/"));
    let roles: Vec<String> = roles.map(|role| name_of(estate, &role.arn.value)).collect();
    let objects = objects(estate);
    let mut found = Vec::new();
    let pairs = roles.iter().flat_map(|role| objects.iter().map(move |object| (role, object)));
    // Of so many nobody knows which ones matter.
    let many = roles.len().saturating_mul(objects.len()) > ASKED;
    for (role, object) in pairs.take(if many { 0 } else { ASKED }) {
        let question = DoesQuestion {
            doing: Doing::default(),
            role: role.clone(),
            object: object.clone(),
            version_id: None,
            access_point: None,
            profile: DEFAULT_PROFILE.to_owned(),
            circumstances: Circumstances::default(),
            strict,
        };
        if let Ok(answer) = ask::read(estate, &question) {
            found.push((role, object, answer.verdict));
        }
    }
    if found.len() > ROWS {
        // Most roles of an account read nothing, and that they do not is no news.
        found.retain(|(_, _, verdict)| *verdict != Verdict::Denied);
    }
    let mut text = String::new();
    if found.is_empty() {
        if many {
            _ = writeln!(
                text,
                "\n# {} roles and {} buckets or objects: `decryptable who s3://BUCKET/KEY` lists who can read one.",
                roles.len(),
                objects.len()
            );
        }
        text.push_str(
            "\n# What CI must hold, one row a question: fill in who must, or must not, read what.\n# [[expect]]\n# role = \"IAM_CLUSTER\"\n# read = \"s3://BUCKET/*\"\n# verdict = \"allowed\"\n",
        );
        return text;
    }
    text.push_str(
        "\n# What CI must hold. The verdicts are those of the tables above: write what they have to be.\n",
    );
    for (role, object, verdict) in found.iter().take(ROWS) {
        _ = write!(
            text,
            "[[expect]]\nrole = {}\nread = {}\nverdict = \"{}\"\n\n",
            quoted(role),
            quoted(&object.to_string()),
            verdict.as_str()
        );
    }
    if found.len() > ROWS {
        _ = writeln!(
            text,
            "# {} more roles can read, or may be able to: `decryptable who s3://BUCKET/KEY`",
            found.len() - ROWS
        );
    }
    text
}

/// What a person would call a role: its ARN, and where that is not known yet, what plans and templates call it.
fn name_of(estate: &Estate, arn: &Arn) -> String {
    if !symbol::is_in(arn.as_str()) {
        return arn.to_string();
    }
    let leads_here = |name: &&String| estate.role(name).is_ok_and(|role| role.arn.value == *arn);
    let of_role = |called: &&Called| matches!(called, Called::Role(role) if role == arn);
    let names = estate.names.iter().filter(|(_, called)| called.iter().any(|called| of_role(&called)));
    let names = names.map(|(name, _)| name).filter(leads_here);
    // The path of a CDK construct says more than the logical id that was made of it.
    let best = names.min_by_key(|name| (!name.contains('/'), name.len(), (*name).clone()));
    best.cloned().unwrap_or_else(|| arn.to_string())
}

/// The objects worth asking about: those that are told, else all of a bucket.
fn objects(estate: &Estate) -> Vec<ObjectUri> {
    let told = estate.objects.iter().filter_map(|object| object.uri.value.as_str().parse::<ObjectUri>().ok());
    let mut objects: Vec<ObjectUri> = told.collect();
    let known: BTreeSet<String> = objects.iter().map(|object| object.bucket.clone()).collect();
    let buckets = estate.buckets.iter().filter(|bucket| !known.contains(&bucket.name));
    objects.extend(buckets.map(|bucket| ObjectUri { bucket: bucket.name.clone(), key: "*".to_owned() }));
    let mut seen = BTreeSet::new();
    objects.retain(|object| seen.insert(object.to_string()));
    objects
}

/// Policies of files that nobody gave an owner.
fn raws(intake: &Intake) -> Vec<Raw<'_>> {
    let mut files: BTreeMap<_, &str> = BTreeMap::new();
    for file in intake.files.iter().filter(|file| file.contributed.is_empty() && !file.missing.is_empty()) {
        files.extend(file.source.map(|source| (source, file.path.as_str())));
    }
    let raw = |policy: &'_ &std::sync::Arc<Policy>| policy.pointer.is_empty();
    intake
        .policies()
        .iter()
        .filter(raw)
        .filter_map(|policy| Some(Raw { path: files.get(&policy.span.source)?, policy }))
        .collect()
}

/// What raw policies name.
struct Names<'i> {
    /// Roles that resource policies let in, and where the first of them does.
    roles: BTreeMap<&'i str, &'i str>,
    keys: BTreeMap<&'i str, &'i str>,
    buckets: BTreeMap<&'i str, &'i str>,
}

impl<'i> Names<'i> {
    fn of(raws: &[Raw<'i>]) -> Self {
        let mut names = Self { roles: BTreeMap::new(), keys: BTreeMap::new(), buckets: BTreeMap::new() };
        for raw in raws {
            for statement in &raw.policy.statements {
                let principals = statement.principals.iter().flat_map(|principals| principals.listed());
                for principal in principals.filter(|principal| principal.value.kind == PrincipalKind::Role) {
                    if raw.policy.kind != PolicyKind::Trust {
                        names.roles.entry(&principal.value.text).or_insert(raw.path);
                    }
                }
                for resource in statement.resources.iter().flat_map(|resources| resources.listed()) {
                    let text = resource.value.as_str();
                    if is_key(text) {
                        names.keys.entry(text).or_insert(raw.path);
                    }
                    if let Some(bucket) = bucket_of(text) {
                        names.buckets.entry(bucket).or_insert(raw.path);
                    }
                }
            }
        }
        names
    }
}

fn is_key(text: &str) -> bool {
    let Ok(arn) = text.parse::<Arn>() else { return false };
    arn.service() == "kms"
        && arn.resource_of("key").is_some()
        && arn.account().is_some()
        && !text.contains(['*', '?', '$'])
}

/// The bucket that a pattern is about.
fn bucket_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(":s3:::")?;
    let name = rest.split('/').next()?;
    // Placeholders of templates and examples are written in other letters.
    let is_placeholder = name.contains(|c: char| c.is_ascii_uppercase());
    (is_bucket_name(name) && !is_placeholder).then_some(name)
}

/// Some of several files, for a comment.
fn some_of(files: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = files.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    let shown = in_one_line(&shown);
    match files.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn inputs(intake: &Intake, raws: &[Raw<'_>], text: &mut String) -> Vec<String> {
    let is_raw = |file: &InputFile| raws.iter().any(|raw| raw.path == file.path);
    // A row of [[terraform]] reads them.
    let of_row: Vec<Option<SourceId>> =
        root_modules::unnamed(intake).iter().map(|root| Some(root.place)).collect();
    let files: Vec<&str> = intake
        .files
        .iter()
        .filter(|file| {
            let says_something = !file.contributed.is_empty() || !file.missing.is_empty();
            says_something && !file.kind.is_empty() && !is_raw(file) && !of_row.contains(&file.source)
        })
        .map(|file| file.path.as_str())
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    let listed: BTreeSet<String> = if files.len() <= LISTED {
        files.iter().map(|file| (*file).to_owned()).collect()
    } else {
        directories(&files)
    };
    _ = write!(text, "\n[analysis]\ninputs = [{}]\n", list(listed.iter().map(String::as_str)));
    listed.into_iter().collect()
}

/// For each directory or file at the top, the deepest directory that holds all that was read below it: what lies beside was
/// not asked for.
fn directories(files: &[&str]) -> BTreeSet<String> {
    let mut deepest: BTreeMap<&str, &str> = BTreeMap::new();
    for file in files {
        let top = match file.split_once('/') {
            Some((dir, _)) if !dir.is_empty() && dir != ".." => dir,
            Some(_) | None => *file,
        };
        let dir = file.rsplit_once('/').map_or(*file, |(dir, _)| dir);
        let shared = deepest.entry(top).or_insert(dir);
        while *shared != dir && !dir.starts_with(&format!("{shared}/")) {
            let Some((above, _)) = shared.rsplit_once('/') else { break };
            *shared = above;
        }
    }
    let named =
        |(top, dir): (&str, &str)| if files.contains(&top) { top.to_owned() } else { format!("{dir}/") };
    deepest.into_iter().map(named).collect()
}

fn roles(raws: &[Raw<'_>], names: &Names<'_>, text: &mut String) {
    let of = |kinds: &[PolicyKind]| -> Vec<&str> {
        raws.iter().filter(|raw| kinds.contains(&raw.policy.kind)).map(|raw| raw.path).collect()
    };
    let policies = of(&[PolicyKind::Permissions, PolicyKind::Identity]);
    let trusts = of(&[PolicyKind::Trust]);
    let mut roles = names.roles.iter();
    match (roles.next(), roles.next()) {
        (Some((arn, by)), None) => {
            _ = write!(text, "\n[[role]]\narn = {}   # {} names it\n", quoted(arn), in_one_line(by));
            if !policies.is_empty() {
                _ = writeln!(
                    text,
                    "policies = [{}]   # boundaries, session policies and SCPs look the same: check",
                    list(policies.iter().copied())
                );
            }
            match trusts.as_slice() {
                [only] => _ = writeln!(text, "trust = {}", quoted(only)),
                [] => {}
                [..] => _ = writeln!(text, "# trust = \"…\"   # {OPEN}: which of {}", some_of(&trusts)),
            }
        }
        (Some(_), Some(_)) => {
            for (arn, by) in &names.roles {
                _ = write!(text, "\n[[role]]\narn = {}   # {} names it\n", quoted(arn), in_one_line(by));
                if !policies.is_empty() {
                    _ = writeln!(text, "# policies = [\"…\"]   # {OPEN}: which of {}", some_of(&policies));
                }
                if !trusts.is_empty() {
                    _ = writeln!(text, "# trust = \"…\"   # {OPEN}: which of {}", some_of(&trusts));
                }
            }
        }
        (None, _) if policies.is_empty() && trusts.is_empty() => {}
        (None, _) => {
            _ = write!(
                text,
                "\n# [[role]]   # {OPEN}: whose policies these are\n# arn = \"arn:aws:iam::ACCOUNT:role/NAME\"\n"
            );
            if !policies.is_empty() {
                _ = writeln!(text, "# policies = [{}]", list(policies.iter().copied()));
            }
            for trust in trusts {
                _ = writeln!(text, "# trust = {}", quoted(trust));
            }
        }
    }
}

fn keys(raws: &[Raw<'_>], names: &Names<'_>, text: &mut String) {
    let policies: Vec<(&str, BTreeSet<String>)> = raws
        .iter()
        .filter(|raw| raw.policy.kind == PolicyKind::Key)
        .map(|raw| (raw.path, accounts(raw.policy)))
        .collect();
    let account = |arn: &str| arn.split(':').nth(4).unwrap_or_default().to_owned();
    let mut given: BTreeSet<&str> = BTreeSet::new();
    for (arn, by) in &names.keys {
        _ = write!(text, "\n[[key]]\narn = {}   # {} names it\n", quoted(arn), in_one_line(by));
        // The owning account is as a rule among those that its policy lets in, and others may be, too.
        let fit: Vec<&str> = policies
            .iter()
            .filter(|(_, accounts)| accounts.contains(&account(arn)))
            .map(|(path, _)| *path)
            .collect();
        let same = names.keys.keys().filter(|other| account(other) == account(arn)).count();
        match (fit.as_slice(), same) {
            ([only], 1) => {
                given.insert(only);
                _ = writeln!(text, "policy = {}   # it lets that account in: check", quoted(only));
            }
            ([], _) => _ = writeln!(text, "# policy = \"…\"   # {OPEN}: the key policy, or \"default\""),
            ([..], _) => _ = writeln!(text, "# policy = \"…\"   # {OPEN}: which of {}", some_of(&fit)),
        }
        for path in fit.iter().filter(|_| fit.len() > 1 || same > 1) {
            given.insert(path);
        }
    }
    for (path, _) in policies.iter().filter(|(path, _)| !given.contains(path)) {
        _ = write!(
            text,
            "\n# [[key]]   # {OPEN}: which key this is the policy of\n# arn = \"arn:aws:kms:REGION:ACCOUNT:key/KEY-ID\"\n# policy = {}\n",
            quoted(path)
        );
    }
}

/// The accounts that a policy lets in as a whole.
fn accounts(policy: &Policy) -> BTreeSet<String> {
    let principals = policy.statements.iter().flat_map(|statement| &statement.principals);
    principals
        .flat_map(|principals| principals.listed())
        .filter_map(|principal| {
            let PrincipalKind::Account(account) = principal.value.kind else { return None };
            Some(account.to_string())
        })
        .collect()
}

fn buckets(raws: &[Raw<'_>], names: &Names<'_>, text: &mut String) {
    let mut own: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for raw in raws.iter().filter(|raw| raw.policy.kind == PolicyKind::Bucket) {
        let resources = raw.policy.statements.iter().flat_map(|statement| &statement.resources);
        let listed = resources.flat_map(|resources| resources.listed());
        let about: BTreeSet<&str> = listed.filter_map(|pattern| bucket_of(pattern.value.as_str())).collect();
        match about.into_iter().collect::<Vec<_>>().as_slice() {
            [only] => own.entry(only).or_default().push(raw.path),
            [..] => {
                _ = write!(
                    text,
                    "\n# [[bucket]]   # {OPEN}: which bucket this is the policy of\n# name = \"…\"\n# policy = {}\n",
                    quoted(raw.path)
                );
            }
        }
    }
    let keys: Vec<&str> = names.keys.keys().copied().collect();
    for (name, by) in &names.buckets {
        _ = write!(text, "\n[[bucket]]\nname = {}   # {} names it\n", quoted(name), in_one_line(by));
        match own.get(name).map(Vec::as_slice) {
            Some([only]) => _ = writeln!(text, "policy = {}", quoted(only)),
            Some(several) => _ = writeln!(text, "# policy = \"…\"   # {OPEN}: which of {}", some_of(several)),
            None => _ = writeln!(text, "# policy = \"…\"   # {OPEN}: the bucket policy, or \"none\""),
        }
        let key_account = match keys.as_slice() {
            [only] => only.split(':').nth(4).unwrap_or("…"),
            [..] => "…",
        };
        _ = writeln!(text, "# account = \"{key_account}\"   # {OPEN}: whose bucket it is");
        _ = write!(
            text,
            "\n# [[object]]   # {OPEN}: what `aws s3api head-object` says of its objects\n# uri = {}\n# encryption = {{ type = \"aws:kms\", key = {}, bucket_key = true }}\n",
            quoted(&format!("s3://{name}/*")),
            quoted(match keys.as_slice() {
                [only] => only,
                [..] => "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID",
            })
        );
    }
}

/// Files that nobody owns, and that no table above names.
fn others(intake: &Intake, raws: &[Raw<'_>], text: &mut String) {
    const PLACED: &[PolicyKind] = &[
        PolicyKind::Permissions,
        PolicyKind::Identity,
        PolicyKind::Trust,
        PolicyKind::Key,
        PolicyKind::Bucket,
    ];
    for raw in raws.iter().filter(|raw| !PLACED.contains(&raw.policy.kind)) {
        open_bind(raw.path, raw.policy.kind.describe(), text);
    }
    let is_raw = |file: &InputFile| raws.iter().any(|raw| raw.path == file.path);
    let is_of_row = |file: &InputFile| file.kind == "terraform source";
    for file in intake.files.iter().filter(|file| !is_raw(file) && !is_of_row(file)) {
        if let Some(missing) = file.missing.first().filter(|_| !file.kind.is_empty()) {
            let what = missing.split(": ").next().unwrap_or(missing);
            open_bind(&file.path, what, text);
        }
    }
}

fn open_bind(path: &str, what: &str, text: &mut String) {
    _ = write!(
        text,
        "\n# [[bind]]   # {OPEN}: whose it is ({what})\n# file = {}\n# bucket = \"…\"   # or key, role, object, target\n",
        quoted(path)
    );
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.map(quoted).collect::<Vec<_>>().join(", ")
}

/// A basic string of TOML: what JSON escapes, TOML escapes the same way, and DEL beside it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
