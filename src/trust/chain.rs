//! What goes on from one session to the next, and when all steps of a way work together (R126).
//!
//! Every step is a request of its own: its external id, its session name, its time are chosen anew. What a session
//! has from the step before is the same value in both: session tags, the name, the source identity.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>

use std::sync::Arc;

use crate::estate::{Identity, Role};
use crate::eval::{Choice, Context, ContextValue, InheritedValue, OpenKey, SessionName, Symbolic};
use crate::logic::{Atom, Cond, Truth, Unknown, UnknownKind};
use crate::name::ActionName;
use crate::request::Inherited;
use crate::request::call::Call;
use crate::request::keys;

use super::context::{TrustContext, mentions};
use super::incoming::{Step, asks_for_tags, pod_tags};
use super::index::Index;
use super::{Principal, Way};
use crate::estate::WorkloadKind;

/// The names of the requests of one way, and with them how long a way can be.
pub(crate) const STEPS: [&str; 12] = [
    "step 1", "step 2", "step 3", "step 4", "step 5", "step 6", "step 7", "step 8", "step 9", "step 10",
    "step 11", "step 12",
];

const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";
const REQUEST_TAG: &str = "aws:RequestTag/";
const PASSED: &str = "session tags passed to ";
const TRANSITIVE: &str = "transitive session tags passed to ";
const IDENTITY: &str = "source identity set for ";

/// The step that starts the session a way begins with.
const BEFORE: &str = "step 0";

/// The session a way begins with, where that is one of a role.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// It was given nothing but what the question says.
    Told,
    /// Whoever started it may have given it tags, a name and a source identity.
    Open,
}

/// One step of a way.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Link<'a, 'e> {
    pub(crate) from: &'a Principal,
    pub(crate) way: Way,
    pub(crate) to: Identity<'e>,
}

/// What comes after the last step: what the principal that was become does, as a session that was given something.
pub(crate) type End<'a> = &'a dyn Fn(Option<(SessionName, Inherited)>) -> Option<Cond>;

/// What a step may give to the session that it starts.
#[derive(Clone)]
struct Given {
    request: &'static str,
    /// The role whose session it is, told apart where a way leads to it twice.
    role: String,
    /// When session tags may be passed, and a source identity set.
    tags: Cond,
    identity: Cond,
    /// When every step since then let tags, and a source identity, be passed again.
    tags_kept: Cond,
    identity_kept: Cond,
    /// Tags that are always passed, and go on to all sessions that follow.
    always: Vec<(&'static str, ContextValue)>,
}

impl Given {
    /// By a step of a way that others may have begun.
    fn new(
        link: &Link<'_, '_>,
        request: &'static str,
        before: &[Self],
        (tags, identity): (Cond, Cond),
        always: Vec<(&'static str, ContextValue)>,
    ) -> Self {
        let (tags_kept, identity_kept) = (Cond::Known(true), Cond::Known(true));
        Self { request, role: label(link, request, before), tags, identity, tags_kept, identity_kept, always }
    }
}

/// When all steps of a way work, each in its own request; `None` where it is longer than sessions go here.
pub(crate) fn together<'e>(
    trust_context: &'e TrustContext<'e>,
    index: &Index<'e>,
    links: &[Link<'_, 'e>],
    start: (&Principal, Start),
    end: Option<End<'_>>,
) -> Option<Cond> {
    let mut given: Vec<Given> = Vec::new();
    if let (Principal::Role(at), Start::Open) = start {
        let role = trust_context.ctx.estate.roles.get(*at)?;
        let may = |name: &'static str| Cond::Known(may_be_given(role, name));
        given.push(Given {
            request: BEFORE,
            role: role.arn.value.to_string(),
            tags: may("TagSession"),
            identity: may("SetSourceIdentity"),
            tags_kept: Cond::Known(true),
            identity_kept: Cond::Known(true),
            always: Vec::new(),
        });
    }
    let mut when = Cond::Known(true);
    for (at, link) in links.iter().enumerate() {
        let request = *STEPS.get(at)?;
        let mut step = Step::prepare(trust_context, index, link.from, link.way, link.to)?;
        let takes_over = link.way.recipe().is_some();
        let mut tag = sibling(&step, "TagSession").filter(|_| !takes_over);
        let mut identity = sibling(&step, "SetSourceIdentity").filter(|_| !takes_over);
        for call in step.calls.iter_mut().chain(tag.as_mut()).chain(identity.as_mut()) {
            call.context.request = request;
            if let Some(last) = given.last() {
                call.caller.session = SessionName::ChosenIn(last.request);
                call.context.set("aws:userid", keys::user_id(&call.caller));
            }
            carry(&mut call.context, &given);
        }
        let may = |call: &Option<Call<'_>>| {
            call.as_ref().map_or(Cond::Known(false), |call| call.decide(&mut Symbolic).allowed)
        };
        let passes = match link.way {
            // These services pass no tags of anybody's choice.
            Way::Service
            | Way::InstanceProfile
            | Way::RunsAs
            | Way::PodIdentity
            | Way::Does
            | Way::Takeover(_) => false,
            Way::AssumeRole | Way::WebIdentity | Way::Irsa | Way::Saml => true,
        };
        let tags = if passes { may(&tag) } else { Cond::Known(false) };
        let identity = if passes { may(&identity) } else { Cond::Known(false) };
        if tags.is_false() && link.way != Way::PodIdentity && !takes_over {
            without(&mut step, REQUEST_TAG, &["aws:TagKeys", "sts:TransitiveTagKeys"]);
        }
        if identity.is_false() && !takes_over {
            without(&mut step, "", &["sts:SourceIdentity"]);
        }
        let mut works = step.when();
        // Tags that the step passes are let in by the same request (R118).
        if passes && !tags.is_true() && asks_for_tags(&works) {
            let mut bare = Step { calls: step.calls.clone(), beside: step.beside.clone() };
            without(&mut bare, REQUEST_TAG, &["aws:TagKeys", "sts:TransitiveTagKeys"]);
            works = works.and(tags.clone().or(bare.when()));
        }
        let always = always(trust_context, link);
        if takes_over {
            // What starts is a session of its own, or another user: nothing goes on.
            when =
                when.and(works.clone().and(let_in(&works, &given, &Cond::Known(true), &Cond::Known(true))));
            given.clear();
            given.push(Given::new(link, request, &given, (Cond::Known(false), Cond::Known(false)), always));
            continue;
        }
        // Tags and a source identity that go on have to be let in again.
        if given.iter().any(|earlier| !earlier.always.is_empty()) {
            works = works.and(tags.clone());
        }
        let choices = let_in(&works, &given, &tags, &identity);
        works = works.and(choices);
        when = when.and(works);
        for earlier in &mut given {
            earlier.tags_kept = earlier.tags_kept.clone().and(tags.clone());
            earlier.identity_kept = earlier.identity_kept.clone().and(identity.clone());
        }
        given.push(Given::new(link, request, &given, (tags, identity), always));
    }
    if let Some(end) = end {
        let session = given.last().map(|last| {
            let given = given.clone();
            let inherited = Inherited::new(move |context| carry(context, &given));
            (SessionName::ChosenIn(last.request), inherited)
        });
        let works = end(session)?;
        let free = Cond::Known(true);
        let choices = let_in(&works, &given, &free, &free);
        when = when.and(works).and(choices);
    }
    Some(when)
}

/// What the session of a step is called where somebody chose what it is given.
fn label(link: &Link<'_, '_>, request: &str, given: &[Given]) -> String {
    let arn = link.to.arn().to_string();
    if given.iter().any(|earlier| earlier.role == arn) { format!("{arn} in {request}") } else { arn }
}

/// The same request for another permission.
fn sibling<'e>(step: &Step<'e>, name: &'static str) -> Option<Call<'e>> {
    let call = step.calls.first()?;
    Some(call.for_action(ActionName::of("sts", name)))
}

fn without(step: &mut Step<'_>, family: &str, keys: &[&str]) {
    for call in &mut step.calls {
        if !family.is_empty() {
            call.context.set_family(family, ContextValue::Absent);
        }
        for key in keys {
            call.context.set(key, ContextValue::Absent);
        }
    }
}

/// Tags that the step passes whatever anybody wants.
fn always(trust_context: &TrustContext<'_>, link: &Link<'_, '_>) -> Vec<(&'static str, ContextValue)> {
    let Principal::Workload(at) = link.from else { return Vec::new() };
    match trust_context.ctx.estate.workloads.get(*at).map(|workload| &workload.kind) {
        Some(WorkloadKind::PodIdentity { service_account, disable_session_tags, .. }) => {
            pod_tags(trust_context, service_account, *disable_session_tags)
        }
        Some(WorkloadKind::Irsa { .. } | WorkloadKind::Service { .. }) | None => Vec::new(),
    }
}

/// What the caller's session has from the steps before.
fn carry(context: &mut Context, given: &[Given]) {
    let Some((last, earlier)) = given.split_last() else { return };
    let over = |own: ContextValue| {
        let passed = maybe(PASSED, last, &last.tags, own);
        earlier.iter().rev().fold(passed, |slot, step| maybe(TRANSITIVE, step, &step.tags, slot))
    };
    wrap(context, PRINCIPAL_TAG, &over);
    for step in given {
        for (key, slot) in &step.always {
            context.set(format!("{PRINCIPAL_TAG}{key}"), slot.clone());
        }
    }
    let none = ContextValue::Absent;
    let identity = given.iter().rev().fold(none, |slot, step| {
        if step.identity.is_false() {
            return slot;
        }
        ContextValue::Choice(Arc::new(Choice {
            choice: choice(IDENTITY, &step.role),
            chosen: same(step.request, "aws:SourceIdentity", "sts:SourceIdentity"),
            otherwise: slot,
        }))
    });
    context.set("aws:SourceIdentity", identity);
}

/// A tag of the step, where it was passed, else what was there.
fn maybe(how: &'static str, step: &Given, allowed: &Cond, otherwise: ContextValue) -> ContextValue {
    if allowed.is_false() {
        return otherwise;
    }
    ContextValue::Choice(Arc::new(Choice {
        choice: choice(how, &step.role),
        chosen: same(step.request, PRINCIPAL_TAG, REQUEST_TAG),
        otherwise,
    }))
}

fn choice(how: &'static str, role: &str) -> Unknown {
    Unknown::new(
        UnknownKind::ContextKey,
        format!("{how}{role}"),
        "the principal that assumes the role chooses what its session is given",
    )
}

fn same(request: &'static str, here: &'static str, there: &'static str) -> ContextValue {
    let because = Unknown::new(UnknownKind::ContextKey, "", "it was chosen when the session was started");
    ContextValue::Inherited(Arc::new(InheritedValue {
        open: OpenKey::any(false, because),
        here,
        there,
        request,
    }))
}

/// Every key of a family, the ones set by name among them, seen in another way.
fn wrap(context: &mut Context, family: &'static str, over: &dyn Fn(ContextValue) -> ContextValue) {
    let folded = family.to_ascii_lowercase();
    let named: Vec<_> = context.starting(&folded).map(|(key, slot)| (key.clone(), slot.clone())).collect();
    for (key, slot) in named {
        context.insert(key, over(slot));
    }
    let rest = over(context.family(&folded).clone());
    context.set_family(family, rest);
}

/// Whether a trust policy lets anybody give this to sessions of the role: tags, a source identity.
fn may_be_given(role: &Role, name: &'static str) -> bool {
    role.trust.provided().is_none_or(|trust| mentions(trust, &ActionName::of("sts", name)))
}

/// What sessions of a role may be given by somebody.
#[derive(Copy, Clone, Debug)]
pub(crate) struct MayBeGiven {
    tags: bool,
    identity: bool,
}

impl MayBeGiven {
    /// By a role of which nothing is known.
    pub(crate) const ANYTHING: Self = Self { tags: true, identity: true };

    pub(crate) fn of(role: &Role) -> Self {
        Self { tags: may_be_given(role, "TagSession"), identity: may_be_given(role, "SetSourceIdentity") }
    }

    /// A session that may have been given it.
    pub(crate) fn open(self, context: &mut Context) {
        open_session(context, self);
    }
}

/// A session that may have been given tags and a source identity by somebody, as far as its role lets them.
fn open_session(context: &mut Context, may: MayBeGiven) {
    let open = |otherwise: ContextValue| {
        let choice = Unknown::new(
            UnknownKind::ContextKey,
            "session tags of the caller",
            "the principal that assumes a role may be allowed to pass tags for the session",
        );
        let chosen = crate::service::open(false, "session tags are passed when the role is assumed");
        ContextValue::Choice(Arc::new(Choice { choice, chosen, otherwise }))
    };
    if may.tags {
        wrap(context, PRINCIPAL_TAG, &open);
    }
    if may.identity {
        context.set(
            "aws:SourceIdentity",
            crate::service::open(true, "it is set when the first role is assumed"),
        );
    }
}

/// Choices have to be allowed: passing tags where they are passed, and again wherever they go on to.
fn let_in(works: &Cond, given: &[Given], tags: &Cond, identity: &Cond) -> Cond {
    let mut all = Cond::Known(true);
    for atom in works.atoms() {
        let Atom::Opaque(unknown) = atom else { continue };
        let chosen = Cond::atom(atom.clone());
        let Some((what, role)) = parts(&unknown.name) else { continue };
        let Some(step) = given.iter().find(|step| step.role == role) else { continue };
        let needs = match what {
            Carried::Passed => step.tags.clone(),
            Carried::Transitive => step.tags.clone().and(step.tags_kept.clone()).and(tags.clone()),
            Carried::Identity => step.identity.clone().and(step.identity_kept.clone()).and(identity.clone()),
        };
        all = all.and(chosen.not().or(needs));
    }
    all
}

#[derive(Copy, Clone)]
enum Carried {
    Passed,
    Transitive,
    Identity,
}

/// What a choice is about, and the role whose session it is given to.
fn parts(name: &str) -> Option<(Carried, &str)> {
    let (_, what) = name.split_once(" of ")?;
    let of = |how: &'static str, choice: Carried| what.strip_prefix(how).map(|role| (choice, role));
    of(PASSED, Carried::Passed)
        .or_else(|| of(TRANSITIVE, Carried::Transitive))
        .or_else(|| of(IDENTITY, Carried::Identity))
}
