//! Whom conditions name. A statement that lets everybody in speaks of somebody in particular where its conditions, or
//! those of a Deny, tell accounts, organizations or services apart (R31).

use std::collections::BTreeSet;

use crate::estate::{Estate, Known};
use crate::name::keys::{self, KeyFacts, Subject};
use crate::name::{AccountId, Arn};
use crate::policy::{Policy, Test};

use super::Principal;

/// The accounts, organizations and services that the conditions of some policies name.
#[derive(Debug, Default)]
pub(crate) struct NamedPrincipals {
    accounts: BTreeSet<AccountId>,
    organizations: BTreeSet<Box<str>>,
    services: BTreeSet<Box<str>>,
    /// Some condition asks for the organization of the caller,
    by_organization: bool,
    /// or for what the requests of services alone have.
    by_service: bool,
}

impl NamedPrincipals {
    pub(crate) fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        let mut named = Self::default();
        for statement in policies.into_iter().flat_map(|policy| policy.statements.iter()) {
            statement.tests.iter().for_each(|test| named.add(test));
        }
        named
    }

    fn add(&mut self, test: &Test) {
        let texts = || test.values.iter().map(|value| value.text());
        let fixed = || texts().filter(|text| !text.contains(['*', '?', '$']) && !text.is_empty());
        match test.key.value.folded() {
            "aws:principalaccount" | "kms:calleraccount" => {
                self.accounts.extend(texts().filter_map(|text| text.parse::<AccountId>().ok()));
            }
            "aws:principalarn" => {
                let account = |text: &str| text.parse::<Arn>().ok()?.account();
                self.accounts.extend(texts().filter_map(account));
            }
            "aws:principalorgid" => {
                self.by_organization = true;
                self.organizations.extend(fixed().map(Into::into));
            }
            "aws:principalorgpaths" => {
                self.by_organization = true;
                let id = |text: &str| Some(text.split_once('/')?.0.to_owned());
                let ids = texts().filter_map(id).filter(|id| !id.contains(['*', '?', '$']));
                self.organizations.extend(ids.map(Into::into));
            }
            "aws:principalservicename" | "aws:principalservicenameslist" => {
                self.by_service = true;
                self.services.extend(fixed().map(Into::into));
            }
            "aws:principalisawsservice" => self.by_service = true,
            key => {
                let is_of_services = |of_source: &KeyFacts| of_source.name.eq_ignore_ascii_case(key);
                self.by_service |= keys::about(Subject::Source).any(is_of_services);
            }
        }
    }

    /// Who they are, beside everyone whom the estate holds: for a resource of this account.
    pub(crate) fn principals(&self, estate: &Estate, owner: Option<AccountId>) -> Vec<Principal> {
        let mut organizations = self.organizations.clone();
        if self.by_organization
            && let Some(Known::Provided(Some(own))) = owner.map(|owner| estate.organization_id_of(owner))
        {
            organizations.insert(own.into());
        }
        let accounts = self.accounts.iter().filter(|account| !account.is_unknown());
        let accounts = accounts.map(|account| Principal::Account(*account));
        let organizations = organizations.into_iter().map(Principal::Organization);
        let services = self.services.iter().cloned().map(Principal::Service);
        let any = self.by_service.then_some(Principal::AnyService);
        accounts.chain(organizations).chain(services).chain(any).collect()
    }
}
