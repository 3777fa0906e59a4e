//! What a statement is about (R12, R13, R15, R19–R25).

use super::Lowering;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::json::Node;
use crate::name::{ResourcePattern, Syntax, has_variable, symbol};
use crate::policy::{PolicyKind, Scope, Version, condition};
use crate::source::{Span, Spanned};

impl Lowering<'_> {
    pub(super) fn resources(&mut self, node: &Node<'_>) -> Option<Scope<ResourcePattern>> {
        let found = self.pair(node, "Resource", "NotResource");
        let Some((list, negated)) = found else {
            match self.kind {
                // A trust policy has none; a document of unknown type may be one.
                PolicyKind::Trust => return None,
                PolicyKind::Key => {
                    self.problems.push(
                        Diagnostic::new(
                            Code::MissingResource,
                            node.span,
                            "this statement has no `Resource`, so it applies to no key",
                        )
                        .level(Severity::Warning)
                        .help("add \"Resource\": \"*\", which means this key"),
                    );
                }
                PolicyKind::Identity
                | PolicyKind::Boundary
                | PolicyKind::Session
                | PolicyKind::Bucket
                | PolicyKind::AccessPoint
                | PolicyKind::Scp
                | PolicyKind::Rcp
                | PolicyKind::Endpoint
                | PolicyKind::Resource
                | PolicyKind::Permissions => {
                    self.report(
                        Code::MissingResource,
                        node.span,
                        "this statement has neither `Resource` nor `NotResource`",
                        "add \"Resource\"",
                    );
                }
            }
            return Some(Scope::In(Box::default()));
        };
        if self.kind == PolicyKind::Trust {
            self.report(
                Code::RoleTrustPolicySyntaxErrorResource,
                list.span,
                "a role trust policy has no `Resource`: it always is about its role",
                "remove the element",
            );
            return None;
        }
        let what = if negated { "NotResource" } else { "Resource" };
        let syntax =
            Syntax { variables: self.version == Version::V2012, completes: self.kind.completes_arns() };
        let strings = self.strings(list, what);
        let mut patterns = Vec::with_capacity(strings.len());
        for (text, span) in strings {
            self.check_resource(text, span);
            let pattern = ResourcePattern::try_new(text, syntax).unwrap_or_else(|error| {
                self.problems.push(condition::bad_variable(error, text, span));
                ResourcePattern::new(text, Syntax { variables: false, ..syntax })
            });
            patterns.push(Spanned::new(pattern, span));
        }
        let patterns = patterns.into_boxed_slice();
        Some(if negated { Scope::NotIn(patterns) } else { Scope::In(patterns) })
    }

    fn check_resource(&mut self, text: &str, span: Span) {
        if text == "*" || text.starts_with("${") || symbol::is_unknown_in(text) {
            return;
        }
        if !text.starts_with("arn:") {
            // A pattern such as `arn*` or `*:key/x` can still match an ARN.
            if text.starts_with('*')
                || "arn:".starts_with(text.split(['*', '?']).next().unwrap_or(""))
                    && text.contains(['*', '?'])
            {
                return;
            }
            let help = if text.starts_with("s3://") {
                "write arn:aws:s3:::bucket/key"
            } else {
                "write an ARN such as arn:aws:s3:::bucket/* or `*`"
            };
            self.report(Code::InvalidArnPrefix, span, format!("`{text}` is not an ARN"), help);
            return;
        }
        let parts = text.splitn(6, ':').count();
        let cut_by_star = text.ends_with('*');
        let refuses = self.kind == PolicyKind::Session || (!cut_by_star && !self.kind.completes_arns());
        if parts < 6 && refuses {
            self.report(
                Code::MissingArnField,
                span,
                format!("`{text}` has {parts} of the six parts of an ARN"),
                "write arn:partition:service:region:account:resource; parts may be empty",
            );
        }
        if has_variable(text) {
            match self.version {
                Version::V2008 => self.problems.push(condition::variables_need_2012(span)),
                Version::V2012 if parts == 6 && has_variable_in_front(text) => self.report(
                    Code::VariableUnsupportedInElement,
                    span,
                    "a policy variable works only behind the fifth colon of an ARN",
                    "write out the Region and the account",
                ),
                Version::V2012 => {}
            }
        }
    }
}

/// Whether a policy variable begins in front of the resource of an ARN. A name without a service, such as `${PARTITION}`, is
/// one of a template, and a tool fills it in.
fn has_variable_in_front(text: &str) -> bool {
    let (mut rest, mut colons) = (text, 0);
    while let Some(at) = rest.find("${") {
        let (before, behind) = rest.split_at(at);
        colons += before.matches(':').count();
        let end = behind.find('}').map_or(behind.len(), |end| end + 1);
        let (variable, after) = behind.split_at(end);
        if colons >= 5 {
            return false;
        }
        if variable.get(2..).is_some_and(|name| name.contains(':')) {
            return true;
        }
        rest = after;
    }
    false
}
