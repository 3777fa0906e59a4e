//! What a Deny spares: a slip there makes it refuse a request that it was meant to let pass.

use super::view::View;
use super::{Miss, MissedElement, Near, Repair, condition, principal};
use crate::estate::Estate;
use crate::eval::{PolicyPlace, Request};
use crate::operator::Written;
use crate::policy::{Policy, Scope, Statement, Test};

/// The exceptions of a Deny that refuses the request, each with what of the request does not fit it; none where it has none.
pub(in crate::ask) fn exceptions(
    policy: &Policy,
    statement: &Statement,
    request: &Request<'_>,
    estate: &Estate,
    place: PolicyPlace,
) -> Option<Near> {
    let view = View::new(request, estate, place);
    let named = match &statement.principals {
        // A Deny that spares a role by NotPrincipal has to spare its account and its sessions as well.
        Some(scope @ Scope::NotIn(_)) => {
            principal::miss(scope, &view).map(|miss| Miss { repair: None, ..miss })
        }
        Some(Scope::In(_)) | None => None,
    };
    let misses: Vec<Miss> =
        named.into_iter().chain(statement.tests.iter().filter_map(|test| spared(test, &view))).collect();
    (!misses.is_empty()).then(|| Near {
        span: statement.span,
        pointer: policy.statement_pointer(statement),
        sid: statement.sid.as_ref().map(|sid| sid.value.to_string()),
        misses,
        names_caller: false,
    })
}

/// A negated line, read as what it leaves out.
fn spared(test: &Test, view: &View<'_>) -> Option<Miss> {
    let operator = test.operator.reverse().filter(|_| test.operator.negated)?;
    let mut miss = condition::miss(&Test { operator, ..test.clone() }, view);
    miss.operator = Some(test.written().spelling());
    miss.why = miss.why.replacen("it asks for", "it spares requests with", 1);
    if let Some(Repair::Operator(name)) = &miss.repair {
        let negated = Written::parse(name).and_then(|written| written.operator.reverse());
        miss.repair = negated.map(|operator| Repair::Operator(operator.name.to_owned()));
    }
    (miss.element == MissedElement::Condition).then_some(miss)
}
