//! Calls to STS: `assume` against `trust`, `who --action` and `simulate`; and `diff` of an estate with itself.

use std::collections::BTreeSet;
use std::path::Path;

use decryptable::ask::{
    self, Answer, BecomesQuestion, Circumstances, Denial, DoesQuestion, Given, TrustQuestion, Verdict,
    WhoDoes, WhoQuestion,
};
use decryptable::config::DEFAULT_PROFILE;
use decryptable::estate::{Identity, Known, Role};
use decryptable::logic::UnknownKind;

use super::conditions;
use super::held::LegScene;
use super::loaded::Loaded;
use super::simulated::{self, Document, Side};
use super::voices::{Witness, depends_on, names, plain, step};

/// What `who` and `trust` leave open of a session that nobody described: they look for ways (R126), and `can` and `assume`
/// take it for one without tags, and say so (R4).
pub(crate) const SESSION_TAGS: &str = "session tags of the caller";

/// The question of a row, or the plain one.
pub(crate) fn between(role: &str, by: &str, like: Option<&BecomesQuestion>) -> BecomesQuestion {
    BecomesQuestion {
        role: role.to_owned(),
        by: by.to_owned(),
        action: None,
        also: Vec::new(),
        circumstances: like.map_or_else(Circumstances::default, |like| like.circumstances.clone()),
        strict: like.is_some_and(|like| like.strict),
    }
}

fn shown(question: &BecomesQuestion) -> String {
    let mut out = format!("assume {} by {}", question.role, question.by);
    for (key, given) in &question.circumstances.context {
        match given {
            Given::Absent => out.push_str(&format!(" --absent {}", key.as_str())),
            Given::Values(values) => {
                out.push_str(&format!(" --context {}={}", key.as_str(), values.join(",")))
            }
        }
    }
    if question.strict {
        out.push_str(" --strict");
    }
    out
}

impl Witness<'_> {
    /// Every role by every role and user of the estate, under the circumstances of a row.
    pub(crate) fn becoming(&mut self, like: Option<&BecomesQuestion>) {
        let loaded = self.loaded;
        let estate = &loaded.intake.estate;
        for target in estate.roles.iter().filter(|role| role.trust.is_provided()) {
            let role = target.arn.value.as_str();
            let trust = ask::trust(
                estate,
                &TrustQuestion {
                    role: Some(role.to_owned()),
                    by: None,
                    ways_of_one: 1,
                    escalation: false,
                    circumstances: like.map_or_else(Circumstances::default, |l| l.circumstances.clone()),
                    strict: like.is_some_and(|l| l.strict),
                },
            );
            let who = ask::who(
                estate,
                &WhoQuestion {
                    what: WhoDoes::Action { action: "sts:AssumeRole".to_owned(), resource: role.to_owned() },
                    ways_of_one: 1,
                    direct: true,
                    escalation: false,
                    circumstances: like.map_or_else(Circumstances::default, |l| l.circumstances.clone()),
                    strict: like.is_some_and(|l| l.strict),
                },
            );
            for by in loaded.principals() {
                let question = between(role, by.as_str(), like);
                let Ok(answer) = ask::assume(estate, &question) else { continue };
                self.tally.compared("assume");
                // A role that is the target of the map is nobody's start.
                for (name, map) in [("trust", &trust), ("who --action sts:AssumeRole", &who)] {
                    if by.as_str() == role {
                        continue;
                    }
                    match map {
                        Ok(map) => self.mapped(name, map, &question, &answer),
                        Err(error) => self.differ(
                            format!("{name}: not askable: {}", plain(&error.to_string())),
                            shown(&question),
                        ),
                    }
                }
                self.simulated_call(target, &question, &answer);
            }
        }
    }

    fn mapped(&mut self, name: &str, map: &ask::AccessGraph, question: &BecomesQuestion, answer: &Answer) {
        self.tally.compared(name);
        let step = step(map, &question.by, |id| id == question.role);
        let said = step.as_ref().map_or(Verdict::Denied, |step| step.verdict);
        let Some(leg) = answer.legs.first() else { return };
        let detail = |more: &str| format!("{}\nassume: {}\n{more}", shown(question), answer.reason);
        // A session nobody described may carry tags that whoever started it chose. `trust` looks at what such a session can
        // become, because it looks for ways (R126); `assume` takes the session for one without tags, and says so (R4).
        if said == Verdict::Conditional
            && step.as_ref().is_some_and(|step| step.depends_on.iter().any(|of| of.contains(SESSION_TAGS)))
        {
            self.tally.skipped("who and trust: a session that may carry tags");
            return;
        }
        // `assume` asks for one permission; a way with tags that nobody may pass is none (R118).
        let passed = |name: &str| {
            let name = name.to_lowercase();
            name.starts_with("aws:requesttag/") || name == "aws:tagkeys" || name == "sts:sourceidentity"
        };
        if name == "trust" && said == Verdict::Denied && answer.depends_on.iter().any(|u| passed(&u.name)) {
            self.tally.skipped("trust: what nobody may pass");
            return;
        }
        if said != answer.verdict {
            let open = step.as_ref().map(|step| step.depends_on.clone()).unwrap_or_default();
            let detail = detail(&format!("here: {}, depends on {}", said.as_str(), names(&open)));
            self.unlike(name, said.as_str(), answer.verdict.as_str(), &open, answer, leg, &detail);
            return;
        }
        let Some(step) = step else { return };
        if let Some(why) = conditions::unlike(&answer.conditions, step.conditions) {
            let can = depends_on(answer);
            let more =
                |a: &BTreeSet<String>, b: &BTreeSet<String>| names(&a.difference(b).cloned().collect());
            let kind = format!(
                "{name}: another condition (only assume: {}; only here: {})",
                more(&can, &step.depends_on),
                more(&step.depends_on, &can)
            );
            self.differ(kind, detail(&why));
            return;
        }
        self.statements(name, leg, &step, &detail);
    }

    fn simulated_call(&mut self, target: &Role, question: &BecomesQuestion, answer: &Answer) {
        let loaded = self.loaded;
        let estate = &loaded.intake.estate;
        let identity = match (estate.role(&question.by), estate.user(&question.by)) {
            (Ok(role), _) => Identity::Role(role),
            (Err(_), Some(user)) => Identity::User(user),
            (Err(_), None) => return,
        };
        let (Some(leg), Known::Provided(trust)) = (answer.legs.first(), &target.trust) else { return };
        if question.strict || estate.has_symbols {
            return;
        }
        if answer
            .depends_on
            .iter()
            .any(|u| matches!(u.kind, UnknownKind::NotSupplied | UnknownKind::Unresolved))
        {
            return;
        }
        // What STS holds of the caller is what S3 holds; the object plays no part.
        let as_read = DoesQuestion {
            doing: ask::Doing::default(),
            role: question.by.clone(),
            object: "s3://none/none".parse().unwrap(),
            version_id: None,
            access_point: None,
            profile: DEFAULT_PROFILE.to_owned(),
            circumstances: question.circumstances.clone(),
            strict: false,
        };
        let owner = target.arn.value.account();
        let scene = LegScene {
            estate,
            question: &as_read,
            identity,
            kms: None,
            becomes: Some(target),
            owner,
            region: None,
        };
        let side = Side {
            policy: Some(Document::Told(trust)),
            grants: &[],
            restrict_public: false,
            endpoint: None,
            rcps: !target.is_service_linked(),
        };
        let said = match simulated::ask(loaded, &scene, "sts:AssumeRole", target.arn.value.as_str(), &side) {
            Ok(said) => said,
            Err(why) => {
                self.tally.skipped(format!("simulate: {why}"));
                return;
            }
        };
        self.tally.compared("simulate sts:AssumeRole");
        let wanted = match (leg.verdict, leg.denial) {
            (Verdict::Denied, Some(Denial::Explicit)) => "explicitDeny",
            (Verdict::Denied, _) => "implicitDeny",
            (Verdict::Conditional, _) => "conditional",
            (Verdict::Allowed | Verdict::Blocked | Verdict::Unsupported, _) => "allowed",
        };
        if said.decision != wanted {
            let detail = format!(
                "{}\nassume: {} ({wanted})\nhere: {}, depends on {}\n{}",
                shown(question),
                answer.reason,
                said.decision,
                names(&said.depends_on),
                said.line
            );
            self.unlike(
                "simulate sts:AssumeRole",
                &said.decision,
                wanted,
                &said.depends_on,
                answer,
                leg,
                &detail,
            );
        }
    }

    /// An estate compared with itself.
    pub(crate) fn unchanged(&mut self, manifest: &Path) {
        let Some(mut old) = Loaded::open(manifest) else { return };
        let sources = std::mem::take(&mut old.intake.sources);
        let Some(new) = Loaded::beside(manifest, sources) else { return };
        let diff = ask::diff::estates(&old.intake.estate, &new.intake.estate, &new.intake.sources);
        self.tally.compared("diff");
        let gained = diff.gained.iter().chain(&diff.gained_operations).map(|c| ("gained", c));
        let lost = diff.lost.iter().chain(&diff.lost_operations).map(|c| ("lost", c));
        for (word, change) in gained.chain(lost) {
            let kind = match &change.subject {
                ask::diff::Subject::Documents => "documents".to_owned(),
                ask::diff::Subject::Read { .. } => "a read".to_owned(),
                ask::diff::Subject::Operation { operation, .. } => operation.clone(),
                ask::diff::Subject::Policies { kind, .. } => (*kind).to_owned(),
            };
            self.differ(format!("diff with itself: {word} {kind}"), format!("{:?}", change.subject));
        }
    }
}
