//! A resource that a statement does not cover.

use super::compare::{self, ComparedPart};
use super::view::View;
use super::{Miss, MissedElement, Repair, listed};
use crate::diagnostic::{Cause, Class};
use crate::name::{Arn, Lookup, Match, ResourcePattern, Syntax, Wild};
use crate::policy::Scope;
use crate::source::Spanned;

pub(super) fn miss(scope: &Scope<ResourcePattern>, view: &View<'_>) -> Option<Miss> {
    let asked = &*view.resource;
    let texts: Vec<String> = scope.listed().iter().map(|p| p.value.as_str().to_owned()).collect();
    let put = |at: &Spanned<ResourcePattern>, cause, why: String, repair: Option<String>| Miss {
        element: MissedElement::Resource,
        key: None,
        operator: None,
        written: texts.clone(),
        request: Some(vec![asked.to_owned()]),
        cause,
        at: at.span,
        why,
        repair: repair.map(Repair::Value),
    };
    if scope.is_negated() {
        let excluding =
            scope.listed().iter().find(|p| covers(p.value.as_str(), asked)).or(scope.listed().first())?;
        let why =
            format!("its NotResource leaves out {}, and the request is on {asked}", excluding.value.as_str());
        return Some(put(excluding, Some(Cause::NotResource), why, None));
    }
    let slips =
        scope.listed().iter().filter_map(|pattern| Some((pattern, slip(pattern.value.as_str(), view)?)));
    let rank =
        |slip: &Slip| (slip.cause.class() != Class::Mistake, slip.cause == Cause::ResourceOfAnotherService);
    if let Some((pattern, slip)) = slips.min_by_key(|(_, slip)| rank(slip)) {
        return Some(put(pattern, Some(slip.cause), slip.why, slip.repair));
    }
    // The entry that begins most like the resource stands for the list.
    let alike = |p: &&Spanned<ResourcePattern>| {
        p.value.as_str().bytes().zip(asked.bytes()).take_while(|(a, b)| a == b).count()
    };
    let pattern = scope.listed().iter().max_by_key(alike)?;
    let why = format!("it is about {}, and the request is on {asked}", listed(&texts));
    Some(put(pattern, None, why, None))
}

struct Slip {
    cause: Cause,
    why: String,
    repair: Option<String>,
}

/// Whether a text, taken for an entry of `Resource`, covers the resource.
fn covers(text: &str, asked: &str) -> bool {
    let pattern = ResourcePattern::new(text, Syntax { variables: false, completes: false });
    pattern.matches(asked, &|_| Lookup::Unknown) == Match::Yes
}

fn slip(written: &str, view: &View<'_>) -> Option<Slip> {
    let asked = &*view.resource;
    let of = |cause, why: String, repair: String| Some(Slip { cause, why, repair: Some(repair) });
    if compare::in_white_space(written, asked) || covers(written.trim(), asked) {
        let why = format!("white space belongs to its resource “{written}”");
        return of(Cause::WhiteSpace, why, written.trim().to_owned());
    }
    if let Some(behind) = view.behind.as_deref().filter(|behind| covers(written, behind)) {
        let why = format!("its resource {written} names {behind}, and the request is on {asked}");
        return Some(Slip { cause: Cause::BucketForAccessPoint, why, repair: None });
    }
    let asked_arn = asked.parse::<Arn>().ok()?;
    match asked_arn.service() {
        "kms" => key(written, view, &asked_arn),
        "s3" => in_s3(written, asked),
        "iam" => role(written, &asked_arn),
        _ => None,
    }
    .or_else(|| in_a_part(written, asked))
    .or_else(|| another_prefix(written, asked))
    .or_else(|| of_another_service(written, &asked_arn))
}

/// Actions of one service are never asked on resources of another.
fn of_another_service(written: &str, asked: &Arn) -> Option<Slip> {
    let own = written.parse::<Arn>().ok()?;
    let is_plain = !Wild::glob(own.service(), false).has_wildcard();
    (is_plain && own.service() != asked.service()).then(|| Slip {
        cause: Cause::ResourceOfAnotherService,
        why: format!(
            "its resource {written} belongs to {}, and the request is on {}",
            own.service(),
            asked.as_str()
        ),
        repair: None,
    })
}

/// Other objects of the same bucket.
fn another_prefix(written: &str, asked: &str) -> Option<Slip> {
    let (own, _) = written.split_once('/')?;
    let (bucket, _) = asked.split_once('/')?;
    if own != bucket || !own.contains(":s3:::") {
        return None;
    }
    let why = format!("it is about {written}, and the request is on {asked}");
    if let Some(repaired) = prefix_slip(written, asked) {
        let why = format!("{why}: the prefixes are a slip apart");
        return Some(Slip { cause: Cause::NameMisspelt, why, repair: Some(repaired) });
    }
    Some(Slip { cause: Cause::AnotherPrefix, why, repair: None })
}

/// The entry with one piece of its path as the object has it, where that piece is a slip of the pen or empty.
fn prefix_slip(written: &str, asked: &str) -> Option<String> {
    let regular = written.replace(".*", "*");
    let single = written.replace("//", "/");
    if let Some(repaired) = [regular, single].into_iter().find(|text| text != written && covers(text, asked))
    {
        return Some(repaired);
    }
    let (own, meant): (Vec<&str>, Vec<&str>) = (written.split('/').collect(), asked.split('/').collect());
    let at = own.iter().zip(&meant).position(|(own, meant)| own != meant)?;
    let (there, here) = (own.get(at)?, meant.get(at)?);
    let mut repaired = own.clone();
    *repaired.get_mut(at)? = here;
    let repaired = repaired.join("/");
    (compare::misspelt(there, here) && covers(&repaired, asked)).then_some(repaired)
}

/// One part of the ARN is not that of the resource.
fn in_a_part(written: &str, asked: &str) -> Option<Slip> {
    let meant = asked.parse::<Arn>().ok()?;
    let own: Vec<&str> = written.splitn(6, ':').collect();
    let [_, partition, service, region, account, resource] = own.as_slice() else { return None };
    let (asked_partition, asked_account) = (meant.partition(), meant.account_text());
    let with =
        |partition: &str, account: &str| format!("arn:{partition}:{service}:{region}:{account}:{resource}");
    let in_partition = with(asked_partition, account);
    if *partition != asked_partition && covers(&in_partition, asked) {
        return Some(Slip {
            cause: Cause::Partition,
            why: format!("it is about {written}, and the resource is in the partition {asked_partition}"),
            repair: Some(in_partition),
        });
    }
    let in_account = with(partition, asked_account);
    if compare::in_a_digit(account, asked_account) && covers(&in_account, asked) {
        return Some(Slip {
            cause: Cause::AccountDigit,
            why: format!("it is about {written}, and the resource is in the account {asked_account}"),
            repair: Some(in_account),
        });
    }
    if covers(&written.to_ascii_lowercase(), &asked.to_ascii_lowercase()) {
        return Some(Slip {
            cause: Cause::ValueCase,
            why: format!("its resource {written} differs in the case of letters from {asked}"),
            repair: Some(recased(written, asked)),
        });
    }
    None
}

/// What is written, in the letters of what is meant as far as both run side by side.
fn recased(written: &str, asked: &str) -> String {
    let mut meant = asked.chars();
    written
        .chars()
        .map(|c| match meant.next() {
            Some(m) if m.eq_ignore_ascii_case(&c) => m,
            _ => c,
        })
        .collect()
}

fn key(written: &str, view: &View<'_>, asked: &Arn) -> Option<Slip> {
    let resource = asked.as_str();
    let of = |cause, why: String| Some(Slip { cause, why, repair: Some(resource.to_owned()) });
    if written.contains(":alias/") || written.starts_with("alias/") {
        let why = format!("its resource {written} is an alias, and the request is on the key {resource}");
        return of(Cause::AliasArn, why);
    }
    if !written.starts_with("arn:") && asked.resource().ends_with(written.trim_start_matches("key/")) {
        return of(
            Cause::ArnForm,
            format!("its resource {written} is not an ARN; that of the key is {resource}"),
        );
    }
    let own = written.parse::<Arn>().ok()?;
    if own.service() == "kms" && own.partition() == asked.partition() {
        // `key/` without an id, or without a `*` behind it, names no key.
        if matches!(own.resource(), "key" | "key/") && own.account() == asked.account() {
            let why = format!("its resource {written} names no key, and the request is on {resource}");
            return of(Cause::MissingWildcard, why);
        }
        if is_without_form(&own, asked) {
            return of(Cause::ArnForm, format!("its resource {written} is not the ARN of {resource}"));
        }
    }
    if compare::only_part(written, resource) == Some(ComparedPart::Region) {
        let (theirs, ours) = (own.region(), asked.region());
        return if asked.resource().starts_with("key/mrk-") {
            let why = format!(
                "its resource {written} is the replica in {theirs}, and the request is on that in {ours}"
            );
            of(Cause::MultiRegionReplica, why)
        } else {
            of(
                Cause::KeyRegion,
                format!("its resource {written} is a key in {theirs}, and the request is on that in {ours}"),
            )
        };
    }
    if own.service() == "kms"
        && let Some(slip) = elsewhere(written, &own, asked)
    {
        return Some(slip);
    }
    let of_account = compare::only_part(written, resource) == Some(ComparedPart::Account);
    if !of_account && compare::in_case(written, resource) {
        let why = format!("its resource {written} differs in the case of letters from {resource}");
        return of(Cause::ValueCase, why);
    }
    if !of_account && compare::misspelt(written, resource) {
        return of(Cause::NameMisspelt, format!("its resource {written} is a slip away from {resource}"));
    }
    let is_key = own.service() == "kms" && own.resource_of("key").is_some_and(|id| !id.contains(['*', '?']));
    (!of_account && (is_key || view.estate.key(&own).is_some())).then(|| Slip {
        cause: Cause::AnotherKey,
        why: format!("it is about another key, {written}, and the request is on {resource}"),
        repair: None,
    })
}

/// The keys of another Region, or of another account, where the entry covers the id of the key.
fn elsewhere(written: &str, own: &Arn, asked: &Arn) -> Option<Slip> {
    let in_place = |region: &str, account: &str| {
        covers(&format!("arn:{}:kms:{region}:{account}:{}", own.partition(), own.resource()), asked.as_str())
    };
    let (cause, theirs, ours) = if in_place(own.region(), asked.account_text()) {
        if compare::in_a_digit(own.account_text(), asked.account_text()) {
            return None;
        }
        (Cause::AnotherAccount, own.account_text(), asked.account_text())
    } else if in_place(asked.region(), own.account_text()) {
        (Cause::KeyRegion, own.region(), asked.region())
    } else {
        return None;
    };
    let why = format!(
        "its resource {written} is in {theirs}, and the request is on {}, which is in {ours}",
        asked.as_str()
    );
    Some(Slip { cause, why, repair: Some(asked.as_str().to_owned()) })
}

/// The id of the key that is meant, in an ARN that lacks `key/`, the account or the Region.
fn is_without_form(own: &Arn, asked: &Arn) -> bool {
    let id = asked.resource_of("key");
    let start = ["key/", "key:", "keys/"].into_iter().find_map(|start| own.resource().strip_prefix(start));
    if id.is_none() || Some(start.unwrap_or(own.resource())) != id {
        return false;
    }
    let left_out = own.account_text().is_empty() || own.region().is_empty();
    let is_same = |own: &str, asked: &str| own.is_empty() || own == asked;
    is_same(own.account_text(), asked.account_text())
        && is_same(own.region(), asked.region())
        && (left_out || own.resource() != asked.resource())
}

/// A role of the same account whose path is missing, or whose name is a slip away.
fn role(written: &str, asked: &Arn) -> Option<Slip> {
    let meant = asked.as_str();
    let own = written.parse::<Arn>().ok()?;
    let session = own.resource_of("assumed-role").and_then(|session| session.split('/').next());
    if own.account() == asked.account() && session == Some(compare::short_name(asked)) {
        let why = format!("its resource {written} is a session, and the request is on the role {meant}");
        return Some(Slip { cause: Cause::SessionArn, why, repair: Some(meant.to_owned()) });
    }
    if compare::only_part(written, meant) != Some(ComparedPart::Resource)
        || Wild::glob(written, false).has_wildcard()
    {
        return None;
    }
    let (own_name, asked_name) = (compare::short_name(&own), compare::short_name(asked));
    let (cause, why) = if own_name == asked_name && own.resource_of("role").is_none() {
        (Cause::ArnForm, format!("its resource {written} is not the ARN of the role {meant}"))
    } else if own_name == asked_name {
        (Cause::RolePath, format!("its resource is {written}, and the ARN with its path is {meant}"))
    } else if compare::misspelt(own_name, asked_name) {
        (Cause::NameMisspelt, format!("its resource {written} is a slip away from {meant}"))
    } else {
        return None;
    };
    Some(Slip { cause, why, repair: Some(meant.to_owned()) })
}

fn in_s3(written: &str, asked: &str) -> Option<Slip> {
    let (bucket, key) = match asked.split_once('/') {
        Some((bucket, key)) => (bucket, Some(key)),
        None => (asked, None),
    };
    let of = |cause, why: String, repair: String| Some(Slip { cause, why, repair: Some(repair) });
    match key {
        Some(_) if !written.contains('/') && covers(written, bucket) => {
            let why =
                format!("its resource {written} is the bucket, and the request is on the object {asked}");
            return of(Cause::BucketForObjects, why, format!("{written}/*"));
        }
        None => {
            if let Some((own, objects)) = written.split_once('/').filter(|(own, _)| covers(own, bucket)) {
                // To name the bucket instead of some objects would let all of it be listed.
                let repair = (objects == "*").then(|| own.to_owned());
                let why = format!(
                    "its resource {written} is about objects, and the request is on the bucket {asked}"
                );
                return Some(Slip { cause: Cause::ObjectsForBucket, why, repair });
            }
        }
        Some(_) => {}
    }
    let plain = Wild::glob(written, false).is_exact();
    let begins = plain && asked.len() > written.len() && asked.starts_with(written);
    let at_a_piece =
        written.ends_with('/') || asked.get(written.len()..).is_some_and(|rest| rest.starts_with('/'));
    if begins && at_a_piece {
        let why =
            format!("its resource {written} is one object and no prefix, and the request is on {asked}");
        return of(Cause::MissingWildcard, why, format!("{}/*", written.trim_end_matches('/')));
    }
    if let Some(repaired) = in_form(written, bucket).into_iter().find(|text| covers(text, asked)) {
        let why = format!("its resource {written} is not the ARN of {asked}");
        return of(Cause::ArnForm, why, repaired);
    }
    let (own_bucket, rest) =
        written.split_once('/').map_or((written, None), |(bucket, rest)| (bucket, Some(rest)));
    let repaired = rest.map_or_else(|| bucket.to_owned(), |rest| format!("{bucket}/{rest}"));
    // Names of buckets have no capital letters.
    if compare::in_case(own_bucket, bucket) && covers(&repaired, asked) {
        let why = format!("its resource {written} differs in the case of letters from {asked}");
        return of(Cause::ValueCase, why, repaired);
    }
    if compare::misspelt(own_bucket, bucket) && covers(&repaired, asked) {
        let why = format!("its resource {written} is a slip away from {asked}");
        return of(Cause::NameMisspelt, why, repaired);
    }
    None
}

/// The ARNs that may be meant by `s3://lake/*`, by `lake/*`, and by an ARN of S3 with too few or too many colons, with a Region
/// or an account, or with a URI or another ARN inside.
fn in_form(written: &str, bucket: &str) -> Vec<String> {
    let Some(start) = bucket.rsplit_once(':').map(|(start, _)| format!("{start}:")) else {
        return Vec::new();
    };
    let with = |rest: &str| format!("{start}{rest}");
    let inside = |rest: &str| {
        let bare = rest.strip_prefix("s3://").or_else(|| rest.strip_prefix(&*start));
        with(bare.unwrap_or_else(|| rest.trim_start_matches('/')))
    };
    if let Some(rest) = written.strip_prefix("s3://") {
        return vec![with(rest)];
    }
    let mut parts = written.splitn(4, ':');
    if parts.next() != Some("arn") {
        return vec![inside(written)];
    }
    let (partition, service, rest) = (parts.next(), parts.next(), parts.next());
    let is_alike =
        partition == start.split(':').nth(1) && service.is_some_and(|own| own.eq_ignore_ascii_case("s3"));
    let Some(rest) = rest.filter(|_| is_alike) else { return Vec::new() };
    // Keys of objects may hold colons, so that none is looked for behind the account.
    let behind_region = rest.split_once(':').map(|(_, rest)| rest);
    let behind_account = behind_region.and_then(|rest| rest.split_once(':')).map(|(_, rest)| rest);
    let pieces = [Some(rest.trim_start_matches(':')), behind_region, behind_account];
    pieces.into_iter().flatten().map(inside).collect()
}
