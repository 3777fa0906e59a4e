//! In which account and Region resources are: what the configurations of the AWS provider and known ARNs tell.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Block, Module, Resource};
use super::reference::Referent;
use super::text::Text;
use super::types::Tells;
use crate::json::{Node, Value};
use crate::name::partition::{self, COMMERCIAL};
use crate::name::{AccountId, Arn, symbol};
use crate::source::{Span, Spanned};

/// Arguments of the provider that decide whose credentials it uses.
const CREDENTIALS: &[&str] = &[
    "access_key",
    "assume_role",
    "assume_role_with_web_identity",
    "profile",
    "secret_key",
    "shared_config_files",
    "shared_credentials_file",
    "shared_credentials_files",
    "token",
];

/// What is known of one provider configuration.
#[derive(Clone, Debug, Default)]
struct ProviderPlace {
    account: Option<Spanned<AccountId>>,
    region: Option<Spanned<String>>,
}

/// Accounts and Regions by the key of the provider configuration.
#[derive(Debug, Default)]
pub(super) struct Places {
    known: BTreeMap<String, ProviderPlace>,
    /// What a person said of resources whose account or Region nothing else tells.
    fallback: Fallback,
    /// Accounts that no file names, by the key of the provider configuration.
    unnamed: BTreeMap<String, AccountId>,
}

/// What a `[[bind]]` says of a whole file.
#[derive(Debug, Default)]
pub(super) struct Fallback {
    pub(super) account: Option<Spanned<AccountId>>,
    pub(super) region: Option<Spanned<String>>,
}

impl Places {
    pub(super) fn account(&self, resource: &Resource<'_>) -> Option<Spanned<AccountId>> {
        self.known.get(&resource.provider).and_then(|place| place.account).or(self.fallback.account)
    }

    /// The account of a resource, or the one that stands for it where no file names it.
    pub(super) fn account_or_unnamed(&self, resource: &Resource<'_>) -> AccountId {
        let unnamed = || self.unnamed.get(&resource.provider).copied().unwrap_or(AccountId::UNKNOWN);
        self.account(resource).map_or_else(unnamed, |account| account.value)
    }

    /// Provider configurations whose account is not known, by their credentials: those with the most resources first.
    pub(super) fn unplaced(&self, world: &Module<'_>) -> Vec<Vec<String>> {
        let mut groups: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
        for resource in
            world.resources.iter().filter(|resource| !resource.data && self.account(resource).is_none())
        {
            let (count, keys) = groups.entry(credentials(world, &resource.provider)).or_default();
            *count += 1;
            keys.insert(resource.provider.clone());
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        groups.into_iter().map(|(_, keys)| keys.into_iter().collect()).collect()
    }

    /// These provider configurations are of that account.
    pub(super) fn are_of(&mut self, providers: &[String], account: AccountId) {
        self.unnamed.extend(providers.iter().map(|key| (key.clone(), account)));
    }

    /// The Region of a resource: its own, from version 6 of the provider on, or its provider's.
    pub(super) fn region(&self, resource: &Resource<'_>) -> Option<Spanned<String>> {
        let own =
            resource.values.get("region").and_then(|node| Some(Spanned::new(node.as_str()?, node.span)));
        let own = own.filter(|region| !region.value.is_empty()).map(|region| region.map(str::to_owned));
        own.or_else(|| self.known.get(&resource.provider).and_then(|place| place.region.clone()))
            .or_else(|| self.fallback.region.clone())
    }

    pub(super) fn region_text(&self, resource: &Resource<'_>) -> String {
        self.region(resource).map_or_else(|| symbol::unknown(symbol::REGION), |region| region.value)
    }

    pub(super) fn partition(&self, resource: &Resource<'_>) -> &'static str {
        self.region(resource).map_or(COMMERCIAL, |region| partition::of_region(&region.value)).id
    }

    /// Whether the account of some resource is not told.
    pub(super) fn lacks_account(&self, world: &Module<'_>) -> bool {
        world.resources.iter().any(|resource| !resource.data && self.account(resource).is_none())
    }
}

/// An account, in the order of how surely it is the provider's.
type Hint = (u8, Spanned<AccountId>);

/// The accounts and Regions of the providers of a file. `more` are ARNs of resources that are not read otherwise,
/// by the key of their provider; it is asked only where the account is not known without them.
pub(super) fn places<'s>(
    world: &Module<'s>,
    fallback: Fallback,
    more: impl FnOnce() -> Vec<(String, Spanned<String>)>,
) -> Places {
    let mut known: BTreeMap<String, ProviderPlace> = BTreeMap::new();
    let mut hints: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
    for (key, config) in &world.configuration.providers {
        let place = known.entry(key.clone()).or_default();
        let Some(expressions) = config.get("expressions") else { continue };
        let module = config.get("module_address").and_then(Node::as_str).unwrap_or("");
        let constant = |expression: &Node<'s>| constant(world, module, expression);
        place.region = expressions.get("region").and_then(constant);
        let hints = hints.entry(key.clone()).or_default();
        let allowed = expressions.get("allowed_account_ids").and_then(|e| e.get("constant_value"));
        if let Some([only]) = allowed.map(Node::elements) {
            hints.extend(account_in(only).map(|account| (1, account)));
        }
        let assumed = expressions
            .get("assume_role")
            .into_iter()
            .flat_map(|role| role.elements().iter().chain(role.is_object().then_some(role)));
        for role in assumed.filter_map(|role| role.get("role_arn")).filter_map(constant) {
            hints.extend(account_of_arn(&role).map(|account| (2, account)));
        }
    }
    for resource in &world.resources {
        gather(resource, known.entry(resource.provider.clone()).or_default(), &mut hints);
    }
    settle(world, &mut known, &hints);
    let mut places = Places { known, fallback, unnamed: BTreeMap::new() };
    if places.fallback.account.is_none() && places.lacks_account(world) {
        for (provider, arn) in more() {
            let hint = account_of_arn(&arn).map(|account| (3, account));
            hints.entry(provider).or_default().extend(hint);
        }
        settle(world, &mut places.known, &hints);
    }
    places
}

/// What one resource tells of its provider.
fn gather(resource: &Resource<'_>, place: &mut ProviderPlace, hints: &mut BTreeMap<String, Vec<Hint>>) {
    let block = Block { values: &resource.values, unknown: resource.unknown.as_ref(), config: None };
    let told = hints.entry(resource.provider.clone()).or_default();
    match (resource.kind.tells, resource.data) {
        (Tells::Account, true) => {
            let account = resource.values.get("account_id").and_then(account_in);
            told.extend(account.map(|account| (0, account)));
        }
        (Tells::Region, true) => {
            let region = block.text("region").or(block.text("name")).or(block.text("id"));
            if place.region.is_none() {
                place.region = region.map(|region| region.map(str::to_owned));
            }
        }
        // Data sources may look at other accounts.
        (_, true) => {}
        (_, false) => {
            for values in [Some(&resource.values), resource.before.as_ref()].into_iter().flatten() {
                let Some(node) = values.get("arn") else { continue };
                let Some(text) = node.as_str() else { continue };
                let Ok(arn) = text.parse::<Arn>() else { continue };
                told.extend(arn.account().map(|account| (3, Spanned::new(account, node.span))));
                let regional = !arn.region().is_empty() && !symbol::is_in(arn.region());
                // Of version 6 on, a resource may be elsewhere than its provider.
                if place.region.is_none() && regional && block.text("region").is_none() {
                    place.region = Some(Spanned::new(arn.region().to_owned(), node.span));
                }
            }
        }
    }
}

/// The account of each provider: of the surest hints, when they agree. Configurations with the same credentials are
/// of the same account.
fn settle(
    world: &Module<'_>,
    known: &mut BTreeMap<String, ProviderPlace>,
    hints: &BTreeMap<String, Vec<Hint>>,
) {
    let mut by_credentials: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
    for (key, told) in hints {
        by_credentials.entry(credentials(world, key)).or_default().extend(told);
    }
    for (key, place) in known {
        let own = hints.get(key).and_then(|told| agreed(told));
        let shared = || by_credentials.get(&credentials(world, key)).and_then(|told| agreed(told));
        place.account = own.or_else(shared);
    }
}

fn agreed(hints: &[Hint]) -> Option<Spanned<AccountId>> {
    let surest = hints.iter().map(|(rank, _)| *rank).min()?;
    let mut told = hints.iter().filter(|(rank, _)| *rank == surest).map(|(_, account)| *account);
    let first = told.next()?;
    told.all(|account| account == first).then_some(first)
}

/// The arguments of a provider that decide about its account, as one text; a state does not hold them, so there
/// every provider is by itself.
fn credentials(world: &Module<'_>, key: &str) -> String {
    if !world.configuration.told {
        return format!("provider {key}");
    }
    let expressions = world.configuration.providers.get(key).and_then(|config| config.get("expressions"));
    let mut out = String::new();
    for name in CREDENTIALS {
        if let Some(node) = expressions.and_then(|e| e.get(name)) {
            out.push_str(name);
            write(node, &mut out);
        }
    }
    out
}

fn write(node: &Node<'_>, out: &mut String) {
    match &node.value {
        Value::Null | Value::Invalid => out.push_str("null "),
        Value::Bool(b) => out.push_str(if *b { "true " } else { "false " }),
        Value::Number(text) | Value::String(text) => {
            out.push_str(&format!("{text:?} "));
        }
        Value::Array(elements) => elements.iter().for_each(|element| write(element, out)),
        Value::Object(members) => {
            for member in members {
                out.push_str(&format!("{:?} ", member.key.value));
                write(&member.value, out);
            }
        }
    }
}

/// The text an expression is, when it is one constant.
fn constant<'s>(world: &Module<'s>, module: &str, expression: &Node<'s>) -> Option<Spanned<String>> {
    match world.follow(world.module_scope(module), expression).as_slice() {
        [Referent::Constant(node)] => Some(Spanned::new(node.as_str()?.to_owned(), node.span)),
        _ => None,
    }
}

fn account_in(node: &Node<'_>) -> Option<Spanned<AccountId>> {
    Some(Spanned::new(node.as_str()?.parse().ok()?, node.span))
}

fn account_of_arn(arn: &Spanned<String>) -> Option<Spanned<AccountId>> {
    Some(Spanned::new(arn.value.parse::<Arn>().ok()?.account()?, arn.span))
}

/// ARNs of resources of AWS that are not read otherwise, by provider.
pub(super) fn other_arns<'s>(
    text: Text<'s>,
    changes: Option<Span>,
    world: &Module<'s>,
) -> Vec<(String, Spanned<String>)> {
    let mut out = Vec::new();
    for element in changes.into_iter().flat_map(|at| text.elements(at)) {
        out.extend(arn_in_change(text, element, world));
    }
    out
}

fn arn_in_change<'s>(text: Text<'s>, at: Span, world: &Module<'s>) -> Option<(String, Spanned<String>)> {
    let mut address = None;
    let mut change = None;
    for (member, value) in text.members(at) {
        match &*member {
            "address" => address = text.string(value),
            "mode" if text.string(value).as_deref() == Some("data") => return None,
            "type" if !text.string(value)?.starts_with("aws_") => return None,
            "change" => change = Some(value),
            _ => {}
        }
    }
    let values = ["before", "after"].into_iter().filter_map(|name| text.member(change?, name));
    let arn = values.filter(|at| !text.is_null(*at)).find_map(|values| {
        let at = text.member(values, "arn")?;
        Some(Spanned::new(text.string(at)?.into_owned(), at))
    })?;
    let address = address?;
    let module = super::address::module_of(&address);
    let local = address.get(module.len()..)?.trim_start_matches('.');
    let local = local.split('[').next().unwrap_or(local);
    Some((world.configuration.provider_of(module, local), arn))
}

/// The same for a state file of version 4.
pub(super) fn other_arns_v4(text: Text<'_>, resources: Option<Span>) -> Vec<(String, Spanned<String>)> {
    let mut out = Vec::new();
    for element in resources.into_iter().flat_map(|at| text.elements(at)) {
        let word = |name: &str| text.member(element, name).and_then(|at| text.string(at)).unwrap_or_default();
        if word("mode") == "data" || !word("type").starts_with("aws_") {
            continue;
        }
        let instances = text.member(element, "instances").into_iter().flat_map(|at| text.elements(at));
        for instance in instances {
            let arn = text.member(instance, "attributes").and_then(|at| text.member(at, "arn"));
            let arn = arn.and_then(|at| Some(Spanned::new(text.string(at)?.into_owned(), at)));
            out.extend(arn.map(|arn| (word("provider").into_owned(), arn)));
        }
    }
    out
}
