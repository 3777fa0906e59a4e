//! The table of context keys is the only place that states facts about them.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use decryptable::name::{keys, reference};

/// What begins like a key and is none: a key that AWS took back, encryption types, pairs of encryption contexts, metadata of CloudFormation.
const NOT_KEYS: &[&str] = &[
    "aws:arn",
    "aws:asset:path",
    "aws:cdk:path",
    "aws:cloudformation:stack",
    "aws:kms",
    "aws:kms:dsse",
    "aws:s3:arn",
    "aws:sqs:arn",
];

/// Files with lists of actions, which look like keys.
const ACTIONS: &[&str] = &[
    "ask/diff/actions.rs",
    "ask/simulate/fixed.rs",
    "load/cloudformation/sam_policies.rs",
    "trust/escalation/paths.rs",
];

/// Keys that code beside the request's maker names: who asks and from where, what one session hands to the next, what
/// fixes write, and grants. A new key needs its row and one file; nothing is added here.
const MORE_PLACES: &[&str] = &[
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalTag/",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:RequestTag/",
    "aws:ResourceAccount",
    "aws:ResourceTag/",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSService",
    "aws:VpceAccount",
    "aws:VpcSourceIp",
    "kms:CallerAccount",
    "kms:EncryptionContext:",
    "kms:EncryptionContextKeys",
    "kms:GrantConstraintType",
    "kms:GranteePrincipal",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:RequestAlias",
    "kms:ResourceAliases",
    "kms:RetiringPrincipal",
    "kms:ViaService",
    "s3:authType",
    "s3:BucketTag/",
    "s3:DataAccessPointAccount",
    "s3:ResourceAccount",
    "s3:signatureAge",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The source files but those of the table, by their paths.
fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![source()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(source()).unwrap().to_str().unwrap().replace('\\', "/");
            if !name.starts_with("name/keys") && !name.ends_with("tests.rs") {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 200, "{}", found.len());
    found
}

/// String literals with the prefix of a service whose keys are complete, outside comments and tests.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2)).filter(|word| {
        word.split_once(':').is_some_and(|(service, rest)| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'/');
            keys::is_complete(service)
                && !rest.starts_with('/')
                && !rest.is_empty()
                && rest.bytes().all(plain)
        })
    })
}

#[test]
fn every_key_in_the_code_is_in_the_table() {
    let files = files();
    let mut actions: BTreeSet<String> = BTreeSet::new();
    for (name, text) in &files {
        if ACTIONS.contains(&&**name) {
            actions.extend(literals(text).map(str::to_lowercase));
        }
    }
    for service in reference::prefixes().filter_map(reference::service) {
        let listed = service.actions.iter().map(|action| format!("{}:{}", service.prefix, action.name));
        actions.extend(listed.map(|action| action.to_lowercase()));
    }
    // Code may look for keys by how they start.
    let starts_one = |word: &str| keys::all().any(|key| key.name.to_lowercase().starts_with(word));
    let mut unknown = Vec::new();
    for (name, text) in &files {
        for literal in literals(text) {
            let word = literal.to_lowercase();
            let known = keys::find(&word).is_some() || starts_one(&word) || actions.contains(&word);
            if !known && !NOT_KEYS.contains(&literal) {
                unknown.push(format!("{name}: {literal}"));
            }
        }
    }
    assert!(unknown.is_empty(), "no rows in src/name/keys for {unknown:#?}");
}

/// What a file says outside comments and tests, in small letters.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or("");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

/// The recipe of CONTRIBUTING: a row, and the one place that knows the value.
#[test]
fn a_key_is_a_row_and_at_most_one_file() {
    // Lints name what people write of a key.
    let files = files().into_iter().filter(|(name, _)| !name.starts_with("lint/"));
    let files: Vec<(String, String)> = files.map(|(name, text)| (name, code(&text))).collect();
    let mut more = BTreeSet::new();
    let (mut rows, mut of_one_file) = (0, 0);
    for key in keys::all() {
        let literal = format!("\"{}\"", key.name.to_lowercase());
        let named: Vec<&str> =
            files.iter().filter(|(_, text)| text.contains(&literal)).map(|(name, _)| &**name).collect();
        rows += 1;
        match named.as_slice() {
            [] => {}
            [_] => of_one_file += 1,
            [..] if MORE_PLACES.contains(&key.name) => {
                more.insert(key.name);
            }
            [..] => panic!("{} has its row in src/name/keys, and is named in {named:?}", key.name),
        }
    }
    let listed: BTreeSet<&str> = MORE_PLACES.iter().copied().collect();
    assert_eq!(more, listed, "a key that one file names needs no place in the list");
    assert!(rows > 150 && of_one_file > 20, "{rows} rows, {of_one_file} in one file");
}
