//! Two texts that were meant to be one.

use crate::name::Arn;

/// They differ in the case of letters alone.
pub(super) fn in_case(written: &str, meant: &str) -> bool {
    written != meant && written.eq_ignore_ascii_case(meant)
}

/// They differ in blanks at their ends alone.
pub(super) fn in_white_space(written: &str, meant: &str) -> bool {
    written != meant && written.trim() == meant.trim()
}

/// Texts that long are never a slip of the pen apart by chance; the comparison costs the product of both lengths.
const SHORTEST: usize = 4;
const LONGEST: usize = 256;

/// One is the other with one or two slips of the pen.
pub(super) fn misspelt(written: &str, meant: &str) -> bool {
    let lengths = SHORTEST..=LONGEST;
    let slips = if meant.len() < 8 { 1 } else { 2 };
    written != meant
        && lengths.contains(&written.len())
        && lengths.contains(&meant.len())
        // A number at the end tells things apart that are named alike.
        && without_number(written) != without_number(meant)
        && strsim::damerau_levenshtein(written, meant) <= slips
}

fn without_number(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// Two account ids that differ in a digit or two, or one of which has a digit too few or too many.
pub(super) fn in_a_digit(written: &str, meant: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(written) && digits(meant) && written != meant && strsim::osa_distance(written, meant) == 1
}

/// The part in which two ARNs differ, where they differ in one alone.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum ComparedPart {
    Partition,
    Service,
    Region,
    Account,
    Resource,
}

/// The one part in which two ARNs differ.
pub(super) fn only_part(written: &str, meant: &str) -> Option<ComparedPart> {
    let (written, meant) = (parts(written)?, parts(meant)?);
    let names = [
        ComparedPart::Partition,
        ComparedPart::Service,
        ComparedPart::Region,
        ComparedPart::Account,
        ComparedPart::Resource,
    ];
    let mut differing = names.into_iter().zip(written.iter().zip(&meant)).filter(|(_, (a, b))| a != b);
    let (part, _) = differing.next()?;
    differing.next().is_none().then_some(part)
}

fn parts(arn: &str) -> Option<[&str; 5]> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}

/// The last piece of what an ARN names: the name of a role without its path.
pub(super) fn short_name(arn: &Arn) -> &str {
    arn.resource().rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_differences() {
        assert!(misspelt("arn:aws:s3:::acme-laek", "arn:aws:s3:::acme-lake"));
        assert!(misspelt("lale", "lake"));
        assert!(!misspelt("lake1", "lake2"), "numbers tell things apart");
        assert!(!misspelt("prod", "test"));
        assert!(in_a_digit("111111111112", "111111111111"));
        assert!(in_a_digit("11111111111", "111111111111"));
        assert!(!in_a_digit("222222222222", "111111111111"));
        assert_eq!(
            only_part("arn:aws:kms:eu-west-1:111111111111:key/1", "arn:aws:kms:us-east-1:111111111111:key/1"),
            Some(ComparedPart::Region)
        );
        assert_eq!(
            only_part("arn:aws:kms:eu-west-1:222222222222:key/1", "arn:aws:kms:us-east-1:111111111111:key/1"),
            None
        );
        assert_eq!(only_part("*", "arn:aws:s3:::lake"), None);
    }
}
