//! Each leg of a read, asked through all voices. `can` is the voice that the others are held to.

use std::collections::{BTreeMap, BTreeSet};

use decryptable::ask::{
    self, AccessGraph, Answer, ConditionLine, Denial, DoesQuestion, Evidence, GateVerdict, Given, Layer, Leg,
    Network, NodeKind, Verdict, WhoDoes, WhoQuestion,
};
use decryptable::estate::Known;
use decryptable::eval::Gate;
use decryptable::logic::UnknownKind;
use decryptable::name::{Arn, ConditionKey};

use super::becoming::SESSION_TAGS;
use super::conditions;
use super::difference::{Difference, Tally};
use super::held::{Held, carries_over, forwarded};
use super::leg::{scene, side};
use super::loaded::Loaded;
use super::simulated;

pub(crate) struct Witness<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) tally: &'a mut Tally,
    pub(crate) found: Vec<Difference>,
    /// Answers of `who`, by the whole of their question.
    asked: BTreeMap<String, Result<AccessGraph, String>>,
}

/// A step of a map, by whoever takes it.
pub(crate) struct Step<'m> {
    pub(crate) verdict: Verdict,
    pub(crate) conditions: &'m Option<Vec<Vec<ConditionLine>>>,
    pub(crate) depends_on: BTreeSet<String>,
    pub(crate) evidence: &'m [Evidence],
}

/// The step works by session tags of whoever asks, of which `can` takes there to be none.
fn asks_for_tags(step: &Step<'_>) -> bool {
    step.depends_on.iter().any(|name| name.contains(SESSION_TAGS))
}

pub(crate) fn step<'m>(
    map: &'m AccessGraph,
    principal: &str,
    is_target: impl Fn(&str) -> bool,
) -> Option<Step<'m>> {
    let edge = map.edges.iter().find(|edge| {
        let to = &map.nodes[edge.to];
        edge.layer == Layer::Today
            && map.nodes[edge.from].id == principal
            && (to.kind == NodeKind::Resource || is_target(&to.id))
    })?;
    Some(Step {
        verdict: edge.verdict,
        conditions: &edge.conditions,
        depends_on: edge.depends_on.iter().map(|u| u.name.to_lowercase()).collect(),
        evidence: &edge.evidence,
    })
}

pub(crate) fn names(keys: &BTreeSet<String>) -> String {
    keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

pub(crate) fn depends_on(answer: &Answer) -> BTreeSet<String> {
    answer.depends_on.iter().map(|u| u.name.to_lowercase()).collect()
}

/// The gates that shut a leg or leave it open, as a kind of difference names them.
pub(crate) fn settling(leg: &Leg) -> String {
    let settles = |v: GateVerdict| matches!(v, GateVerdict::Denied | GateVerdict::Conditional);
    let gates = leg.gates.iter().filter(|gate| settles(gate.verdict));
    let mut gates: Vec<String> =
        gates.map(|gate| format!("{} {}", gate.gate.as_str(), gate.verdict.as_str())).collect();
    if gates.is_empty() {
        gates.push("no gate".to_owned());
    }
    gates.join(" + ")
}

/// What speaks to a leg: gate, file, place, and when.
fn spoken(leg: &Leg) -> BTreeMap<(u32, u32), (Gate, String)> {
    let each = leg.gates.iter().flat_map(|gate| gate.evidence.iter().map(|e| (gate.gate, e)));
    each.map(|(gate, e)| (place(e), (gate, conditions::shown(e.when.as_ref())))).collect()
}

pub(crate) fn place(evidence: &Evidence) -> (u32, u32) {
    (simulated::source(evidence.span.source), evidence.span.start)
}

pub(crate) fn shown(question: &DoesQuestion) -> String {
    let c = &question.circumstances;
    let mut out = format!("can {} {}", question.role, question.object);
    let mut option = |flag: &str, value: Option<&String>| {
        if let Some(value) = value {
            out.push_str(&format!(" {flag} {value}"));
        }
    };
    option("--from-ip", c.network.source_ip.as_ref());
    option("--from-endpoint", c.network.endpoint.as_ref());
    option("--from-vpc", c.network.vpc.as_ref());
    option("--from-private-ip", c.network.private_ip.as_ref());
    option("--session-name", c.session.name.as_ref());
    option("--version-id", question.version_id.as_ref());
    option("--access-point", question.access_point.as_ref());
    option("--profile", Some(&question.profile));
    for (key, given) in &c.context {
        match given {
            Given::Absent => out.push_str(&format!(" --absent {}", key.as_str())),
            Given::Values(values) => {
                out.push_str(&format!(" --context {}={}", key.as_str(), values.join(",")))
            }
        }
    }
    if c.session.policies.is_provided() {
        out.push_str(" --session-policy (of the row)");
    }
    if let Known::Provided(tags) = &c.session.tags {
        for (key, value) in tags {
            out.push_str(&format!(" --session-tag {key}={value}"));
        }
    }
    if question.strict {
        out.push_str(" --strict");
    }
    out
}

impl<'a> Witness<'a> {
    pub(crate) fn new(loaded: &'a Loaded, tally: &'a mut Tally) -> Self {
        Self { loaded, tally, found: Vec::new(), asked: BTreeMap::new() }
    }

    pub(crate) fn differ(&mut self, kind: String, detail: String) {
        self.found.push(Difference { kind, detail });
    }

    /// One question about everybody.
    pub(crate) fn read(&mut self, row: &DoesQuestion) {
        let mut open = Vec::new();
        for arn in self.loaded.principals() {
            let question = DoesQuestion { role: arn.to_string(), ..row.clone() };
            if let Some(answer) = self.one(&arn, &question) {
                open.push(answer);
            }
        }
        // What a conditional answer depends on is told next, as its own witnesses tell it.
        let witnesses = open.iter().flat_map(|a| [&a.witness.allowed, &a.witness.denied]);
        let mut told: Vec<_> = witnesses.flatten().filter(|keys| !keys.is_empty()).collect();
        told.sort();
        told.dedup();
        for keys in told.into_iter().take(4) {
            let mut next = row.clone();
            for (key, values) in keys.iter().filter(|(key, _)| key != ask::OBJECT_KEY) {
                let given = values.clone().map_or(Given::Absent, Given::Values);
                next.circumstances.context.retain(|(known, _)| *known != ConditionKey::new(key));
                next.circumstances.context.push((ConditionKey::new(key), given));
            }
            for arn in self.loaded.principals() {
                self.one(&arn, &DoesQuestion { role: arn.to_string(), ..next.clone() });
            }
        }
    }

    /// One question about one principal; the answer, where it is conditional.
    fn one(&mut self, arn: &Arn, question: &DoesQuestion) -> Option<Answer> {
        let estate = &self.loaded.intake.estate;
        let answer = match ask::read(estate, question) {
            Ok(answer) => answer,
            Err(error) => {
                self.tally.skipped(format!("can: {}", error.to_string().split('`').next().unwrap_or("")));
                return None;
            }
        };
        self.tally.compared("reads");
        self.whole(arn, question, &answer);
        for (at, leg) in answer.legs.iter().enumerate() {
            self.leg(arn, question, &answer, at, leg);
        }
        (answer.verdict == Verdict::Conditional).then_some(answer)
    }

    fn who(&mut self, question: &WhoQuestion) -> Result<AccessGraph, String> {
        let key = format!("{question:?}");
        let estate = &self.loaded.intake.estate;
        let answer = self
            .asked
            .entry(key)
            .or_insert_with(|| ask::who(estate, question).map_err(|error| error.to_string()));
        answer.clone()
    }

    /// `who s3://…` against the whole answer.
    fn whole(&mut self, arn: &Arn, question: &DoesQuestion, answer: &Answer) {
        if question.version_id.is_some() || question.access_point.is_some() {
            self.tally.skipped("who s3://: it has no words for a version or an access point");
            return;
        }
        let asked = WhoQuestion {
            what: WhoDoes::Read { object: question.object.clone(), profile: question.profile.clone() },
            ways_of_one: 1,
            direct: true,
            escalation: false,
            circumstances: question.circumstances.clone(),
            strict: question.strict,
        };
        let map = match self.who(&asked) {
            Ok(map) => map,
            Err(error) => {
                self.differ(format!("who s3://: not askable: {}", plain(&error)), shown(question));
                return;
            }
        };
        self.tally.compared("who s3://");
        let step = step(&map, arn.as_str(), |_| false);
        let said = step.as_ref().map_or(Verdict::Denied, |step| step.verdict);
        let wanted = match answer.verdict {
            Verdict::Blocked | Verdict::Unsupported => Verdict::Denied,
            Verdict::Allowed | Verdict::Denied | Verdict::Conditional => answer.verdict,
        };
        if said == Verdict::Conditional && step.as_ref().is_some_and(asks_for_tags) {
            self.tally.skipped("who s3://: a session that may carry tags");
            return;
        }
        if said != wanted {
            let gates: Vec<String> = answer.legs.iter().map(settling).collect();
            self.differ(
                format!(
                    "who s3://: {} where can says {} [{}]",
                    said.as_str(),
                    answer.verdict.as_str(),
                    gates.join(" / ")
                ),
                format!("{}\ncan: {}", shown(question), answer.reason),
            );
            return;
        }
        let Some(step) = step else { return };
        if let Some(why) = conditions::unlike(&answer.conditions, step.conditions) {
            let (can, who) = (depends_on(answer), step.depends_on);
            let more =
                |a: &BTreeSet<String>, b: &BTreeSet<String>| names(&a.difference(b).cloned().collect());
            self.differ(
                format!(
                    "who s3://: another condition (only can: {}; only who: {})",
                    more(&can, &who),
                    more(&who, &can)
                ),
                format!("{}\n{why}", shown(question)),
            );
        }
        let can: BTreeSet<(u32, u32)> = answer
            .legs
            .iter()
            .filter(|leg| leg.verdict != Verdict::Denied)
            .flat_map(|leg| spoken(leg).into_keys())
            .collect();
        let who: BTreeSet<(u32, u32)> = step.evidence.iter().map(place).collect();
        if can != who {
            self.differ("who s3://: other statements as evidence".to_owned(), shown(question));
        }
    }

    fn leg(&mut self, arn: &Arn, question: &DoesQuestion, answer: &Answer, at: usize, leg: &Leg) {
        if let Err(why) = scene(self.loaded, arn, question, leg) {
            self.tally.skipped(format!("{}: {why}", leg.action));
            self.explained(arn, question, leg);
            return;
        }
        // Only one leg is conditional: the condition of the answer is its own.
        let others = answer.legs.iter().enumerate().filter(|(other, _)| *other != at);
        // Encryption that was not told, and who pays, are no part of a leg.
        let beside = |name: &str| {
            ["encryption of", "key of", "s3:x-amz-request-payer", "x-amz-request-payer", "state of"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        let alone = others.into_iter().all(|(_, leg)| leg.verdict == Verdict::Allowed)
            && !depends_on(answer).iter().any(|name| beside(name));
        self.by_action(arn, question, answer, leg, alone);
        self.simulated(arn, question, answer, leg, alone);
        self.explained(arn, question, leg);
    }

    /// `who --action ACTION RESOURCE` against one leg.
    fn by_action(&mut self, arn: &Arn, question: &DoesQuestion, answer: &Answer, leg: &Leg, alone: bool) {
        let mut circumstances = question.circumstances.clone();
        if let Some(version) = &question.version_id {
            let given = Given::Values(vec![version.clone()]);
            circumstances.context.push((ConditionKey::new("s3:VersionId"), given));
        }
        let mut blocked = leg.verdict == Verdict::Blocked;
        {
            let Ok(scene) = scene(self.loaded, arn, question, leg) else { return };
            if let Some(kms) = &scene.kms {
                // The key does not know the bucket that it does not suit.
                if kms.is_not_for(scene.region) {
                    self.tally.skipped("who --action kms:Decrypt: a key that S3 cannot use for the bucket");
                    return;
                }
                circumstances.network = Network::default();
                circumstances.context.retain(|(key, _)| carries_over(key.folded()));
                for (key, held) in forwarded(kms, scene.region) {
                    if circumstances.context.iter().any(|(known, _)| *known == ConditionKey::new(key)) {
                        continue;
                    }
                    let given = match held {
                        Held::Values(values) => Given::Values(values),
                        Held::Absent => Given::Absent,
                        Held::Open => continue,
                    };
                    circumstances.context.push((ConditionKey::new(key), given));
                }
                if question.circumstances.whole_network().through_endpoint() {
                    circumstances.context.push((ConditionKey::new("aws:SourceIp"), Given::Absent));
                }
                // A fact of the key stops the call whatever the other leg says.
                let state = kms.key.and_then(|key| key.state.provided()).is_some_and(|s| !s.value.decrypts());
                if state && leg.verdict == Verdict::Allowed && answer.verdict != Verdict::Unsupported {
                    self.differ(
                        "can: a leg counts as allowed although its key is disabled, because the other leg is denied".to_owned(),
                        shown(question),
                    );
                    blocked = true;
                }
            }
        }
        let asked = WhoQuestion {
            what: WhoDoes::Action { action: leg.action.clone(), resource: leg.resource.clone() },
            ways_of_one: 1,
            direct: true,
            escalation: false,
            circumstances,
            strict: question.strict,
        };
        let name = format!("who --action {}", leg.action);
        let detail =
            |more: &str| format!("{}\nleg {} on {}\n{more}", shown(question), leg.action, leg.resource);
        let map = match self.who(&asked) {
            Ok(map) => map,
            Err(error) => {
                self.differ(format!("{name}: not askable: {}", plain(&error)), detail(&error));
                return;
            }
        };
        self.tally.compared(name.as_str());
        let step = step(&map, arn.as_str(), |_| false);
        let said = step.as_ref().map_or(Verdict::Denied, |step| step.verdict);
        let wanted = if blocked { Verdict::Denied } else { leg.verdict };
        if said == Verdict::Conditional && step.as_ref().is_some_and(asks_for_tags) {
            self.tally.skipped("who --action: a session that may carry tags");
            return;
        }
        if said != wanted {
            let word = if blocked { "blocked" } else { leg.verdict.as_str() };
            let open = step.as_ref().map(|step| step.depends_on.clone()).unwrap_or_default();
            let detail = detail(&format!(
                "can: {} ({word})\nhere: {}, depends on {}",
                answer.reason,
                said.as_str(),
                names(&open)
            ));
            self.unlike(&name, said.as_str(), word, &open, answer, leg, &detail);
            return;
        }
        let Some(step) = step else { return };
        if alone
            && answer.verdict == Verdict::Conditional
            && leg.verdict == Verdict::Conditional
            && let Some(why) = conditions::unlike(&answer.conditions, step.conditions)
        {
            let (can, who) = (depends_on(answer), step.depends_on.clone());
            let more =
                |a: &BTreeSet<String>, b: &BTreeSet<String>| names(&a.difference(b).cloned().collect());
            let extra: Vec<String> = who.difference(&can).cloned().collect();
            for key in &extra {
                self.differ(format!("{name}: leaves open {}", plain(key)), detail(&why));
            }
            if extra.is_empty() {
                self.differ(
                    format!("{name}: another condition (only can: {})", more(&can, &who)),
                    detail(&why),
                );
            }
            return;
        }
        self.statements(&name, leg, &step, &detail);
    }

    /// Another verdict: by what is left open, else by the gates that settle it in `can`.
    #[allow(clippy::too_many_arguments, reason = "all of it is one difference")]
    pub(crate) fn unlike(
        &mut self,
        name: &str,
        said: &str,
        wanted: &str,
        open: &BTreeSet<String>,
        answer: &Answer,
        leg: &Leg,
        detail: &str,
    ) {
        let known = depends_on(answer);
        let more: BTreeSet<&String> = open.difference(&known).collect();
        for key in &more {
            self.differ(format!("{name}: leaves open {}", plain(key)), detail.to_owned());
        }
        let shut = leg
            .gates
            .iter()
            .filter(|gate| matches!(gate.verdict, GateVerdict::Denied | GateVerdict::Conditional));
        let lacks = [Gate::Ownership, Gate::PublicAccess, Gate::Endpoint];
        let lacking: Vec<Gate> = shut.map(|gate| gate.gate).filter(|gate| lacks.contains(gate)).collect();
        for gate in &lacking {
            self.differ(
                format!("{name}: {said} where can says {wanted}, by the gate {}", gate.as_str()),
                detail.to_owned(),
            );
        }
        if more.is_empty() && lacking.is_empty() {
            self.differ(
                format!("{name}: {said} where can says {wanted} [{}]", settling(leg)),
                detail.to_owned(),
            );
        }
    }

    /// The statements that speak, and when each of them does.
    pub(crate) fn statements(
        &mut self,
        name: &str,
        leg: &Leg,
        step: &Step<'_>,
        detail: &dyn Fn(&str) -> String,
    ) {
        let can = spoken(leg);
        let who: BTreeMap<(u32, u32), String> =
            step.evidence.iter().map(|e| (place(e), conditions::shown(e.when.as_ref()))).collect();
        for (place, (gate, when)) in &can {
            match who.get(place) {
                None => self.differ(
                    format!("{name}: a statement of the {} does not speak", gate.describe()),
                    detail(&self.file(*place)),
                ),
                Some(other) if other != when => {
                    for key in conditions::keys_between(when, other) {
                        self.differ(
                            format!("{name}: leaves open {key}"),
                            detail(&format!("{}\ncan: {when}\nthe other: {other}", self.file(*place))),
                        );
                    }
                }
                Some(_) => {}
            }
        }
        for (place, when) in who.iter().filter(|(place, _)| !can.contains_key(place)) {
            let mut keys: Vec<String> = conditions::keys_between("", when);
            keys.retain(|key| key != "the same keys");
            let kind = match keys.as_slice() {
                [only] => format!("{name}: leaves open {only}"),
                [] | [_, _, ..] => format!("{name}: a statement speaks that is silent in can"),
            };
            self.differ(kind, detail(&format!("{}\nthe other: {when}", self.file(*place))));
        }
    }

    fn file(&self, (source, at): (u32, u32)) -> String {
        let policies = self.loaded.intake.policies();
        let found = policies.iter().find(|p| simulated::source(p.span.source) == source);
        let name = found.map_or("?", |p| self.loaded.intake.sources.name(p.span.source));
        format!("{name} at byte {at}")
    }

    /// `simulate` against one leg.
    fn simulated(&mut self, arn: &Arn, question: &DoesQuestion, answer: &Answer, leg: &Leg, alone: bool) {
        let loaded = self.loaded;
        let Ok(scene) = scene(loaded, arn, question, leg) else { return };
        let side = side(loaded, &scene, leg);
        let said = match side {
            _ if question.strict => Err("a strict question"),
            _ if loaded.intake.estate.has_symbols => Err("values that the input leaves open"),
            _ if answer.depends_on.iter().any(|u| u.name == "x-amz-request-payer") => {
                Err("who pays, which no policy says")
            }
            Ok(side) => simulated::ask(loaded, &scene, &leg.action, &leg.resource, &side),
            Err(why) => Err(why),
        };
        let said = match said {
            Ok(said) => said,
            Err(why) => {
                self.tally.skipped(format!("simulate: {why}"));
                return;
            }
        };
        if leg.verdict == Verdict::Conditional && answer.verdict != Verdict::Conditional {
            self.tally.skipped("simulate: a conditional leg beside a denied one");
            return;
        }
        if leg.verdict == Verdict::Conditional
            && answer
                .depends_on
                .iter()
                .any(|u| matches!(u.kind, UnknownKind::NotSupplied | UnknownKind::Unresolved))
        {
            self.tally.skipped("simulate: an answer that depends on facts of the configuration");
            return;
        }
        let name = format!("simulate {}", leg.action);
        self.tally.compared(name.as_str());
        let wanted = match (leg.verdict, leg.denial) {
            // Documents alone do not tell what stops a call, be it allowed under conditions or always.
            (Verdict::Blocked, _) if said.decision == "conditional" => "conditional",
            (Verdict::Allowed | Verdict::Blocked, _) => "allowed",
            (Verdict::Denied, Some(Denial::Explicit)) => "explicitDeny",
            (Verdict::Denied, _) => "implicitDeny",
            (Verdict::Conditional, _) => "conditional",
            (Verdict::Unsupported, _) => return,
        };
        let detail = |more: &str| {
            format!("{}\nleg {} on {}\n{more}\n{}", shown(question), leg.action, leg.resource, said.line)
        };
        if said.decision != wanted {
            let detail = detail(&format!(
                "can: {} ({wanted})\nhere: {}, depends on {}",
                answer.reason,
                said.decision,
                names(&said.depends_on)
            ));
            self.unlike(&name, &said.decision, wanted, &said.depends_on, answer, leg, &detail);
            return;
        }
        let undocumented = answer.depends_on.iter().any(|u| u.kind == UnknownKind::Undocumented);
        if alone
            && !undocumented
            && leg.verdict == Verdict::Conditional
            && answer.verdict == Verdict::Conditional
        {
            let line = |(key, operator, values): &(String, String, Vec<String>)| ConditionLine {
                key: key.clone(),
                operator: operator.clone(),
                values: values.clone(),
            };
            let other = said
                .conditions
                .as_ref()
                .map(|all| all.iter().map(|list| list.iter().map(line).collect()).collect());
            if let Some(why) = conditions::unlike(&answer.conditions, &other) {
                let can = depends_on(answer);
                let more =
                    |a: &BTreeSet<String>, b: &BTreeSet<String>| names(&a.difference(b).cloned().collect());
                let (only, others) = (more(&can, &said.depends_on), more(&said.depends_on, &can));
                self.differ(
                    format!("{name}: another condition (only can: {only}; only simulate: {others})"),
                    detail(&why),
                );
            }
        }
        let can: BTreeSet<(String, u32, u32)> = leg
            .gates
            .iter()
            .flat_map(|gate| gate.evidence.iter().map(move |e| (gate.gate, e)))
            .filter(|(gate, _)| *gate != Gate::Grant)
            .map(|(gate, e)| (gate.as_str().to_owned(), place(e).0, place(e).1))
            .collect();
        for (gate, source, at) in can.difference(&said.matched) {
            self.differ(
                format!("{name}: a statement of the {gate} gate does not speak"),
                detail(&self.file((*source, *at))),
            );
        }
        for (gate, source, at) in said.matched.difference(&can) {
            self.differ(
                format!("{name}: a statement of the {gate} gate speaks that is silent in can"),
                detail(&self.file((*source, *at))),
            );
        }
    }
}

/// A message without the names in it.
pub(crate) fn plain(message: &str) -> String {
    let mut out = String::new();
    for (at, part) in message.split('`').enumerate() {
        out.push_str(if at % 2 == 0 { part } else { "…" });
    }
    out.split(' ')
        .map(|word| if word.contains("arn:") || word.contains("://") { "…" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}
