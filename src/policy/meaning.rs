//! One text for all spellings of the same policy: for comparing what two inputs say.

use super::{Effect, Policy, Scope, Statement, Test};
use crate::source::Spanned;

impl Policy {
    /// What the policy says, however it is written: without places, names and the order of statements and lists.
    pub fn meaning(&self) -> String {
        let mut statements: Vec<String> = self.statements.iter().map(of_statement).collect();
        statements.sort_unstable();
        statements.dedup();
        format!("{:?}\n{}", self.version, statements.join("\n"))
    }
}

fn of_statement(statement: &Statement) -> String {
    let effect = match statement.effect.value {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    let mut tests: Vec<String> = statement.tests.iter().map(of_test).collect();
    tests.sort_unstable();
    [
        effect.to_owned(),
        statement
            .principals
            .as_ref()
            .map(|s| list(s, |p| format!("{:?} {}", p.kind, p.text)))
            .unwrap_or_default(),
        list(&statement.actions, |a| a.folded().to_owned()),
        statement.resources.as_ref().map(|s| list(s, |r| r.as_str().to_owned())).unwrap_or_default(),
        tests.join(";"),
    ]
    .join("|")
}

fn list<P>(scope: &Scope<P>, text: impl Fn(&P) -> String) -> String {
    let mut texts: Vec<String> = scope.listed().iter().map(|p: &Spanned<P>| text(&p.value)).collect();
    texts.sort_unstable();
    texts.dedup();
    let not = if scope.is_negated() { "not " } else { "" };
    format!("{not}{texts:?}")
}

fn of_test(test: &Test) -> String {
    let mut values: Vec<&str> = test.values.iter().map(|value| value.text()).collect();
    values.sort_unstable();
    values.dedup();
    format!("{} {} {values:?}", test.written().spelling(), test.key.value.folded())
}
