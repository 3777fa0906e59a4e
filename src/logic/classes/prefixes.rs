//! Literals and prefixes alone: sorted, those that a text starts with are a stack, and no automaton is needed.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::collect::{Answers, Collector};
use super::columns::Columns;
use super::nice::{Word, stranger};
use super::operand::{Reading, has_six_parts, read};
use super::{Kind, TooComplex};

/// A shortest text of six parts.
const EMPTY_ARN: &str = ":::::";

struct Entry<'t> {
    text: Cow<'t, str>,
    /// It stands for all that starts with it.
    open: bool,
    test: u32,
}

/// The classes, unless some pattern needs an automaton.
pub(super) fn classes(columns: &Columns<'_>, kind: Kind) -> Result<Option<Collector>, TooComplex> {
    let arns = columns.any_arn();
    let Some(mut entries) = entries(columns, arns)? else { return Ok(None) };
    entries.sort_unstable_by(|a, b| (&a.text, a.open, a.test).cmp(&(&b.text, b.open, b.test)));
    let search = Search { entries: &entries, arns, typed: arns && kind == Kind::Typed };
    if arns && search.is_written(Word::from(EMPTY_ARN)) {
        return Ok(None);
    }
    let mut found = Collector::new(columns);
    search.run(&mut found)?;
    Ok(Some(found))
}

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
        // The prefixes that the text at hand starts with.
        let mut around: SmallVec<[&'s [Entry<'_>]; 4]> = SmallVec::new();
        for same in self.entries.chunk_by(|a, b| a.text == b.text) {
            let text = same.first().map_or("", |e| &e.text);
            while around.last().is_some_and(|a| a.first().is_some_and(|a| !text.starts_with(&*a.text))) {
                around.pop();
            }
            let (literals, prefixes) = same.split_at(same.partition_point(|e| !e.open));
            if !prefixes.is_empty() {
                around.push(prefixes);
            }
            let yes = around.iter().flat_map(|a| a.iter()).map(|e| e.test);
            let odd = self.arns && !has_six_parts(text);
            let of_others = Answers { yes: yes.clone().collect(), odd }.tidy();
            if !prefixes.is_empty() {
                let more =
                    if literals.is_empty() && !text.is_empty() { None } else { self.unwritten_after(text) };
                found.offer(of_others, Word { text, more })?;
            } else if text.is_empty() {
                self.offer_strangers(found)?;
            }
            if literals.is_empty() || (odd && self.typed) {
                continue;
            }
            let of_text = Answers { yes: yes.chain(literals.iter().map(|e| e.test)).collect(), odd }.tidy();
            if text.is_empty() {
                found.offer_empty(of_text);
            } else {
                found.offer(of_text, Word::from(text))?;
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
