//! Can somebody become this role? One step, no chains (R116–R127).
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::confirm::{confirmed, told};
use super::guardrails::{self, Assumed, Guardrail, Hierarchy, hierarchy};
use super::keys::{
    Who, follow, follow_network, given, network, open, principal, resource_account, tags_family,
};
use super::leg::{Decided, decide_leg};
use super::read::{closing_gate, conditional_reason, document_word};
use super::{Answer, AskError, AssumeQuestion, Denial, GateVerdict, Subject, Verdict, Witness, fix};
use crate::estate::{Estate, Known, Role, SharedPolicy, Tags, User};
use crate::eval::{
    Applicable, Caller, CallerKind, Context, Gate, Limit, Request, ResourceSide, SessionName, Side, Slot,
};
use crate::logic::{Assignment, Cond, Solver, Truth, Unknown};
use crate::name::{ActionName, symbol};

/// Answer one question.
pub fn assume(estate: &Estate, question: &AssumeQuestion) -> Result<Answer, AskError> {
    let mut answer = compose(judge(estate, question)?, question);
    let asked = |keys: &Assignment| AssumeQuestion {
        circumstances: told(&question.circumstances, keys),
        ..question.clone()
    };
    answer.witness = confirmed(answer.witness, &|keys| works_when(estate, &asked(keys)).ok());
    super::symbols::explain(estate, &mut answer.depends_on);
    Ok(answer)
}

/// When the role can be assumed, as a formula.
pub(super) fn works_when(estate: &Estate, question: &AssumeQuestion) -> Result<Cond, AskError> {
    Ok(judge(estate, question)?.total)
}

/// The request to STS as conditions see it.
pub(super) fn request(estate: &Estate, question: &AssumeQuestion) -> Result<Context, AskError> {
    let target = estate.role(&question.role)?;
    Ok(context(estate, question, target, &By::find(estate, question)?))
}

/// What the calls come to, before they are put into words.
struct Judged<'e> {
    target: &'e Role,
    legs: Vec<Decided>,
    total: Cond,
    assumed: Assumed,
    fixes: Vec<super::Fix>,
}

fn judge<'e>(estate: &'e Estate, question: &AssumeQuestion) -> Result<Judged<'e>, AskError> {
    let target = estate.role(&question.role)?;
    let by = By::find(estate, question)?;
    let mut assumed = Assumed::default();
    let mut legs = Vec::new();
    let mut total = Cond::Known(true);
    let default = match by.caller.kind {
        CallerKind::Federated if by.caller.name.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
        CallerKind::Federated => "sts:AssumeRoleWithWebIdentity",
        CallerKind::Role
        | CallerKind::User
        | CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::Service
        | CallerKind::Anonymous => "sts:AssumeRole",
    };
    let first = question.action.as_deref().unwrap_or(default);
    let mut fixes = Vec::new();
    for name in std::iter::once(first).chain(question.also.iter().map(String::as_str)) {
        let action = ActionName::new(name).filter(|a| a.service() == "sts").ok_or_else(|| AskError::Invalid {
            message: format!("`{name}` is no action that assumes a role"),
            help: Some("write sts:AssumeRole, sts:AssumeRoleWithWebIdentity, sts:AssumeRoleWithSAML, sts:TagSession or sts:SetSourceIdentity".to_owned()),
        })?;
        let decided = decide(estate, question, target, &by, &action, &mut assumed);
        if never(&by.caller, target).is_none() {
            fixes.extend(fix::for_leg(&decided, &documents(estate, target, &by)));
        }
        total = total.and(decided.allowed.clone());
        legs.push(decided);
    }
    Ok(Judged { target, legs, total, assumed, fixes })
}

/// Who asks, and what the estate holds of them.
struct By<'e> {
    caller: Caller,
    role: Option<&'e Role>,
    user: Option<&'e User>,
}

impl<'e> By<'e> {
    fn find(estate: &'e Estate, question: &AssumeQuestion) -> Result<Self, AskError> {
        let text = question.by.strip_prefix("service:").or_else(|| question.by.strip_prefix("federated:"));
        let text = text.unwrap_or(&question.by);
        let text = estate.identity_called(text).map_or(text, |arn| arn.as_str());
        let mut caller = Caller::parse(text).map_err(|error| AskError::Invalid {
            message: error.to_string(),
            help: Some(
                "`by` is service:NAME, federated:ARN, or the ARN of a role, user or session".to_owned(),
            ),
        })?;
        if question.by.starts_with("federated:") {
            caller.kind = CallerKind::Federated;
        }
        // A session's ARN lacks the path of its role: find the role by its name.
        let role = (caller.kind == CallerKind::Role)
            .then(|| {
                estate.roles.iter().find(|r| {
                    r.arn.value.as_str() == &*caller.name
                        || (matches!(caller.session, SessionName::Told(_))
                            && r.arn.value.account() == caller.account
                            && r.name() == caller.short_name())
                })
            })
            .flatten();
        let user = estate.user(&caller.name);
        if let Some(role) = role {
            caller.name = role.arn.value.as_str().into();
            caller.id = role.id.as_deref().map(Into::into);
            caller.has_boundary = matches!(&role.boundary, Known::Told(Some(_)));
        }
        if let Some(user) = user {
            caller.id = user.id.as_deref().map(Into::into);
            caller.has_boundary = matches!(&user.boundary, Known::Told(Some(_)));
        }
        if let Some(name) = &question.circumstances.session.name
            && caller.session == SessionName::Unknown
        {
            caller.session = SessionName::Told(name.as_str().into());
        }
        Ok(Self { caller, role, user })
    }

    fn policies(&self) -> &Known<Vec<SharedPolicy>> {
        match (self.role, self.user) {
            (Some(role), _) => &role.policies,
            (None, Some(user)) => &user.policies,
            (None, None) => &Known::NotTold,
        }
    }

    fn boundary(&self) -> &Known<Option<SharedPolicy>> {
        match (self.role, self.user) {
            (Some(role), _) => &role.boundary,
            (None, Some(user)) => &user.boundary,
            (None, None) => &Known::NotTold,
        }
    }

    fn tags(&self) -> &Known<Tags> {
        match (self.role, self.user) {
            (Some(role), _) => &role.tags,
            (None, Some(user)) => &user.tags,
            (None, None) => &Known::NotTold,
        }
    }
}

fn decide(
    estate: &Estate,
    question: &AssumeQuestion,
    target: &Role,
    by: &By<'_>,
    action: &ActionName,
    assumed: &mut Assumed,
) -> Decided {
    let account = target.arn.value.account();
    let strict = question.strict;
    let context = context(estate, question, target, by);
    let exempt = by.role.is_some_and(Role::is_service_linked);
    let scps = if by.caller.has_identity() && !exempt {
        hierarchy(estate, Guardrail::Scp, by.caller.account, strict, assumed)
    } else {
        Hierarchy::None
    };
    // Neither calls of a service-linked role are limited, nor that a service takes on its own (R79, R86).
    let linked = by.caller.kind == CallerKind::Service && target.is_service_linked();
    let rcps = if exempt || linked {
        Hierarchy::None
    } else {
        hierarchy(estate, Guardrail::Rcp, account, strict, assumed)
    };
    let identity = match by.policies() {
        Known::Told(policies) => Side::Policies(policies),
        Known::NotTold => Side::NotTold {
            what: Unknown::not_supplied(
                format!("identity-based policies of {}", by.caller.name),
                "the caller's policies were not supplied",
            ),
            denies: true,
        },
    };
    guardrails::snapshots(estate, by.policies(), by.boundary(), assumed);
    let boundary = if by.caller.has_identity() {
        guardrails::boundary(by.boundary(), &by.caller, strict, assumed)
    } else {
        Limit::None
    };
    // Only a role's session has session policies.
    let session = if by.caller.kind == CallerKind::Role {
        guardrails::session(&question.circumstances.session, strict, assumed)
    } else {
        Limit::None
    };
    let trust = match &target.trust {
        Known::Told(policy) => Side::Policies(std::slice::from_ref(policy)),
        Known::NotTold => Side::NotTold {
            what: Unknown::not_supplied(
                format!("trust policy of {}", target.arn.value),
                "it was not supplied",
            ),
            denies: true,
        },
    };
    let applicable = Applicable {
        identity,
        boundary,
        session,
        scps: scps.as_levels(),
        rcps: rcps.as_levels(),
        resource: ResourceSide::anchored(trust),
        ..Applicable::default()
    };
    let request = Request {
        caller: &by.caller,
        action,
        resource: target.arn.value.as_str(),
        within: None,
        resource_account: account,
        context: &context,
    };
    let notes = |gate: Gate, verdict: GateVerdict| match (gate, verdict) {
        (Gate::Identity | Gate::Resource, GateVerdict::Denied) if never(&by.caller, target).is_some() => {
            never(&by.caller, target).map(str::to_owned)
        }
        (Gate::Identity, GateVerdict::Denied) => {
            Some(format!("no identity-based policy of {} allows it", by.caller.short_name()))
        }
        (Gate::Resource, GateVerdict::Denied) => Some(format!(
            "no statement of the trust policy of {} lets {} make {}",
            target.name(),
            by.caller.name,
            action
        )),
        (_, _) => None,
    };
    decide_leg(&applicable, &request, &notes, &[])
}

/// Why no policy could ever let this caller in.
fn never(caller: &Caller, target: &Role) -> Option<&'static str> {
    match caller.kind {
        CallerKind::Root => Some("the root user of an account cannot assume a role"),
        CallerKind::FederatedUser => Some("sessions of GetFederationToken cannot assume a role"),
        CallerKind::Federated => {
            let (own, of_role) = (caller.account?, target.arn.value.account()?);
            let told = !own.is_unknown() && !of_role.is_unknown();
            (told && own != of_role).then_some("a role trusts the providers of its own account only")
        }
        CallerKind::Role | CallerKind::User | CallerKind::Service | CallerKind::Anonymous => None,
    }
}

/// How the keys of what a provider says about its users begin; those of all other providers are absent then. `None`
/// where they are not known apart.
fn claims(caller: &Caller) -> Option<String> {
    let name = &*caller.name;
    if caller.kind != CallerKind::Federated || symbol::is_in(name) {
        return None;
    }
    Some(match name.split_once(":oidc-provider/") {
        Some((_, issuer)) => format!("{issuer}:"),
        None if name.contains(":saml-provider/") => "saml:".to_owned(),
        None => format!("{name}:"),
    })
}

/// The context of a request to STS. What the caller may choose freely stays open (R125).
fn context(estate: &Estate, question: &AssumeQuestion, target: &Role, by: &By<'_>) -> Context {
    let depends = || open(true, "it depends on the request");
    let mut c = match claims(&by.caller) {
        Some(claims) => {
            let mut c = Context::new("sts", Slot::Absent);
            for family in ["aws:", "sts:", &claims] {
                c.set_family(family, depends());
            }
            c
        }
        None => Context::new("sts", depends()),
    };
    c.symbols = estate.has_symbols;
    c.set_family("s3:", Slot::Absent);
    c.set_family("kms:", Slot::Absent);
    if by.caller.has_identity() {
        principal(
            &mut c,
            &Who {
                estate,
                caller: &by.caller,
                role: by.role,
                tags: by.tags(),
                session_tags: &question.circumstances.session.tags,
                strict: question.strict,
            },
        );
        for key in ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"] {
            c.set(key, Slot::Absent);
        }
    } else {
        let service = by.caller.kind == CallerKind::Service;
        c.set("aws:PrincipalIsAWSService", Slot::one(if service { "true" } else { "false" }));
        c.set("aws:username", Slot::Absent);
        // Neither is in an organization, and neither has used MFA: the call of a token is not even signed.
        for key in [
            "aws:PrincipalOrgID",
            "aws:PrincipalOrgPaths",
            "aws:MultiFactorAuthPresent",
            "aws:MultiFactorAuthAge",
        ] {
            c.set(key, Slot::Absent);
        }
        if service {
            c.set("aws:PrincipalServiceName", Slot::one(&*by.caller.name));
        }
    }
    c.set("aws:ViaAWSService", Slot::one("false"));
    c.set("aws:SecureTransport", Slot::one("true"));
    network(&mut c, estate, &question.circumstances.whole_network(), None);
    resource_account(&mut c, estate, target.arn.value.account());
    c.set_family("aws:RequestTag/", open(true, "whoever assumes the role chooses the session tags"));
    // Only sts:AssumeRole has this parameter.
    c.set(
        "sts:ExternalId",
        match by.caller.kind {
            CallerKind::Federated => Slot::Absent,
            CallerKind::Role
            | CallerKind::User
            | CallerKind::Root
            | CallerKind::FederatedUser
            | CallerKind::Service
            | CallerKind::Anonymous => open(true, "whoever assumes the role chooses it; it is no secret"),
        },
    );
    c.set("sts:RoleSessionName", open(false, "whoever assumes the role chooses it"));
    c.set("sts:SourceIdentity", open(true, "whoever assumes the role chooses it"));
    for start in ["aws:ResourceTag/", "iam:ResourceTag/"] {
        let others = tags_family(&mut c, start, &target.tags, "the tags of the role were not told");
        c.set_family(start, others);
    }
    given(&mut c, &question.circumstances, &|_| true);
    follow(&mut c);
    follow_network(&mut c);
    c
}

fn documents<'e>(estate: &'e Estate, target: &'e Role, by: &By<'e>) -> fix::Documents<'e> {
    let policies = match (by.role, by.user) {
        (Some(role), _) => &role.policies,
        (None, Some(user)) => &user.policies,
        (None, None) => &Known::NotTold,
    };
    fix::Documents {
        estate,
        role: by.caller.name.to_string(),
        account: by.caller.account,
        identity: estate.own_policy(policies),
        boundary: None,
        session: None,
        resource: target.trust.told(),
        resource_name: format!("trust policy of {}", target.name()),
        resource_is_editable: true,
        endpoint: None,
        point: None,
        via_service: None,
    }
}

fn compose(judged: Judged<'_>, question: &AssumeQuestion) -> Answer {
    let Judged { target, legs, total, assumed, fixes } = judged;
    let total = &total;
    let explicit = legs.iter().find(|l| l.leg.denial == Some(Denial::Explicit));
    let denied = explicit.or_else(|| legs.iter().find(|l| l.leg.verdict == Verdict::Denied));
    let mut solver = Solver::new([total]);
    let (verdict, denial) = match (explicit, solver.decided(total)) {
        (Some(_), _) => (Verdict::Denied, Some(Denial::Explicit)),
        (None, Some(true)) => (Verdict::Allowed, None),
        (None, Some(false)) => (Verdict::Denied, Some(Denial::Implicit)),
        (None, None) => (Verdict::Conditional, None),
    };
    let reason = match (verdict, denied) {
        (Verdict::Denied, Some(l)) => match closing_gate(&l.leg) {
            Some(gate) => format!(
                "the {} does not let {} make {}",
                document_word(gate.gate, &l.leg),
                question.by,
                l.leg.action
            ),
            None => format!("nothing lets {} make {}", question.by, l.leg.action),
        },
        (Verdict::Conditional, _) => conditional_reason(&solver.depends_on(total)),
        (_, _) => format!("{} can become {}", question.by, target.name()),
    };
    let conditional = verdict == Verdict::Conditional;
    Answer {
        subject: Subject::Assume { role: target.arn.value.to_string(), by: question.by.clone() },
        verdict,
        denial,
        blocked_by: None,
        reason,
        legs: legs.into_iter().map(|l| l.leg).collect(),
        conditions: if conditional { solver.conditions(total) } else { None },
        witness: if conditional { solver.witness(total) } else { Witness::default() },
        depends_on: if conditional { solver.depends_on(total) } else { Vec::new() },
        assumptions: assumed.into_list(),
        by_key: Vec::new(),
        fix: if verdict == Verdict::Denied { fixes } else { Vec::new() },
        advice: Vec::new(),
    }
}
