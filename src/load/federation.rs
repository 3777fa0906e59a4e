//! Who vouches for people and service accounts from outside: providers of OpenID Connect and SAML, and clusters.

use super::Intake;
use crate::estate::{Cluster, Known, OidcProvider, PlacedArn, SamlProvider};
use crate::name::Arn;
use crate::source::{Span, Spanned};

/// A URL as ARNs and condition keys have it.
pub(super) fn bare(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/')
}

impl Intake {
    /// A provider of OpenID Connect. Without an ARN, only its URL is known.
    pub(super) fn oidc_provider(
        &mut self,
        arn: Option<PlacedArn>,
        url: &str,
        client_ids: Known<Vec<String>>,
        span: Span,
    ) {
        let named = arn.as_ref().map(|arn| &arn.value);
        let providers = &mut self.estate.oidc_providers;
        let known = providers
            .iter_mut()
            .find(|known| known.url == url && known.arn.as_ref().map(|arn| &arn.value) == named);
        match known {
            Some(known) if !known.client_ids.is_provided() => known.client_ids = client_ids,
            Some(_) => {}
            None => {
                let account = named.and_then(Arn::account);
                providers.push(OidcProvider { url: url.to_owned(), arn, account, client_ids, span });
            }
        }
    }

    pub(super) fn saml_provider(&mut self, arn: PlacedArn) {
        let providers = &mut self.estate.saml_providers;
        if !providers.iter().any(|known| known.arn.value == arn.value) {
            providers.push(SamlProvider { span: arn.span, arn });
        }
    }

    /// A cluster; whoever names its issuer first is believed.
    pub(super) fn cluster(&mut self, arn: PlacedArn, issuer: Option<Spanned<String>>) {
        let clusters = &mut self.estate.clusters;
        match clusters.iter_mut().find(|known| known.arn.value == arn.value) {
            Some(known) => known.issuer = known.issuer.take().or(issuer),
            None => clusters.push(Cluster { arn, issuer }),
        }
    }
}
