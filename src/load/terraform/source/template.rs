//! Texts that are written with parts that are evaluated, and where each part was written.

use std::rc::Rc;

use super::choice::{derived, on_both};
use super::fault::{Fault, Read, fault};
use super::machine::{Frame, Machine, Scope};
use super::operate;
use super::show;
use super::syntax::Token;
use super::value::{MAX_TEXT, Piece, Text, V, Val};
use crate::name::symbol;
use crate::source::Span;

/// A text without parts that are evaluated: `at` is where it stands with its quotation marks.
pub(super) fn literal(text: &Rc<str>, at: Span, graph: &dyn Machine) -> Val {
    let inside = Span { start: at.start + 1, end: at.end.saturating_sub(1).max(at.start + 1), ..at };
    let exact = inside.len() == text.len() && !text.is_empty() && graph.is_written(inside, text);
    let at_piece = if exact { inside } else { at };
    let piece = Piece { end: text.len(), at: at_piece, exact };
    Val::new(V::Str(Text { text: Rc::clone(text), pieces: Some([piece].into()) }), at)
}

/// The values that a template is made of.
pub(super) fn parts(
    graph: &dyn Machine,
    tokens: &[Token],
    scope: Scope<'_>,
    at: Span,
    out: &mut Vec<Val>,
) -> Result<(), Fault> {
    let mut rest = tokens;
    while let Some((token, behind)) = rest.split_first() {
        rest = behind;
        match token {
            Token::Literal { text, at, exact } => {
                let piece = Piece { end: text.len(), at: *at, exact: *exact };
                let text = Text { text: text.as_str().into(), pieces: Some([piece].into()) };
                out.push(Val::new(V::Str(text), *at));
            }
            Token::Value(expr) => out.push(graph.eval(expr, scope)?),
            Token::If(test) => {
                let (yes, no, after) = branches(behind);
                rest = after;
                let test_value = graph.eval(test, scope)?;
                let side = |tokens: &[Token]| {
                    let mut parts_of = Vec::new();
                    parts(graph, tokens, scope, at, &mut parts_of)?;
                    joined(&parts_of, at)
                };
                let value =
                    on_both(&test_value, 0, &|value, _| match &operate::to_bool(value, test.at)?.v {
                        V::Bool(true) => side(yes),
                        V::Bool(false) => side(no),
                        V::Hole(hole) => {
                            graph.note(hole);
                            let (name, is) = match hole.name.strip_prefix('!') {
                                Some(name) => (Rc::from(name), false),
                                None => (Rc::clone(&hole.name), true),
                            };
                            let (a, b) = if is { (side(yes), side(no)) } else { (side(no), side(yes)) };
                            super::choice::one_of(&name, a, b, test.at)
                        }
                        _other => fault("the test of `%{ if }` must be true or false", test.at),
                    })?;
                out.push(value);
            }
            Token::For { key_name, value_name, collection } => {
                let (body, after) = body_of(behind);
                rest = after;
                let value = graph.eval(collection, scope)?;
                if matches!(value.v, V::Choice(_)) {
                    out.push(derived(format!("a text for {}", show::short(&value)), &value, collection.at));
                    continue;
                }
                let Some(pairs) = graph.pairs(&value, collection.at)? else {
                    return fault("`%{ for }` goes over a list, a set or a map", collection.at);
                };
                for (key, value) in pairs {
                    let is_open = matches!(value.v, V::Maybe(_) | V::Rest(_));
                    if is_open {
                        out.push(derived(
                            format!("a text for {}", show::short(&value)),
                            &value,
                            collection.at,
                        ));
                        continue;
                    }
                    let key_frame = key_name.as_ref().map(|name| Frame {
                        name: Rc::clone(name),
                        value: key,
                        outer: scope.names,
                    });
                    let outer = key_frame.as_ref().or(scope.names);
                    let frame = Frame { name: Rc::clone(value_name), value, outer };
                    parts(graph, body, Scope { names: Some(&frame), ..scope }, at, out)?;
                    if out.len() > super::value::MAX_NODES {
                        out.truncate(0);
                        out.push(graph.too_long(at));
                        return Ok(());
                    }
                }
            }
            // Without their beginning they are nothing, and the parser says so.
            Token::Else | Token::EndIf | Token::EndFor => {}
        }
    }
    Ok(())
}

/// The tokens of both sides of `%{ if }`, and those behind it.
fn branches(tokens: &[Token]) -> (&[Token], &[Token], &[Token]) {
    let mut depth = 0_usize;
    let mut middle = None;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::If(_) => depth += 1,
            Token::Else if depth == 0 => middle = Some(index),
            Token::EndIf if depth == 0 => {
                let behind = tokens.get(index + 1..).unwrap_or_default();
                let yes = tokens.get(..middle.unwrap_or(index)).unwrap_or_default();
                let no = middle.and_then(|middle| tokens.get(middle + 1..index)).unwrap_or_default();
                return (yes, no, behind);
            }
            Token::EndIf => depth -= 1,
            Token::Else | Token::Literal { .. } | Token::Value(_) | Token::For { .. } | Token::EndFor => {}
        }
    }
    (tokens, &[], &[])
}

/// The tokens of `%{ for }`, and those behind it.
fn body_of(tokens: &[Token]) -> (&[Token], &[Token]) {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::For { .. } => depth += 1,
            Token::EndFor if depth == 0 => {
                return (
                    tokens.get(..index).unwrap_or_default(),
                    tokens.get(index + 1..).unwrap_or_default(),
                );
            }
            Token::EndFor => depth -= 1,
            Token::Literal { .. } | Token::Value(_) | Token::If(_) | Token::Else | Token::EndIf => {}
        }
    }
    (tokens, &[])
}

/// Texts that one text may be, by what is not known of its parts.
const MAX_TESTS: usize = 3;

/// One text of several parts; where a part is a choice, the text is one.
pub(super) fn joined(parts: &[Val], at: Span) -> Read {
    joined_in(parts, at, 0)
}

fn joined_in(parts: &[Val], at: Span, tests: usize) -> Read {
    let open = parts.iter().position(|part| matches!(part.v, V::Choice(_)));
    if tests < MAX_TESTS
        && let Some(index) = open
        && let Some(part) = parts.get(index)
    {
        return on_both(part, tests, &|value, tests| {
            let mut parts = parts.to_vec();
            if let Some(slot) = parts.get_mut(index) {
                *slot = value.clone();
            }
            joined_in(&parts, at, tests)
        });
    }
    text_of(parts, at)
}

fn text_of(parts: &[Val], at: Span) -> Read {
    let mut text = String::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        let part_text = operate::to_text(part, part.at)?;
        match &part_text.v {
            V::Str(inner) => {
                let start = text.len();
                text.push_str(&inner.text);
                match &inner.pieces {
                    Some(own) => {
                        pieces.extend(own.iter().map(|piece| Piece { end: start + piece.end, ..*piece }));
                    }
                    None => pieces.push(Piece { end: text.len(), at: part.at, exact: false }),
                }
            }
            V::Null => return fault("null cannot be part of a text", part.at),
            V::Hole(hole) => {
                text.push_str(&symbol::unknown(&hole.name));
                pieces.push(Piece { end: text.len(), at: part.at, exact: false });
            }
            _other => {
                let name = show::short(part);
                text.push_str(&symbol::unknown(&name));
                pieces.push(Piece { end: text.len(), at: part.at, exact: false });
            }
        }
        if text.len() > MAX_TEXT {
            return Ok(Val::hole("a text", format!("it is longer than {MAX_TEXT} bytes"), at));
        }
    }
    Ok(Val::new(V::Str(Text { text: text.into(), pieces: Some(pieces.into()) }), at))
}

/// Where a character of a text was written.
pub(super) fn place_of(text: &Text, offset: usize, otherwise: Span) -> Span {
    let Some(pieces) = &text.pieces else { return otherwise };
    let index = pieces.partition_point(|piece| piece.end <= offset);
    let Some(piece) = pieces.get(index).or(pieces.last()) else { return otherwise };
    let start = index.checked_sub(1).and_then(|before| pieces.get(before)).map_or(0, |piece| piece.end);
    if !piece.exact {
        return piece.at;
    }
    let shift = offset.saturating_sub(start) as u32;
    let at = (piece.at.start + shift).min(piece.at.end);
    Span { start: at, end: at, ..piece.at }
}

/// A text that is a template, such as that of a file, with the values it is given.
pub(super) fn of_text(graph: &dyn Machine, text: &Val, vars: &Val, at: Span) -> Read {
    let V::Str(inner) = &text.v else {
        return Ok(derived(format!("a template of {}", show::short(text)), text, at));
    };
    let Some(map) = vars.as_map() else {
        return Ok(derived(format!("a template with {}", show::short(vars)), vars, at));
    };
    // A file is one piece; a text that was put together is not parsed at the places of its parts.
    let written = match inner.pieces.as_deref() {
        Some([only]) if only.exact => Some(only.at),
        _other => None,
    };
    let start = written.unwrap_or(at);
    let tokens = match super::parse::template(start.source, &inner.text, start.start as usize) {
        Ok(tokens) => tokens,
        Err(problem) => {
            return fault(problem.message, problem.span.filter(|_| written.is_some()).unwrap_or(at));
        }
    };
    let tokens: Vec<Token> = match written {
        Some(_) => tokens.to_vec(),
        // Places in a text that no file holds lead nowhere.
        None => tokens.iter().map(|token| without_place(token, at)).collect(),
    };
    let mut frames: Vec<(Rc<str>, Val)> =
        map.members.iter().map(|(name, (_, value))| (Rc::clone(name), value.clone())).collect();
    if map.rest.is_some() {
        return Ok(derived(format!("a template with {}", show::short(vars)), vars, at));
    }
    frames.reverse();
    with_frames(graph, &tokens, &mut frames, None, at)
}

fn without_place(token: &Token, at: Span) -> Token {
    match token {
        Token::Literal { text, .. } => Token::Literal { text: text.clone(), at, exact: false },
        Token::Value(_) | Token::If(_) | Token::Else | Token::EndIf | Token::For { .. } | Token::EndFor => {
            token.clone()
        }
    }
}

/// Evaluates a template in which each of the values has its name, and nothing else has one.
fn with_frames(
    graph: &dyn Machine,
    tokens: &[Token],
    frames: &mut Vec<(Rc<str>, Val)>,
    outer: Option<&Frame<'_>>,
    at: Span,
) -> Read {
    match frames.pop() {
        Some((name, value)) if frames.len() < 500 => {
            let frame = Frame { name, value, outer };
            with_frames(graph, tokens, frames, Some(&frame), at)
        }
        Some(_) => fault("a template has too many variables", at),
        None => graph.template(tokens, Scope { names: outer, ..Scope::of(usize::MAX) }, at),
    }
}
