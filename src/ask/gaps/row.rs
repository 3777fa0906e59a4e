//! The row of `decryptable.toml` that tells a fact: for what no single call of AWS answers, or no file of its answers tells.

use super::{MissingFact, RowFact};
use crate::estate::{Estate, StoreKind};

/// The row that tells a fact, where it is to be written by hand.
pub fn row(estate: &Estate, fact: &MissingFact) -> Option<String> {
    let MissingFact::Row(fact) = fact else { return None };
    let text = |value: &str| serde_json::Value::from(value).to_string();
    Some(match fact {
        RowFact::Objects { uri } => format!(
            "[[object]]\nuri = {}\nencryption = \"default\"        # or {{ type = \"aws:kms\", key = \"arn:…\", bucket_key = true }}, as \
             HeadObject says of them\nstorage_class = \"STANDARD\"\n",
            text(uri)
        ),
        RowFact::OrganizationS3Policy { id } => {
            format!(
                "[[organization]]\nid = {}\ns3_policy = \"none\"          # or {{ restrict_public_buckets = true }}\n",
                text(id)
            )
        }
        RowFact::Regions { account, region } => {
            format!(
                "[[account]]\nid = \"{account}\"\nregions = [{}]        # the opt-in Regions that are switched on\n",
                text(region)
            )
        }
        RowFact::Store { arn } => {
            let kind = arn.parse().ok().and_then(|arn| StoreKind::of(&arn));
            let (table, call, none) = match kind {
                Some(StoreKind::Queue) => ("queue", "sqs get-queue-attributes --attribute-names All", ""),
                Some(StoreKind::Secret) | None => (
                    "secret",
                    "secretsmanager describe-secret, and get-resource-policy",
                    ": it is under aws/secretsmanager",
                ),
            };
            format!(
                "# or the answers of aws {call}\n[[{table}]]\narn = {}\npolicy = \"none\"             # or the file of its policy\nkey = \"none\"                # or its KMS key{none}\n",
                text(arn)
            )
        }
        RowFact::AccessPointOrigin { name } => {
            let point = estate.access_point(name).ok();
            let of = |key: &str, value: Option<String>| {
                value.map_or_else(String::new, |value| format!("{key} = {}\n", text(&value)))
            };
            format!(
                "[[access_point]]\nname = {}\n{}{}vpc = \"none\"                # or the id of the one VPC that it takes requests from\n",
                text(name),
                of("account", point.map(|point| point.account.to_string())),
                of("bucket", point.map(|point| point.bucket.clone())),
            )
        }
    })
}
