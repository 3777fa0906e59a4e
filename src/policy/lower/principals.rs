//! Who a statement is about (R12, R15, R26–R32).

use super::Lowering;
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::json::{Node, Value};
use crate::policy::principal::{self, PrincipalError};
use crate::policy::{Effect, PolicyKind, PrincipalPattern, Scope};
use crate::source::{Span, Spanned};

/// The keys of a `Principal` element.
pub(crate) const PRINCIPAL_KEYS: &[&str] = &["AWS", "Service", "Federated", "CanonicalUser"];

impl Lowering<'_> {
    pub(super) fn principals(&mut self, node: &Node<'_>, effect: Effect) -> Option<Scope<PrincipalPattern>> {
        let found = self.pair(node, "Principal", "NotPrincipal");
        if !self.kind.has_principals() {
            if let Some((list, negated)) = found {
                let element = if negated { "NotPrincipal" } else { "Principal" };
                let article = if self.kind == PolicyKind::Identity { "an" } else { "a" };
                let is_scp = self.kind == PolicyKind::Scp;
                let code = if is_scp { Code::ScpSyntaxErrorPrincipal } else { Code::UnsupportedPrincipal };
                self.report(
                    code,
                    list.span,
                    format!("{article} {} must not contain {element}", self.kind.describe()),
                    "remove the element: the policy applies to the principal it is attached to",
                );
            }
            return None;
        }
        let Some((list, negated)) = found else {
            self.report(
                Code::MissingPrincipal,
                node.span,
                format!("a statement of a {} says who it is about", self.kind.describe()),
                "add \"Principal\": {\"AWS\": \"arn:aws:iam::111111111111:role/…\"}",
            );
            // Without one an endpoint policy is about everyone, any other policy about nobody.
            let everyone = self.kind == PolicyKind::Endpoint;
            let listed = everyone.then(|| Spanned::new(PrincipalPattern::everyone(), node.span));
            return Some(Scope::In(listed.into_iter().collect()));
        };
        if negated {
            if effect == Effect::Allow {
                self.report(
                    Code::AllowWithNotPrincipal,
                    list.span,
                    "`NotPrincipal` works only with `Deny`",
                    "list who is allowed in `Principal`",
                );
            }
            if matches!(self.kind, PolicyKind::Trust | PolicyKind::Rcp) {
                let code = if self.kind == PolicyKind::Trust {
                    Code::RoleTrustPolicySyntaxErrorNotprincipal
                } else {
                    Code::RcpSyntaxErrorPrincipal
                };
                self.report(
                    code,
                    list.span,
                    format!("a {} has no `NotPrincipal`", self.kind.describe()),
                    "use \"Principal\": \"*\" with ArnNotEquals on aws:PrincipalArn",
                );
            }
        }
        let patterns = self.principal_list(list);
        let only_star = patterns.iter().all(|p| p.value == PrincipalPattern::everyone());
        if self.kind == PolicyKind::Rcp && !negated && !only_star {
            self.report(
                Code::RcpSyntaxErrorPrincipal,
                list.span,
                "the principal of a resource control policy is `*`",
                "narrow it with a condition on aws:PrincipalArn or aws:PrincipalAccount",
            );
        }
        Some(if negated { Scope::NotIn(patterns) } else { Scope::In(patterns) })
    }

    fn principal_list(&mut self, node: &Node<'_>) -> Box<[Spanned<PrincipalPattern>]> {
        let mut patterns = Vec::new();
        match &node.value {
            Value::String(text) if text == "*" => {
                patterns.push(Spanned::new(PrincipalPattern::everyone(), node.span))
            }
            Value::Object(members) => {
                if members.is_empty() {
                    self.problems.push(Diagnostic::new(
                        Code::EmptyObjectPrincipal,
                        node.span,
                        "this names no principal",
                    ));
                }
                for member in members {
                    let key = &*member.key.value;
                    let parse = match key {
                        "AWS" => PrincipalPattern::aws,
                        "Service" => PrincipalPattern::service,
                        "Federated" => PrincipalPattern::federated,
                        "CanonicalUser" => PrincipalPattern::canonical,
                        _ => {
                            let help = did_you_mean(key, PRINCIPAL_KEYS.iter().copied())
                                .unwrap_or_else(|| format!("kinds are {}", PRINCIPAL_KEYS.join(", ")));
                            self.report(
                                Code::InvalidPrincipalKey,
                                member.key.span,
                                format!("`{key}` is not a kind of principal"),
                                &help,
                            );
                            continue;
                        }
                    };
                    let strings = self.strings(&member.value, "Principal");
                    patterns.reserve_exact(strings.len());
                    for (text, span) in strings {
                        match parse(text) {
                            Ok(pattern) => patterns.push(Spanned::new(pattern, span)),
                            Err(error) => self.bad_principal(error, key, text, span),
                        }
                    }
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Invalid => {
                // What it would mean as an AWS principal is kept, for whoever decides in spite of the mistake.
                let listed = node.as_str().into_iter().map(|text| (text, node.span));
                let listed = listed.chain(node.elements().iter().filter_map(|n| Some((n.as_str()?, n.span))));
                patterns.extend(
                    listed.filter_map(|(text, span)| {
                        Some(Spanned::new(PrincipalPattern::aws(text).ok()?, span))
                    }),
                );
                self.report(
                    Code::InvalidPrincipalFormat,
                    node.span,
                    "a principal is `\"*\"` or an object",
                    "write {\"AWS\": \"arn:aws:iam::111111111111:role/reader\"}",
                );
            }
        }
        patterns.into_boxed_slice()
    }

    fn bad_principal(&mut self, error: PrincipalError, key: &str, text: &str, span: Span) {
        match error {
            PrincipalError::Wildcard => self.report(
                Code::UnsupportedWildcardInPrincipal,
                span,
                format!("`{text}`: a principal takes no wildcard but a lone `*`"),
                "use \"*\" with ArnLike on aws:PrincipalArn",
            ),
            PrincipalError::Format if key == "Service" => self.problems.push(
                Diagnostic::new(
                    Code::InvalidServicePrincipalFormat,
                    span,
                    format!("`{text}` is not the name of a service principal"),
                )
                .level(Severity::Error)
                .help("write a service name such as ec2.amazonaws.com"),
            ),
            PrincipalError::Format => {
                let digits = principal::account_digits(text);
                let slip;
                let help = if let Some(digits) = digits.filter(|_| key == "AWS") {
                    slip = format!(
                        "an account id has twelve digits and nothing else, and this one has {digits}; a leading zero may be missing"
                    );
                    &slip
                } else if key == "AWS" {
                    "write an account id, or the ARN of an account root, role, user or session; groups cannot be principals"
                } else {
                    "write a service name such as ec2.amazonaws.com"
                };
                self.report(
                    Code::InvalidPrincipalValue,
                    span,
                    format!("`{text}` is not a principal of kind {key}"),
                    help,
                );
            }
        }
    }
}
