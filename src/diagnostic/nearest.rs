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
    let length = folded.chars().count();
    let rate = |word: &'a str| {
        let begun =
            length >= 3 && word.get(..folded.len()).is_some_and(|start| start.eq_ignore_ascii_case(&folded));
        let most = (word.len().max(written.len()) / 3).clamp(1, 4);
        // Words of different length are at least that far apart, and most are.
        if !begun && word.chars().count().abs_diff(length) > most {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&folded, &word.to_ascii_lowercase());
        // One letter too many is a slip, also where longer words begin so.
        (begun || distance <= most).then_some((!begun && distance > 1, distance, word))
    };
    known.into_iter().filter_map(rate).min().map(|(_, _, word)| word)
}

/// “did you mean …?” for a word that is not known.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, known).map(|word| format!("did you mean `{word}`?"))
}
