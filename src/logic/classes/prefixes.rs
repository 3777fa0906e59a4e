//! Literals and prefixes alone: sorted, those that a text starts with are a stack, and no automaton is needed.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::alphabet::{Word, stranger};
use super::collect::{Answers, Collector};
use super::operand::{Reading, has_six_parts, read};
use super::test_matrix::Columns;
use super::{TextKind, TooComplex};
use crate::work;

/// A shortest text of six parts.
const EMPTY_ARN: &str = ":::::";

struct Entry<'t> {
    text: Cow<'t, str>,
    /// It stands for all that starts with it.
    open: bool,
    test: u32,
}

/// The classes, unless some pattern needs an automaton.
pub(super) fn classes(columns: &Columns<'_>, kind: TextKind) -> Result<Option<Collector>, TooComplex> {
    let arns = columns.any_arn();
    let Some(mut entries) = entries(columns, arns)? else { return Ok(None) };
    entries.sort_unstable_by(|a, b| (&a.text, a.open, a.test).cmp(&(&b.text, b.open, b.test)));
    let search = Search { entries: &entries, arns, typed: arns && kind == TextKind::Typed };
    if arns && search.is_written(Word::from(EMPTY_ARN)) {
        return Ok(None);
    }
    let mut found = Collector::new(columns);
    search.run(&mut found)?;
    Ok(Some(found))
}

type Tests = SmallVec<[u32; 4]>;
type Entries<'t> = SmallVec<[Entry<'t>; 8]>;

fn entries<'t>(columns: &Columns<'t>, arns: bool) -> Result<Option<Entries<'t>>, TooComplex> {
    let mut entries = Entries::with_capacity(columns.items.len());
    for item in &columns.items {
        let (text, open) = match read(columns, item)? {
            Reading::Never => continue,
            Reading::Literal(text) => (text, false),
            // Among ARNs, what starts with it must either be one or not.
            Reading::Prefix(text) if !arns || has_six_parts(&text) => (text, true),
            Reading::Prefix(_) | Reading::Glob(_) | Reading::AnyCase(_) | Reading::Arn(_) => return Ok(None),
        };
        entries.push(Entry { text, open, test: item.test });
    }
    Ok(Some(entries))
}

struct Search<'s, 't> {
    /// Sorted, so that what starts with a text stands right behind it.
    entries: &'s [Entry<'t>],
    arns: bool,
    /// Only ARNs are possible.
    typed: bool,
}

impl<'s> Search<'s, '_> {
    fn run(&self, found: &mut Collector) -> Result<(), TooComplex> {
        if self.entries.first().is_none_or(|e| !e.text.is_empty()) {
            self.offer_strangers(found)?;
        }
        // The prefixes that the text at hand starts with, and the tests that fit because of them.
        let mut around: SmallVec<[(&str, Tests); 4]> = SmallVec::new();
        for same in self.entries.chunk_by(|a, b| a.text == b.text) {
            let text = same.first().map_or("", |e| &e.text);
            work::did(text.len() + same.len());
            while around.last().is_some_and(|(prefix, _)| !text.starts_with(prefix)) {
                work::did(1);
                around.pop();
            }
            let (literals, prefixes) = same.split_at(same.partition_point(|e| !e.open));
            let odd = self.arns && !has_six_parts(text);
            let yes = around.last().map_or_else(Tests::new, |(_, tests)| tests.clone());
            let yes = yes.into_iter().chain(prefixes.iter().map(|e| e.test));
            work::did(yes.size_hint().0);
            let longer = Answers { yes: yes.collect(), odd }.tidy();
            let is_possible = !odd || !self.typed;
            if is_possible && !literals.is_empty() {
                let yes = longer.yes.iter().copied().chain(literals.iter().map(|e| e.test));
                let own = Answers { yes: yes.collect(), odd }.tidy();
                if text.is_empty() { found.offer_empty(own) } else { found.offer(own, Word::from(text))? }
            }
            if !prefixes.is_empty() {
                around.push((text, longer.yes.clone()));
                let is_taken = text.is_empty() || !literals.is_empty();
                let more = if is_taken { self.unwritten_after(text) } else { None };
                found.offer(longer, Word { text, more })?;
            } else if text.is_empty() {
                self.offer_strangers(found)?;
            }
        }
        Ok(())
    }

    /// What fits nothing.
    fn offer_strangers(&self, found: &mut Collector) -> Result<(), TooComplex> {
        if self.arns {
            found.offer(Answers::none(false), Word::from(EMPTY_ARN))?;
        }
        if self.typed {
            return Ok(());
        }
        found.offer(Answers::none(self.arns), Word { text: "", more: self.unwritten_after("") })
    }

    /// A character that leads from a text to one that no entry is.
    fn unwritten_after(&self, text: &str) -> Option<char> {
        stranger(|c| self.is_written(Word { text, more: Some(c) }))
    }

    fn is_written(&self, word: Word<'_>) -> bool {
        // Characters are ordered as their bytes are.
        self.entries.binary_search_by(|e| e.text.chars().cmp(word.chars())).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ItemTest, product};
    use super::*;
    use crate::operator::{Dialect, Operand, TestValue, Written};
    use crate::source::{SourceId, Span};

    fn value(text: &str) -> TestValue {
        let like = Written::parse("StringLike").unwrap().operator;
        let operand: Operand = (like.parse)(text, Dialect { variables: true }).unwrap();
        TestValue::new(operand, text, Span::new(SourceId::LONE, 0, 0))
    }

    /// The sorted search and the automaton are two ways to the same classes.
    #[test]
    fn the_automaton_finds_the_same() {
        let like = Written::parse("StringLike").unwrap().operator;
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..500 {
            let mut values: [Vec<TestValue>; 3] = Default::default();
            for _ in 0..random(20) {
                let mut text: String =
                    (0..random(6)).map(|_| if random(2) == 0 { 'a' } else { 'x' }).collect();
                if random(2) == 0 {
                    text.push('*');
                }
                if let Some(test) = values.get_mut(usize::try_from(random(3)).unwrap()) {
                    test.push(value(&text));
                }
            }
            let tests = values.each_ref().map(|values| ItemTest { operator: like, values });
            let columns = Columns::new(&tests).unwrap();
            let sorted = classes(&columns, TextKind::Text).unwrap().unwrap().finish(&columns, None);
            let walked = product::classes(&columns, TextKind::Text).unwrap().finish(&columns, None);
            assert_eq!(sorted, walked, "{values:?}");
        }
    }
}
