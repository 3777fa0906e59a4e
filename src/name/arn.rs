use std::fmt;
use std::str::FromStr;

use nom::Parser;
use nom::bytes::complete::{tag, take_till};
use nom::combinator::rest;
use thiserror::Error;

use super::AccountId;

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`. The sixth part keeps its colons.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    text: Box<str>,
    /// Where the parts after `arn:` end; the resource runs to the end of the text.
    ends: [u32; 4],
}

/// Why a text is not an ARN.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ArnError {
    /// It does not begin with `arn:`.
    #[error("an ARN starts with `arn:`")]
    Prefix,
    /// It has fewer than six parts.
    #[error("an ARN has six parts: arn:partition:service:region:account:resource")]
    Parts,
}

fn part(input: &str) -> nom::IResult<&str, &str> {
    let (input, part) = take_till(|c| c == ':').parse(input)?;
    let (input, _) = tag(":").parse(input)?;
    Ok((input, part))
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let prefix: nom::IResult<&str, &str> = tag("arn:").parse(text);
        let (tail, _) = prefix.map_err(|_| ArnError::Prefix)?;
        let parsed: nom::IResult<&str, _> = (part, part, part, part, rest).parse(tail);
        let (_, (partition, service, region, account, _)) = parsed.map_err(|_| ArnError::Parts)?;
        let mut end = 4;
        let ends = [partition, service, region, account].map(|p| {
            let here = end + p.len();
            end = here + 1;
            here as u32
        });
        Ok(Self { text: text.into(), ends })
    }
}

impl Arn {
    /// Build one from its parts, none of which but the resource may hold a colon.
    pub fn of(partition: &str, service: &str, region: &str, account: &str, resource: &str) -> Self {
        let text = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        let mut end = 4;
        let ends = [partition, service, region, account].map(|p| {
            let here = end + p.len();
            end = here + 1;
            here as u32
        });
        Self { text: text.into_boxed_str(), ends }
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// The ARN as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The second part, such as `aws`.
    pub fn partition(&self) -> &str {
        let [end, ..] = self.ends;
        self.slice(4, end)
    }

    /// The third part, such as `kms`.
    pub fn service(&self) -> &str {
        let [start, end, ..] = self.ends;
        self.slice(start + 1, end)
    }

    /// The fourth part; empty where the ARN has no Region.
    pub fn region(&self) -> &str {
        let [_, start, end, _] = self.ends;
        self.slice(start + 1, end)
    }

    /// The account part as written; empty in S3 bucket and object ARNs.
    pub fn account_text(&self) -> &str {
        let [_, _, start, end] = self.ends;
        self.slice(start + 1, end)
    }

    /// The fifth part, where it is an account id.
    pub fn account(&self) -> Option<AccountId> {
        self.account_text().parse().ok()
    }

    /// All that follows the fifth colon.
    pub fn resource(&self) -> &str {
        let [.., end] = self.ends;
        self.slice(end + 1, self.text.len() as u32)
    }

    /// The resource behind its type: `reader` of `role/app/reader` with the type `role` gives `app/reader`.
    pub fn resource_of(&self, kind: &str) -> Option<&str> {
        self.resource().strip_prefix(kind)?.strip_prefix('/')
    }
}

/// Whether a text is the ARN of an origin access identity, which has the name of a service where other ARNs have an
/// account.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
pub fn is_origin_access_identity(text: &str) -> bool {
    let Ok(arn) = text.parse::<Arn>() else { return false };
    arn.service() == "iam"
        && arn.account_text() == "cloudfront"
        && arn.resource_of("user").is_some_and(|name| name.starts_with("CloudFront Origin Access Identity "))
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_into_six_parts_and_keeps_later_colons() {
        let arn: Arn = "arn:aws:s3:us-east-1:111111111111:a:b/c".parse().unwrap();
        assert_eq!(
            (arn.partition(), arn.service(), arn.region(), arn.account_text(), arn.resource()),
            ("aws", "s3", "us-east-1", "111111111111", "a:b/c")
        );
    }

    #[test]
    fn builds_what_it_parses() {
        let built = Arn::of("aws", "kms", "eu-west-1", "222222222222", "key/k");
        assert_eq!(built, built.as_str().parse().unwrap());
        assert_eq!(built.resource_of("key"), Some("k"));
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!("s3://x".parse::<Arn>(), Err(ArnError::Prefix));
        assert_eq!("arn:aws:s3".parse::<Arn>(), Err(ArnError::Parts));
    }
}
