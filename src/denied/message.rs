//! The grammar of messages, read leniently: line breaks, quotes and what stands around them vary (R135).
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>,
//! <https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns/>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>

use crate::eval::Gate;
use crate::work;

use super::refusal::{Obstacle, Reason, Refusal};
use super::setups::{self, SetupStep};
use super::{around, codes, text};

/// How AWS calls the types of policies, the longer name first where one begins with another.
const TYPES: &[(&str, Gate)] = &[
    ("identity-based polic", Gate::Identity),
    ("identity policy", Gate::Identity),
    ("resource-based polic", Gate::Resource),
    ("permissions boundar", Gate::Boundary),
    ("permission boundar", Gate::Boundary),
    ("session polic", Gate::Session),
    ("service control polic", Gate::Scp),
    ("resource control polic", Gate::Rcp),
    ("vpc endpoint polic", Gate::Endpoint),
    ("role trust polic", Gate::Resource),
    ("trust polic", Gate::Resource),
];

/// Every refusal of a text, in its order. Causes of a stack trace that repeat their message count once.
pub(super) fn read_all(text: &str) -> Vec<Refusal> {
    let text = text::plain(text);
    let parts = text::parts(&text);
    let mut found: Vec<Refusal> = Vec::new();
    if parts.len() > 1 {
        for (part, is_cause) in parts {
            let Some(refusal) = read_plain(part) else { continue };
            match found.last_mut() {
                // What a client says first, AWS says in full behind it.
                Some(last)
                    if (is_cause || (last.principal.is_none() && last.reason == Reason::NotSaid))
                        && is_the_same(last, &refusal) =>
                {
                    join(last, refusal);
                }
                Some(_) | None => found.push(refusal),
            }
        }
    }
    if found.is_empty() { read_plain(&text).into_iter().collect() } else { found }
}

/// Whether a cause says of a refusal what was said already, or less.
fn is_the_same(last: &Refusal, cause: &Refusal) -> bool {
    let fits = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    let vague = |refusal: &Refusal| matches!(refusal.reason, Reason::Bare | Reason::NotSaid);
    (last.reason == cause.reason || vague(last) || vague(cause))
        && (last.action == cause.action || vague(last) || vague(cause))
        && fits(&last.resource, &cause.resource)
        && fits(&last.principal, &cause.principal)
}

/// Of two voices on one refusal, what either tells; the one that names its reason speaks.
fn join(last: &mut Refusal, cause: Refusal) {
    let mut first = std::mem::replace(last, cause);
    if matches!(last.reason, Reason::Bare | Reason::NotSaid) && !matches!(first.reason, Reason::Bare) {
        std::mem::swap(last, &mut first);
    }
    last.object = last.object.take().or(first.object);
    last.key = last.key.take().or(first.key);
    last.resource = last.resource.take().or(first.resource);
    last.request.operation = last.request.operation.take().or(first.request.operation);
    last.request.kind = last.request.kind.or(first.request.kind);
    last.request.service = last.request.service.take().or(first.request.service);
}

/// The refusal that a text tells of; `None` where it tells of none.
pub(super) fn read(text: &str) -> Option<Refusal> {
    read_plain(&text::plain(text))
}

fn read_plain(text: &str) -> Option<Refusal> {
    work::did(text.len());
    let folded = text.to_lowercase();
    let mut refusal = named(text).or_else(|| set_up(&folded)).or_else(|| unnamed(&folded))?;
    around::fill(&mut refusal, text, &folded);
    Some(refusal)
}

const PERFORM: &str = "ot authorized to perform";

/// `User: … is not authorized to perform: … on resource: … <reason>`
fn named(text: &str) -> Option<Refusal> {
    // EC2 writes “You are not authorized to perform this operation.” in front of it.
    let (at, action) = text.match_indices(PERFORM).find_map(|(at, words)| {
        let after = text.get(at + words.len()..)?.trim_start_matches([':', ' ']);
        let action = bare(after.split([' ', '(']).next()?).trim_end_matches(['.', ';']);
        let is_action = action.split_once(':').is_some_and(|(prefix, name)| {
            let is_word =
                |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            is_word(prefix) && (is_word(name) || name == "*")
        });
        is_action.then_some((at, action))
    })?;
    let before = text.get(..at)?.trim_end_matches(['n', 'N']);
    let after = text.get(at + PERFORM.len()..)?.trim_start_matches([':', ' ']);
    let rest = after.split_once(action).map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches(['"', '\'', ',', '`', ' ']);
    let (resource, tail) = resource(rest);
    let (reason, policy) = reason(tail);
    Some(Refusal {
        principal: principal(before),
        action: Some(action.to_owned()),
        resource: resource.map(str::to_owned).filter(|resource| !resource.is_empty()),
        reason,
        policy,
        ..Refusal::default()
    })
}

/// The last word in front of `is not authorized`; none where the message begins there.
fn principal(before: &str) -> Option<String> {
    let before = before.trim_end();
    let before = before.strip_suffix(" is").or_else(|| before.strip_suffix(" are"))?;
    let after_caller = before.rsplit_once("User: ").map_or(before, |(_, who)| who);
    let word = bare(after_caller.rsplit(' ').next().unwrap_or(after_caller));
    let is_pronoun = ["You", "User", "Role", "Caller", "principal"].contains(&word);
    (!word.is_empty() && !is_pronoun).then(|| word.to_owned())
}

/// The resource and what follows it. Keys may hold blanks and quotes: S3 quotes them, and where it did not, the
/// resource ends where the reason begins.
fn resource(rest: &str) -> (Option<&str>, &str) {
    let Some(behind) = rest.strip_prefix("on resource:").or_else(|| rest.strip_prefix("on resource ")) else {
        return (None, rest);
    };
    let behind = behind.trim_start();
    let begins = REASONS.iter().filter_map(|words| behind.find(words)).min();
    let (resource, tail) = begins.and_then(|at| behind.split_at_checked(at)).unwrap_or_else(|| match behind
        .strip_prefix('"')
        .and_then(|quoted| quoted.find('"'))
    {
        Some(end) => behind.split_at_checked(end + 2).unwrap_or((behind, "")),
        None => behind.split_once(' ').unwrap_or((behind, "")),
    });
    let quoted = resource.starts_with('"');
    let resource = bare(resource.trim());
    (Some(if quoted { resource } else { resource.trim_end_matches(['.', ';', ')', '<']) }), tail)
}

/// What a reason begins with.
const REASONS: &[&str] = &["\" because ", "\" with an explicit deny", " because ", " with an explicit deny"];

fn reason(tail: &str) -> (Reason, Option<String>) {
    let folded = tail.to_lowercase();
    // Form (c) speaks of an explicit deny among other things it does not tell apart.
    if folded.contains("resource does not exist in this region")
        || folded.contains("no resource-based policies allow access")
    {
        return (Reason::KeyOutOfSight, None);
    }
    if folded.contains("block public access") {
        return (Reason::PublicAccessBlock(codes::setting(&folded)), None);
    }
    if folded.contains(codes::BLOCKED_UPLOAD) {
        return (Reason::Other(Obstacle::CustomerKeyBlocked), None);
    }
    if let Some((_, deny)) = folded.split_once("explicit deny") {
        let named = deny.trim_start_matches(" in").trim_start();
        let named = ["an ", "a ", "the "].iter().find_map(|article| named.strip_prefix(article));
        let Some((gate, behind)) = named.and_then(kind) else { return (Reason::Explicit(None), None) };
        // Lower case may be of another length: the policy is looked for from the end.
        let policy = tail.len().checked_sub(behind.len()).and_then(|at| tail.get(at..)).and_then(policy);
        return (Reason::Explicit(Some(gate)), policy);
    }
    match folded.split_once("because no ").and_then(|(_, missing)| kind(missing)) {
        Some((gate, _)) => (Reason::Missing(gate), None),
        None => (Reason::NotSaid, None),
    }
}

/// The type of a policy, and what stands behind its name.
fn kind(text: &str) -> Option<(Gate, &str)> {
    let (gate, rest) = TYPES.iter().find_map(|(name, gate)| Some((*gate, text.strip_prefix(name)?)))?;
    Some((gate, rest.trim_start_matches(|c: char| c.is_ascii_alphabetic())))
}

/// The policy that refused, which some messages name behind its type: `: arn:…`, `, with policy ARN: "arn:…"`.
fn policy(behind: &str) -> Option<String> {
    let at = behind.find("arn:").filter(|at| *at <= 24)?;
    let rest = behind.get(at..)?;
    let arn = rest.split([' ', ',', '"', '\'', '<']).next().unwrap_or(rest);
    let arn = arn.trim_end_matches(['.', ')', ';', ':']);
    arn.contains(":policy/").then(|| arn.to_owned())
}

/// Sentences of services about their role, bucket or key.
fn set_up(folded: &str) -> Option<Refusal> {
    let setup = setups::find(folded)?;
    let action = match setup.step {
        SetupStep::Role | SetupStep::Itself => Some("sts:AssumeRole"),
        SetupStep::Key(action) | SetupStep::Caller(action) => Some(action),
        SetupStep::Delivery | SetupStep::Unasked => None,
    };
    let mut refusal =
        Refusal { reason: Reason::Setup(setup), action: action.map(str::to_owned), ..Refusal::default() };
    refusal.request.service = Some(setup.service.to_owned());
    Some(refusal)
}

/// Messages that name neither caller nor action.
fn unnamed(folded: &str) -> Option<Refusal> {
    let of = |reason| Some(Refusal { reason, ..Refusal::default() });
    let by_kms = |reason| {
        let mut refusal = Refusal { reason, ..Refusal::default() };
        refusal.request.by_kms = true;
        Some(refusal)
    };
    // The provider is looked for before the trust policy is asked.
    if folded.contains("no openidconnect provider found") {
        return of(Reason::Other(Obstacle::Token));
    }
    // A service, or a client, that could not assume a role.
    let assumes = [
        "cannot be assumed",
        "unable to assume",
        "could not assume",
        "cannot assume",
        "permissions to assume the associated",
        "could not be used to assume",
        "failed to assume",
    ];
    if assumes.iter().any(|words| folded.contains(words)) && folded.contains("role") {
        return Some(Refusal { action: Some("sts:AssumeRole".to_owned()), ..Refusal::default() });
    }
    if folded.contains("lake formation permission") {
        return of(Reason::LakeFormation);
    }
    if folded.contains("permissions to the requested s3 prefix") {
        return of(Reason::NoAccessGrant);
    }
    if folded.contains("customer master key that does not exist")
        || folded.contains("ciphertext refers to a")
        || folded.contains("encrypted with an inaccessible aws kms key")
    {
        return by_kms(Reason::KeyOutOfSight);
    }
    if let Some(obstacle) = codes::obstacle(folded) {
        return match obstacle {
            Obstacle::KeyDisabled
            | Obstacle::KeyState
            | Obstacle::KeyNotFound
            | Obstacle::KeyType
            | Obstacle::OriginIdentity => by_kms(Reason::Other(obstacle)),
            Obstacle::Archived
            | Obstacle::ObjectLocked
            | Obstacle::Signature
            | Obstacle::CustomerKey
            | Obstacle::CustomerKeyBlocked
            | Obstacle::Region
            | Obstacle::Expired
            | Obstacle::Credentials
            | Obstacle::Token
            | Obstacle::Encoded
            | Obstacle::Policy => of(Reason::Other(obstacle)),
        };
    }
    let kms = [
        "kms_key_access_denied",
        "access to kms is not allowed",
        "kms.accessdenied",
        "kmsaccessdenied",
        "customerkeyhasbeenrevoked",
    ];
    if kms.iter().any(|words| folded.contains(words)) {
        return by_kms(Reason::NotSaid);
    }
    if folded.contains("block public access") && codes::is_bare(folded) {
        return of(Reason::PublicAccessBlock(codes::setting(folded)));
    }
    codes::is_bare(folded).then(|| Refusal { reason: Reason::Bare, ..Refusal::default() })
}

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', ',', '`'])
}

#[cfg(test)]
mod tests;
