//! The keys of the random policies: what they are tested with, and what requests hold.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Address,
    Binary,
    Texts,
}

/// One type a key, as AWS has it: what a key of another type would do with these tests is documented nowhere.
pub(crate) const KEYS: [(&str, Kind); 10] = [
    ("aws:PrincipalTag/team", Kind::Text),
    ("s3:prefix", Kind::Text),
    ("aws:TagKeys", Kind::Texts),
    ("aws:MultiFactorAuthAge", Kind::Number),
    ("aws:CurrentTime", Kind::Date),
    ("aws:SecureTransport", Kind::Bool),
    ("ec2:SourceInstanceArn", Kind::Arn),
    // No key of AWS is known to be binary.
    ("example:Digest", Kind::Binary),
    ("aws:UserAgent", Kind::Text),
    ("aws:PrincipalTag/cost-center", Kind::Text),
];

/// Where a request comes from: one of them decides which others can be there, so a case has one at most.
pub(crate) const PLACES: [(&str, Kind); 4] = [
    ("aws:SourceIp", Kind::Address),
    ("aws:SourceVpce", Kind::Text),
    ("aws:SourceVpc", Kind::Text),
    ("aws:VpcSourceIp", Kind::Address),
];

const TEXTS: &[&str] =
    &["a", "ab", "a*", "*", "b", "a?", "*b", "", "A", "a${*}", "?*", "sk", "a*b*", "red/x"];
pub(crate) const VARIABLES: &[&str] = &[
    "${aws:PrincipalTag/team}",
    "a${aws:PrincipalTag/team}*",
    "${aws:PrincipalTag/team, 'a'}",
    "${s3:prefix}",
    "${aws:UserAgent}b",
];
const ARNS: &[&str] = &[
    "arn:aws:ec2:us-east-1:111111111111:instance/i-1",
    "arn:aws:ec2:*:111111111111:instance/*",
    "arn:aws:ec2:us-east-?:*:*",
    "arn:*:ec2:*:*:instance/i-*",
];
const NUMBERS: &[&str] = &["5", "1", "10", "5.0", "2.5", "-1", "0"];
const DATES: &[&str] = &[
    "2026-01-01T00:00:00Z",
    "2026-01-01",
    "1767225600",
    "2026-06-01T12:00:00+02:00",
    "2027-01-01T00:00:00Z",
];
const BOOLS: &[&str] = &["true", "false", "True"];
const BLOCKS: &[&str] = &[
    "203.0.113.0/24",
    "203.0.113.128/25",
    "203.0.113.7",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/0",
    "2001:db8::1/128",
];
const BYTES: &[&str] = &["QmluYXJ5", "T3RoZXI=", ""];

/// What requests hold besides what the policies name: the neighbours of the values above.
pub(crate) fn near(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text | Kind::Texts => {
            &["", "other", "a", "*", "?", "ab", "aab", "a/b", "a:b", "\u{212A}", "\u{17F}k", "é"]
        }
        Kind::Arn => &[
            "arn:aws:ec2:us-east-1:111111111111:instance/i-1",
            "arn:aws:ec2:us-east-1:111111111111:instance/i-2",
            "arn:aws:ec2:us-east-12:111111111111:instance/i-1",
            "arn:aws:ec2:eu-west-1:222222222222:instance/i-1:x",
            "arn:aws:ec2:::",
            "arn:aws-cn:ec2:us-east-1:111111111111:instance/I-1",
        ],
        Kind::Number => &["5", "4", "6", "4.999", "5.00", "0", "-2", "2.5", "10.5", "1000000000000"],
        Kind::Date => &[
            "2025-12-31T23:59:59Z",
            "2026-01-01T00:00:00Z",
            "1767225601",
            "2026-06-01T10:00:00Z",
            "2026-06-01T10:00:01Z",
            "2030-01-01",
        ],
        Kind::Bool => &["true", "false", "TRUE"],
        Kind::Address => &[
            "203.0.113.7",
            "203.0.113.6",
            "203.0.113.8",
            "203.0.112.255",
            "203.0.113.127",
            "203.0.113.128",
            "203.0.114.0",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db9::",
            "::1",
        ],
        Kind::Binary => &["QmluYXJ5", "T3RoZXI=", "AAAA", ""],
    }
}

/// Positive and negated operators of a type, and the values to choose from.
pub(crate) fn tests(kind: Kind) -> Vec<(&'static str, &'static [&'static str])> {
    let families: &[(&[&'static str], &'static [&'static str])] = match kind {
        Kind::Text | Kind::Texts => &[(
            &[
                "StringEquals",
                "StringLike",
                "StringNotEquals",
                "StringNotLike",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
            ],
            TEXTS,
        )],
        Kind::Arn => {
            &[(&["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike", "StringNotLike"], ARNS)]
        }
        Kind::Number => &[(
            &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            NUMBERS,
        )],
        Kind::Date => &[(
            &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            DATES,
        )],
        Kind::Bool => &[(&["Bool"], BOOLS)],
        Kind::Address => &[(&["IpAddress", "NotIpAddress"], BLOCKS)],
        Kind::Binary => &[(&["BinaryEquals"], BYTES)],
    };
    families.iter().flat_map(|(operators, values)| operators.iter().map(|o| (*o, *values))).collect()
}
