//! The known word that somebody meant.

/// Longer than any ARN that somebody might mistype.
const LONGEST_WORD: usize = 512;

/// The known word nearest to what was written, when it is near enough to be a slip or begins the same way.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A slip is as long as what was meant; the comparison costs the product of both lengths.
    if written.len() > LONGEST_WORD {
        return None;
    }
    let folded = written.to_ascii_lowercase();
    let rate = |word: &'a str| {
        let candidate = word.to_ascii_lowercase();
        let begun = folded.len() >= 3 && candidate.starts_with(&folded);
        let distance = strsim::damerau_levenshtein(&folded, &candidate);
        let near = begun || distance <= (word.len().max(written.len()) / 3).clamp(1, 4);
        near.then_some((!begun, distance, word))
    };
    known.into_iter().filter_map(rate).min().map(|(_, _, word)| word)
}

/// “did you mean …?” for a word that is not known.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, known).map(|word| format!("did you mean `{word}`?"))
}
