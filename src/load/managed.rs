//! AWS managed policies that an input names by ARN and does not hold, out of the snapshot in
//! `data/aws-managed` (its README says where it comes from and how it is laid out).
//!
//! The documents are compressed in streams of some 160 kB, with what many of them say in a dictionary. A lookup searches
//! the index and unpacks the dictionary and one stream; a run that names no AWS managed policy pays nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ruzstd::decoding::{Dictionary, FrameDecoder};

use super::Intake;
use crate::estate::SharedPolicy;
use crate::json;
use crate::name::partition::{self, COMMERCIAL};
use crate::policy::{self, PolicyKind};
use crate::source::{OffsetMap, Origin};

static INDEX: &str = include_str!("../../data/aws-managed/index.tsv");
static DOCUMENTS: &[u8] = include_bytes!("../../data/aws-managed/documents.bin");

/// An AWS managed policy as the snapshot has it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Managed<'d> {
    /// Such as `v3`; AWS counts the versions of each policy.
    pub(super) version: &'d str,
    /// Minified, on one line.
    pub(super) document: &'d str,
    /// The snapshot knows the policy from another partition than the ARN names.
    pub(super) of_other_partition: bool,
}

/// The policy of an ARN such as `arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole`.
///
/// The snapshot is of partition `aws`. It also speaks for a policy of the same name in another partition where the
/// document names neither an ARN of `aws` nor a host of AWS: such a text fits every partition. Where it names one,
/// AWS wrote another document for that partition, which is not known here.
pub(super) fn find(arn: &str) -> Option<Managed<'static>> {
    snapshot().find(arn)
}

/// The name with its path of a policy that AWS manages, by its name alone.
pub(super) fn path_of(name: &str) -> Option<&'static str> {
    snapshot().rows.iter().map(|row| row.name).find(|known| known.rsplit('/').next() == Some(name))
}

/// The date of the newest policy version in the snapshot.
pub(super) fn snapshot_version() -> &'static str {
    snapshot().date
}

fn snapshot() -> &'static Snapshot<'static> {
    static SNAPSHOT: OnceLock<Snapshot<'static>> = OnceLock::new();
    SNAPSHOT.get_or_init(|| Snapshot::read(INDEX, DOCUMENTS))
}

#[derive(Debug, Default)]
struct Snapshot<'d> {
    date: &'d str,
    /// The release that it was built from.
    release: &'d str,
    /// Sorted by name.
    rows: Vec<ManagedRow<'d>>,
    dictionary: Option<Packed<'d>>,
    streams: Vec<Packed<'d>>,
}

#[derive(Debug)]
struct ManagedRow<'d> {
    /// With its path, as behind `policy/` in the ARN.
    name: &'d str,
    version: &'d str,
    stream: usize,
    line: usize,
}

#[derive(Debug)]
struct Packed<'d> {
    bytes: &'d [u8],
    /// When unpacked.
    length: usize,
    /// `None` inside: it could not be unpacked.
    unpacked: OnceLock<Option<Vec<u8>>>,
}

impl<'d> Snapshot<'d> {
    /// What does not fit is left out, so that a damaged snapshot holds fewer policies.
    fn read(index: &'d str, mut documents: &'d [u8]) -> Self {
        let mut snapshot = Self::default();
        let mut line = 0;
        for row in index.lines() {
            let mut columns = row.split('\t');
            match (columns.next(), columns.next(), columns.next()) {
                (Some("snapshot"), Some(date), Some(release)) => {
                    (snapshot.date, snapshot.release) = (date, release);
                }
                (Some(what @ ("dictionary" | "stream")), Some(packed), Some(length)) => {
                    let sizes = packed.parse().ok().zip(length.parse().ok());
                    let Some((packed, length)) = sizes else { break };
                    let Some((bytes, rest)) = documents.split_at_checked(packed) else { break };
                    let packed = Packed { bytes, length, unpacked: OnceLock::new() };
                    match what {
                        "dictionary" => snapshot.dictionary = Some(packed),
                        _ => snapshot.streams.push(packed),
                    }
                    documents = rest;
                    line = 0;
                }
                (Some(name), Some(version), Some(_)) => {
                    let Some(stream) = snapshot.streams.len().checked_sub(1) else { break };
                    snapshot.rows.push(ManagedRow { name, version, stream, line });
                    line += 1;
                }
                (None | Some(_), None | Some(_), None | Some(_)) => {}
            }
        }
        snapshot
    }

    fn text(&self, stream: usize) -> Option<&str> {
        let dictionary = match &self.dictionary {
            Some(packed) => Some(packed.unpacked(None)?),
            None => None,
        };
        std::str::from_utf8(self.streams.get(stream)?.unpacked(dictionary)?).ok()
    }

    fn find(&self, arn: &str) -> Option<Managed<'_>> {
        let (partition, name) = arn.strip_prefix("arn:")?.split_once(":iam::aws:policy/")?;
        let of_other_partition = partition::find(partition)? != COMMERCIAL;
        let row = self.rows.get(self.rows.binary_search_by_key(&name, |row| row.name).ok()?)?;
        let document = self.text(row.stream)?.lines().nth(row.line)?;
        if of_other_partition && ["arn:aws:", COMMERCIAL.dns_suffix].iter().any(|own| document.contains(own))
        {
            return None;
        }
        Some(Managed { version: row.version, document, of_other_partition })
    }
}

impl Packed<'_> {
    fn unpacked(&self, dictionary: Option<&[u8]>) -> Option<&[u8]> {
        self.unpacked.get_or_init(|| unpack(self.bytes, self.length, dictionary)).as_deref()
    }
}

/// What a frame of zstd begins with; the file holds frames without it.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Nothing where the bytes are damaged or are not as long as they should be.
fn unpack(packed: &[u8], length: usize, dictionary: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut decoder = FrameDecoder::new();
    if let Some(raw) = dictionary {
        decoder.add_dict(Dictionary::decode_dict(raw).ok()?).ok()?;
    }
    // It unpacks no more than there is room for.
    let mut unpacked = Vec::with_capacity(length.min(1 << 20));
    decoder.decode_all_to_vec(&[&MAGIC, packed].concat(), &mut unpacked).ok()?;
    (unpacked.len() == length).then_some(unpacked)
}

/// What a run took from the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotUse {
    /// The date of the newest policy version in it.
    pub date: &'static str,
    /// The release of the public data set that it was built from.
    pub release: &'static str,
    /// ARNs and versions, sorted by ARN.
    pub policies: Vec<(String, &'static str)>,
}

/// The policies that were taken from the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct UsedSnapshot {
    lowered: BTreeMap<(String, PolicyKind), SharedPolicy>,
    versions: BTreeMap<String, &'static str>,
}

impl Intake {
    /// An AWS managed policy out of the snapshot, as a source of its own so that it can be shown. It is not among
    /// [`Intake::policies`]: nobody here can mend it, so it is not linted.
    pub(super) fn aws_managed(&mut self, arn: &str, kind: PolicyKind) -> Option<SharedPolicy> {
        let taken = &self.documents.managed.lowered;
        if let Some(policy) = taken.get(&(arn.to_owned(), kind)) {
            return Some(Arc::clone(policy));
        }
        let managed = find(arn)?;
        let whence = if managed.of_other_partition { "snapshot of partition aws" } else { "snapshot" };
        let name = format!("{arn} ({}, {whence} of {})", managed.version, snapshot_version());
        let origin = Origin::File { bytes: OffsetMap::identity() };
        let source = self.sources.add(name.clone(), managed.document.into(), origin);
        let root = json::parse(source, managed.document).root?;
        // The tests hold every document to be free of mistakes, and nobody could mend one here.
        let policy = Arc::new(policy::lower(&root, kind, "", &mut Vec::new()));
        self.estate.from_snapshot.insert(source, name);
        let taken = &mut self.documents.managed;
        taken.lowered.insert((arn.to_owned(), kind), Arc::clone(&policy));
        taken.versions.insert(arn.to_owned(), managed.version);
        Some(policy)
    }

    /// The AWS managed policies that no input held, so that the snapshot speaks for them.
    pub fn snapshot_used(&self) -> Option<SnapshotUse> {
        let versions = &self.documents.managed.versions;
        if versions.is_empty() {
            return None;
        }
        let policies = versions.iter().map(|(arn, version)| (arn.clone(), *version)).collect();
        let Snapshot { date, release, .. } = snapshot();
        Some(SnapshotUse { date, release, policies })
    }
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::policy::Policy;
    use crate::source::SourceId;

    fn lower(name: &str, document: &str) -> (Policy, Vec<Diagnostic>) {
        let parsed = json::parse(SourceId::LONE, document);
        let mut problems = parsed.problems;
        let root = parsed.root.unwrap_or_else(|| panic!("{name} is not JSON"));
        (policy::lower(&root, PolicyKind::Identity, "", &mut problems), problems)
    }

    #[test]
    fn every_policy_can_be_read() {
        let snapshot = snapshot();
        assert!(snapshot.rows.len() > 1_500, "{}", snapshot.rows.len());
        assert!(snapshot.rows.is_sorted_by(|a, b| a.name < b.name));
        assert!(snapshot.date.parse::<jiff::civil::Date>().is_ok(), "{}", snapshot.date);
        assert!(!snapshot.release.is_empty());
        for row in &snapshot.rows {
            let arn = format!("arn:aws:iam::aws:policy/{}", row.name);
            let managed = find(&arn).unwrap_or_else(|| panic!("{arn} is in the index only"));
            assert_eq!(managed.version, row.version);
            let (policy, problems) = lower(&arn, managed.document);
            let errors: Vec<_> = problems.iter().filter(|problem| problem.is_error()).collect();
            assert!(errors.is_empty(), "{arn}: {errors:#?}");
            // AWS knows its keys.
            let unknown: Vec<_> =
                problems.iter().filter(|p| p.code.as_str().ends_with("-condition-key")).collect();
            assert!(unknown.is_empty(), "{arn}: {unknown:#?}");
            assert!(!policy.statements.is_empty(), "{arn} has no statement");
        }
        // Nothing is behind the last stream.
        let packed = snapshot.dictionary.iter().chain(&snapshot.streams);
        assert_eq!(packed.map(|packed| packed.bytes.len()).sum::<usize>(), DOCUMENTS.len());
    }

    #[test]
    fn policies_that_many_roles_have() {
        for (name, action) in [
            ("AdministratorAccess", "*"),
            ("AmazonS3ReadOnlyAccess", "s3:Get*"),
            ("AmazonSSMManagedInstanceCore", "ssm:GetParameter"),
            ("AWSKeyManagementServicePowerUser", "kms:CreateAlias"),
            ("AmazonEKSWorkerNodePolicy", "ec2:DescribeInstances"),
            ("job-function/ViewOnlyAccess", "s3:ListAllMyBuckets"),
            ("aws-service-role/LakeFormationDataAccessServiceRolePolicy", "s3:ListAllMyBuckets"),
            ("service-role/AmazonEC2RoleforSSM", "s3:GetObject"),
            ("service-role/AmazonElasticMapReduceforEC2Role", "s3:*"),
            ("service-role/AWSGlueServiceRole", "s3:GetBucketLocation"),
        ] {
            let managed = find(&format!("arn:aws:iam::aws:policy/{name}")).unwrap();
            assert!(managed.document.contains(&format!("\"{action}\"")), "{name}: {}", managed.document);
            assert!(!managed.of_other_partition);
        }
    }

    #[test]
    fn what_is_no_policy_of_the_snapshot() {
        for arn in [
            "",
            "AmazonS3ReadOnlyAccess",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::aws:policy/stream",
            "arn:aws:iam::aws:policy/amazons3readonlyaccess",
            "arn:aws:iam::aws:policy/service-role/AmazonS3ReadOnlyAccess",
            "arn:aws:iam::111111111111:policy/AmazonS3ReadOnlyAccess",
            "arn:\u{2039}?partition\u{203a}:iam::aws:policy/AmazonS3ReadOnlyAccess",
        ] {
            assert_eq!(find(arn), None, "{arn}");
        }
    }

    #[test]
    fn another_partition_is_answered_for_where_the_text_fits_it() {
        for partition in partition::ALL.iter().filter(|p| *p != COMMERCIAL).map(|p| p.id) {
            let of = |name: &str| find(&format!("arn:{partition}:iam::aws:policy/{name}"));
            let borrowed = of("AmazonS3ReadOnlyAccess").unwrap();
            assert!(borrowed.of_other_partition);
            assert_eq!(
                borrowed.document,
                find("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess").unwrap().document
            );
            // It names `arn:aws:s3:::aws-glue-*/*`.
            assert_eq!(of("service-role/AWSGlueServiceRole"), None);
            // It names services as `ec2.amazonaws.com`.
            assert_eq!(of("service-role/AmazonElasticMapReduceRole"), None);
        }
    }

    #[test]
    fn a_damaged_snapshot_holds_fewer_policies() {
        let names: Vec<&str> = snapshot().rows.iter().map(|row| row.name).collect();
        let readable = |snapshot: &Snapshot<'_>| {
            let arns = names.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}"));
            arns.filter(|arn| snapshot.find(arn).is_some()).count()
        };
        assert_eq!(readable(&Snapshot::read(INDEX, DOCUMENTS)), names.len());
        // Cut off.
        let cut = readable(&Snapshot::read(INDEX, DOCUMENTS.get(..DOCUMENTS.len() / 2).unwrap()));
        assert!(cut > 0 && cut < names.len(), "{cut}");
        // Streams overwritten.
        let mut noise = DOCUMENTS.to_vec();
        noise.iter_mut().skip(45_000).step_by(40_000).for_each(|byte| *byte ^= 0xff);
        let left = readable(&Snapshot::read(INDEX, &noise));
        assert!(left > 0 && left < names.len(), "{left}");
        // The dictionary overwritten, which all streams need.
        noise.iter_mut().take(1_000).for_each(|byte| *byte ^= 0xff);
        assert_eq!(readable(&Snapshot::read(INDEX, &noise)), 0);
        // Sizes that are none, too large or wrong, and an index without streams.
        let index = |stream: &str| format!("snapshot\t2026-01-01\tx\n{stream}\nA\tv1\t2026-01-01\n");
        for stream in
            ["stream\tx\t1", "stream\t18446744073709551615\t1", "stream\t9\t18446744073709551615", "B\tv1\t-"]
        {
            assert_eq!(
                Snapshot::read(&index(stream), DOCUMENTS).find("arn:aws:iam::aws:policy/A"),
                None,
                "{stream}"
            );
        }
        assert_eq!(Snapshot::read("", b"").find("arn:aws:iam::aws:policy/A"), None);
    }

    #[test]
    fn it_is_read_once_and_remembered() {
        let mut intake = Intake::new();
        assert_eq!(intake.snapshot_used(), None);
        let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
        let policy = intake.aws_managed(arn, PolicyKind::Identity).unwrap();
        let again = intake.aws_managed(arn, PolicyKind::Identity).unwrap();
        assert!(Arc::ptr_eq(&policy, &again));
        let boundary = intake.aws_managed(arn, PolicyKind::Boundary).unwrap();
        assert_eq!((policy.kind, boundary.kind), (PolicyKind::Identity, PolicyKind::Boundary));
        assert!(intake.aws_managed("arn:aws:iam::aws:policy/Nobody", PolicyKind::Identity).is_none());

        let name = intake.sources.name(policy.span.source);
        assert_eq!(name, format!("{arn} (v3, snapshot of {})", snapshot_version()));
        assert_eq!(intake.estate.from_snapshot.get(&policy.span.source).unwrap(), name);
        assert!(intake.sources.text(policy.statements[0].span).contains("s3:Get*"));
        let used = intake.snapshot_used().unwrap();
        assert_eq!((used.date, used.policies), (snapshot_version(), vec![(arn.to_owned(), "v3")]));
        assert!(intake.policies().is_empty() && intake.problems.is_empty());
    }

    /// Lists of strings are sets to IAM, and one of one string is the string.
    fn as_sets(node: &serde_json::Value) -> serde_json::Value {
        match node {
            serde_json::Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), as_sets(value))).collect()
            }
            serde_json::Value::Array(list) => {
                let mut list: Vec<_> = list.iter().map(as_sets).collect();
                if list.iter().all(serde_json::Value::is_string) {
                    list.sort_by_key(ToString::to_string);
                    list.dedup();
                }
                if list.len() == 1 { list.remove(0) } else { serde_json::Value::Array(list) }
            }
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_) => node.clone(),
        }
    }

    mod needs_shared {
        use super::*;

        /// Another public data set, made by somebody else: what both have in the same version, they have alike.
        #[test]
        #[ignore = "needs ../shared"]
        fn another_collection_says_the_same() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../shared/corpus/A_managed_policies/iann0036+iam-dataset");
            let mut same = 0;
            for file in std::fs::read_dir(&folder).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
                // Policies that AWS withdrew have no ARN there.
                let (Some(arn), Some(version)) = (entry["arn"].as_str(), entry["version"].as_str()) else {
                    continue;
                };
                let Some(managed) = find(arn).filter(|managed| managed.version == version) else { continue };
                let document = serde_json::from_str(managed.document).unwrap();
                assert_eq!(as_sets(&document), as_sets(&entry["document"]), "{arn} {version}");
                same += 1;
            }
            assert!(same > 500, "{same}");
        }
    }
}
