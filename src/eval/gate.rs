/// The doors a request passes. An explicit deny at any of them ends the matter (R62).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gate {
    /// The identity-based policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The session policies.
    Session,
    /// The service control policies.
    Scp,
    /// The resource control policies.
    Rcp,
    /// The resource-based policy.
    Resource,
    /// The grants of a KMS key.
    Grant,
    /// The policy of the VPC endpoint.
    Endpoint,
    /// The owner of the object.
    Ownership,
    /// Block Public Access.
    PublicAccess,
}

impl Gate {
    /// In the order they are reported.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Boundary,
        Self::Session,
        Self::Scp,
        Self::Rcp,
        Self::Resource,
        Self::Grant,
        Self::Endpoint,
        Self::Ownership,
        Self::PublicAccess,
    ];

    /// The name in machine output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Resource => "resource",
            Self::Grant => "grant",
            Self::Endpoint => "endpoint",
            Self::Ownership => "ownership",
            Self::PublicAccess => "public_access",
        }
    }

    /// The name in a sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Resource => "resource-based policy",
            Self::Grant => "KMS grant",
            Self::Endpoint => "VPC endpoint policy",
            Self::Ownership => "object ownership",
            Self::PublicAccess => "Block Public Access",
        }
    }
}
