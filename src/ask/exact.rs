//! Whether an answer is conditional exactly as somebody expects it to be.
//!
//! What is expected is read like a condition block of a policy, in the context of the request that is asked about, so
//! that both sides of the comparison speak of the same variables. Where they differ a request shows it.

use super::does::{self, Requests};
use super::{AskError, BecomesQuestion, Circumstances, DoesQuestion, assume};
use crate::estate::Estate;
use crate::eval::{Context, ContextValue, OpenKey, Symbolic, condition};
use crate::logic::{
    Assignment, Atom, Cond, Domain, DomainValues, KeyTest, Solver, Truth, Unknown, UnknownKind,
};
use crate::name::ConditionKey;
use crate::policy::Test;
use crate::source::{Span, Spanned};

/// Exactly when a request should be allowed: all of `only` hold, and not all of `never` do.
#[derive(Clone, Debug)]
pub struct Exactly {
    /// The keys that alone may restrict the access.
    pub only: Vec<Wanted>,
    /// The keys that may not restrict the access.
    pub never: Vec<Wanted>,
    /// Where it is said.
    pub at: Span,
}

/// One key and what it should hold.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The key, with its place in the manifest.
    pub key: Spanned<ConditionKey>,
    /// All of them hold, as lines of one condition block would.
    pub tests: Vec<Test>,
    /// Or the key is missing.
    pub or_absent: Option<Absent>,
}

/// A key that is missing, in both ways AWS has to say it.
#[derive(Clone, Debug)]
pub struct Absent {
    /// It is not in the request at all, as for operators with `IfExists`.
    pub missing: Test,
    /// It is not in the request or empty, as for `Null` (R41).
    pub null: Test,
}

/// How the real condition compares with the expected one.
#[derive(Clone, Debug)]
pub struct Exactness {
    /// Whether a request is allowed that should not be.
    pub wider: Difference,
    /// Whether a request is denied that should be allowed.
    pub narrower: Difference,
    /// What keeps a difference from being known.
    pub depends_on: Vec<Unknown>,
}

/// Whether there is a request on which two conditions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The access has no condition.
    None,
    /// This one, whatever is not known.
    Shown(Assignment),
    /// It depends on something that is no context key, or is too complex to tell.
    Open,
}

/// What an exactness comes to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The condition is the expected one.
    Exact,
    /// The condition is wider or narrower than the expected one.
    Differs,
    /// It depends on something unknown whether it is.
    Open,
}

impl Exactness {
    /// The comparison as one word.
    pub fn fit(&self) -> Fit {
        let sides = [&self.wider, &self.narrower];
        if sides.iter().any(|side| matches!(side, Difference::Shown(_))) {
            Fit::Differs
        } else if sides.contains(&&Difference::Open) {
            Fit::Open
        } else {
            Fit::Exact
        }
    }

    fn sides_that_differ(&self) -> usize {
        [&self.wider, &self.narrower].into_iter().filter(|side| **side != Difference::None).count()
    }
}

/// Why there is nothing to compare.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    /// The question behind it cannot be answered.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// What is expected makes no sense for this question.
    #[error("{message}")]
    Expected {
        /// The place in the manifest.
        at: Span,
        /// What is wrong there.
        message: String,
        /// What to do instead.
        help: String,
    },
}

impl ExactError {
    fn expected(at: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Expected { at, message: message.into(), help: help.into() }
    }
}

/// Compare when a read works with when it should.
pub fn exactness_of_read(
    estate: &Estate,
    question: &DoesQuestion,
    exactly: &Exactly,
) -> Result<Exactness, ExactError> {
    let with_untold = does::WithUntold::of(estate, question);
    let estate = with_untold.as_ref().map_or(estate, |with| &with.estate);
    let works = does::works_when(estate, question)?;
    let requests = does::requests(estate, question)?;
    let row = ExpectedConditions { requests: &requests, circumstances: &question.circumstances };
    if !question.object.is_pattern() {
        let all = exactly.only.iter().chain(&exactly.never);
        if let Some(wanted) = all.into_iter().find(|w| w.key.value.folded() == does::OBJECT_KEY) {
            let message = format!(
                "the row asks about one object, {}: the object key is not a condition",
                question.object
            );
            let help = "a `*` in `read` leaves the object key open";
            return Err(ExactError::expected(wanted.key.span, message, help));
        }
    }
    row.compare(&works, exactly)
}

/// Compare when somebody can become a role with when they should.
pub fn exactness_of_assume(
    estate: &Estate,
    question: &BecomesQuestion,
    exactly: &Exactly,
) -> Result<Exactness, ExactError> {
    let works = assume::works_when(estate, question)?;
    let (first, facts) = assume::request(estate, question)?;
    let requests = Requests { first, kms: None, facts };
    ExpectedConditions { requests: &requests, circumstances: &question.circumstances }
        .compare(&works, exactly)
}

/// The question a condition is expected of.
struct ExpectedConditions<'q> {
    requests: &'q Requests,
    circumstances: &'q Circumstances,
}

/// Which of the two tables a key stands in.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Table {
    Only,
    Never,
}

/// What a missing key is taken for.
#[derive(Copy, Clone)]
enum AbsentAs {
    Missing,
    Null,
}

impl ExpectedConditions<'_> {
    /// Whether an empty value is a missing one is for the operator of a policy to say; a row that says that the key
    /// may be missing is content with either.
    fn compare(&self, works: &Cond, exactly: &Exactly) -> Result<Exactness, ExactError> {
        let found = self.compare_as(works, exactly, AbsentAs::Missing)?;
        let all = exactly.only.iter().chain(&exactly.never);
        if found.fit() == Fit::Exact || all.into_iter().all(|wanted| wanted.or_absent.is_none()) {
            return Ok(found);
        }
        let other = self.compare_as(works, exactly, AbsentAs::Null)?;
        Ok(if other.sides_that_differ() < found.sides_that_differ() { other } else { found })
    }

    fn compare_as(
        &self,
        works: &Cond,
        exactly: &Exactly,
        reading: AbsentAs,
    ) -> Result<Exactness, ExactError> {
        let only = self.all(&exactly.only, Table::Only, reading)?;
        let expected = if exactly.never.is_empty() {
            only
        } else {
            only.and(self.all(&exactly.never, Table::Never, reading)?.not())
        };
        let facts = &self.requests.facts;
        if let Some(always) = Solver::with_facts([&expected], facts).decided(&expected) {
            let (which, verdict) = if always { ("every", "allowed") } else { ("no", "denied") };
            let message = format!("this expects {which} request to be allowed, which is not a condition");
            let help = format!("write verdict = \"{verdict}\" without it, or name other values");
            return Err(ExactError::expected(exactly.at, message, help));
        }
        let (wider, narrower) = sides(works, &expected);
        let mut solver = Solver::with_facts([&wider, &narrower], facts);
        let known = [&wider, &narrower].map(|cond| solver.decided(cond) == Some(false));
        let (wider, narrower) = sides(&hide(works, &expected), &expected);
        let mut solver = Solver::with_facts([&wider, &narrower], facts);
        let mut depends_on = Vec::new();
        let mut side = |cond: &Cond, known: bool| {
            if known || solver.decided(cond) == Some(false) {
                return Difference::None;
            }
            if let Some(request) = solver.witness(cond).allowed {
                return Difference::Shown(request);
            }
            note_open(&mut solver, cond, &mut depends_on);
            Difference::Open
        };
        let [wider_is_known, narrower_is_known] = known;
        let (wider, narrower) = (side(&wider, wider_is_known), side(&narrower, narrower_is_known));
        Ok(Exactness { wider, narrower, depends_on })
    }

    fn all(&self, wanted: &[Wanted], table: Table, reading: AbsentAs) -> Result<Cond, ExactError> {
        let mut all = Cond::Known(true);
        for wanted in wanted {
            all = all.and(self.one(wanted, table, reading)?);
        }
        Ok(all)
    }

    fn one(&self, wanted: &Wanted, table: Table, reading: AbsentAs) -> Result<Cond, ExactError> {
        let key = &wanted.key.value;
        let context = self.requests.of(key);
        let slot = context.get(key);
        if is_settled(slot)
            && let Some(how) = self.given(key)
        {
            let message = format!("the row settles {key} itself ({how}): nothing can depend on it");
            let help = format!("leave {key} out here, or do not give it");
            return Err(ExactError::expected(wanted.key.span, message, help));
        }
        let mut holds = Cond::Known(!wanted.tests.is_empty());
        for test in &wanted.tests {
            holds = holds.and(condition(&mut Symbolic, test, context));
        }
        if let Some(absent) = &wanted.or_absent {
            let test = match reading {
                AbsentAs::Missing => &absent.missing,
                AbsentAs::Null => &absent.null,
            };
            holds = holds.or(condition(&mut Symbolic, test, context));
        }
        if Solver::with_facts([&holds], &self.requests.facts).decided(&holds) == Some(false) {
            let so = match table {
                Table::Only => "so the access would never be allowed",
                Table::Never => "so this keeps nothing out",
            };
            let message = format!("{key} {}, {so}", describe(slot));
            return Err(ExactError::expected(wanted.key.span, message, "name a value that it can have"));
        }
        Ok(holds)
    }

    /// The key of the row that says what a context key holds.
    fn given(&self, key: &ConditionKey) -> Option<&'static str> {
        let Circumstances { context, session, .. } = self.circumstances;
        let folded = key.folded();
        let starts = |names: &[&str]| names.iter().any(|start| folded.starts_with(start));
        if context.iter().any(|(given, _)| given == key) {
            return Some("`context`");
        }
        let named = session.name.is_some() && starts(&["aws:userid", "sts:rolesessionname"]);
        let tagged = session.tags.provided().is_some() && starts(&["aws:principaltag/"]);
        if named || tagged {
            return Some("`session`");
        }
        let told = !self.circumstances.whole_network().is_unknown();
        let network = starts(&["aws:sourceip", "aws:sourcevp", "aws:vpcsourceip", "aws:vpce"]);
        (told && network).then_some("where the request comes from was given")
    }
}

impl Requests {
    /// The request a key speaks of: the one people make, unless only the one to KMS leaves the key open.
    fn of(&self, key: &ConditionKey) -> &Context {
        let Some(kms) = &self.kms else { return &self.first };
        let open_there =
            || open_key(kms.get(key)).is_some_and(|o| o.because.kind != UnknownKind::Undocumented);
        if key.service() == Some("kms") || (is_settled(self.first.get(key)) && open_there()) {
            kms
        } else {
            &self.first
        }
    }
}

fn open_key(slot: &ContextValue) -> Option<&OpenKey> {
    match slot {
        ContextValue::Open(open) => Some(open),
        ContextValue::Known { .. }
        | ContextValue::Prefix(_)
        | ContextValue::Absent
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_) => None,
    }
}

/// The value of the key, or its absence, is known.
fn is_settled(slot: &ContextValue) -> bool {
    match slot {
        ContextValue::Known { .. } | ContextValue::Absent => true,
        ContextValue::Prefix(_)
        | ContextValue::Open(_)
        | ContextValue::Inherited(_)
        | ContextValue::Choice(_) => false,
    }
}

fn describe(slot: &ContextValue) -> String {
    let quoted = |items: &mut dyn Iterator<Item = &str>| {
        items.map(|i| format!("`{i}`")).collect::<Vec<_>>().join(", ")
    };
    match slot {
        ContextValue::Known { items, .. } => {
            format!("is always {} in this request", quoted(&mut items.iter().map(|i| &**i)))
        }
        ContextValue::Absent => "is never in this request".to_owned(),
        ContextValue::Prefix(within) if within.known.is_empty() => {
            format!("always fits `{}`", within.rest.like.as_str())
        }
        ContextValue::Prefix(within) => format!("always starts with `{}`", within.known),
        ContextValue::Open(OpenKey {
            domain: Domain { values: DomainValues::OneOf(options), .. }, ..
        }) => {
            format!("is one of {} in this request", quoted(&mut options.iter().map(|i| &**i)))
        }
        ContextValue::Open(_) | ContextValue::Inherited(_) | ContextValue::Choice(_) => {
            "cannot hold that in this request".to_owned()
        }
    }
}

/// The condition with every point a witness could not choose as a point of its own: a key whose value is a fact that
/// nobody told, or on which AWS is silent, is none of the request's, unless what is expected speaks of it.
fn hide(works: &Cond, expected: &Cond) -> Cond {
    let spoken_of = expected.atoms();
    let stays = |test: &KeyTest| {
        test.because.kind == UnknownKind::ContextKey
            || spoken_of.iter().any(|atom| match atom {
                Atom::Key(other) => other.key == test.key && other.request == test.request,
                Atom::Opaque(_) => false,
            })
    };
    let chosen = |atom: &Atom| match atom {
        Atom::Key(test) => stays(test),
        Atom::Opaque(_) => true,
    };
    if works.atoms().into_iter().all(chosen) {
        return works.clone();
    }
    works.read(&|atom| match atom {
        Atom::Key(test) if !stays(test) => Cond::atom(Atom::Opaque(point(test))),
        Atom::Key(_) | Atom::Opaque(_) => Cond::atom(atom.clone()),
    })
}

/// A test of a key that is no choice of whoever makes the request.
fn point(test: &KeyTest) -> Unknown {
    let values: Vec<&str> = test.values.iter().map(crate::operator::TestValue::text).collect();
    let place =
        if test.request.is_empty() { String::new() } else { format!(" in the request to {}", test.request) };
    let why = format!("{} ({} {}{place})", test.because.why, test.written.spelling(), values.join(", "));
    Unknown { why: why.into(), ..test.because.clone() }
}

/// What is allowed and should not be, and what is denied and should be allowed.
fn sides(works: &Cond, expected: &Cond) -> (Cond, Cond) {
    (works.clone().and(expected.clone().not()), works.clone().not().and(expected.clone()))
}

/// What keeps a difference open: everything it depends on that is no key of the request.
fn note_open(solver: &mut Solver, cond: &Cond, out: &mut Vec<Unknown>) {
    let atoms = cond.atoms();
    for unknown in solver.depends_on(cond) {
        let is_key =
            atoms.iter().any(|atom| matches!(atom, Atom::Key(test) if test.because.is_same(&unknown)));
        if !is_key && !out.iter().any(|known| known.is_same(&unknown)) {
            out.push(unknown);
        }
    }
}
