//! Context keys that describe the caller, the network and the accounts: shared by every question (R46).

use std::sync::Arc;

use super::credentials;
use crate::estate::{Endpoint, Estate, Known, Role, Tags};
use crate::eval::{
    Caller, CallerKind, Choice, Circumstances, Context, ContextValue, Given, Network, OpenKey, Rest,
    SessionName,
};
use crate::logic::{FactId, Unknown, UnknownKind};
use crate::name::keys::{self, Relation};
use crate::name::{ConditionKey, Wild, symbol};
use crate::service::{not_told, open, organization, organization_keys, tags_family};

/// Who asks, and what the estate knows of them.
pub(crate) struct Who<'w> {
    pub(crate) estate: &'w Estate,
    pub(crate) caller: &'w Caller,
    /// The role behind the session.
    pub(crate) role: Option<&'w Role>,
    /// The caller's own tags.
    pub(crate) tags: &'w Known<Tags>,
    pub(crate) session_tags: &'w Known<Tags>,
    pub(crate) strict: bool,
    /// Another service makes the request with the caller's permissions.
    pub(crate) is_forwarded: bool,
}

/// The keys of the caller, the same in both requests of a read (R2).
pub(crate) fn principal(c: &mut Context, who: &Who<'_>) {
    let caller = who.caller;
    for (key, slot) in caller.keys() {
        c.set(key, slot);
    }
    c.set("aws:userid", user_id(caller));
    c.set("aws:AssumedRoot", ContextValue::Absent);
    principal_tags(c, who);
    let account = || FactId::PrincipalAccount((*caller.name).into());
    organization_keys(
        c,
        &organization(who.estate, caller.account),
        caller.account,
        &account,
        ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"],
    );
    if caller.unnamed {
        unnamed(c, caller);
    }
    for key in ["aws:CurrentTime", "aws:EpochTime"] {
        c.set(key, open(false, "it is the time of the request"));
    }
    credentials::add(c, who);
}

/// The keys of somebody of whom only the account is known, if that.
fn unnamed(c: &mut Context, caller: &Caller) {
    const WHO: &str = "it depends on who of them asks";
    let because = Unknown::new(UnknownKind::ContextKey, "", WHO);
    // Accounts and organizations that anybody names are principals of their own: this is another one.
    let elsewhere = elsewhere();
    let account = caller.account.map_or_else(|| elsewhere.clone(), |account| account.to_string());
    let like = Wild::glob(&format!("arn:{}:iam::{account}:*", caller.partition), false);
    c.set("aws:PrincipalArn", ContextValue::Open(OpenKey::matching(like, because.clone())));
    let kinds = ["AssumedRole", "User"].map(Some);
    c.set("aws:PrincipalType", ContextValue::Open(OpenKey::one_of(kinds, because)));
    c.set("aws:username", open(true, WHO));
    c.set("aws:userid", open(false, WHO));
    c.set_family("aws:PrincipalTag/", open(true, WHO));
    if caller.account.is_some() {
        return;
    }
    c.symbols = true;
    c.set("aws:PrincipalAccount", ContextValue::one(elsewhere));
    let (id, paths) = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths");
    if let Some(organization) = &caller.organization {
        let below = Wild::starting(&format!("{organization}/"));
        let because = Unknown::new(UnknownKind::ContextKey, "", WHO);
        c.set(id, ContextValue::one(&**organization));
        c.set(paths, ContextValue::Open(OpenKey::matching(below, because)));
        return;
    }
    let perhaps = |chosen: ContextValue| {
        let choice = Unknown::new(
            UnknownKind::ContextKey,
            "accounts that are in no organization",
            "the account may be in another organization, or in none",
        );
        ContextValue::Choice(Arc::new(Choice { choice, chosen, otherwise: ContextValue::Absent }))
    };
    let other = symbol::identity("another organization");
    c.set(id, perhaps(ContextValue::one(other.as_str())));
    c.set(paths, perhaps(ContextValue::many([format!("{other}/{}/", symbol::identity("root"))])));
}

/// An account that nobody named.
pub(crate) fn elsewhere() -> String {
    symbol::identity("another account")
}

/// The value of aws:userid.
pub(crate) fn user_id(caller: &Caller) -> ContextValue {
    match (&caller.id, &caller.session) {
        (Some(id), _) if caller.kind == CallerKind::User => ContextValue::one(&**id),
        (Some(id), SessionName::Known(session)) => ContextValue::one(format!("{id}:{session}")),
        (Some(id), SessionName::Unknown | SessionName::ChosenIn(_)) => {
            ContextValue::Prefix(session_name(caller.session.request()).below(format!("{id}:")))
        }
        (None, _) => {
            not_told(false, FactId::PrincipalId((*caller.name).into()), "the caller's unique id is not known")
        }
    }
}

/// The session's name, where nobody told it.
fn session_name(request: &'static str) -> Arc<Rest> {
    Arc::new(Rest {
        key: ConditionKey::new("sts:RoleSessionName"),
        like: Arc::new(Wild::glob("?*", false)),
        request,
        because: Unknown::new(
            UnknownKind::ContextKey,
            "sts:RoleSessionName",
            "the session's name is chosen when the role is assumed",
        ),
    })
}

fn principal_tags(c: &mut Context, who: &Who<'_>) {
    let session = who.session_tags;
    let family = match (who.tags, session) {
        (Known::Provided(_), Known::NotProvided) if who.strict => {
            not_told(true, FactId::SessionTags, "session tags may override the role's tags")
        }
        (tags, _) => {
            let fact = || FactId::PrincipalTags((*who.caller.name).into());
            tags_family(c, "aws:PrincipalTag/", tags, fact, "the tags of the caller are not known")
        }
    };
    if let Known::Provided(tags) = session {
        for (key, value) in tags {
            c.set(format!("aws:PrincipalTag/{key}"), ContextValue::one(value.as_str()));
        }
    }
    c.set_family("aws:PrincipalTag/", family);
}

/// Keys that every request through a VPC endpoint has, and no other.
pub(crate) fn through_endpoint() -> impl Iterator<Item = &'static str> {
    keys::endpoint().filter(|key| key.relation == Relation::Endpoint).map(|key| key.name)
}

/// All keys that no request from a public address has.
pub(crate) fn endpoint_keys() -> impl Iterator<Item = &'static str> {
    keys::endpoint().map(|key| key.name)
}

/// Where the request comes from.
pub(crate) fn network(c: &mut Context, estate: &Estate, network: &Network, endpoint: Option<&Endpoint>) {
    let vpc = network.vpc.as_deref().or_else(|| endpoint.and_then(|e| e.vpc.as_deref()));
    let inside = |told: Option<&str>, why: &'static str| match told {
        Some(value) => or_created(value, estate),
        None => open(false, why),
    };
    if network.through_endpoint() {
        c.set("aws:SourceIp", ContextValue::Absent);
        c.set(
            "aws:SourceVpce",
            inside(network.endpoint.as_deref(), "which endpoint the request passes is not known"),
        );
        c.set("aws:SourceVpc", inside(vpc, "which VPC the request comes from is not known"));
        c.set("aws:VpcSourceIp", inside(network.private_ip.as_deref(), "the private address is not known"));
        c.set("aws:SourceVpcArn", open(true, "the VPC's ARN is not known"));
        let account = endpoint.and_then(|e| e.account);
        match account {
            Some(account) => c.set("aws:VpceAccount", ContextValue::one(account.to_string())),
            None => c.set(
                "aws:VpceAccount",
                not_told(true, FactId::EndpointAccount, "the endpoint's account is not known"),
            ),
        }
        organization_keys(
            c,
            &organization(estate, account),
            account,
            &|| FactId::EndpointAccount,
            ["aws:VpceOrgID", "aws:VpceOrgPaths"],
        );
    } else if let Some(address) = &network.source_ip {
        c.set("aws:SourceIp", ContextValue::one(address.as_str()));
        for key in endpoint_keys() {
            c.set(key, ContextValue::Absent);
        }
    } else {
        c.set(
            "aws:SourceIp",
            open(true, "where the request comes from is not known; it is absent behind a VPC endpoint"),
        );
        for key in endpoint_keys() {
            c.set(
                key,
                open(
                    true,
                    "where the request comes from is not known; only requests through a VPC endpoint have it",
                ),
            );
        }
    }
}

/// The id of an endpoint or VPC as AWS gave it: it may be one that a template or plan of the input creates, where the id
/// stands for itself.
fn or_created(id: &str, estate: &Estate) -> ContextValue {
    created(id, estate).into_iter().rev().fold(ContextValue::one(id), |otherwise, created| {
        let choice = Unknown::new(
            UnknownKind::NotSupplied,
            format!("{id} is {created}"),
            format!("the input creates {created}, whose id is not known before"),
        );
        ContextValue::Choice(Arc::new(Choice { choice, chosen: ContextValue::one(created), otherwise }))
    })
}

/// Ids of endpoints and VPCs that the input creates, and that an id which it does not hold may be.
pub(crate) fn created<'e>(id: &str, estate: &'e Estate) -> Vec<&'e str> {
    let ids = estate.endpoints.iter().flat_map(|e| std::iter::once(e.id.as_str()).chain(e.vpc.as_deref()));
    let known: Vec<&str> = ids.collect();
    if symbol::is_in(id) || known.contains(&id) {
        return Vec::new();
    }
    let is_alike = |other: &&str| {
        let kind = |text: &str| text.split_once('-').map(|(kind, _)| kind.to_owned());
        symbol::is_in(other) && kind(other) == kind(id)
    };
    let mut found: Vec<&str> = known.into_iter().filter(is_alike).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Keys given by hand win over everything derived.
pub(crate) fn given(c: &mut Context, circumstances: &Circumstances, applies: &dyn Fn(&str) -> bool) {
    for (key, value) in &circumstances.context {
        if !applies(key.folded()) {
            continue;
        }
        let slot = match value {
            Given::Absent => ContextValue::Absent,
            Given::Values(values) if values.len() == 1 && !key.is_multivalued() => {
                ContextValue::one(values.first().map_or("", String::as_str))
            }
            Given::Values(values) => ContextValue::many(values.iter().map(String::as_str)),
        };
        c.set(key.as_str(), slot);
    }
}

/// What follows for keys that nobody told from keys that were given by hand (R46).
pub(crate) fn follow(c: &mut Context) {
    pair(c, "aws:MultiFactorAuthPresent", ("true", "false"), "aws:MultiFactorAuthAge");
    pair(c, "s3:authType", ("REST-QUERY-STRING", "REST-HEADER"), "s3:signatureAge");
}

/// Whether other keys follow from a key, or it follows from them ([`follow`], [`follow_network`]).
pub(crate) fn is_followed(key: &ConditionKey) -> bool {
    let paired = ["aws:multifactorauthpresent", "aws:multifactorauthage", "s3:authtype", "s3:signatureage"];
    paired.contains(&key.folded()) || key.facts().is_some_and(|facts| facts.subject == keys::Subject::Network)
}

/// A key that is there exactly where another one has a certain value.
fn pair(c: &mut Context, key: &'static str, (with, without): (&str, &str), detail: &'static str) {
    let slot = |c: &Context, name: &str| c.get(&ConditionKey::new(name)).clone();
    match (slot(c, key), slot(c, detail)) {
        (ContextValue::Known { items, .. }, ContextValue::Open(open)) => {
            let has_it = items.iter().any(|i| i.eq_ignore_ascii_case(with));
            let there = ContextValue::Open(open.always_there());
            c.set(detail, if has_it { there } else { ContextValue::Absent });
        }
        (ContextValue::Open(_), ContextValue::Known { .. }) => c.set(key, ContextValue::one(with)),
        // Some requests have neither of the two.
        (ContextValue::Open(open), ContextValue::Absent) if open.domain.may_be_absent => {
            c.set(key, ContextValue::Open(OpenKey::one_of([None, Some(without)], open.because)));
        }
        (ContextValue::Open(_), ContextValue::Absent) => c.set(key, ContextValue::one(without)),
        (_, _) => {}
    }
}

/// A request that lacks one key of a VPC endpoint lacks all of them, and one without an address passes one.
pub(crate) fn follow_network(c: &mut Context) {
    const ADDRESS: &str = "aws:SourceIp";
    let slot = |c: &Context, name: &str| c.get(&ConditionKey::new(name)).clone();
    let lacks = through_endpoint().any(|key| matches!(slot(c, key), ContextValue::Absent));
    match slot(c, ADDRESS) {
        ContextValue::Open(open) if lacks => {
            c.set(ADDRESS, ContextValue::Open(open.always_there()));
            for key in endpoint_keys() {
                if matches!(slot(c, key), ContextValue::Open(_)) {
                    c.set(key, ContextValue::Absent);
                }
            }
        }
        ContextValue::Absent if !lacks => {
            for key in through_endpoint() {
                if let ContextValue::Open(open) = slot(c, key) {
                    c.set(key, ContextValue::Open(open.always_there()));
                }
            }
        }
        ContextValue::Known { .. }
        | ContextValue::Prefix(_)
        | ContextValue::Absent
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_)
        | ContextValue::Open(_) => {}
    }
}
