use crate::estate::{Known, SharedPolicy, Tags};
use crate::name::ConditionKey;

/// What is known of the request beyond who asks for what.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// How the request reaches AWS.
    pub network: Network,
    /// The session of the caller.
    pub session: Session,
    /// Keys given by hand; they win over everything derived.
    pub context: Vec<(ConditionKey, Given)>,
    /// Headers of the request to S3, by their names in lower case.
    pub headers: Vec<(String, Given)>,
}

/// Where the request comes from; all left out means that nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// A public address.
    pub source_ip: Option<String>,
    /// A VPC endpoint for S3.
    pub endpoint: Option<String>,
    /// The id of the VPC the request comes from.
    pub vpc: Option<String>,
    /// The private address in that VPC.
    pub private_ip: Option<String>,
}

impl Network {
    /// Nobody said where the request comes from.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// A request comes from a public address or through a VPC endpoint.
    pub fn check(&self) -> Result<(), &'static str> {
        match (&self.source_ip, self.through_endpoint()) {
            (Some(_), true) => {
                Err("a request comes from a public address or through a VPC endpoint, not both")
            }
            (_, _) => Ok(()),
        }
    }

    /// The request is known to pass no VPC endpoint.
    pub fn is_public(&self) -> bool {
        self.source_ip.is_some() && !self.through_endpoint()
    }

    /// The request is known to pass a VPC endpoint.
    pub fn through_endpoint(&self) -> bool {
        self.endpoint.is_some() || self.vpc.is_some() || self.private_ip.is_some()
    }
}

impl Circumstances {
    /// The ARN of the resource that a service works for.
    pub fn source_arn(&self) -> Option<&str> {
        let key = ConditionKey::new("aws:SourceArn");
        match self.context.iter().rev().find(|(told, _)| *told == key)? {
            (_, Given::Values(values)) if values.len() == 1 => values.first().map(String::as_str),
            (_, Given::Values(_) | Given::Absent) => None,
        }
    }

    /// A service works for this resource, or for one of this account.
    pub fn works_for(&mut self, arn: Option<&str>, account: Option<&str>) {
        for (key, value) in [("aws:SourceArn", arn), ("aws:SourceAccount", account)] {
            let given = value.map(|value| Given::Values(vec![value.to_owned()]));
            self.context.extend(given.map(|given| (ConditionKey::new(key), given)));
        }
    }

    /// What is known of a header; its value where it has one.
    pub fn header(&self, name: &str) -> Option<&Given> {
        self.headers.iter().rev().find(|(known, _)| known == name).map(|(_, given)| given)
    }

    /// The network as it was told, also by the keys that describe it.
    pub fn whole_network(&self) -> Network {
        let given = |name: &str| {
            self.context.iter().find_map(|(key, value)| match value {
                Given::Values(values) if key.folded() == name => values.first().cloned(),
                Given::Values(_) | Given::Absent => None,
            })
        };
        let told = &self.network;
        Network {
            source_ip: told.source_ip.clone().or_else(|| given("aws:sourceip")),
            endpoint: told.endpoint.clone().or_else(|| given("aws:sourcevpce")),
            vpc: told.vpc.clone().or_else(|| given("aws:sourcevpc")),
            private_ip: told.private_ip.clone().or_else(|| given("aws:vpcsourceip")),
        }
    }
}

/// The role session that asks.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The role session name.
    pub name: Option<String>,
    /// Session policies passed when the role was assumed.
    pub policies: Known<Vec<SharedPolicy>>,
    /// The session tags.
    pub tags: Known<Tags>,
}

/// A context key given by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Known to be missing from the request.
    Absent,
    /// It has these values.
    Values(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_public_where_its_address_is_all_there_is() {
        let told = |text: &str| Some(text.to_owned());
        let address = Network { source_ip: told("203.0.113.7"), ..Network::default() };
        assert!(address.is_public() && !address.through_endpoint() && address.check().is_ok());
        for private in [
            Network { endpoint: told("vpce-0a"), ..Network::default() },
            Network { vpc: told("vpc-0a"), ..Network::default() },
            Network { private_ip: told("10.0.0.7"), ..Network::default() },
        ] {
            assert!(!private.is_public() && private.through_endpoint() && private.check().is_ok());
            let both = Network { source_ip: told("203.0.113.7"), ..private };
            assert!(!both.is_public() && both.check().is_err());
        }
        assert!(!Network::default().is_public() && Network::default().is_unknown());
    }

    #[test]
    fn a_service_works_for_the_resource_that_was_told_last() {
        let mut circumstances = Circumstances::default();
        assert_eq!(circumstances.source_arn(), None);
        circumstances.works_for(None, Some("111111111111"));
        assert_eq!(circumstances.source_arn(), None);
        assert_eq!(circumstances.context.len(), 1);
        circumstances.works_for(Some("arn:aws:sns:eu-west-1:111111111111:a"), None);
        circumstances.works_for(Some("arn:aws:sns:eu-west-1:111111111111:b"), Some("111111111111"));
        assert_eq!(circumstances.source_arn(), Some("arn:aws:sns:eu-west-1:111111111111:b"));
        let several = Given::Values(vec!["a".to_owned(), "b".to_owned()]);
        for open in [Given::Absent, several] {
            circumstances.context.push((ConditionKey::new("AWS:sourceArn"), open));
            assert_eq!(circumstances.source_arn(), None);
        }
    }
}
