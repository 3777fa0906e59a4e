//! Values: known ones, and those that are known but for some of their parts. Each keeps the place it was written at.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::fault::Fault;
use super::number::Number;
use crate::name::symbol;
use crate::source::Span;

/// Nodes one value may have; past them it is a hole.
pub(super) const MAX_NODES: usize = 200_000;

/// Characters one text may have.
pub(super) const MAX_TEXT: usize = 8 << 20;

#[derive(Clone, Debug)]
pub(super) struct Val {
    pub(super) v: V,
    pub(super) at: Span,
}

#[derive(Clone, Debug)]
pub(super) enum V {
    Null,
    Bool(bool),
    Num(Number),
    Str(Text),
    List(Rc<Vec<Val>>),
    /// Sorted, each element once.
    Set(Rc<Vec<Val>>),
    Map(Rc<Map>),
    Hole(Rc<Hole>),
    /// The JSON of a value.
    Json(Rc<Val>),
    /// One of two values, by a test that is open.
    Choice(Rc<Choice>),
    /// An element of a list that is there on one side of a test that is open.
    Maybe(Rc<Maybe>),
    /// In a list: any number of elements of which nothing is known.
    Rest(Rc<Hole>),
    /// What Terraform would refuse, on one side of a choice.
    Refused(Rc<Fault>),
    /// An instance of a resource or data source, or all of them, whose attributes are asked for one by one.
    Resource(Rc<Handle>),
}

/// A resource as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    /// The index of the instance of its module.
    pub(super) module: usize,
    pub(super) local: Rc<str>,
    /// What stands between the brackets.
    pub(super) key: Option<InstanceKey>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum InstanceKey {
    Number(usize),
    Text(Rc<str>),
    /// Anything.
    Open(Rc<str>),
}

/// A value that is not known.
#[derive(Clone, Debug)]
pub(super) struct Hole {
    /// What it is called, such as `var.key_arn`.
    pub(super) name: Rc<str>,
    pub(super) why: Rc<str>,
    pub(super) at: Span,
}

#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The name of the test.
    pub(super) test: Rc<str>,
    pub(super) yes: Val,
    pub(super) no: Val,
}

#[derive(Clone, Debug)]
pub(super) struct Maybe {
    pub(super) test: Rc<str>,
    pub(super) side: bool,
    pub(super) value: Val,
}

/// An object or a map, by the order of its keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Map {
    pub(super) members: BTreeMap<Rc<str>, (Span, Val)>,
    /// There may be other members.
    pub(super) rest: Option<Rc<Hole>>,
}

/// A text, and where its parts were written.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: Rc<str>,
    pub(super) pieces: Option<Rc<[Piece]>>,
}

/// A part of a text.
#[derive(Copy, Clone, Debug)]
pub(super) struct Piece {
    /// Where it ends in the text.
    pub(super) end: usize,
    pub(super) at: Span,
    /// Its bytes are those of the file.
    pub(super) exact: bool,
}

impl Text {
    pub(super) fn plain(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), pieces: None }
    }

    pub(super) fn is_open(&self) -> bool {
        symbol::is_in(&self.text)
    }
}

impl Val {
    pub(super) fn new(v: V, at: Span) -> Self {
        Self { v, at }
    }

    pub(super) fn text(text: impl Into<Rc<str>>, at: Span) -> Self {
        Self::new(V::Str(Text::plain(text)), at)
    }

    pub(super) fn list(elements: Vec<Self>, at: Span) -> Self {
        Self::new(V::List(Rc::new(elements)), at)
    }

    pub(super) fn bool(value: bool, at: Span) -> Self {
        Self::new(V::Bool(value), at)
    }

    pub(super) fn null(at: Span) -> Self {
        Self::new(V::Null, at)
    }

    pub(super) fn map(members: impl IntoIterator<Item = (Rc<str>, Self)>, at: Span) -> Self {
        let members = members.into_iter().map(|(key, value)| (key, (value.at, value))).collect();
        Self::new(V::Map(Rc::new(Map { members, rest: None })), at)
    }

    pub(super) fn hole(name: impl Into<Rc<str>>, why: impl Into<Rc<str>>, at: Span) -> Self {
        Self::new(V::Hole(Rc::new(Hole { name: name.into(), why: why.into(), at })), at)
    }

    /// The elements of a list or a set.
    pub(super) fn elements(&self) -> Option<&Rc<Vec<Self>>> {
        if let V::List(elements) | V::Set(elements) = &self.v { Some(elements) } else { None }
    }

    pub(super) fn as_map(&self) -> Option<&Rc<Map>> {
        if let V::Map(map) = &self.v { Some(map) } else { None }
    }

    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.as_map()?.members.get(name).map(|(_, value)| value)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.v, V::Null)
    }

    /// The first hole in a value.
    pub(super) fn first_hole(&self) -> Option<Rc<Hole>> {
        match &self.v {
            V::Hole(hole) | V::Rest(hole) => Some(Rc::clone(hole)),
            V::Null | V::Bool(_) | V::Num(_) | V::Resource(_) | V::Refused(_) => None,
            V::Str(text) => symbol::first_in(&text.text).filter(|_| text.is_open()).map(|name| {
                Rc::new(Hole { name: name.into(), why: "it is part of a text".into(), at: self.at })
            }),
            V::List(elements) | V::Set(elements) => elements.iter().find_map(Self::first_hole),
            V::Map(map) => {
                let inside = map.members.values().find_map(|(_, value)| value.first_hole());
                inside.or_else(|| map.rest.clone())
            }
            V::Json(inner) => inner.first_hole(),
            V::Choice(choice) => Some(Rc::new(Hole {
                name: Rc::clone(&choice.test),
                why: "it depends on a value that is not known".into(),
                at: self.at,
            })),
            V::Maybe(maybe) => Some(Rc::new(Hole {
                name: Rc::clone(&maybe.test),
                why: "it depends on a value that is not known".into(),
                at: self.at,
            })),
        }
    }

    /// Whether all of a value is known; what AWS will choose is not.
    pub(super) fn is_known(&self) -> bool {
        match &self.v {
            V::Hole(_) | V::Rest(_) | V::Choice(_) | V::Maybe(_) | V::Resource(_) | V::Refused(_) => false,
            V::Null | V::Bool(_) | V::Num(_) => true,
            V::Str(text) => !text.is_open(),
            V::List(elements) | V::Set(elements) => elements.iter().all(Self::is_known),
            V::Map(map) => map.rest.is_none() && map.members.values().all(|(_, value)| value.is_known()),
            V::Json(inner) => inner.is_known(),
        }
    }

    /// How many nodes a value has, counted no further than needed.
    pub(super) fn size(&self, most: usize) -> usize {
        let sum = |values: &mut dyn Iterator<Item = &Self>| {
            let mut total = 1;
            for value in values {
                total += value.size(most.saturating_sub(total));
                if total > most {
                    break;
                }
            }
            total
        };
        match &self.v {
            V::List(elements) | V::Set(elements) => sum(&mut elements.iter()),
            V::Map(map) => sum(&mut map.members.values().map(|(_, value)| value)),
            V::Json(inner) => sum(&mut std::iter::once(&**inner)),
            V::Choice(choice) => sum(&mut [&choice.yes, &choice.no].into_iter()),
            V::Maybe(maybe) => sum(&mut std::iter::once(&maybe.value)),
            V::Null
            | V::Bool(_)
            | V::Num(_)
            | V::Str(_)
            | V::Hole(_)
            | V::Rest(_)
            | V::Resource(_)
            | V::Refused(_) => 1,
        }
    }

    /// The value on one side of a test.
    pub(super) fn on_side(&self, test: &str, side: bool) -> Self {
        let inner = |value: &Self| value.on_side(test, side);
        let v = match &self.v {
            V::Choice(choice) if &*choice.test == test => {
                return inner(if side { &choice.yes } else { &choice.no });
            }
            V::Choice(choice) => V::Choice(Rc::new(Choice {
                test: Rc::clone(&choice.test),
                yes: inner(&choice.yes),
                no: inner(&choice.no),
            })),
            V::Maybe(maybe) => V::Maybe(Rc::new(Maybe { value: inner(&maybe.value), ..(**maybe).clone() })),
            V::List(elements) => V::List(Rc::new(on_side_of(elements, test, side))),
            V::Set(elements) => V::Set(Rc::new(on_side_of(elements, test, side))),
            V::Map(map) => {
                let members =
                    map.members.iter().map(|(key, (at, value))| (Rc::clone(key), (*at, inner(value))));
                V::Map(Rc::new(Map { members: members.collect(), rest: map.rest.clone() }))
            }
            V::Json(value) => V::Json(Rc::new(inner(value))),
            V::Null
            | V::Bool(_)
            | V::Num(_)
            | V::Str(_)
            | V::Hole(_)
            | V::Rest(_)
            | V::Resource(_)
            | V::Refused(_) => self.v.clone(),
        };
        Self { v, at: self.at }
    }

    /// The value without sides that Terraform would refuse.
    pub(super) fn settled(self) -> Self {
        let V::Choice(choice) = &self.v else { return self };
        let (yes, no) = (choice.yes.clone().settled(), choice.no.clone().settled());
        match (&yes.v, &no.v) {
            (_, V::Refused(_)) => yes,
            (V::Refused(_), _) => no,
            (_, _) => {
                Self::new(V::Choice(Rc::new(Choice { test: Rc::clone(&choice.test), yes, no })), self.at)
            }
        }
    }

    /// A test that some part of the value depends on.
    pub(super) fn first_test(&self) -> Option<Rc<str>> {
        match &self.v {
            V::Choice(choice) => Some(Rc::clone(&choice.test)),
            V::Maybe(maybe) => Some(Rc::clone(&maybe.test)),
            V::List(elements) | V::Set(elements) => elements.iter().find_map(Self::first_test),
            V::Map(map) => map.members.values().find_map(|(_, value)| value.first_test()),
            V::Json(value) => value.first_test(),
            V::Null
            | V::Bool(_)
            | V::Num(_)
            | V::Str(_)
            | V::Hole(_)
            | V::Rest(_)
            | V::Resource(_)
            | V::Refused(_) => None,
        }
    }
}

fn on_side_of(elements: &[Val], test: &str, side: bool) -> Vec<Val> {
    let on_side = elements.iter().filter_map(|element| {
        let V::Maybe(maybe) = &element.v else { return Some(element.on_side(test, side)) };
        if &*maybe.test != test {
            return Some(element.on_side(test, side));
        }
        (maybe.side == side).then(|| maybe.value.on_side(test, side))
    });
    on_side.collect()
}

impl InstanceKey {
    /// As it stands between brackets.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => crate::load::terraform::address::quoted(text),
            Self::Open(name) => symbol::unknown(name),
        }
    }
}
