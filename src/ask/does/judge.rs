//! One kind of object: its authorizations, put together.

use super::documents::documents;
use super::encryption::Facts;
use super::header::Headers;
use super::required::Side;
use super::target::{ResolvedRead, Standing};
use super::{delivery, new_object, replica, required, subject};
use crate::ask::leg::Decided;
use crate::ask::legs::{self, Detail, Settled};
use crate::ask::profile::Profile;
use crate::ask::short_answer::Outcome;
use crate::ask::{Advice, Answer, Fix, Verdict, Witness, fix, reasons};
use crate::estate::{Assumed, EncryptionType};
use crate::logic::{Atom, Cond, FactId, Truth, Unknown};
use crate::operation::{Support, When};
use crate::service::Blocked;

/// What one kind of object comes to: the answer, and when the read works.
pub(super) struct Judged {
    pub(super) answer: Answer,
    pub(super) works: Cond,
}

/// The objects of the question, the one it is asked about first.
fn sides<'e>(read: &ResolvedRead<'e>, assumed: &mut Assumed) -> Vec<Side<'e>> {
    let mut sides = vec![Side { facts: Facts::find(read, None, assumed), read: read.clone() }];
    if let Some(to) = &read.to {
        let source = sides.first().and_then(|side| side.facts.kind());
        let mut read = ResolvedRead::clone(to);
        read.probe = sides.first().is_some_and(|side| side.read.probe);
        read.requester = sides.first().map_or(read.requester, |side| side.read.requester.clone());
        sides.push(Side { facts: Facts::find(&read, source, assumed), read });
    }
    sides
}

/// What the policies of an object so encrypted cannot settle, and why.
fn unsupported(sides: &[Side<'_>], profile: &Profile) -> Option<String> {
    let of_profile = |side: &Side<'_>| {
        let kind = side.facts.kind().filter(|_| side.read.standing == Standing::Exists)?;
        let why = profile.unsupported.get(&kind)?;
        Some(format!("{} objects are outside the profile {}: {why}", kind.as_str(), profile.name))
    };
    sides.iter().find_map(|side| of_profile(side).or_else(|| delivery::unsupported(&side.read, &side.facts)))
}

/// What is not known of the objects themselves.
fn open(sides: &[Side<'_>]) -> Cond {
    let mut open = Cond::Known(true);
    if let [source, to] = sides
        && to.read.standing == Standing::Replicated
        && to.read.ctx.strict
    {
        for unknown in replica::taken_for_granted(&to.read, source.facts.kind()) {
            open = open.and(Cond::atom(Atom::Opaque(unknown)));
        }
    }
    for side in sides {
        open = open.and(encryption(&side.read, &side.facts));
        if let Some(unknown) = delivery::undocumented(&side.read, &side.facts) {
            open = open.and(Cond::atom(Atom::Opaque(unknown)));
        }
    }
    open
}

/// What prevents a copy even where policies allow it.
fn stopped(sides: &[Side<'_>], assumed: &mut Assumed) -> Option<Blocked> {
    if let Some(blocked) = sides.iter().find_map(|side| new_object::blocked(&side.read, &side.facts)) {
        return Some(blocked);
    }
    let [source, to] = sides else { return None };
    if to.read.standing != Standing::Replicated {
        return None;
    }
    replica::blocked(&to.read, source.facts.kind(), assumed)
}

/// What becomes of the object that a request makes: its headers, where they are not known, and when KMS lets it pass
/// without them.
struct Upload {
    headers: Option<Headers>,
    keys: Cond,
}

impl Default for Upload {
    fn default() -> Self {
        Self { headers: None, keys: Cond::Known(true) }
    }
}

impl Upload {
    /// The headers, where the answer depends on them.
    fn open_headers(&mut self, read: &ResolvedRead<'_>, works: &Cond) -> Option<Headers> {
        self.headers.take_if(|_| Headers::matter(read, works))
    }
}

/// What it comes to for somebody, where nobody asks why.
pub(super) fn outcome(read: &ResolvedRead<'_>, profile: &'static Profile) -> Outcome {
    let unread = &mut Assumed::default();
    let sides = sides(read, unread);
    if unsupported(&sides, profile).is_some() {
        return Outcome::unsupported();
    }
    let mut is_blocked = stopped(&sides, unread).is_some();
    let Some(operation) = read.question.doing.row() else { return Outcome::unsupported() };
    let mut passes = open(&sides);
    let mut upload = Upload::default();
    let mut blocks_upload = false;
    for leg in required::legs(&sides, operation, profile) {
        if passes.is_false() {
            break;
        }
        upload.headers = upload.headers.or_else(|| leg.headers());
        let (allowed, leg_is_blocked) = leg.outcome();
        if leg.is_on_key_of_upload() {
            upload.keys = upload.keys.and(allowed);
            blocks_upload |= leg_is_blocked;
        } else {
            passes = passes.and(allowed);
            is_blocked |= leg_is_blocked;
        }
    }
    passes = match upload.open_headers(read, &passes) {
        Some(headers) => {
            // What is blocked under the default may not be asked for at all.
            let by_default = if blocks_upload { Cond::Known(false) } else { upload.keys };
            let through = headers.with(read, &passes, by_default);
            passes.and(through)
        }
        None => {
            is_blocked |= blocks_upload;
            passes.and(upload.keys)
        }
    };
    Outcome { passes, then: if is_blocked { Verdict::Blocked } else { Verdict::Allowed } }
}

/// The whole answer.
pub(super) fn judge(read: &ResolvedRead<'_>, profile: &'static Profile) -> Judged {
    let mut assumed = Assumed::default();
    let sides = sides(read, &mut assumed);
    let stopped = stopped(&sides, &mut assumed);
    let mut total = open(&sides);
    let mut legs: Vec<Decided> = Vec::new();
    let mut fixes: Vec<Fix> = Vec::new();
    let rows = read.question.doing.row();
    let (mut upload, mut on_keys) = (Upload::default(), Vec::new());
    for leg in rows.map(|row| required::legs(&sides, row, profile)).into_iter().flatten() {
        let Some((mut decided, key)) = leg.decide(&mut assumed) else { continue };
        if decided.leg.verdict == Verdict::Denied {
            fix::add(&mut fixes, fix::for_leg(&decided, &documents(leg.read, &leg, key)));
        }
        if legs.is_empty() && stopped.is_some() {
            decided.blocked.clone_from(&stopped);
        }
        upload.headers = upload.headers.or_else(|| leg.headers());
        if leg.is_on_key_of_upload() {
            upload.keys = upload.keys.and(decided.allowed.clone());
            on_keys.push(legs.len());
        } else {
            total = total.and(decided.allowed.clone());
        }
        legs.push(decided);
    }
    if let Some(headers) = upload.open_headers(read, &total) {
        let mut by_default = upload.keys;
        // What is denied or blocked under the default may not be asked for at all.
        for at in on_keys {
            let Some(leg) = legs.get_mut(at) else { continue };
            if leg.blocked.take().is_some() {
                by_default = Cond::Known(false);
                leg.leg.verdict = Verdict::Conditional;
            }
            if leg.leg.verdict == Verdict::Denied {
                (leg.leg.verdict, leg.leg.denial) = (Verdict::Conditional, None);
            }
        }
        let passes = headers.with(read, &total, by_default);
        total = total.and(passes);
    } else {
        total = total.and(upload.keys);
        if upload.headers.is_some() {
            let made = sides.iter().map(|side| &side.read).filter(|read| read.standing == Standing::Made);
            made.for_each(|read| new_object::assume_default(read, &mut assumed));
        }
    }
    let detail = if read.probe { Detail::Verdict } else { Detail::Whole };
    let settled = legs::settle(&mut legs, &total, read.given(), detail);
    let unsupported = unsupported(&sides, profile);
    put_together(read, profile, &sides, Parts { legs, total, settled, fixes, assumed, unsupported })
}

/// What the parts of a read come to.
struct Parts {
    legs: Vec<Decided>,
    total: Cond,
    settled: Settled,
    fixes: Vec<Fix>,
    assumed: Assumed,
    unsupported: Option<String>,
}

fn put_together(read: &ResolvedRead<'_>, profile: &Profile, sides: &[Side<'_>], parts: Parts) -> Judged {
    let Parts { legs, total, settled, fixes, assumed, unsupported } = parts;
    let role = read.requester.short_name();
    let kind = sides.first().and_then(|side| side.facts.kind());
    let reason = match (&unsupported, settled.verdict, &settled.blocked) {
        (Some(why), _, _) => why.clone(),
        (None, Verdict::Denied, _) => legs::denied(&legs).map_or_else(
            || match legs.len() {
                0..=2 => "no request can meet the conditions of both legs at once".to_owned(),
                _ => "no request can meet the conditions of all legs at once".to_owned(),
            },
            |leg| reasons::denial(&role, leg),
        ),
        (None, _, Some(blocked)) => blocked.why.clone(),
        (None, Verdict::Allowed, None) if read.question.doing.is_read() => {
            reasons::allowed(&role, &legs, kind)
        }
        (None, Verdict::Allowed, None) => reasons::all_allowed(&role, &legs),
        (None, _, None) => match reasons::certain(&role, &legs) {
            Some(certain) => format!("{certain}; {}", reasons::conditional(&settled.depends_on)),
            None => reasons::conditional(&settled.depends_on),
        },
    };
    let verdict = if unsupported.is_some() { Verdict::Unsupported } else { settled.verdict };
    let is_conditional = verdict == Verdict::Conditional;
    let works = match verdict {
        Verdict::Allowed | Verdict::Conditional => total,
        Verdict::Denied | Verdict::Blocked | Verdict::Unsupported => Cond::Known(false),
    };
    let answer = Answer {
        subject: subject(read, profile),
        verdict,
        denial: settled.denial.filter(|_| verdict == Verdict::Denied),
        blocked_by: settled.blocked.filter(|_| verdict == Verdict::Blocked).map(|blocked| blocked.by),
        reason,
        legs: legs.into_iter().map(|leg| leg.leg).collect(),
        conditions: settled.conditions.filter(|_| is_conditional),
        witness: if is_conditional { settled.witness } else { Witness::default() },
        depends_on: if is_conditional { settled.depends_on } else { Vec::new() },
        assumptions: assumed.into_list(),
        by_key: if is_conditional { settled.by_key } else { Vec::new() },
        fix: if verdict == Verdict::Denied { fixes } else { Vec::new() },
        advice: advice(read, profile, kind),
        as_default: None,
    };
    Judged { answer, works }
}

/// How the object is encrypted, where that is not known at all.
fn encryption(read: &ResolvedRead<'_>, facts: &Facts<'_>) -> Cond {
    match facts {
        Facts::Without(_) | Facts::Key(..) | Facts::OneOf(..) => Cond::Known(true),
        Facts::NotProvided => Cond::atom(Atom::Opaque(Unknown::missing(
            FactId::ObjectEncryption(read.asked.id()),
            match read.standing {
                Standing::Exists | Standing::Indifferent => {
                    "neither an [[object]] nor the bucket's default says how the object is encrypted"
                }
                Standing::Made | Standing::Replicated => {
                    "neither the request nor the bucket's default says how the object is encrypted"
                }
            },
        ))),
    }
}

fn advice(read: &ResolvedRead<'_>, profile: &Profile, kind: Option<EncryptionType>) -> Vec<Advice> {
    let mut all = advice_of_rows(read, profile, kind);
    let service = delivery::service(read).filter(|service| service.sse_kms == Support::Yes);
    let of_service = service.and_then(|service| service.why.clone());
    all.extend(of_service.map(|text| Advice { action: "sts:AssumeRole".to_owned(), text }));
    all
}

fn advice_of_rows(read: &ResolvedRead<'_>, profile: &Profile, kind: Option<EncryptionType>) -> Vec<Advice> {
    let doing = &read.question.doing;
    if !doing.is_read() {
        let rows = doing.row().map(|row| &row.advice).into_iter().flatten();
        return rows.map(|row| Advice { action: row.action.clone(), text: row.why.clone() }).collect();
    }
    let counts = |when: When| kind.map_or(when == When::Always, |kind| when.holds(kind));
    let more = profile.advise.iter().filter(|a| counts(a.when)).map(|a| (&a.action, &a.why));
    let less = profile.omits.iter().filter(|o| counts(o.when)).map(|o| (&o.action, &o.why));
    more.chain(less).map(|(action, why)| Advice { action: action.clone(), text: why.clone() }).collect()
}
