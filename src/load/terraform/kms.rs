//! Keys, their policies, aliases and grants.

use std::collections::{BTreeMap, BTreeSet};

use super::iam::tags;
use super::model::{Block, Held, Resource};
use super::names::is_open;
use super::names::{AFTER_APPLY, Names};
use super::policies;
use super::types::{Kms, Naming, Tells, Want};
use crate::estate::{Called, Constraint, Grant, KeyManager, KeyState, PlacedArn, default_key_policy};
use crate::json::Node;
use crate::load::{Intake, settings};
use crate::name::{AccountId, symbol};
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

pub(super) fn record(names: &Names<'_, '_>, intake: &mut Intake) {
    let separate = Separate::of(names);
    for resource in names.world.resources.iter().filter(|resource| !resource.gone) {
        match (resource.kind.tells == Tells::Kms(Kms::Key), resource.data) {
            (true, false) => key(names, intake, resource, &separate),
            (true, true) => looked_up(names, intake, resource),
            (false, _) => {}
        }
    }
    for (resource, owner) in &separate.policies {
        let Some(policy) = policies::policy(names, intake, resource, "policy", PolicyKind::Key) else {
            continue;
        };
        intake.key(owner, |_| ());
        intake.key_policy(owner, policy.span, policy);
    }
    aliases(names, intake);
    grants(names, intake);
}

/// Key policies that are resources of their own.
struct Separate<'w, 's> {
    policies: Vec<(&'w Resource<'s>, PlacedArn)>,
    keys: BTreeSet<String>,
    /// Keys whose own policy the plan takes away; KMS puts the default one in its place.
    removed: BTreeSet<String>,
    /// Policies whose key is open.
    open: Vec<(&'w Resource<'s>, Span)>,
}

impl<'w, 's> Separate<'w, 's> {
    fn of(names: &Names<'w, 's>) -> Self {
        let mut out =
            Self { policies: Vec::new(), keys: BTreeSet::new(), removed: BTreeSet::new(), open: Vec::new() };
        let policies = names.world.resources.iter().filter(|r| r.kind.tells == Tells::Kms(Kms::KeyPolicy));
        for resource in policies {
            if let Some(before) = resource.before.as_ref().and_then(|before| before.get("key_id")) {
                let name = before.as_str().map(|id| Spanned::new(id.to_owned(), before.span));
                out.removed.extend(name.map(|name| names.key_named(resource, &name).value.to_string()));
            }
            if resource.gone {
                continue;
            }
            let Some(owner) = names.wanted(resource, "key_id", Want::Key) else { continue };
            if is_open(&owner) {
                out.open.push((resource, owner.span));
                continue;
            }
            let arn = names.key_named(resource, &owner);
            if out.keys.insert(arn.value.to_string()) {
                out.policies.push((resource, arn));
            }
        }
        out
    }
}

fn key<'s>(names: &Names<'_, 's>, intake: &mut Intake, resource: &Resource<'s>, separate: &Separate<'_, 's>) {
    let block = names.world.block(resource);
    let arn = names.key(resource);
    let at = resource.address.span;
    let owned = |name: &str| block.text(name).map(|text| text.value.to_owned());
    let replica = matches!(resource.kind.named, Naming::Key { is_replica: true, .. });
    let external = matches!(resource.kind.named, Naming::Key { is_external: true, .. });
    let multi_region = if replica { Some(true) } else { block.flag("multi_region").map(|on| on.value) };
    intake.key(&arn, |key| {
        key.spec = owned("customer_master_key_spec").or_else(|| owned("key_spec"));
        key.usage = owned("key_usage");
        key.multi_region = multi_region;
        key.multi_region_type = replica.then(|| "REPLICA".to_owned());
        key.origin = external.then(|| "EXTERNAL".to_owned());
    });
    intake.called(&resource.address.value, Called::Key(arn.value.clone()));
    intake.key_manager(&arn, Spanned::new(KeyManager::Customer, at));
    match state(&block, at, external) {
        Some(state) => intake.key_state(&arn, state),
        None => {
            let name = symbol::plain(&format!("{}.is_enabled", resource.address.value));
            intake.symbol(&name, AFTER_APPLY, at);
            intake.key(&arn, |key| key.usable_if = Some(name));
        }
    }
    if let Some(tags) = tags(names, resource) {
        intake.key_tags(&arn, tags);
    }
    let name = arn.value.to_string();
    if separate.keys.contains(&name) {
        return;
    }
    let is_set = block.expression("policy").is_some();
    let own = (is_set || !separate.removed.contains(&name))
        .then(|| policies::policy(names, intake, resource, "policy", PolicyKind::Key))
        .flatten();
    match (own, separate.open.first()) {
        (Some(policy), None) => intake.key_policy(&arn, policy.span, policy),
        (_, Some((other, at))) => {
            let open = format!("{}.key_id", other.address.value);
            let policy = intake.unknown_policy(&open, PolicyKind::Key, *at, AFTER_APPLY);
            intake.key_policy(&arn, policy.span, policy);
        }
        (None, None) => {
            let account = arn.value.account().unwrap_or(AccountId::UNKNOWN);
            intake.key_policy(&arn, at, default_key_policy(arn.value.partition(), account));
        }
    }
}

/// Whether the key is enabled, as far as its arguments tell.
fn state(block: &Block<'_, '_>, at: Span, external: bool) -> Option<Spanned<KeyState>> {
    if let Some(told) = block.text("key_state") {
        return KeyState::parse(told.value).map(|state| Spanned::new(state, told.span));
    }
    if external && matches!(block.held("key_material_base64"), Held::Unset) {
        return Some(Spanned::new(KeyState::PendingImport, at));
    }
    let argument =
        if external || block.values.get("is_enabled").is_none() { "enabled" } else { "is_enabled" };
    match (block.flag(argument), block.held(argument)) {
        (Some(on), _) => Some(on.map(|on| if on { KeyState::Enabled } else { KeyState::Disabled })),
        // Computed, and nobody set it: new keys are enabled.
        (None, Held::Unset) => Some(Spanned::new(KeyState::Enabled, at)),
        (None, Held::Unknown(_)) if block.config.is_some() && block.expression(argument).is_none() => {
            Some(Spanned::new(KeyState::Enabled, at))
        }
        (None, Held::Known(_) | Held::Unknown(_)) => None,
    }
}

/// A key that a data source describes.
fn looked_up(names: &Names<'_, '_>, intake: &mut Intake, resource: &Resource<'_>) {
    let block = names.world.block(resource);
    let Some(arn) = block.text("arn") else { return };
    let Ok(parsed) = arn.value.parse() else { return };
    let arn = Spanned::new(parsed, arn.span);
    let owned = |name: &str| block.text(name).map(|text| text.value.to_owned());
    intake.key(&arn, |key| {
        key.spec =
            key.spec.take().or_else(|| owned("key_spec")).or_else(|| owned("customer_master_key_spec"));
        key.usage = key.usage.take().or_else(|| owned("key_usage"));
        key.origin = key.origin.take().or_else(|| owned("origin"));
    });
    intake.called(&resource.address.value, Called::Key(arn.value.clone()));
    if let Some(state) = block.text("key_state")
        && let Some(known) = KeyState::parse(state.value)
    {
        intake.key_state(&arn, Spanned::new(known, state.span));
    }
    if let Some(manager) = block.text("key_manager") {
        settings::key_manager(manager, &arn, intake);
    }
}

fn aliases(names: &Names<'_, '_>, intake: &mut Intake) {
    let mut by_key: BTreeMap<String, (PlacedArn, Vec<String>)> = BTreeMap::new();
    for resource in names.world.resources.iter().filter(|r| r.kind.tells == Tells::Kms(Kms::Alias) && !r.gone)
    {
        let block = names.world.block(resource);
        let Some(name) = block.text("name") else { continue };
        let target = block.text("target_key_arn").map(|arn| arn.map(str::to_owned));
        let target = target.or_else(|| names.wanted(resource, "target_key_id", Want::Key));
        let Some(target) = target.filter(|target| !is_open(target)) else { continue };
        let arn = names.key_named(resource, &target);
        if name.value.starts_with("alias/aws/") {
            intake.key(&arn, |_| ());
            intake.key_manager(&arn, Spanned::new(KeyManager::Aws, name.span));
        }
        let entry = by_key.entry(arn.value.to_string()).or_insert((arn, Vec::new()));
        if !entry.1.iter().any(|known| known == name.value) {
            entry.1.push(name.value.to_owned());
        }
        intake.called(&resource.address.value, Called::Key(entry.0.value.clone()));
    }
    for (arn, names) in by_key.into_values() {
        intake.key_aliases(&arn, Spanned::new(names, arn.span));
    }
}

fn grants(names: &Names<'_, '_>, intake: &mut Intake) {
    let mut by_key: BTreeMap<String, (PlacedArn, Vec<Grant>)> = BTreeMap::new();
    for resource in names.world.resources.iter().filter(|r| r.kind.tells == Tells::Kms(Kms::Grant) && !r.gone)
    {
        let block = names.world.block(resource);
        let Some(key) = names.wanted(resource, "key_id", Want::Key) else { continue };
        let grantee = names.wanted(resource, "grantee_principal", Want::Role);
        let Some(grantee) = grantee.filter(|_| !is_open(&key)) else { continue };
        let arn = names.key_named(resource, &key);
        let operations = block.known("operations").map_or(&[][..], Node::elements);
        let grant = Grant {
            id: block.text("grant_id").map(|id| id.value.to_owned()),
            grantee: grantee.value,
            operations: operations.iter().filter_map(|o| Some(o.as_str()?.to_owned())).collect(),
            constraints: block
                .block("constraints")
                .and_then(|inner| constraint(names, resource, &inner))
                .into_iter()
                .collect(),
            key: Some(arn.value.clone()),
            span: resource.values.span,
            pointer: resource.pointer.clone(),
        };
        by_key.entry(arn.value.to_string()).or_insert((arn, Vec::new())).1.push(grant);
    }
    for (arn, grants) in by_key.into_values() {
        intake.key(&arn, |_| ());
        intake.key_grants(&arn, arn.span, grants);
    }
}

fn constraint<'s>(
    names: &Names<'_, 's>,
    resource: &Resource<'s>,
    block: &Block<'_, 's>,
) -> Option<Constraint> {
    let pairs = |name: &str| -> Option<BTreeMap<String, String>> {
        let mut out = BTreeMap::new();
        let open = block.unknown.and_then(|unknown| unknown.get(name));
        let hole = |pair: &str, at: Span| {
            let path = format!("{}.constraints.{name}.{pair}", resource.address.value);
            names.hole(&path, AFTER_APPLY, at)
        };
        for pair in block.known(name).into_iter().flat_map(Node::members) {
            out.extend(
                pair.value.as_str().map(|text| (pair.key.value.clone().into_owned(), text.to_owned())),
            );
        }
        for pair in open.into_iter().flat_map(Node::members).filter(|pair| pair.value.as_bool() == Some(true))
        {
            let value = hole(&pair.key.value, pair.value.span);
            out.insert(pair.key.value.clone().into_owned(), value);
        }
        // A pair that is not known is none a request has: better no grant than one without its constraint.
        if let Some(open) = open.filter(|open| open.as_bool() == Some(true)) {
            out.insert(hole("key", open.span), hole("value", open.span));
        }
        (!out.is_empty()).then_some(out)
    };
    let equals = pairs("encryption_context_equals").map(Constraint::Equals);
    equals.or_else(|| pairs("encryption_context_subset").map(Constraint::Subset))
}
