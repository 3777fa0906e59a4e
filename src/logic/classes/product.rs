//! All patterns of a key at once, breadth first.
//!
//! A state is where a text has brought every pattern, and which literals it may still become. States come in the
//! order of their shortest and most readable texts, so the first text that gives some answers is their witness.

use std::ops::Range;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::alphabet::{Nice, Word, stranger};
use super::automaton::{Literal, Live, Net};
use super::collect::{Answers, Collector};
use super::test_matrix::Columns;
use super::{MOST_STATES, MOST_STEPS, TextKind, TooComplex};
use crate::work;

pub(super) fn classes(columns: &Columns<'_>, kind: TextKind) -> Result<Collector, TooComplex> {
    let found = Collector::new(columns);
    let only_arns = columns.any_arn() && kind == TextKind::Typed;
    let six =
        (only_arns || !found.ignores_odd()).then(|| u32::try_from(columns.tests.len()).unwrap_or(u32::MAX));
    let (net, mut literals) = Net::new(columns, six.is_some())?;
    literals.sort_unstable_by(|a, b| (&a.text, a.test).cmp(&(&b.text, b.test)));
    let mut walk = Walk {
        net: &net,
        literals: &literals,
        six,
        only_arns,
        found,
        states: Vec::new(),
        seen: FxHashSet::default(),
        steps: 0,
    };
    walk.run()?;
    Ok(walk.found)
}

struct Walk<'w> {
    net: &'w Net,
    /// Sorted: those that a text may still become stand side by side.
    literals: &'w [Literal],
    /// The test for six parts, where it makes a difference.
    six: Option<u32>,
    only_arns: bool,
    found: Collector,
    states: Vec<State>,
    /// Places that texts without a literal ahead have come to.
    seen: FxHashSet<Live>,
    steps: usize,
}

struct State {
    live: Live,
    ahead: Range<usize>,
    /// Where the text came from, and its last character.
    parent: usize,
    last: char,
    /// Length of the text, in characters and in bytes.
    chars: usize,
    bytes: usize,
}

impl<'w> Walk<'w> {
    fn run(&mut self) -> Result<(), TooComplex> {
        let root = State {
            live: self.net.start(),
            ahead: 0..self.literals.len(),
            parent: 0,
            last: ' ',
            chars: 0,
            bytes: 0,
        };
        let of_empty = self.answers(&root.live, self.ending(&root));
        if self.is_possible(&of_empty) {
            self.found.offer_empty(of_empty);
        }
        self.states.push(root);
        let mut at = 0;
        while at < self.states.len() {
            if !self.is_settled(at)? {
                self.expand(at)?;
            }
            at += 1;
        }
        Ok(())
    }

    /// Whether nothing new lies behind a state. If only literals do, they are taken along.
    fn is_settled(&mut self, at: usize) -> Result<bool, TooComplex> {
        let Some(state) = self.states.get(at) else { return Ok(true) };
        if !self.net.is_decided(&state.live) {
            return Ok(false);
        }
        let answers = self.answers(&state.live, &[]);
        if !self.is_possible(&answers) {
            return Ok(true);
        }
        // All that follows is longer than this text. A longer witness is a literal that was taken along.
        if self.found.witness(&answers).is_none_or(|w| w.chars().count() > state.chars) {
            return Ok(false);
        }
        let ahead = self.literals.get(state.ahead.clone()).unwrap_or(&[]);
        work::did(ahead.len());
        for same in ahead.chunk_by(|a, b| a.text == b.text) {
            let Some(first) = same.first().filter(|l| !l.text.is_empty()) else { continue };
            let mut answers = answers.clone();
            answers.yes.extend(same.iter().map(|l| l.test));
            self.found.offer(answers.tidy(), Word::from(&*first.text))?;
        }
        Ok(true)
    }

    fn expand(&mut self, at: usize) -> Result<(), TooComplex> {
        let Some(state) = self.states.get(at) else { return Ok(()) };
        let (live, bytes, ahead) = (state.live.clone(), state.bytes, state.ahead.len());
        let children = self.children(state);
        let mut alphabet: SmallVec<[Nice; 16]> = children.iter().map(|(c, _)| Nice::new(*c)).collect();
        self.net.looked_at(&live, &mut alphabet);
        alphabet.sort_unstable();
        alphabet.dedup();
        if let Some(c) = stranger(|c| alphabet.binary_search(&Nice::new(c)).is_ok()) {
            let nice = Nice::new(c);
            alphabet.insert(alphabet.partition_point(|n| *n < nice), nice);
        }
        self.steps += alphabet.len() * (live.len() + 1) + ahead;
        if self.steps > MOST_STEPS {
            return Err(TooComplex);
        }
        for c in alphabet.iter().filter_map(|n| n.char()) {
            work::did(children.len() + 1);
            let ahead =
                children.iter().find(|(child, _)| *child == c).map_or(0..0, |(_, range)| range.clone());
            self.arrive(at, c, bytes + c.len_utf8(), self.net.step(&live, c), ahead)?;
        }
        Ok(())
    }

    /// The next characters of the literals ahead, and which literals each leads to.
    fn children(&self, state: &State) -> SmallVec<[(char, Range<usize>); 4]> {
        let mut out: SmallVec<[(char, Range<usize>); 4]> = SmallVec::new();
        for at in state.ahead.clone() {
            work::did(1);
            let text = self.literals.get(at).and_then(|l| l.text.get(state.bytes..));
            let Some(c) = text.and_then(|t| t.chars().next()) else { continue };
            match out.last_mut() {
                Some((last, range)) if *last == c => range.end = at + 1,
                Some(_) | None => out.push((c, at..at + 1)),
            }
        }
        out
    }

    fn arrive(
        &mut self,
        parent: usize,
        last: char,
        bytes: usize,
        live: Live,
        ahead: Range<usize>,
    ) -> Result<(), TooComplex> {
        if ahead.is_empty() && !self.seen.insert(live.clone()) {
            return Ok(());
        }
        if self.states.len() >= MOST_STATES {
            return Err(TooComplex);
        }
        let chars = self.states.get(parent).map_or(0, |p| p.chars) + 1;
        let state = State { live, ahead, parent, last, chars, bytes };
        let answers = self.answers(&state.live, self.ending(&state));
        self.states.push(state);
        if self.is_possible(&answers) { self.record(answers, chars) } else { Ok(()) }
    }

    /// The text of the newest state is the best of its answers, unless a literal was taken along before.
    fn record(&mut self, answers: Answers, chars: usize) -> Result<(), TooComplex> {
        if self.found.witness(&answers).is_some_and(|w| w.chars().count() < chars) {
            return Ok(());
        }
        work::did(chars);
        let mut text = Vec::with_capacity(chars);
        let mut at = self.states.len().saturating_sub(1);
        while let Some(state) = self.states.get(at).filter(|s| s.chars > 0) {
            text.push(state.last);
            at = state.parent;
        }
        let text: String = text.into_iter().rev().collect();
        self.found.offer(answers, Word::from(&*text))
    }

    /// The literals that the text of a state is.
    fn ending(&self, state: &State) -> &'w [Literal] {
        let ahead = self.literals.get(state.ahead.clone()).unwrap_or(&[]);
        ahead.get(..ahead.partition_point(|l| l.text.len() <= state.bytes)).unwrap_or(&[])
    }

    fn answers(&self, live: &Live, literals: &[Literal]) -> Answers {
        let mut yes = self.net.holding(live);
        let six = self.six.is_none_or(|six| yes.last() == Some(&six));
        if six && self.six.is_some() {
            yes.pop();
        }
        if !literals.is_empty() {
            yes.extend(literals.iter().map(|l| l.test));
            return Answers { yes, odd: !six }.tidy();
        }
        Answers { yes, odd: !six }
    }

    fn is_possible(&self, answers: &Answers) -> bool {
        !(self.only_arns && answers.odd)
    }
}
