//! `aws iam get-account-authorization-details`: every identity of an account with its policies.
//!
//! A dump may hold hundreds of megabytes, so it is read element by element, and of an element only what
//! somebody asks for. A role that is shown is shown in full; what the pages that are missing hold is not known.

mod identity;
mod parts;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax, fields};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::{Node, skim};
use crate::name::AccountId;
use crate::source::{SourceId, Span};

use parts::Keep;

pub(super) static LOADER: Loader = Loader {
    name: "account_dump",
    summary: "answers of `aws iam get-account-authorization-details`, merged or page by page",
    page: "docs/inputs/account-dumps.md",
    recognise: claims,
    read,
    settle: &[(Stage::Asked, settle)],
    many_owners: true,
    ..Loader::PLAIN
};

/// What the answer is called in the list of inputs.
const COMMAND: &str = "get-account-authorization-details";

/// What is said about dumps when all of them were read.
#[derive(Debug, Default)]
struct Notes {
    counts: BTreeMap<SourceId, Counts>,
    pages: Vec<Page>,
}

#[derive(Debug, Default)]
struct Counts {
    accounts: BTreeSet<AccountId>,
    roles: usize,
    users: usize,
    groups: usize,
    policies: usize,
}

/// One document; a page where it is not the last one of its answer.
#[derive(Debug)]
struct Page {
    account: Option<AccountId>,
    /// Where it says that more follows.
    truncated: Option<Span>,
}

/// A list of a dump, what of its elements is read, and by whom.
struct List {
    name: &'static str,
    keep: &'static [(&'static str, Keep)],
    read: fn(&mut Dump<'_, '_>, &Node<'_>, usize, &mut Intake),
}

/// Groups stand before users, and policies at the end; the order decides which place is shown first.
const LISTS: &[List] = &[
    List { name: "GroupDetailList", keep: identity::GROUP, read: identity::group },
    List { name: "UserDetailList", keep: identity::USER, read: identity::user },
    List { name: "RoleDetailList", keep: identity::ROLE, read: identity::role },
    List { name: "Policies", keep: policy::POLICY, read: policy::policy },
];

/// What the elements of one document have in common.
struct Dump<'o, 't> {
    input: &'o InputDocument<'t>,
    /// The account of the directory, else of the element before.
    account: Option<AccountId>,
    counts: Counts,
}

fn claims(input: &InputDocument<'_>) -> Recognition {
    if input.syntax == Syntax::Json && fields::is_account_dump(input) {
        Recognition::Sure
    } else {
        Recognition::No
    }
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    intake.read_as(input.source, COMMAND);
    let account = intake.account_above(input.source);
    let mut dump = Dump { input, account, counts: Counts::default() };
    if is_whole(input) {
        for list in LISTS {
            dump.skim(list, intake);
        }
    } else {
        intake.complain(input);
        for list in LISTS {
            dump.walk(list, intake);
        }
    }
    dump.finish(intake);
}

/// Whether the text of the document ends where its value ends, and can be gone through.
fn is_whole(input: &InputDocument<'_>) -> bool {
    let Ok(members) = skim::members(input.text, input.at) else { return false };
    let mut end = input.at.start;
    for member in members {
        let Ok(member) = member else { return false };
        end = member.value.end;
    }
    let behind = input.text.get(end as usize..input.at.end as usize).unwrap_or_default();
    matches!(behind.trim_start().strip_prefix('}'), Some(rest) if rest.trim().is_empty())
}

impl Dump<'_, '_> {
    /// Reads a list element by element.
    fn skim(&mut self, list: &List, intake: &mut Intake) {
        let text = self.input.text;
        let Some(at) = self.input.member(list.name) else { return };
        let Ok(elements) = skim::elements(text, at) else {
            self.no_list(list, at, intake);
            return;
        };
        for (index, element) in elements.enumerate() {
            // The list is balanced, or it would not be a member; what is broken in it is said by the parser.
            let Ok(element) = element else {
                intake.complain(self.input);
                return;
            };
            if let Some(node) = parts::of(text, element, list.keep, &mut intake.problems) {
                self.element(list, &node, index, intake);
            }
        }
    }

    /// Reads a list of a document with mistakes, as far as the tree has it.
    fn walk(&mut self, list: &List, intake: &mut Intake) {
        let input = self.input;
        let Some(node) = input.root().get(list.name) else { return };
        if !matches!(node.value, crate::json::Value::Array(_)) {
            self.no_list(list, node.span, intake);
        }
        for (index, node) in node.elements().iter().enumerate() {
            self.element(list, node, index, intake);
        }
    }

    fn element(&mut self, list: &List, node: &Node<'_>, index: usize, intake: &mut Intake) {
        if node.is_object() {
            (list.read)(self, node, index, intake);
        } else {
            let message = format!("`{}` holds objects; this is {}", list.name, node.kind());
            intake.problems.push(odd(node.span, message));
        }
    }

    fn no_list(&self, list: &List, at: Span, intake: &mut Intake) {
        let written = self.input.text.get(at.start as usize..at.end as usize).unwrap_or_default();
        if written != "null" {
            intake.problems.push(odd(at, format!("`{}` is not a list here, so it is left out", list.name)));
        }
    }

    fn finish(self, intake: &mut Intake) {
        let says_so = |name: &str| {
            let at = self.input.member(name)?;
            let written = self.input.text.get(at.start as usize..at.end as usize)?;
            (written == "true").then_some(at)
        };
        let notes: &mut Notes = intake.notes();
        notes.pages.push(Page { account: self.account, truncated: says_so("IsTruncated") });
        let counts = notes.counts.entry(self.input.source).or_default();
        counts.accounts.extend(self.counts.accounts);
        counts.roles += self.counts.roles;
        counts.users += self.counts.users;
        counts.groups += self.counts.groups;
        counts.policies += self.counts.policies;
    }
}

/// Something that AWS does not answer, and that costs no more than itself.
fn odd(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedAnswer, at, message)
        .level(Severity::Warning)
        .help("keep what the command prints as it is")
}

/// Says what the dumps held, and which of them end where a page ends.
fn settle(intake: &mut Intake) {
    let Notes { counts, pages } = intake.take_notes();
    for (source, counts) in counts {
        counts.say(source, intake);
    }
    // The page without the mark is the last one of its answer.
    let ended: BTreeSet<Option<AccountId>> =
        pages.iter().filter(|page| page.truncated.is_none()).map(|page| page.account).collect();
    for page in pages.iter().filter(|page| !ended.contains(&page.account)) {
        let Some(at) = page.truncated else { continue };
        let message = "more pages follow this one, and none that was read is the last";
        let help = "let the AWS CLI fetch every page: leave out --no-paginate and --max-items";
        intake.problems.push(Diagnostic::new(Code::TruncatedInput, at, message).help(help));
    }
}

impl Counts {
    fn say(&self, source: SourceId, intake: &mut Intake) {
        for account in &self.accounts {
            intake.contributes(source, COMMAND, format!("account {account}"));
        }
        let counted = [
            (self.roles, "role", "roles"),
            (self.users, "user", "users"),
            (self.groups, "group", "groups"),
            (self.policies, "customer managed policy", "customer managed policies"),
        ];
        for (count, one, many) in counted.into_iter().filter(|(count, _, _)| *count > 0) {
            let word = if count == 1 { one } else { many };
            intake.contributes(source, COMMAND, format!("{count} {word}"));
        }
    }
}
