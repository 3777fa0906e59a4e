//! Expressions whose values were written down elsewhere, beside the repository.

use std::fs;
use std::path::Path;

use decryptable::load::terraform::source::console;

#[test]
#[ignore = "needs ../shared"]
fn every_expression_has_its_value() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/terraform/expressions.tsv");
    let text = fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (expression, expected) = line.split_once('\t').unwrap();
        let expression = expression.replace('␤', "\n");
        let value = console(&expression);
        if value.as_deref() != Ok(expected) {
            wrong.push(format!("{expression}\n  {value:?}\n  {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
