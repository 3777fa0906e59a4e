//! The script that gathers missing facts: calls of shell functions, one section an account.
//!
//! The functions are in `script/functions.sh`; what is written here are their calls. Every name that came from an
//! input stands in single quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::ask::gaps::{self, BucketFact, Command, KeyFact, MissingFact, RoleFact, Word};
use crate::estate::{Estate, ObjectUri};
use crate::name::AccountId;

const FUNCTIONS: &str = include_str!("script/functions.sh");

/// What a script gathers.
pub struct Script<'s> {
    /// The facts to gather.
    pub facts: &'s [MissingFact],
    /// The estate that lacks them.
    pub estate: &'s Estate,
    /// Accounts to gather whole.
    pub whole: &'s [AccountId],
    /// The directory to write.
    pub out: &'s str,
    /// Whether a file of this name in that directory was among the inputs: it is replaced, and has to hold
    /// everything again.
    pub was_read: &'s dyn Fn(&str) -> bool,
}

/// A name that cannot be written into a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a name that a script can ask AWS about", .0.escape_debug())]
pub struct Unwritable(pub String);

/// The calls of one account.
#[derive(Default)]
struct Section<'f> {
    roles: BTreeSet<&'f str>,
    role_details: BTreeSet<&'f str>,
    policies: BTreeSet<&'f str>,
    all_identities: bool,
    keys: BTreeMap<(String, String), BTreeSet<&'static str>>,
    buckets: BTreeMap<&'f str, BTreeSet<&'static str>>,
    bucket_details: BTreeMap<&'f str, BTreeSet<&'static str>>,
    objects: BTreeSet<&'f str>,
    public_access_block: bool,
    whole: bool,
}

/// The facts of a bucket file, in the order they are written.
const BUCKET: [&str; 4] = ["policy", "encryption", "ownership", "public_access_block"];
const KEY: [&str; 3] = ["policy", "grants", "aliases"];

impl Script<'_> {
    /// The whole text.
    pub fn render(&self) -> Result<String, Unwritable> {
        let mut text = self.head()?;
        text.push_str(FUNCTIONS);
        self.calls(&mut text)?;
        text.push_str(TAIL);
        Ok(text)
    }

    fn sections(&self) -> (BTreeMap<AccountId, Section<'_>>, BTreeMap<&str, Section<'_>>) {
        let mut known: BTreeMap<AccountId, Section<'_>> = BTreeMap::new();
        // By the bucket whose owner nobody told.
        let mut unknown: BTreeMap<&str, Section<'_>> = BTreeMap::new();
        for account in self.whole {
            known.entry(*account).or_default().whole = true;
        }
        for fact in self.facts {
            let section = match (fact.account(), fact.bucket()) {
                (Some(account), _) => known.entry(account).or_default(),
                (None, Some(bucket)) => unknown.entry(bucket).or_default(),
                (None, None) => continue,
            };
            if !section.whole {
                section.add(fact);
            }
        }
        for (account, section) in &mut known {
            section.replace(&account.to_string(), self.was_read);
        }
        (known, unknown)
    }

    /// The accounts whose way through the organization is asked for.
    fn organization(&self) -> BTreeSet<AccountId> {
        let mut accounts: BTreeSet<AccountId> = self.whole.iter().copied().collect();
        for fact in self.facts {
            match fact {
                MissingFact::Organization(account) => {
                    accounts.insert(*account);
                }
                MissingFact::ServiceControlPolicies { target }
                | MissingFact::ResourceControlPolicies { target } => {
                    accounts.extend(self.accounts_below(target));
                }
                MissingFact::AccountPublicAccessBlock(_)
                | MissingFact::Role(..)
                | MissingFact::User(_)
                | MissingFact::Policy { .. }
                | MissingFact::Bucket { .. }
                | MissingFact::Object { .. }
                | MissingFact::Key(..)
                | MissingFact::KeyBehind { .. }
                | MissingFact::Endpoint { .. }
                | MissingFact::Row(_) => {}
            }
        }
        // The file is replaced as a whole: what it told before is asked for again.
        if !accounts.is_empty() && (self.was_read)("org.json") {
            let targets = self.estate.organizations.iter().flat_map(|organization| &organization.targets);
            accounts.extend(targets.filter_map(|target| target.id.parse::<AccountId>().ok()));
        }
        accounts.retain(|account| !account.is_unknown());
        accounts
    }

    fn accounts_below(&self, target: &str) -> Vec<AccountId> {
        let holds = |account: &AccountId, organization: &crate::estate::Organization| {
            organization.path(*account).is_some_and(|path| path.iter().any(|above| above.id == target))
        };
        let own = target.parse::<AccountId>().ok();
        let below = self.estate.organizations.iter().flat_map(|organization| {
            let accounts =
                organization.targets.iter().filter_map(|target| target.id.parse::<AccountId>().ok());
            accounts.filter(|account| holds(account, organization)).collect::<Vec<_>>()
        });
        own.into_iter().chain(below).collect()
    }

    fn endpoints(&self) -> Vec<(&str, Option<&str>)> {
        let endpoint = |fact: &'_ MissingFact| matches!(fact, MissingFact::Endpoint { .. });
        let found = self.facts.iter().filter(|fact| endpoint(fact));
        found
            .filter_map(|fact| match fact {
                MissingFact::Endpoint { id, region } => Some((id.as_str(), region.as_deref())),
                MissingFact::Organization(_)
                | MissingFact::ServiceControlPolicies { .. }
                | MissingFact::ResourceControlPolicies { .. }
                | MissingFact::AccountPublicAccessBlock(_)
                | MissingFact::Role(..)
                | MissingFact::User(_)
                | MissingFact::Policy { .. }
                | MissingFact::Bucket { .. }
                | MissingFact::Object { .. }
                | MissingFact::Key(..)
                | MissingFact::KeyBehind { .. }
                | MissingFact::Row(_) => None,
            })
            .collect()
    }

    fn head(&self) -> Result<String, Unwritable> {
        let mut text = HEAD.to_owned();
        let (known, unknown) = self.sections();
        let organization = self.organization();
        if !(known.is_empty() && unknown.is_empty() && organization.is_empty() && self.endpoints().is_empty())
        {
            text.push_str("#\n# Profiles, where the current credentials are not those of the account:\n");
        }
        for account in known.keys() {
            let _ = writeln!(text, "#   PROFILE_{account}");
        }
        for (index, bucket) in unknown.keys().enumerate() {
            let _ = writeln!(
                text,
                "#   PROFILE_BUCKET_{}: of the owner of {}",
                index + 1,
                file_name(bucket).map(|_| *bucket)?
            );
        }
        if !organization.is_empty() {
            text.push_str("#   PROFILE_ORGANIZATION: the management account, or a delegated administrator\n");
        }
        if !self.endpoints().is_empty() {
            text.push_str("#   PROFILE_NETWORK: of the owner of the VPC endpoints\n");
        }
        let rows: Vec<String> = self.facts.iter().filter_map(|fact| gaps::row(self.estate, fact)).collect();
        if !rows.is_empty() {
            text.push_str("#\n# What no call answers, for decryptable.toml, where it is so:\n");
        }
        for line in rows.iter().flat_map(|row| row.lines()) {
            if line.contains(char::is_control) {
                return Err(Unwritable(line.to_owned()));
            }
            let _ = writeln!(text, "#   {line}");
        }
        text.push_str(SETTINGS);
        let _ = writeln!(text, "out={}", quoted(self.out)?);
        text.push_str(START);
        Ok(text)
    }

    fn calls(&self, text: &mut String) -> Result<(), Unwritable> {
        let (known, unknown) = self.sections();
        for (account, section) in &known {
            let _ = writeln!(text, "if enter '{account}' \"${{PROFILE_{account}:-}}\"; then");
            section.calls(text)?;
            text.push_str("fi\n\n");
        }
        for (index, section) in unknown.values().enumerate() {
            let _ = writeln!(text, "if enter_any \"${{PROFILE_BUCKET_{}:-}}\"; then", index + 1);
            section.calls(text)?;
            text.push_str("fi\n\n");
        }
        let endpoints = self.endpoints();
        if !endpoints.is_empty() {
            text.push_str("if enter_any \"${PROFILE_NETWORK:-}\"; then\n");
            for (id, region) in endpoints {
                let region = match region {
                    Some(region) => argument(region)?,
                    None => "\"${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}\"".to_owned(),
                };
                let _ = writeln!(text, "  endpoint {region} {}", file_name(id)?);
            }
            text.push_str("fi\n\n");
        }
        let organization = self.organization();
        if !organization.is_empty() {
            text.push_str("if enter_any \"${PROFILE_ORGANIZATION:-}\"; then\n  organization");
            for account in organization {
                let _ = write!(text, " '{account}'");
            }
            text.push_str("\nfi\n\n");
        }
        Ok(())
    }
}

impl MissingFact {
    /// The bucket it is about, where its owner may be anybody.
    fn bucket(&self) -> Option<&str> {
        match self {
            Self::Bucket { name, .. } => Some(name),
            Self::Object { uri, .. } => uri.strip_prefix("s3://")?.split('/').next(),
            Self::Organization(_)
            | Self::ServiceControlPolicies { .. }
            | Self::ResourceControlPolicies { .. }
            | Self::AccountPublicAccessBlock(_)
            | Self::Role(..)
            | Self::User(_)
            | Self::Policy { .. }
            | Self::Key(..)
            | Self::KeyBehind { .. }
            | Self::Endpoint { .. }
            | Self::Row(_) => None,
        }
    }
}

impl<'f> Section<'f> {
    fn add(&mut self, fact: &'f MissingFact) {
        match fact {
            MissingFact::AccountPublicAccessBlock(_) => self.public_access_block = true,
            MissingFact::Role(arn, RoleFact::Policies) => {
                self.roles.insert(last(arn.resource()));
            }
            MissingFact::Role(arn, RoleFact::Trust | RoleFact::Boundary | RoleFact::Tags) => {
                self.role_details.insert(last(arn.resource()));
            }
            MissingFact::User(_) => self.all_identities = true,
            MissingFact::Policy { arn, .. } => {
                self.policies.insert(arn);
            }
            MissingFact::Bucket { name, fact, .. } => {
                let wanted = match fact {
                    BucketFact::Account | BucketFact::Region => None,
                    BucketFact::Policy => Some("policy"),
                    BucketFact::Encryption => Some("encryption"),
                    BucketFact::Ownership => Some("ownership"),
                    BucketFact::PublicAccessBlock => Some("public_access_block"),
                    BucketFact::RequesterPays => {
                        self.bucket_details.entry(name).or_default().insert("request_payment");
                        return;
                    }
                    BucketFact::Abac => {
                        self.bucket_details.entry(name).or_default().insert("abac");
                        return;
                    }
                    BucketFact::Tags => {
                        self.bucket_details.entry(name).or_default().insert("tagging");
                        return;
                    }
                };
                self.buckets.entry(name).or_default().extend(wanted);
            }
            MissingFact::Object { uri, .. } => {
                self.objects.insert(uri);
            }
            MissingFact::Key(arn, fact) => {
                let wanted = match fact {
                    KeyFact::State => None,
                    KeyFact::Policy => Some("policy"),
                    KeyFact::Grants => Some("grants"),
                    KeyFact::Aliases => Some("aliases"),
                    KeyFact::Tags => Some("tags"),
                };
                let name = (arn.region().to_owned(), arn.to_string());
                self.keys.entry(name).or_default().extend(wanted);
            }
            // Everything, since nobody knows which key it is.
            MissingFact::KeyBehind { reference, region, .. } => {
                let name = (region.clone().unwrap_or_default(), reference.clone());
                self.keys.entry(name).or_default().extend(KEY);
            }
            MissingFact::Organization(_)
            | MissingFact::ServiceControlPolicies { .. }
            | MissingFact::ResourceControlPolicies { .. }
            | MissingFact::Endpoint { .. }
            | MissingFact::Row(_) => {}
        }
    }

    /// Files that were read are written again as a whole.
    fn replace(&mut self, account: &str, was_read: &dyn Fn(&str) -> bool) {
        let identities = !self.roles.is_empty() || !self.policies.is_empty();
        self.all_identities |= identities && was_read(&format!("accounts/{account}/gaad.json"));
        // One answer is about all of the role.
        for role in &self.roles {
            self.role_details.remove(role);
        }
        for (name, facts) in &mut self.buckets {
            if was_read(&format!("accounts/{account}/s3/{name}.json")) {
                facts.extend(BUCKET);
            }
        }
        for ((_, key), facts) in &mut self.keys {
            let of_file = facts.iter().any(|fact| *fact != "tags") || facts.is_empty();
            if of_file && was_read(&format!("accounts/{account}/kms/{}.json", last(key))) {
                facts.extend(KEY);
            }
        }
    }

    fn calls(&self, text: &mut String) -> Result<(), Unwritable> {
        if self.whole {
            text.push_str("  all_identities\n  all_keys\n  all_buckets\n  account_public_access_block\n");
            return Ok(());
        }
        if self.all_identities {
            text.push_str("  all_identities\n");
        } else if !self.roles.is_empty() || !self.policies.is_empty() {
            text.push_str("  if begin_identities; then\n");
            for role in &self.roles {
                let _ = writeln!(text, "    role {}", file_name(role)?);
            }
            for policy in &self.policies {
                let _ = writeln!(text, "    policy {}", policy_arn(policy)?);
            }
            text.push_str("    managed_policies\n  fi\n");
        }
        for role in &self.role_details {
            let _ = writeln!(text, "  role_details {}", file_name(role)?);
        }
        for ((region, key), facts) in &self.keys {
            let region = match region.as_str() {
                "" => "\"${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}\"".to_owned(),
                region => argument(region)?,
            };
            let _ = write!(text, "  key {region} {}", argument(key)?);
            in_order(text, facts, KEY.iter().chain(&["tags"]));
        }
        for (bucket, facts) in &self.buckets {
            let _ = write!(text, "  bucket {}", file_name(bucket)?);
            in_order(text, facts, BUCKET.iter());
        }
        for (bucket, facts) in &self.bucket_details {
            let _ = write!(text, "  bucket_details {}", file_name(bucket)?);
            in_order(text, facts, facts.iter());
        }
        for uri in &self.objects {
            let Ok(object) = uri.parse::<ObjectUri>() else { continue };
            let literal = object.literal_key();
            let file = format!("head-object-{:016x}.json", digest(&literal));
            let names = format!(
                "\"Bucket\": {}, \"Key\": {}",
                serde_json::Value::from(object.bucket.as_str()),
                serde_json::Value::from(&*literal)
            );
            let (bucket, key) = (file_name(&object.bucket)?, object_key(&literal)?);
            let _ = writeln!(text, "  object {bucket} {key} {file} {}", quoted(&names)?);
        }
        if self.public_access_block {
            text.push_str("  account_public_access_block\n");
        }
        Ok(())
    }
}

fn in_order<'a>(
    text: &mut String,
    facts: &BTreeSet<&'static str>,
    order: impl Iterator<Item = &'a &'static str>,
) {
    for fact in order.filter(|fact| facts.contains(**fact)) {
        let _ = write!(text, " {fact}");
    }
    text.push('\n');
}

/// A word of the shell that means itself.
pub fn quoted(text: &str) -> Result<String, Unwritable> {
    if text.chars().any(char::is_control) {
        return Err(Unwritable(text.to_owned()));
    }
    Ok(format!("'{}'", text.replace('\'', "'\\''")))
}

/// An argument of the AWS CLI. It reads the files that some values name, and takes others for options.
fn argument(text: &str) -> Result<String, Unwritable> {
    let read = ["file://", "fileb://", "http://", "https://", "-"];
    if text.is_empty() || read.iter().any(|start| text.starts_with(start)) {
        return Err(Unwritable(text.to_owned()));
    }
    quoted(text)
}

/// The ARN of a managed policy: one word, also without quotes.
fn policy_arn(text: &str) -> Result<String, Unwritable> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_:/-".contains(&b);
    if !text.bytes().all(fits) {
        return Err(Unwritable(text.to_owned()));
    }
    argument(text)
}

/// A command as people type it. None for a name that no shell should see.
pub fn shown(command: &Command) -> Option<String> {
    let mut text = "aws".to_owned();
    for word in &command.0 {
        text.push(' ');
        match word {
            Word::Text(word) => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_:/%-".contains(&b);
                if !word.is_empty() && word.bytes().all(plain) {
                    text.push_str(word);
                } else {
                    text.push_str(&quoted(word).ok()?);
                }
            }
            Word::AnswerOf(command) => {
                let _ = write!(text, "\"$({})\"", shown(command)?);
            }
        }
    }
    Some(text)
}

/// The key of an object, which is given as `--key=KEY`.
fn object_key(text: &str) -> Result<String, Unwritable> {
    if text.starts_with('-') { quoted(text) } else { argument(text) }
}

/// A name that becomes the name of a file, too.
fn file_name(text: &str) -> Result<String, Unwritable> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    if text.starts_with('.') || !text.bytes().all(fits) {
        return Err(Unwritable(text.to_owned()));
    }
    argument(text)
}

fn last(resource: &str) -> &str {
    resource.rsplit('/').next().unwrap_or(resource)
}

/// A short name for a key of an object (FNV-1a).
fn digest(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

const HEAD: &str = r"#!/bin/sh
# Gathers facts about AWS accounts into a directory that decryptable reads. Written by `decryptable collect`.
#
# It only reads: every call is one of get-, list-, describe- and head-. It needs the AWS CLI and nothing else. Files
# that are there are kept; FORCE=1 replaces them. Run it again with other credentials for what was left out. It ends
# with 1 where something was left out.
";

const SETTINGS: &str = "
# shellcheck disable=SC2016 # names are written as they are
# shellcheck disable=SC2317,SC2329 # not every script needs every function
set -euf

";

const START: &str = r#"case $out in
  -*) out=./$out ;;
esac
incomplete=0
owners=
account=
profile=
work=$out/.collect.$$
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off LC_ALL=C
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

"#;

const TAIL: &str = r"exit $incomplete
";
