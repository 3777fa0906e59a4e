//! Lowering of one `Condition` block.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PolicyKind, Test, TestValue, Version};
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::json::{Member, Node, Value};
use crate::name::{ConditionKey, VariableError, Wild, has_variable, keys, near, reference, symbol};
use crate::operator::{self, Dialect, Family, Operand, OperandError, Quantifier, STRING_EQUALS, Written};
use crate::source::{Span, Spanned};

pub(super) fn lower(
    node: &Node<'_>,
    kind: PolicyKind,
    version: Version,
    problems: &mut Vec<Diagnostic>,
) -> Box<[Test]> {
    if let Some(guard) = unknown_block(node) {
        return Box::new([guard]);
    }
    let Value::Object(blocks) = &node.value else {
        // Of what is no JSON, the parser has complained.
        if node.value == Value::Invalid {
            return Box::default();
        }
        problems.push(
            Diagnostic::new(
                Code::DataTypeMismatch,
                node.span,
                format!("`Condition` is {}, not an object", node.kind()),
            )
            .help("write {\"StringEquals\": {\"aws:SourceVpce\": \"vpce-…\"}}"),
        );
        return Box::default();
    };
    if blocks.is_empty() {
        problems.push(Diagnostic::new(
            Code::EmptyObjectCondition,
            node.span,
            "an empty `Condition` restricts nothing",
        ));
    }
    let mut tests = Vec::with_capacity(blocks.len());
    for block in blocks {
        let written = match Written::parse(&block.key.value) {
            Some(written) => written,
            None => {
                let unknown = unknown_operator(&block.key.value, block.key.span);
                // Nothing is compared, and IAM stores it.
                let nothing = matches!(&block.value.value, Value::Object(keys) if keys.is_empty());
                problems.push(if nothing { unknown.level(Severity::Warning) } else { unknown });
                continue;
            }
        };
        if written.if_exists && written.operator.family == Family::Null {
            problems.push(
                Diagnostic::new(
                    Code::NullWithIfExists,
                    block.key.span,
                    "`Null` cannot be combined with `IfExists`",
                )
                .help("`Null` already asks whether the key exists: write `Null`"),
            );
            continue;
        }
        let Value::Object(keys) = &block.value.value else {
            if block.value.value == Value::Invalid {
                continue;
            }
            problems.push(Diagnostic::new(
                Code::DataTypeMismatch,
                block.value.span,
                format!(
                    "`{}` holds {}, not an object of condition keys",
                    block.key.value,
                    block.value.kind()
                ),
            ));
            continue;
        };
        same_key_twice(keys, problems);
        for key in keys {
            tests.push(test(written, key, kind, version, problems));
        }
    }
    tests.into_boxed_slice()
}

/// Keys that differ in case alone are one key.
fn same_key_twice(keys: &[Member<'_>], problems: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &Member<'_>> = BTreeMap::new();
    for member in keys {
        let name = &*member.key.value;
        let earlier = *seen.entry(name.to_ascii_lowercase()).or_insert(member);
        if earlier.key.value != member.key.value {
            problems.push(
                Diagnostic::new(
                    Code::DuplicateKeysWithDifferentCase,
                    member.key.span,
                    format!("`{name}` is the key `{}` in other capitals", earlier.key.value),
                )
                .because(earlier.key.span, "the same key")
                .help("put the values into one list"),
            );
        }
    }
}

/// A block that the input leaves open holds, or not.
fn unknown_block(node: &Node<'_>) -> Option<Test> {
    let text = node.as_str().filter(|text| symbol::is_unknown_in(text))?;
    Some(guard(symbol::first_in(text)?, "true", node.span))
}

/// A line that holds when a switch of the input has a value.
pub(super) fn guard(name: &str, value: &str, at: Span) -> Test {
    let operand = Operand::Text(Wild::literal(value, false));
    Test {
        quantifier: Quantifier::One,
        operator: &STRING_EQUALS,
        if_exists: false,
        key: Spanned::new(ConditionKey::new(&symbol::unknown(name)), at),
        values: Arc::new([TestValue::new(operand, "", at)]),
    }
}

pub(crate) fn unknown_operator(written: &str, span: Span) -> Diagnostic {
    let bare = written.split_once(':').map_or(written, |(_, name)| name);
    let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
    let prefix = written.split_once(':').map(|(prefix, _)| prefix);
    let help = match prefix {
        Some(p) if p != "ForAllValues" && p != "ForAnyValue" => {
            did_you_mean(p, ["ForAllValues", "ForAnyValue"])
                .or(Some("prefixes are `ForAllValues:` and `ForAnyValue:`".into()))
        }
        Some(_) | None => did_you_mean(bare, operator::spellings()),
    };
    Diagnostic::new(Code::InvalidConditionOperator, span, format!("unknown condition operator `{written}`"))
        .maybe_help(help.or(Some(
            "operators are StringEquals, StringLike, ArnLike, Bool, IpAddress, Null, …; case counts".into(),
        )))
}

fn test(
    written: Written,
    member: &crate::json::Member<'_>,
    kind: PolicyKind,
    version: Version,
    problems: &mut Vec<Diagnostic>,
) -> Test {
    let key = ConditionKey::new(&member.key.value);
    check_key(&key, written, member.key.span, kind, problems);
    let dialect = Dialect { variables: version == Version::V2012 };
    let nodes: &[Node<'_>] = match &member.value.value {
        Value::Array(list) => list,
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)
        | Value::Invalid => std::slice::from_ref(&member.value),
    };
    if nodes.is_empty() {
        problems.push(no_values(written, &key, member.value.span));
    }
    if let Some(other) = other_type(nodes) {
        let message = format!("the values of `{key}` have different JSON types");
        problems.push(
            Diagnostic::new(Code::InvalidConditionDataType, other, message)
                .help("write all of them as strings"),
        );
    }
    let mut values = Vec::with_capacity(nodes.len());
    for node in nodes {
        let text = match &node.value {
            Value::String(text) | Value::Number(text) => &**text,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::Invalid => continue,
            Value::Null | Value::Array(_) | Value::Object(_) => {
                problems.push(Diagnostic::new(
                    Code::DataTypeMismatch,
                    node.span,
                    format!("a condition value is {}; it must be a string, number or boolean", node.kind()),
                ));
                continue;
            }
        };
        let operand = match (written.operator.parse)(text, dialect) {
            Ok(operand) => operand,
            Err(_) if symbol::is_unknown_in(text) => Operand::Symbol,
            Err(error) => {
                problems.push(bad_value(error, text, written.operator.family, node.span));
                Operand::Unreadable
            }
        };
        check_variables(&operand, text, written, version, node.span, problems);
        values.push(TestValue::new(operand, text, node.span));
    }
    Test {
        quantifier: written.quantifier,
        operator: written.operator,
        if_exists: written.if_exists,
        key: Spanned::new(key, member.key.span),
        values: values.into(),
    }
}

/// A list of values that is empty, and what it then asks.
fn no_values(written: Written, key: &ConditionKey, at: Span) -> Diagnostic {
    let (code, message) = match (written.quantifier, written.if_exists) {
        (Quantifier::All, _) => (
            Code::EmptyArrayConditionForallvalues,
            format!("without values this holds only where `{key}` is absent"),
        ),
        (Quantifier::Any, _) => {
            (Code::EmptyArrayConditionForanyvalue, format!("no value for `{key}`: this never holds"))
        }
        (Quantifier::One, true) => (
            Code::EmptyArrayConditionIfexists,
            format!("without values this holds only where `{key}` is absent"),
        ),
        (Quantifier::One, false) => {
            (Code::EmptyArrayCondition, format!("no value for `{key}`: the condition can never be met"))
        }
    };
    Diagnostic::new(code, at, message)
        .help(format!("write {{\"Null\": {{\"{key}\": \"true\"}}}} to ask for its absence"))
}

/// The first value whose JSON type is not that of the first one.
fn other_type(nodes: &[Node<'_>]) -> Option<Span> {
    let kind = |node: &Node<'_>| match &node.value {
        Value::String(_) => Some(0),
        Value::Number(_) => Some(1),
        Value::Bool(_) => Some(2),
        Value::Null | Value::Array(_) | Value::Object(_) | Value::Invalid => None,
    };
    let mut nodes = nodes.iter().filter_map(|node| Some((kind(node)?, node.span)));
    let (first, _) = nodes.next()?;
    nodes.find(|(kind, _)| *kind != first).map(|(_, at)| at)
}

fn check_key(
    key: &ConditionKey,
    written: Written,
    span: Span,
    kind: PolicyKind,
    problems: &mut Vec<Diagnostic>,
) {
    match key.folded().split_once(':') {
        _ if symbol::is_in(key.as_str()) => {}
        Some((service, name)) if !service.is_empty() && !name.is_empty() => {
            problems.extend(unknown_key(key).map(|unknown| unknown.or_at(span)));
        }
        Some(_) | None => {
            problems.push(
                Diagnostic::new(
                    Code::InvalidConditionKeyFormat,
                    span,
                    format!("`{key}` is not `service:key`"),
                )
                .help("condition keys look like aws:SourceVpce or kms:ViaService"),
            );
        }
    }
    if key.is_multivalued()
        && written.quantifier == Quantifier::One
        && written.operator.family != Family::Null
    {
        problems.push(
            Diagnostic::new(
                Code::MissingQualifier,
                span,
                format!("`{key}` holds a set of values; without `ForAllValues:` or `ForAnyValue:` the result is undocumented"),
            )
            .help("write the operator as `ForAnyValue:…`"),
        );
    }
    // KMS refuses this pair when the policy is stored (R43).
    if kind == PolicyKind::Key
        && written.quantifier == Quantifier::All
        && key.folded().starts_with("kms:encryptioncontext:")
    {
        problems.push(
            Diagnostic::new(
                Code::ForAllValuesWithEncryptionContext,
                span,
                "KMS refuses `ForAllValues` with kms:EncryptionContext:…",
            )
            .help("drop the prefix: the key has one value"),
        );
    }
}

/// What is wrong with a name that is no condition key, wherever it stands.
pub fn unknown_key(key: &ConditionKey) -> Option<Diagnostic> {
    if symbol::is_in(key.as_str()) || keys::exists(key) {
        return None;
    }
    let prefix = key.service()?;
    let is_family = |name: &str| {
        let family = format!("{name}/");
        keys::find(&family).is_some_and(|row| row.name.eq_ignore_ascii_case(&family))
            || reference::key(&family).is_some_and(|listed| listed.family().is_some())
    };
    let (code, message) = if is_family(key.folded().trim_end_matches('/')) {
        let message = format!("`{key}` names no tag: write the key of the tag after a slash");
        (Code::MissingTagKeyInCondition, message)
    } else if prefix == "aws" {
        (
            Code::InvalidGlobalConditionKey,
            format!("the condition key `{key}` does not exist: no request has it"),
        )
    } else if reference::has_keys_of(prefix) {
        let message = format!("`{prefix}` has no condition key `{key}`: no request has it");
        (Code::InvalidServiceConditionKey, message)
    } else {
        let message = format!("`{prefix}` is not the prefix of a service: no request has `{key}`");
        (Code::InvalidService, message)
    };
    let help = match near::near_key(key) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("keys are those that AWS lists; this is known as of {}", reference::date()),
    };
    Some(Diagnostic::placeless(code, message).help(help))
}

fn check_variables(
    operand: &Operand,
    text: &str,
    written: Written,
    version: Version,
    span: Span,
    problems: &mut Vec<Diagnostic>,
) {
    if !has_variable(text) {
        return;
    }
    let takes = matches!(operand, Operand::Text(_) | Operand::Arn(_));
    if version == Version::V2008 && takes {
        problems.push(variables_need_2012(span));
    } else if !takes && *operand != Operand::Unreadable {
        problems.push(Diagnostic::new(
            Code::InvalidVariableForOperator,
            span,
            format!("`{}` takes no policy variables", written.operator.name),
        ));
    }
}

pub(super) fn variables_need_2012(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::VariableUnsupportedInVersion,
        span,
        "policy variables are plain text in this version of the language",
    )
    .help("add \"Version\": \"2012-10-17\"")
}

pub(super) fn bad_variable(error: VariableError, text: &str, span: Span) -> Diagnostic {
    let (code, message, help) = match error {
        VariableError::MissingBrace(_) => {
            (Code::MissingBraceInVariable, "a policy variable is not closed", "close it with `}`")
        }
        VariableError::MissingQuote(_) => (
            Code::MissingQuoteInVariable,
            "the default value of a policy variable is not in single quotes",
            "write ${key, 'default'}",
        ),
        VariableError::Empty(_) => {
            (Code::EmptyVariable, "a policy variable has no name", "write ${aws:username}")
        }
        VariableError::Space(_) => (
            Code::UnsupportedSpaceInVariable,
            "a policy variable has a space around its name",
            "write ${aws:username}",
        ),
    };
    Diagnostic::new(code, span, format!("{message}: `{text}`")).help(help)
}

/// Whether a text is a variable with the name of a context key, and none of a template.
fn names_key(text: &str) -> bool {
    let inside = text.split_once("${").and_then(|(_, rest)| rest.split_once('}'));
    inside.is_some_and(|(name, _)| name.contains(':'))
}

pub(crate) fn bad_value(error: OperandError, text: &str, family: Family, span: Span) -> Diagnostic {
    let expected = match error {
        OperandError::Variable(error) => return bad_variable(error, text, span),
        OperandError::Expected(_) if names_key(text) => {
            let message = format!("`{text}` is a policy variable, and this operator takes none");
            let help = "compare with StringEquals or StringLike, or write out the value";
            return Diagnostic::new(Code::InvalidVariableForOperator, span, message).help(help);
        }
        OperandError::Expected(expected) => expected,
    };
    let code = match family {
        Family::Numeric => Code::TypeMismatchNumber,
        Family::Date => Code::TypeMismatchDate,
        Family::Bool | Family::Null => Code::TypeMismatchBoolean,
        Family::IpAddress => Code::TypeMismatchIpRange,
        Family::Arn | Family::Binary | Family::String => Code::TypeMismatchString,
    };
    Diagnostic::new(code, span, format!("`{text}` is not {expected}"))
        .help("what AWS makes of such a value is undocumented; no firm answer is given from it")
}
