//! Patterns as positions in a net: what a pattern waits for at each place, and where it goes from there.
//!
//! All patterns are read at once. Of each test only the places that still matter are kept: behind a star those in
//! front of it are covered, and once a test holds whatever follows, all its places become one.

use smallvec::SmallVec;

use super::TooComplex;
use super::alphabet::Nice;
use super::case_folding;
use super::operand::{Reading, read};
use super::test_matrix::Columns;
use crate::name::Token;
use crate::work;

/// The places that are live, sorted.
pub(super) type Live = SmallVec<[u32; 6]>;

/// A text that a test holds in full.
pub(super) struct Literal {
    pub(super) text: Box<str>,
    pub(super) test: u32,
}

#[derive(Copy, Clone, Debug)]
struct State {
    wants: Wants,
    stays: Stays,
    next: u32,
    pattern: u32,
    test: u32,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Wants {
    Char(char),
    /// The next character of a lower-case form.
    AnyCase(char),
    One,
    /// `?` in a part of an ARN.
    OneInPart,
    /// The text may end here.
    End,
}

/// Whether a star stands in front of the place.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stays {
    No,
    InPart,
    /// At an end this decides the test: every continuation fits.
    Always,
}

#[derive(Default)]
pub(super) struct Net {
    places: Vec<State>,
    starts: Vec<u32>,
    patterns: u32,
}

impl Net {
    /// The net of all patterns, and all literals beside it. With `six` there is one more test behind the last:
    /// whether the text has six parts.
    pub(super) fn new(columns: &Columns<'_>, six: bool) -> Result<(Self, Vec<Literal>), TooComplex> {
        let mut net = Self::default();
        let mut literals = Vec::new();
        // The test that is being built, and the place that means it holds.
        let mut current: Option<(u32, u32)> = None;
        for item in &columns.items {
            let reading = read(columns, item)?;
            if let Reading::Literal(text) = reading {
                literals.push(Literal { text: text.into(), test: item.test });
                continue;
            }
            let sink = match current {
                Some((test, sink)) if test == item.test => sink,
                Some(_) | None => net.sink(item.test),
            };
            current = Some((item.test, sink));
            net.pattern(&reading, item.test, sink);
        }
        if six {
            let test = u32::try_from(columns.tests.len()).unwrap_or(u32::MAX);
            let sink = net.sink(test);
            let colons: [Token<'_>; 11] =
                std::array::from_fn(|at| if at % 2 == 0 { Token::Any } else { Token::Lit(":") });
            net.open(|b| b.tail(&colons), test, sink);
        }
        net.starts.sort_unstable();
        net.starts = net.tidy(net.starts.iter().copied().collect()).into_vec();
        Ok((net, literals))
    }

    fn sink(&mut self, test: u32) -> u32 {
        let id = self.count();
        self.patterns += 1;
        let pattern = self.patterns;
        self.places.push(State { wants: Wants::End, stays: Stays::Always, next: id, pattern, test });
        id
    }

    fn count(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    fn pattern(&mut self, reading: &Reading<'_>, test: u32, sink: u32) {
        match reading {
            Reading::Never | Reading::Literal(_) => {}
            Reading::Prefix(text) => self.open(|b| b.tail(&[Token::Lit(text), Token::Any]), test, sink),
            Reading::Glob(tokens) => self.open(|b| b.tail(tokens), test, sink),
            Reading::AnyCase(text) => self.open(|b| b.any_case(text), test, sink),
            Reading::Arn([head @ .., tail]) => self.open(
                |b| {
                    for part in head {
                        b.part(&part.tokens().unwrap_or_default());
                    }
                    b.tail(&tail.tokens().unwrap_or_default());
                },
                test,
                sink,
            ),
        }
    }

    fn open(&mut self, build: impl FnOnce(&mut Builder<'_>), test: u32, sink: u32) {
        self.patterns += 1;
        let start = self.count();
        let pattern = self.patterns;
        let mut builder = Builder { net: self, test, pattern, sink, start };
        build(&mut builder);
        let start = builder.start;
        self.starts.push(start);
    }

    pub(super) fn start(&self) -> Live {
        self.starts.iter().copied().collect()
    }

    fn place(&self, id: u32) -> Option<&State> {
        self.places.get(id as usize)
    }

    /// Where a text that has come to `live` gets with one more character.
    pub(super) fn step(&self, live: &Live, c: char) -> Live {
        let mut next = Live::new();
        for id in live {
            work::did(1);
            let Some(place) = self.place(*id) else { continue };
            if place.stays == Stays::Always || (place.stays == Stays::InPart && c != ':') {
                next.push(*id);
            }
            let goes = match place.wants {
                Wants::Char(wanted) => wanted == c,
                Wants::One => true,
                Wants::OneInPart => c != ':',
                Wants::AnyCase(_) => {
                    next.extend(self.folded(*id, c));
                    false
                }
                Wants::End => false,
            };
            if goes {
                next.push(place.next);
            }
        }
        next.sort_unstable();
        self.tidy(next)
    }

    /// One character may have a lower-case form of several.
    fn folded(&self, from: u32, c: char) -> Option<u32> {
        c.to_lowercase().try_fold(from, |at, lower| {
            self.place(at).filter(|p| p.wants == Wants::AnyCase(lower)).map(|p| p.next)
        })
    }

    /// Leave out the places that others cover. They are sorted, so a test's sink comes before its patterns, and a
    /// pattern's places come in its order.
    fn tidy(&self, live: Live) -> Live {
        let mut out = Live::new();
        let mut holds = None;
        let mut last = None;
        for id in live {
            work::did(1);
            let Some(place) = self.place(id) else { continue };
            if last == Some(id) || holds == Some(place.test) {
                continue;
            }
            last = Some(id);
            if self.is_sink(id) {
                holds = Some(place.test);
            } else if place.stays != Stays::No {
                while out.last().and_then(|o| self.place(*o)).is_some_and(|o| o.pattern == place.pattern) {
                    out.pop();
                }
            }
            out.push(id);
        }
        out
    }

    fn is_sink(&self, id: u32) -> bool {
        self.place(id).is_some_and(|p| p.wants == Wants::End && p.stays == Stays::Always)
    }

    /// Whether what follows makes no difference.
    pub(super) fn is_decided(&self, live: &Live) -> bool {
        work::did(live.len());
        live.iter().all(|id| self.is_sink(*id))
    }

    /// The tests that hold where a text ends here, in order.
    pub(super) fn holding(&self, live: &Live) -> SmallVec<[u32; 4]> {
        work::did(live.len());
        let ends = live.iter().filter_map(|id| self.place(*id)).filter(|p| p.wants == Wants::End);
        let mut out: SmallVec<[u32; 4]> = ends.map(|p| p.test).collect();
        out.dedup();
        out
    }

    /// The characters that are not like all others here.
    pub(super) fn looked_at(&self, live: &Live, out: &mut SmallVec<[Nice; 16]>) {
        work::did(live.len());
        for place in live.iter().filter_map(|id| self.place(*id)) {
            match place.wants {
                Wants::Char(c) => out.push(Nice::new(c)),
                Wants::AnyCase(c) => out.extend(case_folding::spellings(c).into_iter().map(Nice::new)),
                Wants::OneInPart => out.push(Nice::new(':')),
                Wants::One | Wants::End => {}
            }
            if place.stays == Stays::InPart {
                out.push(Nice::new(':'));
            }
        }
    }
}

/// Writes one pattern into a net.
struct Builder<'n> {
    net: &'n mut Net,
    test: u32,
    pattern: u32,
    sink: u32,
    start: u32,
}

impl Builder<'_> {
    fn push(&mut self, wants: Wants, stays: Stays) {
        work::did(1);
        let next = self.net.count().saturating_add(1);
        let (pattern, test) = (self.pattern, self.test);
        self.net.places.push(State { wants, stays, next, pattern, test });
    }

    /// Stars move behind the question marks beside them, where they mean the same and are followed by one place
    /// only. Returns whether one is left at the end.
    fn tokens(&mut self, tokens: &[Token<'_>], one: Wants, star: Stays) -> Stays {
        let mut stays = Stays::No;
        for token in tokens {
            match token {
                Token::Any => stays = star,
                Token::One => self.push(one, Stays::No),
                Token::Lit(lit) => {
                    for c in lit.chars() {
                        self.push(Wants::Char(c), std::mem::replace(&mut stays, Stays::No));
                    }
                }
            }
        }
        stays
    }

    /// One of the first five parts of an ARN, and the colon behind it.
    fn part(&mut self, tokens: &[Token<'_>]) {
        let stays = self.tokens(tokens, Wants::OneInPart, Stays::InPart);
        self.push(Wants::Char(':'), stays);
    }

    /// What reaches to the end of the text.
    fn tail(&mut self, tokens: &[Token<'_>]) {
        if self.tokens(tokens, Wants::One, Stays::Always) == Stays::No {
            self.push(Wants::End, Stays::No);
        } else if self.net.count() == self.start {
            self.start = self.sink;
        } else if let Some(last) = self.net.places.last_mut() {
            last.next = self.sink;
        }
    }

    fn any_case(&mut self, text: &str) {
        for c in text.chars().flat_map(char::to_lowercase) {
            self.push(Wants::AnyCase(c), Stays::No);
        }
        self.push(Wants::End, Stays::No);
    }
}
