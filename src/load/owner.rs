//! Whom a file is about that does not say it: by `[[bind]]`, by what lies beside it, or by its directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{InputDocument, Intake};
use crate::estate::PlacedArn;
use crate::name::AccountId;
use crate::source::{SourceId, Span, Spanned};

/// What files say of the others in their directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    /// Keys that were described by a file of the directory.
    keys_in: BTreeMap<PathBuf, BTreeMap<String, PlacedArn>>,
    /// Roles, users and groups that were described by a file of the directory.
    identities_in: BTreeMap<PathBuf, BTreeMap<String, PlacedArn>>,
    /// Accounts that asked who they are, by the directory of the answer.
    accounts_in: BTreeMap<PathBuf, AccountId>,
    /// Groups, which no estate holds by themselves.
    groups: Vec<PlacedArn>,
    names: Names,
    /// How many accounts were told apart that no file names.
    unnamed: u32,
}

/// Identities and keys by the last part of their names, as far as they were met.
#[derive(Clone, Debug, Default)]
struct Names {
    roles: usize,
    users: usize,
    groups: usize,
    keys: usize,
    identities: BTreeMap<String, Vec<PlacedArn>>,
    by_key_id: BTreeMap<String, Vec<PlacedArn>>,
}

impl Names {
    /// Adds what the estate got since the last time.
    fn catch_up(&mut self, intake: &Intake) {
        let estate = &intake.estate;
        let groups = &intake.owners.groups;
        let roles = estate.roles.iter().skip(self.roles).map(|role| &role.arn);
        let users = estate.users.iter().skip(self.users).map(|user| &user.arn);
        for arn in roles.chain(users).chain(groups.iter().skip(self.groups)) {
            let name = arn.value.resource().rsplit('/').next().unwrap_or_default();
            self.identities.entry(name.to_owned()).or_default().push(arn.clone());
        }
        for key in estate.keys.iter().skip(self.keys) {
            self.by_key_id.entry(key.id().to_owned()).or_default().push(key.arn.clone());
        }
        self.roles = estate.roles.len();
        self.users = estate.users.len();
        self.groups = groups.len();
        self.keys = estate.keys.len();
    }
}

/// What kind of identity is wanted.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum OwnedKind {
    Any,
    Role,
    User,
    Group,
}

impl OwnedKind {
    fn fits(self, arn: &PlacedArn) -> bool {
        let resource = arn.value.resource();
        match self {
            Self::Any => true,
            Self::Role => resource.starts_with("role/"),
            Self::User => resource.starts_with("user/"),
            Self::Group => resource.starts_with("group/"),
        }
    }

    /// For messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "role, user or group",
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

impl Intake {
    fn names(&mut self) -> &Names {
        let mut names = std::mem::take(&mut self.owners.names);
        names.catch_up(self);
        self.owners.names = names;
        &self.owners.names
    }

    /// Notes whom a file describes, for the others in its directory.
    pub(super) fn describes(&mut self, input: &InputDocument<'_>, arn: &PlacedArn) {
        if let Some(dir) = input.path.parent() {
            let described = self.owners.identities_in.entry(dir.to_owned()).or_default();
            described.insert(arn.value.to_string(), arn.clone());
        }
    }

    /// The same for a key.
    pub(super) fn describes_key(&mut self, input: &InputDocument<'_>, arn: &PlacedArn) {
        if let Some(dir) = input.path.parent() {
            let described = self.owners.keys_in.entry(dir.to_owned()).or_default();
            described.insert(arn.value.to_string(), arn.clone());
        }
    }

    /// Notes the account that the other files of the directory are about.
    pub(super) fn describes_account(&mut self, input: &InputDocument<'_>, account: AccountId) {
        if let Some(dir) = input.path.parent() {
            self.owners.accounts_in.insert(dir.to_owned(), account);
        }
    }

    /// Notes groups, so that they are found by their names.
    pub(super) fn knows_groups(&mut self, groups: impl IntoIterator<Item = PlacedArn>) {
        self.owners.groups.extend(groups);
    }

    /// An account that no file names, apart from all others that no file names. `whose` is for people.
    pub(super) fn another_account(&mut self, whose: &str, at: Span) -> AccountId {
        self.owners.unnamed += 1;
        let account = AccountId::unknown(self.owners.unnamed);
        let why =
            format!("the account of {whose} is not known: add [[bind]] with its file and account = \"…\"");
        let name = account.symbol().unwrap_or_default();
        self.symbol(&name, &why, at);
        account
    }

    /// The only key that files of a directory describe.
    pub(super) fn key_beside(&self, dir: &Path) -> Option<PlacedArn> {
        let described = self.owners.keys_in.get(dir).filter(|described| described.len() == 1)?;
        described.values().next().cloned()
    }

    /// The account a file is about: bound, named by a directory, or the one that asked who it is.
    pub(super) fn account_of(&self, source: SourceId) -> Option<Spanned<AccountId>> {
        if let Some(account) = self.owner_of(source).account {
            return Some(account);
        }
        let named = self.account_above(source).or_else(|| {
            let path = &self.paths.get(&source)?.path;
            path.ancestors().skip(1).find_map(|dir| self.owners.accounts_in.get(dir).copied())
        });
        named.map(|account| Spanned::new(account, crate::source::Span::new(source, 0, 0)))
    }

    /// The identity of that name: described beside the file, else the only one of its account, else of all.
    pub(super) fn identity_named(
        &mut self,
        name: &str,
        kind: OwnedKind,
        input: &InputDocument<'_>,
    ) -> Option<PlacedArn> {
        let fits = |arn: &&PlacedArn| kind.fits(arn) && arn.value.resource().rsplit('/').next() == Some(name);
        let beside = input.path.parent().and_then(|dir| self.owners.identities_in.get(dir));
        if let Some(arn) = beside.into_iter().flat_map(|described| described.values()).find(fits) {
            return Some(arn.clone());
        }
        let account = self.account_of(input.source).map(|account| account.value);
        let mut named = self.names().identities.get(name)?.iter().filter(fits);
        let of_account = |arn: &&PlacedArn| account.is_none() || arn.value.account() == account;
        let mut named = named.by_ref().filter(of_account);
        match (named.next(), named.next()) {
            (Some(only), None) => Some(only.clone()),
            (None | Some(_), None | Some(_)) => None,
        }
    }

    /// The identity an answer is about that names none.
    pub(super) fn identity_of(&mut self, input: &InputDocument<'_>) -> Option<PlacedArn> {
        if let Some(role) = self.owner_of(input.source).role {
            return Some(role);
        }
        let beside = input.path.parent().and_then(|dir| self.owners.identities_in.get(dir));
        if let Some(described) = beside.filter(|described| described.len() == 1) {
            return described.values().next().cloned();
        }
        let name = self.directory_of(input.source)?;
        self.identity_named(&name, OwnedKind::Any, input)
    }

    /// The only key of that id.
    pub(super) fn key_called(&mut self, id: &str) -> Option<PlacedArn> {
        match self.names().by_key_id.get(id)?.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }
}
