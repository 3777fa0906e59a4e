//! The words of this program that the IAM user guide does not have: `docs/glossary.md`, a row a word.

static PAGE: &str = include_str!("../../docs/glossary.md");

/// The words with what they mean, in the order of the page.
pub(super) fn words() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.lines().filter_map(|line| {
        let (word, meaning) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
        (word != "word").then_some((word, meaning))
    })
}

/// The page of one word; capitals do not matter, and neither does an s at its end.
pub(super) fn find(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let (word, meaning) = words().find(|(word, _)| *word == name || name.strip_suffix('s') == Some(*word))?;
    Some(format!("# {word}\n\n{}\n", without_links(meaning)))
}

/// The text of a cell of Markdown, links without their targets.
pub(super) fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((label, after)) = link.split_once("](").and_then(|(l, a)| Some((l, a.split_once(')')?.1)))
        else {
            break;
        };
        out.push_str(before);
        out.push_str(label);
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_page_without_markup() {
        assert!(words().count() >= 8);
        for (word, _) in words() {
            let page = find(&word.to_uppercase()).unwrap();
            assert!(page.starts_with(&format!("# {word}\n\n")), "{page}");
            assert!(!page.contains("]("), "{page}");
        }
        assert_eq!(find("Legs"), find("leg"));
        assert_eq!(find("xyzzy"), None);
    }
}
