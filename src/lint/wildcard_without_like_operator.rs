use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::operator::Family;
use crate::policy::Policy;

pub(super) static LINT: Lint = Lint { code: Code::WildcardWithoutLikeOperator, check };

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        if test.operator.family != Family::String || test.operator.name.ends_with("Like") {
            continue;
        }
        for value in &*test.values {
            // `${*}` asks for the character itself.
            let text = value.text().replace("${*}", "").replace("${?}", "");
            // A question mark is part of addresses of web pages.
            let mark = text.contains('?') && !text.contains("://");
            if text.contains('*') || mark {
                let which = if text.contains('*') { "asterisk" } else { "question mark" };
                let message = format!("`{}` compares the {which} as a character", test.written().spelling());
                let like = if test.operator.negated { "StringNotLike" } else { "StringLike" };
                tell(LINT.says(value.span, message, format!("patterns need `{like}`")));
            }
        }
    }
}
