//! Indexes repeat what the tree says elsewhere, so they count only where it is not said.

use crate::estate::Known;
use crate::load::fields::text;
use crate::load::{InputDocument, Intake};
use crate::name::AccountId;
use crate::source::Spanned;

pub(super) fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    let name = input.path.file_stem().and_then(|name| name.to_str()).unwrap_or("");
    let name = name.strip_suffix(".json").unwrap_or(name);
    for member in input.root().members() {
        let (key, value) = (&member.key, &member.value);
        if name.starts_with("accounts-to-orgs") {
            let Ok(account) = key.value.parse::<AccountId>() else { continue };
            let Some(organization) = value.as_str() else { continue };
            let told = intake.estate.account(account).is_some_and(|known| known.organization.is_provided());
            if !told {
                intake.organization(organization, value.span, |_| ());
                intake.account_organization(account, Spanned::new(Some(organization), value.span));
                intake.contributes(input.source, "", format!("organization of account {account}"));
            }
        } else if name.starts_with("buckets-to-accounts") {
            let bucket = &*key.value;
            let known = intake.estate.bucket(bucket).ok();
            let account_told = known.is_some_and(|known| known.account.is_provided());
            let region_told = known.is_some_and(|known| matches!(known.region, Known::Provided(_)));
            if let Some(account) = text(value, "accountId")
                && let Ok(id) = account.value.parse()
                && !account_told
            {
                intake.bucket_account(bucket, account.map(|_| id));
                intake.contributes(input.source, "", format!("account of bucket {bucket}"));
            }
            if let Some(region) = text(value, "region").filter(|_| !region_told) {
                intake.bucket_region(bucket, region);
            }
        }
    }
}
