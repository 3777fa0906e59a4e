//! AWS Config: snapshots, histories, notifications and answers of `aws configservice`.
//!
//! All of them hold configuration items. Of several items about one resource the one captured last counts, wherever
//! it stands, so items are only noted when their file is met, and read when every file was seen. A snapshot is not
//! made into a tree: its elements are found by skimming, and only those of use are parsed.

mod identity;
mod item;
mod network;
mod storage;
mod unwrap;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax, fields};
use crate::json::skim::Indexed;
use crate::json::{self, skim};
use crate::name::Arn;
use crate::source::{SourceId, Span};

use item::Item;

pub(super) static LOADER: Loader = Loader {
    name: "aws_config",
    summary: "AWS Config: snapshots, histories, notifications, `aws configservice` answers",
    page: "docs/inputs/aws-config.md",
    recognise: claims,
    read,
    settle: &[(Stage::Noted, record), (Stage::Asked, storage::settle)],
    many_owners: true,
    ..Loader::PLAIN
};

/// Members that hold a list of items, and what the answer is called.
const LISTS: &[(&str, &str)] = &[
    ("configurationItems", "AWS Config snapshot"),
    ("baseConfigurationItems", "AWS Config batch-get-resource-config"),
    ("BaseConfigurationItems", "AWS Config batch-get-aggregate-resource-config"),
];

/// Items by what they are about, in the order that they are read in.
#[derive(Debug, Default)]
struct Notes {
    items: BTreeMap<Subject, Vec<Capture>>,
    /// What was read, and the files that may have to be asked for more.
    keys: Vec<(Arn, SourceId)>,
    buckets: Vec<(String, SourceId)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    kind: ConfigKind,
    /// Empty where the item does not say it.
    account: String,
    id: String,
}

/// Where an item lies.
#[derive(Clone, Debug)]
struct Capture {
    taken: Option<Timestamp>,
    place: Span,
    /// The file, where the item lies in a string.
    file: SourceId,
    is_deleted: bool,
}

/// The types of resources that matter. Groups stand before users, which name them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ConfigKind {
    Policy,
    Role,
    Group,
    User,
    Key,
    Alias,
    Bucket,
    AccountBlock,
    Endpoint,
}

impl ConfigKind {
    fn parse(written: &str) -> Option<Self> {
        Some(match written {
            "AWS::IAM::Policy" => Self::Policy,
            "AWS::IAM::Role" => Self::Role,
            "AWS::IAM::Group" => Self::Group,
            "AWS::IAM::User" => Self::User,
            "AWS::KMS::Key" => Self::Key,
            "AWS::KMS::Alias" => Self::Alias,
            "AWS::S3::Bucket" => Self::Bucket,
            "AWS::S3::AccountPublicAccessBlock" => Self::AccountBlock,
            "AWS::EC2::VPCEndpoint" => Self::Endpoint,
            _ => return None,
        })
    }
}

fn claims(input: &InputDocument<'_>) -> Recognition {
    if input.syntax != Syntax::Json {
        return Recognition::No;
    }
    let is_list = LISTS.iter().any(|(name, _)| input.has(name));
    if is_list
        || is_item(input)
        || input.has("configurationItem")
        || is_query(input)
        || is_wrapped(input).is_some()
    {
        return Recognition::Sure;
    }
    Recognition::No
}

/// One item alone.
fn is_item(input: &InputDocument<'_>) -> bool {
    input.has("resourceType") && (input.has("configuration") || input.has("configurationItemStatus"))
}

/// The answer of select-resource-config: a list of strings, each an item.
fn is_query(input: &InputDocument<'_>) -> bool {
    let Some(list) = input.member("Results") else { return false };
    let Ok(mut elements) = skim::elements(input.skimmable(), list) else { return false };
    let first = elements.next().and_then(Result::ok).and_then(|at| skim::string(input.text, at));
    match first {
        Some(text) => text.trim_start().starts_with('{'),
        None => input.has("QueryInfo"),
    }
}

/// The member that holds a notification as a string: of an SNS message, or of the event a rule is called with.
fn is_wrapped(input: &InputDocument<'_>) -> Option<Span> {
    ["invokingEvent", "Message"].into_iter().filter_map(|name| input.member(name)).find(|at| {
        let text = input.text.get(at.start as usize..at.end as usize).unwrap_or_default();
        text.starts_with('"') && text.contains("configurationItem")
    })
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    intake.read_as(input.source, "AWS Config item");
    let file = input.source;
    if let Some((list, name)) = LISTS.iter().find_map(|(name, what)| Some((input.member(name)?, what))) {
        intake.read_as(input.source, name);
        note_list(input, list, intake);
    } else if let Some(list) = input.member("Results").filter(|_| is_query(input)) {
        intake.read_as(input.source, "AWS Config query");
        note_list(input, list, intake);
    } else if is_item(input) {
        note(input.skimmable(), input.at, file, intake);
    } else if let Some(item) = input.member("configurationItem") {
        intake.read_as(input.source, "AWS Config notification");
        note(input.skimmable(), item, file, intake);
    } else if let Some(message) = is_wrapped(input) {
        intake.read_as(input.source, "AWS Config notification");
        let parsed = json::parse_at(input.text, message);
        let Some(inner) = parsed.root.and_then(|node| intake.embedding(&node, "notification")) else {
            return;
        };
        let Some(whole) = skim::root(inner.source, &inner.text) else { return };
        if let Some(item) = skim::member(&*inner.text, whole, "configurationItem") {
            note((&*inner.text).into(), item, file, intake);
        }
    }
    for mark in ["nextToken", "NextToken"] {
        if let Some(at) = input.member(mark)
            && skim::string(input.text, at).is_some_and(|token| !token.is_empty())
        {
            fields::warn_of_page(at, intake);
            break;
        }
    }
}

/// Notes the items of a list. What is not even a list that can be skimmed is parsed, so that its mistakes are told.
fn note_list(input: &InputDocument<'_>, list: Span, intake: &mut Intake) {
    let Ok(elements) = skim::elements(input.skimmable(), list) else {
        intake.complain(input);
        if input.syntax_problems().is_empty() {
            let message = "configuration items are a list";
            intake.problems.push(fields::unexpected(list, message));
        }
        return;
    };
    for element in elements {
        let Ok(element) = element else {
            intake.complain(input);
            return;
        };
        // Of queries, each item is a string.
        let Some(text) = skim::string(input.text, element) else {
            note(input.skimmable(), element, input.source, intake);
            continue;
        };
        if !text.contains("AWS::") {
            continue;
        }
        let node = json::parse_at(input.text, element).root;
        let Some(inner) = node.and_then(|node| intake.embedding(&node, "item")) else { continue };
        if let Some(whole) = skim::root(inner.source, &inner.text) {
            note((&*inner.text).into(), whole, input.source, intake);
        }
    }
}

/// Notes one item, when it is of a type that matters.
fn note(text: Indexed<'_>, place: Span, file: SourceId, intake: &mut Intake) {
    let member = |name: &str| skim::member(text, place, name);
    let string = |name: &str| skim::string(text.text, member(name)?);
    let Some(kind) = string("resourceType").and_then(|written| ConfigKind::parse(&written)) else { return };
    let account = string("awsAccountId").or_else(|| string("accountId")).unwrap_or_default();
    // An id alone is not enough: replicas of a key have the same one in each Region.
    let arn = string("ARN").or_else(|| string("arn")).filter(|arn| !arn.is_empty());
    let id = arn.map(Cow::into_owned).unwrap_or_else(|| {
        let part = |name: &str| string(name).unwrap_or_default();
        format!("{} {}", part("awsRegion"), part("resourceId"))
    });
    let taken = member("configurationItemCaptureTime").and_then(|at| {
        let written = text.text.get(at.start as usize..at.end as usize)?;
        instant(written.trim_matches('"'))
    });
    let status = string("configurationItemStatus").unwrap_or_default();
    let is_deleted = matches!(&*status, "ResourceDeleted" | "ResourceDeletedNotRecorded");
    let subject = Subject { kind, account: account.into_owned(), id };
    let capture = Capture { taken, place, file, is_deleted };
    let captures = intake.notes::<Notes>().items.entry(subject).or_default();
    let earlier = captures.iter_mut().find(|known| known.taken.is_some() && capture.taken.is_some());
    match earlier {
        Some(known) if known.taken < capture.taken => *known = capture,
        // The same moment may be told twice, and then has to be told alike.
        Some(known) if known.taken == capture.taken => captures.push(capture),
        Some(_) => {}
        None => captures.push(capture),
    }
}

/// The moment of a capture: as text, or as seconds in answers of older versions of the AWS CLI.
fn instant(written: &str) -> Option<Timestamp> {
    if let Ok(moment) = written.parse() {
        return Some(moment);
    }
    let seconds: f64 = written.parse().ok()?;
    Timestamp::from_millisecond((seconds * 1000.0) as i64).ok()
}

/// Tells what the items say. Call it when every file was met, before answers that name no owner are given to theirs.
fn record(intake: &mut Intake) {
    let items = std::mem::take(&mut intake.notes::<Notes>().items);
    let mut told = item::ConfigFact::default();
    for (subject, captures) in &items {
        let newest = captures.iter().filter_map(|capture| capture.taken).max();
        for capture in captures {
            let is_history = capture.taken.is_some() && capture.taken < newest;
            if is_history || capture.is_deleted {
                continue;
            }
            let Some(text) = intake.sources.source_text(capture.place.source).cloned() else { continue };
            let parsed = json::parse_at(&text, capture.place);
            intake.problems.extend(parsed.problems);
            let Some(root) = parsed.root else { continue };
            let item = Item { root: &root, file: capture.file };
            let read = match subject.kind {
                ConfigKind::Policy => identity::policy,
                ConfigKind::Role => identity::role,
                ConfigKind::Group => identity::group,
                ConfigKind::User => identity::user,
                ConfigKind::Key => storage::key,
                ConfigKind::Alias => storage::alias,
                ConfigKind::Bucket => storage::bucket,
                ConfigKind::AccountBlock => storage::account_block,
                ConfigKind::Endpoint => network::endpoint,
            };
            read(&item, &mut told, intake);
        }
    }
    storage::aliases(told, intake);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let moment = instant("2026-01-01T00:00:00.000Z");
        assert!(moment.is_some());
        assert_eq!(moment, instant("1767225600.0"));
        assert_eq!(moment, instant("2026-01-01T01:00:00.000000+01:00"));
        assert_eq!(instant("yesterday"), None);
    }
}
