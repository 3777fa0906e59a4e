//! What a text operand is: itself, a start, or something that needs an automaton.

use std::borrow::Cow;

use super::TooComplex;
use super::test_matrix::{Columns, Item};
use crate::name::{ArnPattern, Token, Tokens, Wild};
use crate::operator::Operand;

pub(super) enum Reading<'t> {
    /// No value fits it.
    Never,
    Literal(Cow<'t, str>),
    /// All that starts with it.
    Prefix(Cow<'t, str>),
    Glob(Tokens<'t>),
    /// All spellings of a text.
    AnyCase(Cow<'t, str>),
    /// Six parts, the first five of which never span a colon.
    Arn(&'t [Wild; 6]),
}

pub(super) fn read<'t>(columns: &Columns<'t>, item: &Item<'t>) -> Result<Reading<'t>, TooComplex> {
    match item.operand {
        Operand::Text(wild) => {
            let any_case = columns.operator(item.test).is_some_and(|o| o.name.ends_with("IgnoreCase"));
            if any_case {
                read_any_case(wild)
            } else if wild.is_exact() {
                Ok(Reading::Literal(Cow::Borrowed(wild.as_str())))
            } else {
                Ok(wild.tokens().map_or(Reading::Never, of_tokens))
            }
        }
        Operand::Arn(arn) => read_arn(arn),
        Operand::Number(_)
        | Operand::Date(_)
        | Operand::Flag(_)
        | Operand::Network(_)
        | Operand::Bytes(_)
        | Operand::Symbol
        | Operand::Unreadable => Err(TooComplex),
    }
}

fn of_tokens(tokens: Tokens<'_>) -> Reading<'_> {
    let is_lit = |t: &Token<'_>| matches!(t, Token::Lit(_));
    match tokens.split_last() {
        Some((Token::Any, head)) if head.iter().all(is_lit) => Reading::Prefix(joined(head)),
        _ if tokens.iter().all(is_lit) => Reading::Literal(joined(&tokens)),
        _ => Reading::Glob(tokens),
    }
}

/// The literals as one text.
fn joined<'t>(tokens: &[Token<'t>]) -> Cow<'t, str> {
    match tokens {
        [Token::Lit(only)] => Cow::Borrowed(only),
        many => many.iter().map(|t| if let Token::Lit(lit) = t { *lit } else { "" }).collect(),
    }
}

fn read_any_case(wild: &Wild) -> Result<Reading<'_>, TooComplex> {
    match wild.tokens().map(of_tokens) {
        None => Ok(Reading::Never),
        Some(Reading::Literal(text)) => {
            // What is in pieces is compared by words, in which a last sigma is a letter of its own.
            let sigma = |c: char| matches!(c, 'σ' | 'ς' | 'Σ');
            if !wild.is_exact() && text.contains(sigma) {
                return Err(TooComplex);
            }
            // No letter, no other spelling.
            let plain = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_alphabetic());
            Ok(if plain { Reading::Literal(text) } else { Reading::AnyCase(text) })
        }
        // These operators know no wildcards.
        Some(
            Reading::Never | Reading::Prefix(_) | Reading::Glob(_) | Reading::AnyCase(_) | Reading::Arn(_),
        ) => Err(TooComplex),
    }
}

fn read_arn(arn: &ArnPattern) -> Result<Reading<'_>, TooComplex> {
    let Some(parts) = arn.parts() else { return Err(TooComplex) };
    if arn.variables().next().is_none()
        && let Some(simple) = arn.whole().tokens().and_then(simple_arn)
    {
        return Ok(simple);
    }
    let [head @ .., tail] = parts;
    // No part of a value holds a colon that such a part asks for.
    let crosses = |t: &Token<'_>| matches!(t, Token::Lit(lit) if lit.contains(':'));
    let matches_some = |part: &Wild| part.tokens().is_some_and(|t| !t.iter().any(crosses));
    let never = !head.iter().all(matches_some) || tail.tokens().is_none();
    Ok(if never { Reading::Never } else { Reading::Arn(parts) })
}

/// The pattern as a literal or a start, when its wildcards are one star behind five colons.
fn simple_arn(tokens: Tokens<'_>) -> Option<Reading<'_>> {
    match of_tokens(tokens) {
        Reading::Prefix(text) if has_six_parts(&text) => Some(Reading::Prefix(text)),
        Reading::Literal(text) => Some(Reading::Literal(text)),
        Reading::Never | Reading::Prefix(_) | Reading::Glob(_) | Reading::AnyCase(_) | Reading::Arn(_) => {
            None
        }
    }
}

/// What an ARN is to the operators (R37).
pub(super) fn has_six_parts(text: &str) -> bool {
    text.bytes().filter(|b| *b == b':').nth(4).is_some()
}
