//! Pages that speak of something, for those who do not know what it is called here.

use std::cmp::Reverse;

use super::{PARTS, glossary, summary};
use crate::diagnostic::{Cause, Code};

/// How many pages a search names.
const MOST: usize = 15;

/// A page that was found: the name that `explain` takes, and its title in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The name of the rule, the code, the cause or the word.
    pub name: String,
    /// What the page says in one line.
    pub title: String,
}

/// The pages that have all words of a text, those that speak of nothing else first.
pub fn search(text: &str) -> Vec<Hit> {
    let wanted: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let phrase = wanted.join(" ");
    let mut found = Vec::new();
    for (place, (name, title, body)) in pages().enumerate() {
        let (heading, body) = (format!("{name} {title}").to_lowercase(), body.to_lowercase());
        if wanted.iter().all(|word| heading.contains(word.as_str()) || body.contains(word.as_str())) {
            let in_heading = wanted.iter().all(|word| heading.contains(word.as_str()));
            let worth = (heading.contains(&phrase), in_heading, body.matches(&phrase).count());
            found.push((Reverse(worth), place, Hit { name: name.to_owned(), title }));
        }
    }
    found.sort_by_key(|(worth, place, _)| (*worth, *place));
    found.into_iter().take(MOST).map(|(_, _, hit)| hit).collect()
}

/// Name, title and text of every page.
fn pages() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    let words = glossary::words().map(|(word, meaning)| (word, glossary::without_links(meaning), ""));
    let rules = PARTS.iter().flat_map(|part| {
        part.text.split("\n## ").skip(1).filter_map(|section| {
            let (id, rest) = section.split_once(' ')?;
            let (title, body) = rest.split_once('\n').unwrap_or((rest, ""));
            Some((id, title.to_owned(), body))
        })
    });
    let codes = Code::ALL.iter().map(|code| (code.as_str(), code.page()));
    let causes = Cause::ALL.iter().map(|cause| (cause.as_str(), cause.page()));
    words.chain(rules).chain(codes.chain(causes).map(|(name, page)| (name, summary(page).to_owned(), page)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_with_all_words_are_found_the_closest_first() {
        let names = |text: &str| search(text).into_iter().map(|hit| hit.name).collect::<Vec<_>>();
        assert_eq!(names("bucket key").first().map(String::as_str), Some("R106"));
        assert!(names("bucket key").iter().any(|name| name == "R52"), "{:?}", names("bucket key"));
        assert_eq!(names("BUCKET Key"), names("bucket key"));
        assert!(search("key").len() <= MOST);
        assert!(names("xyzzy").is_empty() && names("  ").is_empty());
    }
}
