//! `explain --denied` against a leg that is denied.

use decryptable::ask::{self, Denial, DoesQuestion, GateVerdict, Leg, Verdict};
use decryptable::denied::{self, Agreement, Asked, NamedFacts};
use decryptable::eval::Gate;
use decryptable::name::Arn;

use super::voices::{Witness, plain, shown};

impl Witness<'_> {
    /// `explain --denied` of the message that AWS would write for a denied leg leads to the same gate.
    pub(crate) fn explained(&mut self, arn: &Arn, question: &DoesQuestion, leg: &Leg) {
        let c = &question.circumstances;
        let plain_request = c.network.is_unknown()
            && c.context.is_empty()
            && c.session.name.is_none()
            && !c.session.policies.is_provided()
            && !c.session.tags.is_provided();
        let Some(role) = arn.resource_of("role").filter(|_| plain_request && question.version_id.is_none())
        else {
            return;
        };
        if leg.verdict != Verdict::Denied || question.object.key.contains(['*', '?']) {
            return;
        }
        let short = role.rsplit('/').next().unwrap_or(role);
        let session =
            format!("arn:{}:sts::{}:assumed-role/{short}/i-0abc", arn.partition(), arn.account_text());
        for gate in leg.gates.iter().filter(|g| g.verdict == GateVerdict::Denied && g.denial == leg.denial) {
            let Some(kind) = words(gate.gate) else { continue };
            let (action, resource) = (&leg.action, &leg.resource);
            let reason = match leg.denial {
                Some(Denial::Explicit) => format!("with an explicit deny in a {kind}"),
                _ => format!("because no {kind} allows the {action} action"),
            };
            let message = format!(
                "User: {session} is not authorized to perform: {action} on resource: \"{resource}\" {reason}"
            );
            let estate = &self.loaded.intake.estate;
            let named = NamedFacts {
                role: None,
                object: Some(question.object.clone()),
                profile: question.profile.clone(),
                strict: question.strict,
            };
            let (refusal, _) = denied::read(&message).remove(0);
            self.tally.compared("explain --denied");
            let detail = format!("{}\n{message}", shown(question));
            match denied::question(&refusal, estate, &named) {
                Ok(Asked::Read(asked)) => match ask::read(estate, &asked) {
                    Ok(answer) => {
                        let (agreement, says) = denied::compare(&refusal, &answer);
                        if agreement != Agreement::Same || refusal.reason.gate() != Some(gate.gate) {
                            let kind = format!(
                                "explain --denied: {} at the gate {} of {action}",
                                agreement.as_str(),
                                gate.gate.as_str()
                            );
                            self.differ(kind, format!("{detail}\n{says}"));
                        }
                    }
                    Err(error) => self.differ(
                        format!("explain --denied: not askable: {}", plain(&error.to_string())),
                        detail,
                    ),
                },
                Ok(Asked::Becomes(_) | Asked::Acts(_)) => {
                    self.differ("explain --denied: taken for an assumption".to_owned(), detail)
                }
                Err(why) => self.differ(format!("explain --denied: not asked: {}", plain(&why)), detail),
            }
        }
    }
}

/// The words of AWS for a gate that is shut (R135). Grants, ownership and Block Public Access have none.
fn words(gate: Gate) -> Option<&'static str> {
    Some(match gate {
        Gate::Identity => "identity-based policy",
        Gate::Boundary => "permissions boundary",
        Gate::Session => "session policy",
        Gate::Scp => "service control policy",
        Gate::Rcp => "resource control policy",
        Gate::Resource => "resource-based policy",
        Gate::Endpoint => "VPC endpoint policy",
        Gate::Grant | Gate::Ownership | Gate::PublicAccess => return None,
    })
}
