//! The partitions of AWS: which Regions each has, and what its hosts are called.
//!
//! The only copy. Whatever depends on the partition of a Region asks here, so that a new partition is one row.
//!
//! Sources: <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html> (what a
//! partition is), <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html> (their names in ARNs), and
//! `partitions.json` of the AWS SDKs (patterns of Regions and DNS suffixes of all eight).

/// A group of Regions with accounts, IAM and hosts of its own. No grant reaches from one into another (R8).
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// As the second part of an ARN has it.
    pub id: &'static str,
    /// How the names of its Regions start; none for `aws`, which has all the others.
    regions: &'static str,
    /// What the hosts of its services end in.
    pub dns_suffix: &'static str,
}

const fn row(id: &'static str, regions: &'static str, dns_suffix: &'static str) -> Partition {
    Partition { id, regions, dns_suffix }
}

/// The partition of every Region that no other row claims, ones to come included.
pub const COMMERCIAL: &Partition = &row("aws", "", "amazonaws.com");

/// Every partition, sorted by its name.
pub const ALL: &[Partition] = &[
    row("aws", "", "amazonaws.com"),
    row("aws-cn", "cn-", "amazonaws.com.cn"),
    row("aws-eusc", "eusc-", "amazonaws.eu"),
    row("aws-iso", "us-iso-", "c2s.ic.gov"),
    row("aws-iso-b", "us-isob-", "sc2s.sgov.gov"),
    row("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk"),
    row("aws-iso-f", "us-isof-", "csp.hci.ic.gov"),
    row("aws-us-gov", "us-gov-", "amazonaws.com"),
];

/// The partition that a Region is in.
pub fn of_region(region: &str) -> &'static Partition {
    ALL.iter().find(|p| !p.regions.is_empty() && region.starts_with(p.regions)).unwrap_or(COMMERCIAL)
}

/// Regions of `aws` that every account has switched on; all that came after March 2019 are opt-in.
///
/// Source: <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const ALWAYS_ON: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether accounts must switch a Region on before they can use it (R69).
pub fn is_opt_in(region: &str) -> bool {
    let looks_like_one = || {
        !region.is_empty()
            && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    !ALWAYS_ON.contains(&region) && looks_like_one() && of_region(region) == COMMERCIAL
}

/// Every Region that the SDKs know, opt-in Regions and those of other partitions included.
///
/// Sources: <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html> and `partitions.json` of the
/// AWS SDKs.
const LATER: &str = "af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 \
    ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 \
    sa-west-1 cn-north-1 cn-northwest-1 eusc-de-east-1 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-iso-west-1 \
    us-isob-east-1 us-isob-west-1 eu-isoe-west-1 us-isof-east-1 us-isof-south-1";

/// The names of all Regions.
pub fn regions() -> impl Iterator<Item = &'static str> {
    ALWAYS_ON.iter().copied().chain(LATER.split(' '))
}

/// Whether there is a Region of this name.
pub fn is_region(name: &str) -> bool {
    regions().any(|region| region == name)
}

/// The partition of this name, as the second part of an ARN has it.
pub fn find(id: &str) -> Option<&'static Partition> {
    ALL.iter().find(|p| p.id == id)
}

/// What `kms:ViaService` can be for a service of this Region: one name, or two where no page says which.
///
/// KMS writes it with `amazonaws.com` in `aws` and `aws-us-gov`, whose hosts end so anyway. Of partitions with a DNS
/// suffix of their own no page says whether it follows the hosts or stays (R48).
pub fn via_services(service: &str, region: &str) -> Vec<String> {
    let own = of_region(region).dns_suffix;
    let mut suffixes = vec![COMMERCIAL.dns_suffix, own];
    suffixes.dedup();
    suffixes.iter().map(|suffix| format!("{service}.{region}.{suffix}")).collect()
}

/// `HOST` without the DNS suffix of any partition: `kms` for `kms.amazonaws.com`, `s3.cn-north-1` for
/// `s3.cn-north-1.amazonaws.com.cn`.
pub fn without_suffix(host: &str) -> Option<&str> {
    ALL.iter().find_map(|p| host.strip_suffix(p.dns_suffix)?.strip_suffix('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_differ() {
        assert!(ALL.is_sorted_by(|a, b| a.id < b.id));
        assert_eq!(find("aws"), Some(COMMERCIAL));
        for (at, row) in ALL.iter().enumerate() {
            // One Region fits one row, whichever is asked first: `us-iso-` and `us-isob-` differ in their last character.
            let others =
                ALL.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other.regions);
            assert!(others.filter(|o| !o.is_empty()).all(|o| !row.regions.starts_with(o)), "{row:?}");
        }
    }

    #[test]
    fn every_region_has_its_partition_and_suffix() {
        for (region, id, suffix) in [
            ("us-east-1", "aws", "amazonaws.com"),
            ("mx-central-1", "aws", "amazonaws.com"),
            ("eu-central-1", "aws", "amazonaws.com"),
            ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("us-iso-west-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
            ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
        ] {
            let partition = of_region(region);
            assert_eq!((partition.id, partition.dns_suffix), (id, suffix), "{region}");
            assert_eq!(find(id), Some(partition), "{region}");
        }
        assert_eq!(find("aws-moon"), None);
    }

    #[test]
    fn the_service_in_between_is_named_by_one_suffix_or_two() {
        assert_eq!(via_services("s3", "us-east-1"), ["s3.us-east-1.amazonaws.com"]);
        assert_eq!(via_services("s3", "us-gov-west-1"), ["s3.us-gov-west-1.amazonaws.com"]);
        assert_eq!(
            via_services("s3", "eusc-de-east-1"),
            ["s3.eusc-de-east-1.amazonaws.com", "s3.eusc-de-east-1.amazonaws.eu"]
        );
    }

    #[test]
    fn hosts_of_every_partition() {
        assert_eq!(without_suffix("kms.amazonaws.com"), Some("kms"));
        assert_eq!(without_suffix("s3.cn-north-1.amazonaws.com.cn"), Some("s3.cn-north-1"));
        assert_eq!(without_suffix("b.s3.eusc-de-east-1.amazonaws.eu"), Some("b.s3.eusc-de-east-1"));
        assert_eq!(without_suffix("example.com"), None);
        assert_eq!(without_suffix("notamazonaws.com"), None);
    }

    #[test]
    fn regions_that_came_later_are_opt_in() {
        for region in ["af-south-1", "ap-southeast-7", "il-central-1", "mx-central-1"] {
            assert!(is_opt_in(region), "{region}");
        }
        for region in ["us-east-1", "sa-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "‹r›", ""]
        {
            assert!(!is_opt_in(region), "{region}");
        }
    }
}
