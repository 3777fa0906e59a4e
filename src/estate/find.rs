//! Looking things up by the names people use, and saying what is near when they are not there.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::names::OF_SEVERAL_BUCKETS;
use super::{
    AccessPoint, Account, Attached, Bucket, Called, Endpoint, Estate, Key, KeyReference, Known, Level,
    Object, Organization, Role, SharedPolicy, Target, User,
};
use crate::diagnostic::nearest;
use crate::json;
use crate::logic::ObjectId;
use crate::name::{AccountId, Arn, Lookup, Match, Wild};
use crate::policy::{self, PolicyKind};
use crate::source::SourceId;

/// A question about something the estate does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", if *.is_ambiguous { format!("more than one {what} is called `{name}`") } else { format!("the estate holds no {what} `{name}`") })]
pub struct Missing {
    /// What kind of thing was looked for, as it is called in text.
    pub what: &'static str,
    /// The name it was looked for by.
    pub name: String,
    /// Names that are near.
    pub near: Option<String>,
    /// There are several of the name.
    pub is_ambiguous: bool,
}

/// `s3://bucket/key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectUri {
    /// The name of the bucket.
    pub bucket: String,
    /// The object key, or the prefix of a set of them; not empty.
    pub key: String,
}

/// The text is not of the form `s3://BUCKET/KEY`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an object is named s3://BUCKET/KEY")]
pub struct ObjectUriError;

impl FromStr for ObjectUri {
    type Err = ObjectUriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (bucket, key) =
            text.strip_prefix("s3://").and_then(|t| t.split_once('/')).ok_or(ObjectUriError)?;
        if bucket.is_empty() || key.is_empty() {
            return Err(ObjectUriError);
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl fmt::Display for ObjectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl ObjectUri {
    /// One object. Characters that would be wildcards, or start an escape, are escaped as in policies.
    pub fn of(bucket: impl Into<String>, key: &str) -> Self {
        let mut escaped = String::with_capacity(key.len());
        for c in key.chars() {
            match c {
                '*' | '?' => escaped.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
                c => escaped.push(c),
            }
        }
        Self { bucket: bucket.into(), key: escaped }
    }

    /// Whether it names all objects that fit: a `*` or `?` stands for any characters, unless it is written `${*}` or
    /// `${?}`, as in policies (R25).
    pub fn is_pattern(&self) -> bool {
        unescaped(&self.key, "").contains(['*', '?'])
    }

    /// The pattern that the key is, if it is one.
    pub fn pattern(&self) -> Option<Wild> {
        self.is_pattern().then(|| object_pattern(&self.key))
    }

    /// The key of the one object that it names, as S3 has it; of a pattern, as it is written.
    pub fn literal_key(&self) -> Cow<'_, str> {
        if self.is_pattern() || !self.key.contains("${") {
            return Cow::Borrowed(&self.key);
        }
        Cow::Owned(self.key.replace("${*}", "*").replace("${?}", "?"))
    }

    /// How the key starts, as S3 has it, and whether that is all of it.
    pub fn known_start(&self) -> (Cow<'_, str>, bool) {
        if !self.is_pattern() {
            return (self.literal_key(), true);
        }
        let end = self.key.find(['*', '?']).unwrap_or(self.key.len());
        let start = self.key.get(..end).unwrap_or("");
        (Cow::Borrowed(start.strip_suffix("${").unwrap_or(start)), false)
    }

    /// The URI with the key as S3 has it.
    fn literal(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.literal_key())
    }

    /// The same, for a fact about it.
    pub fn id(&self) -> ObjectId {
        ObjectId { bucket: self.bucket.as_str().into(), key: self.key.as_str().into() }
    }
}

/// A pattern of objects, in which `${*}` and `${?}` are characters and nothing else is a variable.
pub fn object_pattern(text: &str) -> Wild {
    let others = unescaped(text, "").contains("${");
    Wild::glob(text, !others)
}

/// A text with something else in the place of escaped wildcards.
fn unescaped(text: &str, by: &str) -> String {
    text.replace("${*}", by).replace("${?}", by)
}

impl Estate {
    /// The first policy of a list that its owner can change: AWS alone changes those of the snapshot.
    pub fn own_policy<'e>(&self, policies: &'e Known<Vec<SharedPolicy>>) -> Option<&'e SharedPolicy> {
        policies.provided()?.iter().find(|policy| !self.from_snapshot.contains_key(&policy.span.source))
    }

    /// A role by its ARN, or by its name when only one role has it.
    pub fn role(&self, name: &str) -> Result<&Role, Missing> {
        if let Some(role) = self.role_with_arn(name) {
            return Ok(role);
        }
        let bare = name.strip_prefix("role/").unwrap_or(name);
        let named = self.roles.maybe_called(bare);
        let mut by_name = named.filter(|r| r.name() == bare || r.arn.value.resource_of("role") == Some(bare));
        match (by_name.next(), by_name.next()) {
            (Some(only), None) => Ok(only),
            (Some(one), Some(other)) => self.role_called(name).ok_or_else(|| {
                let near = [one, other].map(|role| format!("`{}`", self.full_name(role))).join(" or ");
                let unplaced = [one, other]
                    .iter()
                    .any(|role| role.arn.value.account().is_some_and(AccountId::is_unknown));
                let more = if unplaced { "; [[bind]] with file and account says where each is" } else { "" };
                let near = Some(format!("write {near}{more}"));
                Missing { what: "role", name: name.to_owned(), near, is_ambiguous: true }
            }),
            (None, _) => self.role_called(name).ok_or_else(|| {
                let others = self.names_of(|called| matches!(called, Called::Role(_)));
                let arns = self.roles.iter().map(|r| r.arn.value.as_str());
                self.missing("role", name, arns.chain(others))
            }),
        }
    }

    /// The role with this ARN.
    pub(crate) fn role_with_arn(&self, arn: &str) -> Option<&Role> {
        self.roles.maybe_called(arn).find(|role| role.arn.value.as_str() == arn)
    }

    /// A name that only this role has: one that its file gives it, else its ARN.
    fn full_name<'e>(&'e self, role: &'e Role) -> &'e str {
        let only =
            |called: &Vec<Called>| matches!(called.as_slice(), [Called::Role(arn)] if *arn == role.arn.value);
        let is_open = role.arn.value.account().is_some_and(AccountId::is_unknown);
        let given = self
            .names
            .iter()
            .filter(|(name, called)| is_open && !name.contains(' ') && only(called))
            .map(|(name, _)| name.as_str());
        given.min_by_key(|name| name.len()).unwrap_or(role.arn.value.as_str())
    }

    /// The only role that another name stands for.
    fn role_called(&self, name: &str) -> Option<&Role> {
        let mut arns = self.names.get(name)?.iter().filter_map(|called| match called {
            Called::Role(arn) => Some(arn),
            Called::User(_) | Called::Key(_) | Called::Bucket(_) | Called::Store(_) => None,
        });
        let arn = arns.next()?;
        arns.next().is_none().then(|| self.role_with_arn(arn.as_str())).flatten()
    }

    /// The ARN that a name other than an ARN stands for: of a role, else of a user.
    pub fn identity_called(&self, name: &str) -> Option<&Arn> {
        let users = |called: &'_ Called| matches!(called, Called::User(_));
        if let Some(role) = self.role_called(name) {
            return Some(&role.arn.value);
        }
        let mut found = self.names.get(name)?.iter().filter(|called| users(called));
        match (found.next(), found.next()) {
            (Some(Called::User(arn)), None) => Some(arn),
            (_, _) => None,
        }
    }

    /// Other names of one kind of thing.
    fn names_of(&self, is_kind: impl Fn(&Called) -> bool + Copy) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().filter(move |(_, called)| called.iter().any(is_kind)).map(|(name, _)| name.as_str())
    }

    /// The user with this ARN.
    pub fn user(&self, arn: &str) -> Option<&User> {
        self.users.maybe_called(arn).find(|u| u.arn.value.as_str() == arn)
    }

    /// The bucket with this name.
    pub fn bucket(&self, name: &str) -> Result<&Bucket, Missing> {
        let named = |name: &str| self.buckets.maybe_called(name).find(|b| b.name == name);
        named(name).or_else(|| named(self.bucket_called(name)?)).ok_or_else(|| {
            let others = self.names_of(|called| matches!(called, Called::Bucket(_)));
            self.missing("bucket", name, self.buckets.iter().map(|b| b.name.as_str()).chain(others))
        })
    }

    /// The only bucket that another name stands for.
    fn bucket_called(&self, name: &str) -> Option<&str> {
        let mut names = self.names.get(name)?.iter().filter_map(|called| match called {
            Called::Bucket(name) => Some(name.as_str()),
            Called::Role(_) | Called::User(_) | Called::Key(_) | Called::Store(_) => None,
        });
        let first = names.next()?;
        names.next().is_none().then_some(first)
    }

    /// The KMS key with this ARN.
    pub fn key(&self, arn: &Arn) -> Option<&Key> {
        self.keys.maybe_called(arn.as_str()).find(|k| k.arn.value == *arn)
    }

    /// The key that an alias or id means to a requester in this account and Region (R88).
    pub fn resolve_key(
        &self,
        reference: &KeyReference,
        account: Option<AccountId>,
        region: Option<&str>,
    ) -> Option<&Key> {
        let local = |k: &&Key| {
            account.is_none_or(|a| k.arn.value.account() == Some(a))
                && region.is_none_or(|r| k.arn.value.region() == r)
        };
        match reference {
            KeyReference::Arn(arn) => match arn.resource_of("alias") {
                None => self.key(arn),
                Some(alias) => self.keys.maybe_called(alias).find(|k| {
                    k.arn.value.account_text() == arn.account_text()
                        && k.arn.value.region() == arn.region()
                        && has_alias(k, alias)
                }),
            },
            KeyReference::Id(id) => self.keys.maybe_called(id).filter(local).find(|k| k.id() == id),
            KeyReference::Name(name) => self.keys_named(&name.value).into_iter().next(),
            KeyReference::Alias(alias) => {
                let bare = alias.strip_prefix("alias/").unwrap_or(alias);
                self.keys.maybe_called(bare).filter(local).find(|k| has_alias(k, bare))
            }
        }
    }

    /// What is told about one object: the most specific matching entry.
    pub fn object(&self, uri: &ObjectUri) -> Option<&Object> {
        let text = uri.literal();
        self.objects
            .maybe_called_either(&uri.bucket, OF_SEVERAL_BUCKETS)
            .into_iter()
            .filter(|o| o.uri.value.matches(&text, &|_| Lookup::Absent) == Match::Yes)
            .max_by_key(|o| specificity(o.uri.value.as_str()))
    }

    /// The entries for some of the objects that a pattern asks about, the most specific first.
    pub fn objects_among(&self, pattern: &ObjectUri) -> Vec<&Object> {
        // An escaped wildcard is one character.
        let text = unescaped(&pattern.to_string(), "?");
        // Of two that are equally specific the later one counts, as in [`Estate::object`].
        let mut found: Vec<&Object> = self
            .objects
            .maybe_called_either(&pattern.bucket, OF_SEVERAL_BUCKETS)
            .into_iter()
            .rev()
            .filter(|o| overlap(&unescaped(o.uri.value.as_str(), "?"), &text))
            .collect();
        found.sort_by_key(|o| std::cmp::Reverse(specificity(o.uri.value.as_str())));
        found
    }

    /// The VPC endpoint with this id.
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.maybe_called(id).find(|e| e.id == id)
    }

    /// The access point with this ARN, name or alias.
    pub fn access_point(&self, name: &str) -> Result<&AccessPoint, Missing> {
        self.access_points.iter().find(|a| a.is_named(name)).ok_or_else(|| {
            self.missing("access point", name, self.access_points.iter().map(|a| a.name.as_str()))
        })
    }

    /// What is known of the account with this id.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// The organization an account is in: `Provided(None)` for none.
    pub fn organization_of(&self, account: AccountId) -> Known<Option<&Organization>> {
        let id = account.to_string();
        let holds = |o: &&Organization| o.management_account == Some(account) || o.target(&id).is_some();
        if let Some(organization) = self.organizations.iter().find(holds) {
            return Known::Provided(Some(organization));
        }
        match self.account(account).map(|a| &a.organization) {
            Some(Known::Provided(None)) => Known::Provided(None),
            Some(Known::Provided(Some(id))) => self
                .organizations
                .iter()
                .find(|o| o.id == *id)
                .map_or(Known::NotProvided, |o| Known::Provided(Some(o))),
            Some(Known::NotProvided) | None => Known::NotProvided,
        }
    }

    /// The id of the organization an account is in, also where nothing else is known of it.
    pub fn organization_id_of(&self, account: AccountId) -> Known<Option<&str>> {
        match (self.organization_of(account), self.account(account).map(|a| &a.organization)) {
            (Known::Provided(organization), _) => Known::Provided(organization.map(|o| o.id.as_str())),
            (Known::NotProvided, Some(Known::Provided(id))) => Known::Provided(id.as_deref()),
            (Known::NotProvided, Some(Known::NotProvided) | None) => Known::NotProvided,
        }
    }

    /// Whether another name stands for a key.
    fn is_key_called(&self, key: &Key, name: &str) -> bool {
        self.names.get(name).is_some_and(|called| {
            called.iter().any(|called| match called {
                Called::Key(arn) => *arn == key.arn.value,
                Called::Role(_) | Called::User(_) | Called::Bucket(_) | Called::Store(_) => false,
            })
        })
    }

    /// The keys that another name stands for.
    fn keys_named(&self, name: &str) -> Vec<&Key> {
        let called = self.names.get(name).into_iter().flatten().filter_map(|called| match called {
            Called::Key(arn) => Some(arn.as_str()),
            Called::Role(_) | Called::User(_) | Called::Bucket(_) | Called::Store(_) => None,
        });
        let mut found: Vec<&Key> = called
            .flat_map(|arn| self.keys.maybe_called(arn).filter(move |key| key.arn.value.as_str() == arn))
            .collect();
        // Several are told in the order of the input.
        if found.len() > 1 {
            found = self.keys.iter().filter(|key| self.is_key_called(key, name)).collect();
        }
        found
    }

    /// Why a name leads to no key, if it does not.
    pub fn missing_key(&self, name: &str) -> Option<Missing> {
        if !self.keys_named(name).is_empty() {
            return None;
        }
        let others = self.names_of(|called| matches!(called, Called::Key(_)));
        Some(self.missing("key", name, self.keys.iter().map(|k| k.arn.value.as_str()).chain(others)))
    }

    /// The keys of a Region that an alias or a bare id may mean, whoever asks; those of `first` come first (R88).
    /// What templates call a key is one key of one Region, or several that share the name.
    pub fn keys_called(
        &self,
        reference: &KeyReference,
        first: Option<AccountId>,
        region: Option<&str>,
    ) -> Vec<&Key> {
        let here = |k: &&Key| region.is_none_or(|r| k.arn.value.region() == r);
        let mut keys: Vec<&Key> = match reference {
            KeyReference::Arn(_) => Vec::new(),
            KeyReference::Id(id) => {
                self.keys.maybe_called(id).filter(here).filter(|key| key.id() == id).collect()
            }
            KeyReference::Alias(alias) => {
                let bare = alias.strip_prefix("alias/").unwrap_or(alias);
                self.keys.maybe_called(bare).filter(here).filter(|key| has_alias(key, bare)).collect()
            }
            KeyReference::Name(name) => self.keys_named(&name.value),
        };
        keys.sort_by_key(|k| k.arn.value.account() != first);
        keys
    }

    /// A name that is not there, and what may have been meant: near names, or names it is part of.
    pub(crate) fn missing<'a>(
        &self,
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Missing {
        let part = |n: &&'a str| name.len() > 2 && n.contains(name);
        // People leave out all but the last word of an ARN.
        let short = |n: &'a str| n.rsplit(['/', ':']).next().unwrap_or(n);
        let by_short = || {
            let near = nearest(name, known.clone().map(short))?;
            known.clone().find(|n| short(n) == near)
        };
        if let Some(why) = self.left_out.get(name) {
            return Missing { what, name: name.to_owned(), near: Some(why.clone()), is_ambiguous: false };
        }
        let near = nearest(name, known.clone()).or_else(by_short).or_else(|| known.clone().find(part));
        let near = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => {
                let mut names: Vec<&str> = known.collect();
                names.sort_unstable();
                let shown = names.iter().take(5).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
                let more =
                    if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
                (!names.is_empty()).then(|| format!("it holds {shown}{more}"))
            }
        };
        Missing { what, name: name.to_owned(), near, is_ambiguous: false }
    }
}

impl Organization {
    /// The root, organizational unit or account with this id.
    pub fn target(&self, id: &str) -> Option<&Target> {
        self.targets.maybe_called(id).find(|t| t.id == id)
    }

    /// The targets from the root down to an account. `None` when the tree does not lead to a root.
    pub fn path(&self, account: AccountId) -> Option<Vec<&Target>> {
        let (path, complete) = self.known_path(account);
        complete.then_some(path)
    }

    /// As much of the way from the root to an account as was told, and whether that is all of it.
    pub(super) fn known_path(&self, account: AccountId) -> (Vec<&Target>, bool) {
        let mut path = Vec::new();
        let mut at = self.target(&account.to_string());
        let mut complete = false;
        while let Some(target) = at {
            path.push(target);
            complete = target.parent.is_none() && target.id.starts_with("r-");
            // A tree deeper than its own number of targets goes in circles.
            if path.len() > self.targets.len() {
                return (Vec::new(), false);
            }
            at = target.parent.as_deref().and_then(|parent| self.target(parent));
        }
        path.reverse();
        (path, complete)
    }

    /// The value aws:PrincipalOrgPaths has for an account: `o-…/r-…/ou-…/`.
    pub fn org_path(&self, account: AccountId) -> Option<String> {
        let path = self.path(account)?;
        let (_, above) = path.split_last()?;
        let mut text = format!("{}/", self.id);
        for target in above {
            text.push_str(&target.id);
            text.push('/');
        }
        Some(text)
    }

    /// The levels of one policy type that apply to an account; empty when the type is off. What is told of some
    /// levels counts, also when others are missing: a Deny at any of them decides.
    pub fn levels(&self, account: AccountId, of: impl Fn(&Target) -> &Known<Attached>) -> Known<Vec<Level>> {
        let (path, complete) = self.known_path(account);
        if path.is_empty() {
            return Known::NotProvided;
        }
        let mut levels = Vec::with_capacity(path.len() + 1);
        if !complete {
            let highest = path.first().map_or("", |t| t.id.as_str());
            levels.push(Level { target: highest.to_owned(), is_above: true, policies: Known::NotProvided });
        }
        for target in path {
            let policies = match of(target) {
                Known::Provided(Attached::Off) => continue,
                Known::Provided(Attached::Policies(list)) => Known::Provided(list.clone()),
                Known::NotProvided => Known::NotProvided,
            };
            levels.push(Level { target: target.id.clone(), is_above: false, policies });
        }
        Known::Provided(levels)
    }
}

fn has_alias(key: &Key, bare: &str) -> bool {
    let Known::Provided(aliases) = &key.aliases else { return false };
    aliases.iter().any(|a| a.strip_prefix("alias/").unwrap_or(a) == bare)
}

/// Whether some text fits both patterns.
fn overlap(a: &str, b: &str) -> bool {
    let b: Vec<char> = b.chars().collect();
    // `reached[j]`: the part of `a` read so far can stand for the same text as the first `j` characters of `b`.
    let mut reached = vec![false; b.len() + 1];
    let stars = |reached: &mut Vec<bool>| {
        for (j, c) in b.iter().enumerate() {
            if *c == '*' && reached.get(j) == Some(&true) {
                reached.iter_mut().skip(j + 1).take(1).for_each(|r| *r = true);
            }
        }
    };
    reached.iter_mut().take(1).for_each(|r| *r = true);
    stars(&mut reached);
    for ours in a.chars() {
        let mut next = vec![false; b.len() + 1];
        for (j, was) in reached.iter().enumerate() {
            // A star of theirs takes in the character of ours.
            let own = *was && j > 0 && b.get(j - 1) == Some(&'*');
            let step = j > 0 && reached.get(j - 1) == Some(&true);
            let theirs = b.get(j.wrapping_sub(1)).copied();
            let fits = match (ours, theirs) {
                ('*', _) => *was || next.get(j.wrapping_sub(1)) == Some(&true) || step,
                (_, None) => false,
                ('?', Some(_)) | (_, Some('?' | '*')) => step || own,
                (c, Some(t)) => (step && c == t) || own,
            };
            next.iter_mut().skip(j).take(1).for_each(|n| *n = fits);
        }
        stars(&mut next);
        reached = next;
    }
    reached.last() == Some(&true)
}

/// More literal characters in front of the first wildcard, then more in all, is more specific.
fn specificity(pattern: &str) -> (bool, usize, usize) {
    let first = pattern.find(['*', '?']);
    let literal = pattern.chars().filter(|c| !matches!(c, '*' | '?')).count();
    (first.is_none(), first.unwrap_or(pattern.len()), literal)
}

/// The policy KMS writes for a key when none is given: the account may delegate everything.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
pub fn default_key_policy(partition: &str, account: AccountId) -> SharedPolicy {
    fixed_key_policy(&format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    ))
}

/// Allows everyone everything: what somebody could write who may write a policy.
pub fn allow_everything(kind: PolicyKind) -> SharedPolicy {
    let principal = match kind.has_principals() {
        true => r#""Principal":"*","#,
        false => "",
    };
    fixed(
        kind,
        &format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{principal}"Action":"*","Resource":"*"}}]}}"#
        ),
    )
}

/// A key policy that is made here and stands in no document.
pub(crate) fn fixed_key_policy(text: &str) -> SharedPolicy {
    fixed(PolicyKind::Key, text)
}

fn fixed(kind: PolicyKind, text: &str) -> SharedPolicy {
    let parsed = json::parse(SourceId::LONE, text);
    let mut problems = Vec::new();
    let root = parsed.root.unwrap_or(json::Node {
        span: crate::source::Span::new(SourceId::LONE, 0, 0),
        value: json::Value::Null,
    });
    Arc::new(policy::lower(&root, kind, "", &mut problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_overlap() {
        for (a, b, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*", "ab", true),
            ("a*", "b*", false),
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("a?c", "ab*", true),
            ("a?c", "ab", false),
            ("a/secret/*", "a/*", true),
            ("a/*", "a/secret/*", true),
            ("a/*/x", "a/b/*", true),
            ("a/*/x", "b*", false),
            ("*x*", "*y*", true),
            ("??", "?", false),
            ("?*", "*?", true),
            ("ab", "ab", true),
            ("ab", "a", false),
            ("a", "*a*a*", false),
        ] {
            assert_eq!(overlap(a, b), expected, "{a} {b}");
            assert_eq!(overlap(b, a), expected, "{b} {a}");
        }
    }
}
