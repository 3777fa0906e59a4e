//! Policy documents alone. What they are attached to is told elsewhere: by the manifest table that names the
//! file, or by a `[[bind]]`.

use super::{InputDocument, Intake, Loader, Recognition, Syntax};
use crate::json::Node;
use crate::policy::{PolicyKind, guess_kind};

pub(super) static LOADER: Loader = Loader {
    name: "policy",
    summary: "policy documents: JSON objects with `Statement`",
    page: "docs/manifest.md",
    recognise: claims,
    read: |input, intake| {
        intake.complain(input);
        intake.wait(input, attach);
    },
    ..Loader::PLAIN
};

fn claims(input: &InputDocument<'_>) -> Recognition {
    let is_policy = input.syntax == Syntax::Json && input.has("Statement");
    if is_policy { Recognition::Sure } else { Recognition::No }
}

/// Gives the document to its owner, or says what is missing.
fn attach(input: &InputDocument<'_>, intake: &mut Intake) {
    let owner = intake.owner_of(input.source);
    let target = owner
        .target
        .as_ref()
        .map(|target| target.value.clone())
        .or(owner.account.map(|account| account.value.to_string()));
    let kind = owner.kind.map(|kind| kind.value).unwrap_or_else(|| {
        kind_for(
            input.root(),
            owner.bucket.is_some(),
            owner.key.is_some(),
            owner.role.is_some(),
            target.is_some(),
            owner.secret.is_some() || owner.queue.is_some(),
        )
    });
    let Some(policy) = intake.policy(input.root(), kind, "") else { return };
    intake.read_as(input.source, kind.describe());
    let said = match kind {
        PolicyKind::Bucket => owner.bucket.map(|bucket| {
            if let Some(account) = owner.account {
                intake.bucket_account(&bucket.value, account);
            }
            intake.bucket_policy(&bucket.value, policy.span, Some(policy));
            bucket.value
        }),
        PolicyKind::Key => owner.key.map(|key| {
            intake.key_policy(&key, policy.span, policy);
            key.value.to_string()
        }),
        PolicyKind::Trust => owner.role.map(|role| {
            intake.role_trust(&role, policy.span, policy);
            role.value.to_string()
        }),
        PolicyKind::Boundary => owner.role.map(|role| {
            intake.role_boundary(&role, policy.span, Some(policy));
            role.value.to_string()
        }),
        PolicyKind::Identity => owner.role.map(|role| {
            let name = role.value.to_string();
            intake.gives(&role, policy);
            name
        }),
        PolicyKind::Scp | PolicyKind::Rcp => {
            target.inspect(|target| intake.attaches_at(target, kind, policy))
        }
        PolicyKind::Resource => owner.secret.or(owner.queue).map(|store| {
            intake.store_policy(&store, policy.span, Some(policy));
            store.value.to_string()
        }),
        PolicyKind::Session | PolicyKind::AccessPoint | PolicyKind::Endpoint | PolicyKind::Permissions => {
            None
        }
    };
    match said {
        Some(owner) => {
            intake.contributes(input.source, kind.describe(), format!("{} of {owner}", kind.describe()))
        }
        None => intake.misses(input.source, missing(kind)),
    }
}

/// The type of a policy whose owner is known, else as far as its content tells.
fn kind_for(
    document: &Node<'_>,
    bucket: bool,
    key: bool,
    role: bool,
    target: bool,
    store: bool,
) -> PolicyKind {
    let guess = guess_kind(document);
    if store {
        PolicyKind::Resource
    } else if bucket {
        PolicyKind::Bucket
    } else if key {
        PolicyKind::Key
    } else if role {
        if guess == PolicyKind::Permissions { PolicyKind::Identity } else { PolicyKind::Trust }
    } else if target {
        if guess == PolicyKind::Permissions { PolicyKind::Scp } else { PolicyKind::Rcp }
    } else {
        guess
    }
}

fn missing(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Bucket => {
            "which bucket it belongs to: add [[bind]] with bucket = \"…\", or name it in a [[bucket]] table"
        }
        PolicyKind::Key => {
            "which key it belongs to: add [[bind]] with key = \"arn:…\", or name it in a [[key]] table"
        }
        PolicyKind::Trust | PolicyKind::Boundary | PolicyKind::Identity => {
            "which role it belongs to: add [[bind]] with role = \"arn:…\", or name it in a [[role]] table"
        }
        PolicyKind::Scp | PolicyKind::Rcp => {
            "where it is attached: add [[bind]] with target = \"…\", or name it in an [[organization.target]] table"
        }
        PolicyKind::Endpoint => "which endpoint it belongs to: name it in an [[endpoint]] table",
        PolicyKind::AccessPoint => "which access point it belongs to: name it in an [[access_point]] table",
        PolicyKind::Session => "who passes it: name it as a session policy of an [[expect]] row",
        PolicyKind::Resource => {
            "what it is attached to: add [[bind]] with bucket, key, secret, queue or target (an RCP), or name it in a table"
        }
        PolicyKind::Permissions => {
            "what it is: an identity policy, a boundary, a session policy or an SCP look alike; add [[bind]] with role or target, and kind, or name it in a table"
        }
    }
}
