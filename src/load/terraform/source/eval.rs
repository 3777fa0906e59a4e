//! Expressions, evaluated with holes.
//!
//! What Terraform would refuse is a [`Fault`], which `try` and `can` catch; what it could not know either is a hole. A
//! test that is open makes a choice of two values, and every operation on a choice is done on both sides.

use std::rc::Rc;

use super::choice::{derived, maybe, on_both, one_of, unwrapped};
use super::fault::{Fault, Read, fault};
use super::functions;
use super::machine::{Frame, Machine, Scope, TOO_MANY_STEPS};
use super::number::Number;
use super::operate;
use super::show;
use super::syntax::{Expr, For, Key, Kind, Operator, Step, Token};
use super::template;
use super::value::{Hole, MAX_NODES, MAX_TEXT, Map, Maybe, V, Val};
use crate::source::Span;

/// Expressions in expressions, references included.
const MAX_DEPTH: usize = 300;

impl dyn Machine + '_ {
    /// The value of an expression.
    pub(super) fn evaluate(&self, expr: &Expr, scope: Scope<'_>) -> Read {
        if !self.spend(1) {
            return Ok(Val::hole("evaluation", TOO_MANY_STEPS, expr.at));
        }
        let depth = self.depth().get();
        if depth >= MAX_DEPTH {
            return Ok(Val::hole("evaluation", "it is nested too deeply", expr.at));
        }
        self.depth().set(depth + 1);
        let value = self.eval_kind(expr, scope);
        self.depth().set(depth);
        value
    }

    fn eval_kind(&self, expr: &Expr, scope: Scope<'_>) -> Read {
        let at = expr.at;
        match &expr.kind {
            Kind::Null => Ok(Val::null(at)),
            Kind::Bool(value) => Ok(Val::bool(*value, at)),
            Kind::Number(number) => Ok(Val::new(V::Num(number.clone()), at)),
            Kind::Text(text) => Ok(template::literal(text, at, self)),
            Kind::Template(tokens) => self.template(tokens, scope, at),
            Kind::List(elements) => {
                let elements = elements.iter().map(|element| Ok(self.eval(element, scope)?.settled()));
                Ok(Val::list(elements.collect::<Result<_, _>>()?, at))
            }
            Kind::Object(items) => self.object(items, scope, at),
            Kind::Name(name) => match scope.named(name) {
                Some(value) => Ok(value.clone()),
                None => self.reference(name, &[], scope, at),
            },
            Kind::Conditional(parts) => self.conditional(parts, scope, at),
            Kind::Call(call) => functions::call(self, call, scope, at),
            Kind::Traversal(base, steps) => self.traversal(base, steps, scope, at),
            Kind::Not(inner) => {
                let value = self.eval(inner, scope)?;
                on_both(&value, 0, &|value, _| operate::not(value, at))
            }
            Kind::Negative(inner) => {
                let value = self.eval(inner, scope)?;
                on_both(&value, 0, &|value, _| operate::negative(value, at))
            }
            Kind::Binary(operator, sides) => {
                let [left, right] = &**sides;
                let are_literal = is_literal(left) && is_literal(right);
                let (left, right) = (self.eval(left, scope), self.eval(right, scope));
                if matches!(operator, Operator::And | Operator::Or)
                    && let (Ok(left), Err(_)) = (&left, &right)
                {
                    // Where the left side decides, the right one is not looked at.
                    let decides = *operator == Operator::Or;
                    let decided = on_both(left, 0, &|left, _| {
                        Ok(match operate::to_bool(left, at)?.v {
                            V::Bool(known) if known == decides => Val::bool(decides, at),
                            V::Hole(_) => derived(format!("{} decides", show::short(left)), left, at),
                            _other => return right.clone(),
                        })
                    });
                    return decided;
                }
                let is_comparison = matches!(operator, Operator::Equal | Operator::NotEqual);
                if is_comparison
                    && !are_literal
                    && let (Ok(left), Ok(right)) = (&left, &right)
                    && types_decide(left, right)
                {
                    let name = format!("{} == {}", show::short(left), show::short(right));
                    let hole = self.hole(
                        show::shortened(name),
                        "a list is never equal to a tuple, nor a map to an object, and which they are is not known here",
                        at,
                    );
                    return if *operator == Operator::Equal { Ok(hole) } else { operate::not(&hole, at) };
                }
                operate::binary(*operator, left, right, at)
            }
            Kind::For(each) => self.for_expr(each, scope, at),
            Kind::Broken => Ok(Val::hole("a block that cannot be read", "it cannot be read", at)),
        }
    }

    fn object(&self, items: &[(Key, Expr)], scope: Scope<'_>, at: Span) -> Read {
        let mut map = Map::default();
        for (key, value) in items {
            let value = self.eval(value, scope)?.settled();
            let (name, name_at): (Rc<str>, Span) = match key {
                Key::Name(name, at) => (Rc::clone(name), *at),
                Key::Computed(expr) => {
                    let key = self.eval(expr, scope)?;
                    match operate::to_text(&key, expr.at)?.v {
                        V::Str(text) => (text.text, expr.at),
                        V::Null => return fault("a key of an object must not be null", expr.at),
                        _other => {
                            map.rest = map.rest.or_else(|| key.first_hole());
                            continue;
                        }
                    }
                }
            };
            map.members.insert(name, (name_at, value));
        }
        Ok(Val::new(V::Map(Rc::new(map)), at))
    }

    fn conditional(&self, [test, yes, no]: &[Expr; 3], scope: Scope<'_>, at: Span) -> Read {
        let test = self.eval(test, scope)?;
        let sides = (|| self.eval(yes, scope), || self.eval(no, scope));
        on_both(&test, 0, &|test, _| self.decided(test, (&sides.0, &sides.1), at))
    }

    fn decided(&self, test: &Val, (yes, no): (&dyn Fn() -> Read, &dyn Fn() -> Read), at: Span) -> Read {
        let test = operate::to_bool(test, at)?;
        match &test.v {
            V::Bool(side) => {
                // Both sides have one type, and it is the type of both together.
                let value = if *side { yes() } else { no() }?;
                let is_scalar = matches!(value.v, V::Num(_) | V::Bool(_));
                if is_scalar && let Ok(other) = if *side { no() } else { yes() } {
                    return Ok(operate::unified(value, &other));
                }
                Ok(value)
            }
            V::Hole(hole) => {
                let (name, side) = match hole.name.strip_prefix('!') {
                    Some(name) => (Rc::from(name), false),
                    None => (Rc::clone(&hole.name), true),
                };
                self.note(hole);
                let (yes, no) = if side { (yes(), no()) } else { (no(), yes()) };
                one_of(&name, yes, no, at)
            }
            _other => fault("the test of a conditional must be true or false", at),
        }
    }

    fn traversal(&self, base: &Expr, steps: &[Step], scope: Scope<'_>, at: Span) -> Read {
        if let Kind::Name(name) = &base.kind
            && scope.named(name).is_none()
        {
            return self.reference(name, steps, scope, at);
        }
        let value = self.eval(base, scope)?;
        self.follow(value, steps, scope, at)
    }

    /// What steps behind a value lead to.
    pub(super) fn follow(&self, value: Val, steps: &[Step], scope: Scope<'_>, at: Span) -> Read {
        let mut value = value;
        let mut rest = steps;
        while let Some((step, behind)) = rest.split_first() {
            match step {
                Step::Attribute(name, name_at) => {
                    let to = at.to(*name_at);
                    value = on_both(&value, 0, &|value, _| self.attribute(value, name, to))?;
                }
                Step::Index(index) => {
                    let index = self.eval(index, scope)?;
                    value = on_both(&value, 0, &|value, tests| {
                        on_both(&index, tests, &|index, _| self.index(value, index, at))
                    })?;
                }
                Step::Splat => {
                    return on_both(&value, 0, &|value, _| self.splat(value, behind, scope, at));
                }
            }
            rest = behind;
        }
        // A value that is only passed on keeps the place it was written at.
        Ok(value)
    }

    fn attribute(&self, value: &Val, name: &Rc<str>, at: Span) -> Read {
        match &value.v {
            V::Map(map) => match map.members.get(name) {
                Some((_, member)) => Ok(member.clone()),
                None => match &map.rest {
                    Some(hole) => Ok(derived(format!("{}.{name}", hole.name), value, at)),
                    None => fault(format!("this object has no attribute `{name}`"), at),
                },
            },
            V::Resource(handle) => self.resource_attribute(handle, name, at),
            V::Hole(hole) => {
                Ok(Val::hole(show::shortened(format!("{}.{name}", hole.name)), Rc::clone(&hole.why), at))
            }
            // A number behind a point is an index of old.
            V::List(_) if name.bytes().all(|b| b.is_ascii_digit()) => {
                self.index(value, &Val::text(Rc::clone(name), at), at)
            }
            V::Null => fault(format!("null has no attribute `{name}`"), at),
            _other => fault(format!("this value has no attribute `{name}`"), at),
        }
    }

    fn index(&self, value: &Val, index: &Val, at: Span) -> Read {
        if let V::Hole(hole) = &value.v {
            let name = format!("{}[{}]", hole.name, show::short(index));
            return Ok(Val::hole(show::shortened(name), Rc::clone(&hole.why), at));
        }
        if let Some(elements) = value.elements() {
            let number = operate::to_number(index, at)?;
            let V::Num(number) = &number.v else {
                return Ok(derived(format!("{}[{}]", show::short(value), show::short(index)), index, at));
            };
            let Some(number) = number.to_usize() else { return fault("this index is not a position", at) };
            let is_plain = |value: &&Val| !matches!(value.v, V::Rest(_) | V::Maybe(_));
            if elements.iter().take(number + 1).all(|element| is_plain(&element)) {
                return match elements.get(number) {
                    Some(element) => Ok(element.clone()),
                    None => fault("the list has no element at this index", at),
                };
            }
            // The instances that a count makes are all there, or none is.
            if let Some((first, before)) = elements.get(..=number).and_then(<[Val]>::split_last)
                && before.iter().all(|element| is_plain(&element))
                && let V::Maybe(inner) = &first.v
                && elements
                    .iter()
                    .skip(number + 1)
                    .all(|next| matches!(&next.v, V::Maybe(next) if next.test == inner.test))
            {
                let missing = fault("the list has no element at this index", at);
                let (yes, no) = (Ok(inner.value.clone()), missing);
                let (yes, no) = if inner.side { (yes, no) } else { (no, yes) };
                return one_of(&inner.test, yes, no, at);
            }
            return Ok(derived(format!("{}[{number}]", show::short(value)), value, at));
        }
        match &value.v {
            V::Map(map) => {
                let key = operate::to_text(index, at)?;
                let V::Str(key) = &key.v else {
                    return Ok(derived(format!("{}[{}]", show::short(value), show::short(index)), index, at));
                };
                if let Some((_, member)) = map.members.get(&key.text) {
                    return Ok(member.clone());
                }
                if key.is_open() {
                    let name = format!("{}[{}]", show::short(value), show::short(index));
                    return Ok(derived(name, index, at));
                }
                match &map.rest {
                    Some(hole) => Ok(derived(format!("{}[\"{}\"]", hole.name, key.text), value, at)),
                    None => fault(format!("the map has no element `{}`", key.text), at),
                }
            }
            V::Resource(handle) => {
                let key = operate::to_text(index, at)?;
                let V::Str(key) = &key.v else { return Ok(derived(show::short(index), index, at)) };
                self.resource_attribute(handle, &key.text, at)
            }
            V::Null => fault("null has no elements", at),
            _other => fault("this value has no elements", at),
        }
    }

    fn splat(&self, value: &Val, behind: &[Step], scope: Scope<'_>, at: Span) -> Read {
        if value.is_null() {
            return Ok(Val::list(Vec::new(), at));
        }
        if let V::Hole(hole) = &value.v {
            let element = Val::hole(format!("{}[*]", hole.name), Rc::clone(&hole.why), at);
            let element = self.follow(element, behind, scope, at)?;
            return Ok(Val::list(vec![maybe(hole, element, at)], at));
        }
        let Some(elements) = value.elements() else {
            return Ok(Val::list(vec![self.follow(value.clone(), behind, scope, at)?], at));
        };
        let mut out = Vec::with_capacity(elements.len());
        for element in elements.iter() {
            out.push(self.inside(element, at, &|element| self.follow(element.clone(), behind, scope, at))?);
        }
        Ok(Val::list(out, at))
    }

    /// Does something to an element that may be there, or to one of any number.
    fn inside(&self, element: &Val, at: Span, f: &dyn Fn(&Val) -> Read) -> Read {
        match &element.v {
            V::Maybe(inner) => {
                let value = self.inside(&inner.value, at, f)?;
                Ok(Val::new(V::Maybe(Rc::new(Maybe { value, ..(**inner).clone() })), at))
            }
            V::Rest(hole) => {
                let name = format!("{}[*]", hole.name);
                Ok(maybe(hole, f(&Val::hole(name, Rc::clone(&hole.why), at))?, at))
            }
            _other => f(element),
        }
    }

    fn for_expr(&self, each: &For, scope: Scope<'_>, at: Span) -> Read {
        let collection = self.eval(&each.collection, scope)?;
        on_both(&collection, 0, &|collection, _| self.for_over(each, collection, scope, at))
    }

    fn for_over(&self, each: &For, collection: &Val, scope: Scope<'_>, at: Span) -> Read {
        let Some(pairs) = self.pairs(collection, at)? else {
            return fault("a `for` goes over a list, a set, a map or an object", each.collection.at);
        };
        let mut list = Vec::new();
        let mut map = Map::default();
        for (key, value) in pairs {
            if !self.spend(1) {
                return Ok(Val::hole("evaluation", TOO_MANY_STEPS, at));
            }
            let (value, guards) = unwrapped(value);
            if let Some(result) = self.for_one(each, (key, value), scope)? {
                let Produced { key, value, test } = result;
                let mut guards = guards;
                guards.extend(test);
                match key {
                    Some(Err(hole)) => map.rest = map.rest.or(Some(hole)),
                    Some(Ok((_, _))) if !guards.is_empty() => {
                        let hole = guards.first().map(|guard| Hole {
                            name: Rc::clone(&guard.test),
                            why: "which elements there are is not known".into(),
                            at,
                        });
                        map.rest = map.rest.or(hole.map(Rc::new));
                    }
                    Some(Ok((name, name_at))) => self.put(&mut map, each, name, name_at, value, at)?,
                    None => list.push(guards.into_iter().rev().fold(value, |value, guard| {
                        Val::new(V::Maybe(Rc::new(Maybe { value, ..guard })), at)
                    })),
                }
            }
            if list.len() > MAX_NODES || map.members.len() > MAX_NODES {
                return Ok(Val::hole("a for expression", "it has too many elements", at));
            }
        }
        Ok(if each.key.is_some() { Val::new(V::Map(Rc::new(map)), at) } else { Val::list(list, at) })
    }

    fn put(
        &self,
        map: &mut Map,
        each: &For,
        name: Rc<str>,
        name_at: Span,
        value: Val,
        at: Span,
    ) -> Result<(), Fault> {
        if each.groups {
            let (_, group) = map.members.entry(name).or_insert_with(|| (name_at, Val::list(Vec::new(), at)));
            if let V::List(elements) = &mut group.v {
                Rc::make_mut(elements).push(value);
            }
            return Ok(());
        }
        if map.members.contains_key(&name) {
            return fault(format!("two elements have the key `{name}`"), name_at);
        }
        map.members.insert(name, (name_at, value));
        Ok(())
    }

    fn for_one(
        &self,
        each: &For,
        (key, value): (Val, Val),
        scope: Scope<'_>,
    ) -> Result<Option<Produced>, Fault> {
        let outer = scope.names;
        let key_frame = each.key_name.as_ref().map(|name| Frame { name: Rc::clone(name), value: key, outer });
        let outer = key_frame.as_ref().or(outer);
        let value_frame = Frame { name: Rc::clone(&each.value_name), value, outer };
        let scope = Scope { names: Some(&value_frame), ..scope };
        let mut test = None;
        if let Some(condition) = &each.condition {
            let read = self.eval(condition, scope)?;
            let open = |name: &Rc<str>| {
                let (test, side) = match name.strip_prefix('!') {
                    Some(name) => (Rc::from(name), false),
                    None => (Rc::clone(name), true),
                };
                Maybe { test, side, value: Val::null(condition.at) }
            };
            match operate::to_bool(&read, condition.at)?.v {
                V::Bool(false) => return Ok(None),
                V::Bool(true) => {}
                V::Hole(hole) => {
                    self.note(&hole);
                    test = Some(open(&hole.name));
                }
                other => test = Some(open(&show::short(&Val::new(other, condition.at)).into())),
            }
        }
        let key = match &each.key {
            None => None,
            Some(expr) => {
                let read = self.eval(expr, scope)?;
                Some(match &operate::to_text(&read, expr.at)?.v {
                    V::Str(text) => Ok((Rc::clone(&text.text), expr.at)),
                    V::Null => return fault("a key of an object must not be null", expr.at),
                    _other => Err(read.first_hole().unwrap_or_else(|| {
                        Rc::new(Hole { name: "a key".into(), why: "it is not known".into(), at: expr.at })
                    })),
                })
            }
        };
        Ok(Some(Produced { key, value: self.eval(&each.value, scope)?, test }))
    }

    /// The keys and values of a collection; none where it is not a collection.
    pub(super) fn pairs(&self, collection: &Val, at: Span) -> Result<Option<Vec<(Val, Val)>>, Fault> {
        let number = |index: usize| Val::new(V::Num(Number::from(index)), at);
        Ok(Some(match &collection.v {
            V::List(elements) => {
                elements.iter().enumerate().map(|(index, element)| (number(index), element.clone())).collect()
            }
            V::Set(elements) => {
                elements.iter().map(|element| (unwrapped(element.clone()).0, element.clone())).collect()
            }
            V::Map(map) => {
                let members = map.members.iter();
                let mut pairs: Vec<(Val, Val)> = members
                    .map(|(key, (at, value))| (Val::text(Rc::clone(key), *at), value.clone()))
                    .collect();
                if let Some(hole) = &map.rest {
                    pairs.push(open_pair(hole, at));
                }
                pairs
            }
            V::Hole(hole) => {
                vec![open_pair(hole, at)]
            }
            V::Null => return fault("null has no elements", at),
            _other => return Ok(None),
        }))
    }

    /// A text that is written with parts that are evaluated.
    pub(super) fn template(&self, tokens: &[Token], scope: Scope<'_>, at: Span) -> Read {
        if let [Token::Value(only)] = tokens {
            return self.eval(only, scope);
        }
        let mut parts = Vec::new();
        template::parts(self, tokens, scope, at, &mut parts)?;
        template::joined(&parts, at).map(|text| self.weighed(text))
    }

    /// What a variable of the root, or another value, is called where it is a hole.
    pub(super) fn too_long(&self, at: Span) -> Val {
        Val::hole("a text", format!("it is longer than {MAX_TEXT} bytes"), at)
    }
}

/// Whether an expression makes a tuple or an object by what it is.
fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::List(_) | Kind::Object(_) | Kind::For(_) => true,
        Kind::Traversal(_, steps) => steps.iter().any(|step| matches!(step, Step::Splat)),
        _other => false,
    }
}

/// Whether two values are equal unless their types differ, which values do not tell.
fn types_decide(left: &Val, right: &Val) -> bool {
    let is_collection = match (&left.v, &right.v) {
        (V::List(_), V::List(_)) | (V::Map(_), V::Map(_)) => true,
        (V::Set(elements), V::Set(_)) => {
            !elements.iter().all(|e| matches!(e.v, V::Str(_))) || elements.is_empty()
        }
        (_, _) => false,
    };
    is_collection && operate::same(left, right)
}

/// The key of an object, or the hole that it is.
type KeyOf = Result<(Rc<str>, Span), Rc<Hole>>;

/// A result of one round of a `for`.
struct Produced {
    key: Option<KeyOf>,
    value: Val,
    test: Option<Maybe>,
}

/// The key and value that stand for all of a collection of which nothing is known.
fn open_pair(hole: &Rc<Hole>, at: Span) -> (Val, Val) {
    let element =
        |what: &str| Val::hole(show::shortened(format!("{}{what}", hole.name)), Rc::clone(&hole.why), at);
    (element("[*].key"), maybe(hole, element("[*]"), at))
}
