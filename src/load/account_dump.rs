//! `aws iam get-account-authorization-details`: every identity of an account with its policies.
//!
//! A dump may hold hundreds of megabytes, so it is read element by element, and of an element only what
//! somebody asks for. A role that is shown is shown in full; what the pages that are missing hold is not known.

mod identity;
mod parts;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use super::document::Lowered;
use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax, fields};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::{Node, skim};
use crate::name::AccountId;
use crate::parallel;
use crate::policy::PolicyKind;
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
    /// Tells which policies an element holds.
    documents: fn(&Node<'_>, Tell<'_>),
}

/// Who is told of a policy, and of what type it is.
type Tell<'t> = &'t mut dyn FnMut(&Node<'_>, PolicyKind);

/// How many elements are parsed, with their policies, before their facts are added in the order of the dump.
const PIECE: usize = 1_024;

/// Fewer bytes than this are parsed on one thread: starting others would take longer.
const WORTH_THREADS: usize = 1 << 18;

/// An element of a list that was parsed ahead of its turn.
struct Element<'t> {
    node: Option<Node<'t>>,
    problems: Vec<Diagnostic>,
    policies: Vec<Lowered>,
}

impl<'t> Element<'t> {
    fn of(text: skim::Indexed<'t>, at: Span, list: &List) -> Self {
        let mut problems = Vec::new();
        let node = parts::of(text, at, list.keep, &mut problems);
        let mut policies = Vec::new();
        if let Some(node) = node.as_ref().filter(|node| node.is_object()) {
            (list.documents)(node, &mut |document, kind| policies.extend(Lowered::of(document, kind)));
        }
        Self { node, problems, policies }
    }
}

/// Groups stand before users, and policies at the end; the order decides which place is shown first.
const LISTS: &[List] = &[
    List {
        name: "GroupDetailList",
        keep: identity::GROUP,
        read: identity::group,
        documents: identity::documents_of_group,
    },
    List {
        name: "UserDetailList",
        keep: identity::USER,
        read: identity::user,
        documents: identity::documents_of_user,
    },
    List {
        name: "RoleDetailList",
        keep: identity::ROLE,
        read: identity::role,
        documents: identity::documents_of_role,
    },
    List { name: "Policies", keep: policy::POLICY, read: policy::policy, documents: policy::documents },
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
    if input.is_skimmed() {
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

impl Dump<'_, '_> {
    /// Reads a list element by element.
    fn skim(&mut self, list: &List, intake: &mut Intake) {
        let text = self.input.skimmable();
        let Some(at) = self.input.member(list.name) else { return };
        let Ok(elements) = skim::elements(text, at) else {
            self.no_list(list, at, intake);
            return;
        };
        // The list is balanced, or it would not be a member; what is broken in it is said by the parser.
        let mut is_broken = false;
        let sound = |element: Result<Span, skim::Broken>| {
            is_broken |= element.is_err();
            element.ok()
        };
        let places: Vec<Span> = elements.map_while(sound).collect();
        for (nth, piece) in places.chunks(PIECE).enumerate() {
            let bytes: usize = piece.iter().map(|at| at.len()).sum();
            let is_worth_it = piece.len() > 1 && bytes > WORTH_THREADS;
            let elements = parallel::map_if(is_worth_it, piece, |at| Element::of(text, *at, list));
            for (index, element) in (nth * PIECE..).zip(elements) {
                intake.problems.extend(element.problems);
                intake.documents.have_ahead(element.policies);
                if let Some(node) = &element.node {
                    self.element(list, node, index, intake);
                }
            }
        }
        if is_broken {
            intake.complain(self.input);
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
