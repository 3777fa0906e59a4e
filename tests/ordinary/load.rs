//! Files in, facts out: what is read as what, what is missing, and where every mistake is.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may fail loudly, their helpers too"
)]

mod needs_shared;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use decryptable::ask::Question;
use decryptable::config::{self, Config};
use decryptable::diagnostic::{Code, Diagnostic, Severity};
use decryptable::estate::{
    Attached, Constraint, EncryptionType, KeyManager, KeyState, Known, Ownership, WorkloadKind,
};
use decryptable::load::{self, Intake};
use decryptable::policy::PolicyKind;

const LAKE_KEY: &str = "arn:aws:kms:eu-west-1:222222222222:key/0a1b2c3d-1111-4222-8333-444455556666";
const ALLOW: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;
const BUCKET_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}"#;
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
const KEY_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "kms:*", "Resource": "*"}]}"#;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Loads a manifest and everything it names.
fn load_file(path: &Path) -> (Intake, Config) {
    let mut intake = Intake::new();
    let config = config::load(path, &mut intake);
    config.gather(&mut intake, &[]);
    (intake, config)
}

/// A directory with files in it.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(dir.path(), name, text.as_bytes());
    }
    dir
}

fn write(dir: &Path, name: &str, bytes: &[u8]) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Loads a manifest beside some files.
fn load_with(manifest: &str, files: &[(&str, &str)]) -> (Intake, Config) {
    let dir = directory(files);
    write(dir.path(), "decryptable.toml", manifest.as_bytes());
    load_file(&dir.path().join("decryptable.toml"))
}

/// Each document of a file is looked for once: this would take minutes if the time grew with the square of the text.
#[test]
fn many_documents_in_one_file() {
    let answer = |i: usize| {
        format!(
            r#"{{"Role": {{"RoleName": "r{i}", "Arn": "arn:aws:iam::111111111111:role/r{i}", "Path": "/"}}}}"#
        )
    };
    let lines: Vec<_> = (0..8000).map(answer).collect();
    let dir = directory(&[("roles.jsonl", &lines.join("\n"))]);
    let mut intake = Intake::new();
    load::read_input(&mut intake, dir.path().join("roles.jsonl").to_str().unwrap());
    load::finish(&mut intake);
    assert_no_errors(&intake, "roles.jsonl");
    assert_eq!(intake.estate.roles.len(), 8000);
}

/// Every problem as `code: text it points at`.
fn told(intake: &Intake) -> Vec<String> {
    intake.problems.iter().map(|problem| shown(intake, problem)).collect()
}

fn shown(intake: &Intake, problem: &Diagnostic) -> String {
    match problem.span {
        Some(span) => format!("{}: {}", problem.code, intake.sources.text(span)),
        None => format!("{}: -", problem.code),
    }
}

fn assert_no_errors(intake: &Intake, what: &str) {
    let errors: Vec<_> = intake.problems.iter().filter(|p| p.is_error()).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

fn file<'i>(intake: &'i Intake, end: &str) -> &'i load::InputFile {
    intake.files.iter().find(|f| f.path.ends_with(end)).unwrap_or_else(|| panic!("{end} was not read"))
}

#[test]
fn every_estate_in_policies_loads() {
    let mut seen = 0;
    for entry in fs::read_dir(here("policies")).unwrap() {
        let manifest = entry.unwrap().path().join("decryptable.toml");
        if !manifest.is_file() {
            continue;
        }
        seen += 1;
        let (intake, config) = load_file(&manifest);
        assert_no_errors(&intake, &manifest.display().to_string());
        assert!(!config.expects.is_empty());
        for expect in &config.expects {
            if let Question::Does(question) = &expect.question {
                // Services deliver as themselves, and are in no estate.
                if question.role.ends_with(".amazonaws.com") {
                    continue;
                }
                assert!(
                    intake.estate.role(&question.role).is_ok(),
                    "{}: {}",
                    manifest.display(),
                    question.role
                );
                assert_eq!(config::expand_roles(expect, &intake.estate).unwrap().len(), 1);
            }
        }
        assert!(
            // A template may lack the value of a parameter, which is what the estate shows.
            intake.files.iter().filter(|f| f.kind != "terraform values").all(|f| {
                let is_source = f.kind == "terraform source";
                // A module adds its part to the root module that calls it, and a variable may lack its value.
                is_source || (f.missing.is_empty() || f.kind == "cloudformation") && !f.contributed.is_empty()
            }),
            "{:?}",
            intake.files
        );
        let inside = |name: &str| {
            let dir = manifest.parent().unwrap();
            let file = Path::new(name.split(" › ").next().unwrap());
            file.is_relative() && dir.join(file).is_file()
        };
        for policy in intake.policies() {
            let name = intake.sources.name(policy.span.source);
            assert!(inside(name), "{name}");
        }
        let (again, config_again) = load_file(&manifest);
        assert_eq!(format!("{intake:?}{config:?}"), format!("{again:?}{config_again:?}"));
    }
    assert!(seen >= 24, "{seen}");
}

#[test]
fn one_policy_of_two_owners_is_one() {
    let manifest = r#"
version = 1
[[role]]
arn = "arn:aws:iam::111111111111:role/a"
policies = ["iam/*.json"]
[[role]]
arn = "arn:aws:iam::111111111111:role/b"
policies = ["iam/p.json", "./iam/p.json"]
boundary = "iam/p.json"
"#;
    let (intake, _) = load_with(manifest, &[("iam/p.json", ALLOW)]);
    assert_no_errors(&intake, "shared");
    let [a, b] = *intake.estate.roles.iter().collect::<Vec<_>>() else { panic!() };
    let (a, b, boundary) =
        (a.policies.provided().unwrap(), b.policies.provided().unwrap(), b.boundary.provided().unwrap());
    assert!(std::sync::Arc::ptr_eq(&a[0], &b[0]));
    assert_eq!((a.len(), b.len()), (1, 1));
    assert_eq!(boundary.as_ref().unwrap().kind, PolicyKind::Boundary);
    assert_eq!(boundary.as_ref().unwrap().span.source, a[0].span.source);
}

#[test]
fn a_glob_leaves_the_trust_policy_out() {
    let manifest = r#"
version = 1
[[role]]
arn = "arn:aws:iam::111111111111:role/a"
trust = "iam/trust.json"
boundary = "iam/boundary.json"
policies = "iam/*.json"
"#;
    let files = [("iam/trust.json", TRUST), ("iam/p.json", ALLOW), ("iam/boundary.json", ALLOW)];
    let (intake, _) = load_with(manifest, &files);
    assert_no_errors(&intake, "trust");
    let policies = intake.estate.roles[0].policies.provided().unwrap();
    assert_eq!(policies.len(), 1);
    assert_eq!(intake.sources.name(policies[0].span.source), "iam/p.json");
}

#[test]
fn told_none_and_not_told() {
    let manifest = r#"
version = 1
[[account]]
id = "222222222222"
organization = "none"
public_access_block = "none"
[[role]]
arn = "arn:aws:iam::111111111111:role/a"
policies = "none"
boundary = "none"
tags = {}
[[role]]
arn = "arn:aws:iam::111111111111:role/b"
[[user]]
arn = "arn:aws:iam::111111111111:user/u"
policies = []
groups = ["g"]
[[key]]
arn = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
policy = "default"
aliases = "none"
grants = "none"
[[key]]
arn = "arn:aws:kms:us-east-1:222222222222:key/mrk-1234abcd12ab34cd56ef1234567890ab"
manager = "aws"
[[bucket]]
name = "lake"
policy = "none"
encryption = "none"
public_access_block = { restrict_public_buckets = true }
[[bucket]]
name = "other"
encryption = { type = "SSE-KMS", key = "alias/lake" }
[[object]]
uri = "s3://lake/*"
acl_read = "none"
[[object]]
uri = "s3://lake/a/*"
acl_read = ["everyone", "111111111111"]
encryption = { type = "SSE-C" }
[[endpoint]]
id = "vpce-1"
policy = "default"
type = "interface"
[[access_point]]
name = "ap"
account = "222222222222"
bucket = "lake"
vpc = "vpc-1"
"#;
    let (intake, _) = load_with(manifest, &[]);
    assert_eq!(told(&intake), [] as [&str; 0]);
    let estate = &intake.estate;
    let account = estate.accounts.values().next().unwrap();
    assert_eq!(account.organization, Known::Provided(None));
    assert!(!account.public_access_block.provided().unwrap().restrict_public_buckets);
    let [a, b] = *estate.roles.iter().collect::<Vec<_>>() else { panic!() };
    assert!(a.policies.provided().unwrap().is_empty() && a.boundary.provided().unwrap().is_none());
    assert_eq!(a.tags.provided().map(|t| t.len()), Some(0));
    assert!(
        !b.policies.is_provided()
            && !b.boundary.is_provided()
            && !b.tags.is_provided()
            && !b.trust.is_provided()
    );
    assert_eq!(estate.users[0].policies.provided().map(Vec::len), Some(0));
    let [key, aws] = *estate.keys.iter().collect::<Vec<_>>() else { panic!() };
    assert_eq!(key.policy.provided().unwrap().statements.len(), 1);
    assert_eq!(
        (key.aliases.provided().map(Vec::len), key.grants.provided().map(Vec::len)),
        (Some(0), Some(0))
    );
    assert!(aws.is_aws_managed() && !aws.policy.is_provided() && !aws.grants.is_provided());
    let [lake, other] = *estate.buckets.iter().collect::<Vec<_>>() else { panic!() };
    assert!(lake.policy.provided().unwrap().is_none() && !other.policy.is_provided());
    assert_eq!(lake.encryption.provided().unwrap().kind, EncryptionType::None);
    assert_eq!(other.encryption.provided().unwrap().kind, EncryptionType::SseKms);
    assert_eq!(estate.objects[0].acl_read, Known::Provided(vec![]));
    assert_eq!(estate.objects[1].acl_read.provided().map(Vec::len), Some(2));
    assert!(estate.endpoints[0].policy.provided().unwrap().is_none());
    assert_eq!(estate.access_points[0].vpc, Known::Provided(Some("vpc-1".to_owned())));
}

/// A manifest with one mistake: what is said, and what is underlined.
#[test]
fn mistakes_have_places() {
    let role = "[[role]]\narn = \"arn:aws:iam::111111111111:role/a\"\n";
    let key = "[[key]]\narn = \"arn:aws:kms:us-east-1:222222222222:key/k\"\n";
    let bucket = "[[bucket]]\nname = \"lake\"\n";
    let read = "[[expect]]\nrole = \"a\"\nread = \"s3://lake/x\"\nverdict = \"allowed\"\n";
    let assume = "[[expect]]\nassume = \"a\"\nby = \"service:ec2.amazonaws.com\"\nverdict = \"denied\"\n";
    let cases: &[(String, &str, Option<&str>)] = &[
        // What the tables are called.
        ("[[rolle]]\n".into(), "unknown-key: rolle", Some("did you mean `role`?")),
        (format!("{role}polices = \"none\""), "unknown-key: polices", Some("did you mean `policies`?")),
        (
            "[[organization]]\nid = \"o-a\"\n[[organization.target]]\nid = \"r-a\"\nscp = []".into(),
            "unknown-key: scp",
            Some("did you mean `scps`?"),
        ),
        ("[analysis]\ninput = []".into(), "unknown-key: input", Some("did you mean `inputs`?")),
        (format!("{read}versionid = \"x\""), "unknown-key: versionid", Some("did you mean `version_id`?")),
        (format!("{read}from = {{ ip = \"1.2.3.4\" }}"), "unknown-key: ip", None),
        (format!("{assume}profile = \"okera\""), "unknown-key: profile", None),
        (format!("{bucket}encryption = {{ type = \"AES256\", kms = true }}"), "unknown-key: kms", None),
        // Types.
        (format!("{role}policies = 3"), "data-type-mismatch: 3", None),
        (format!("{role}policies = [[\"a\"]]"), "data-type-mismatch: [\"a\"]", None),
        (format!("{role}tags = {{ team = 3 }}"), "data-type-mismatch: 3", None),
        (format!("{bucket}requester_pays = \"yes\""), "data-type-mismatch: \"yes\"", None),
        ("[role]\narn = \"x\"".into(), "data-type-mismatch: [role]", None),
        (format!("{bucket}account = 222222222222"), "data-type-mismatch: 222222222222", None),
        (format!("{bucket}encryption = {{ key = \"alias/x\" }}"), "missing-key: { key = \"alias/x\" }", None),
        ("[[role]]\npolicies = \"none\"".into(), "missing-key: [[role]]", None),
        ("[[bucket]]\nregion = \"x\"".into(), "missing-key: [[bucket]]", None),
        ("[[ignore]]\nrule = \"missing-version\"".into(), "missing-key: [[ignore]]", None),
        ("[[ignore]]\nreason = \"x\"".into(), "missing-key: [[ignore]]", None),
        // Words.
        (format!("{key}state = \"enabled\""), "invalid-value: \"enabled\"", Some("did you mean `Enabled`?")),
        (format!("{key}manager = \"me\""), "invalid-value: \"me\"", Some("`customer`, `aws`")),
        (format!("{key}policy = \"none\""), "invalid-value: \"none\"", Some("default")),
        (format!("{key}aliases = [\"lake\"]"), "invalid-value: \"lake\"", Some("write alias/lake")),
        (format!("{role}trust = \"none\""), "invalid-value: \"none\"", None),
        (format!("{role}policies = [\"none\", \"a.json\"]"), "invalid-value: \"a.json\"", None),
        (
            format!("{bucket}ownership = \"Enforced\""),
            "invalid-value: \"Enforced\"",
            Some("`BucketOwnerEnforced`"),
        ),
        (format!("{bucket}encryption = {{ type = \"kms\" }}"), "invalid-value: \"kms\"", Some("`aws:kms`")),
        (
            format!("{bucket}encryption = \"aws:kms\""),
            "invalid-value: \"aws:kms\"",
            Some("{ type = \"aws:kms\" }"),
        ),
        ("[[endpoint]]\nid = \"vpce-1\"\ntype = \"gw\"".into(), "invalid-value: \"gw\"", None),
        (
            format!("{read}verdict2 = 1").replace("verdict2 = 1", "").replace("allowed", "alowed"),
            "invalid-value: \"alowed\"",
            Some("did you mean `allowed`?"),
        ),
        (
            "[[bind]]\nfile = \"s3/lake.json\"\nkind = \"skp\"".into(),
            "invalid-value: \"skp\"",
            Some("did you mean `scp`?"),
        ),
        // Names.
        ("[[account]]\nid = \"1234\"".into(), "invalid-value: \"1234\"", Some("twelve digits")),
        (format!("{bucket}account = \"22222222222\""), "invalid-value: \"22222222222\"", None),
        (
            "[[account]]\nid = \"111111111111\"\norganization = \"acme\"".into(),
            "invalid-value: \"acme\"",
            None,
        ),
        (
            "[[role]]\narn = \"role/x\"".into(),
            "invalid-arn: \"role/x\"",
            Some("arn:aws:iam::ACCOUNT:role/NAME"),
        ),
        ("[[role]]\narn = \"arn:aws:iam::1:role/x\"".into(), "invalid-arn: \"arn:aws:iam::1:role/x\"", None),
        (
            "[[role]]\narn = \"arn:aws:iam::111111111111:user/x\"".into(),
            "invalid-arn: \"arn:aws:iam::111111111111:user/x\"",
            None,
        ),
        (
            "[[key]]\narn = \"arn:aws:kms:us-east-1:222222222222:alias/x\"".into(),
            "invalid-arn: \"arn:aws:kms:us-east-1:222222222222:alias/x\"",
            None,
        ),
        (
            "[[key]]\narn = \"arn:aws:kms::222222222222:key/x\"".into(),
            "invalid-arn: \"arn:aws:kms::222222222222:key/x\"",
            None,
        ),
        (
            format!("{bucket}encryption = {{ type = \"aws:kms\", key = \"arn:aws:s3:::x\" }}"),
            "invalid-arn: \"arn:aws:s3:::x\"",
            None,
        ),
        ("[[object]]\nuri = \"s3://lake\"".into(), "invalid-value: \"s3://lake\"", Some("s3://BUCKET/KEY")),
        ("[[object]]\nuri = \"s3://lake/x\"\nacl_read = [\"all\"]".into(), "invalid-value: \"all\"", None),
        ("[[organization]]\nid = \"acme\"".into(), "invalid-value: \"acme\"", None),
        (
            "[[organization]]\nid = \"o-a\"\n[[organization.target]]\nid = \"x\"".into(),
            "invalid-value: \"x\"",
            None,
        ),
        ("[[bucket]]\nname = \"s3://lake\"".into(), "invalid-value: \"s3://lake\"", None),
        ("[[endpoint]]\nid = \"x\"".into(), "invalid-value: \"x\"", None),
        // Files.
        (
            format!("{bucket}policy = \"s3/lak.json\""),
            "file-not-found: \"s3/lak.json\"",
            Some("did you mean `lake.json`?"),
        ),
        (format!("{bucket}policy = \"s3\""), "unreadable-file: \"s3\"", None),
        (format!("{role}policies = [\"iam/*.yaml\"]"), "no-match: \"iam/*.yaml\"", None),
        (format!("{role}policies = [\"iam/[.json\"]"), "invalid-glob: \"iam/[.json\"", None),
        (format!("{bucket}policy = \"s3/*.json\""), "ambiguous-path: \"s3/*.json\"", None),
        (format!("{bucket}policy = \"\""), "invalid-value: \"\"", None),
        (format!("{key}grants = \"s3/lake.json\""), "unknown-input: \"s3/lake.json\"", Some("list-grants")),
        ("[analysis]\ninputs = [\"nowhere.json\"]".into(), "file-not-found: \"nowhere.json\"", None),
        ("[analysis]\ninputs = [\"no/*.json\"]".into(), "no-match: \"no/*.json\"", None),
        ("[analysis]\nexclude = [\"a**b\"]".into(), "invalid-glob: \"a**b\"", None),
        ("[[bind]]\nfile = \"no.json\"\nbucket = \"lake\"".into(), "file-not-found: \"no.json\"", None),
        ("[[bind]]\nfile = \"s3/lake.json\"".into(), "invalid-value: [[bind]]", None),
        ("[analysis]\nprofile = \"okra\"".into(), "invalid-value: \"okra\"", Some("did you mean `okera`?")),
        (format!("{read}profile = \"x\""), "invalid-value: \"x\"", Some("`s3-read`")),
        // Expectations and suppressions.
        (
            "[[expect]]\nrole = \"a\"\nverdict = \"allowed\"".into(),
            "missing-key: [[expect]]",
            Some("read = "),
        ),
        ("[[expect]]\nread = \"s3://lake/x\"\nverdict = \"allowed\"".into(), "missing-key: [[expect]]", None),
        ("[[expect]]\nrole = \"a\"\nread = \"s3://lake/x\"".into(), "missing-key: [[expect]]", None),
        (read.replace("s3://lake/x", "lake/x"), "invalid-value: \"lake/x\"", None),
        (read.replace("\"a\"", "\"arn:aws:iam::1:role/a\""), "invalid-arn: \"arn:aws:iam::1:role/a\"", None),
        (
            assume.replace("service:", ""),
            "invalid-value: \"ec2.amazonaws.com\"",
            Some("service:ec2.amazonaws.com"),
        ),
        (format!("{assume}also = [\"TagSession\"]"), "invalid-value: \"TagSession\"", None),
        (format!("{assume}read = \"s3://lake/x\""), "invalid-value: read", Some("two rows")),
        (assume.replace("ec2.amazonaws.com", ""), "invalid-value: \"service:\"", None),
        (assume.replace("service:ec2.amazonaws.com", "arn:x"), "invalid-value: \"arn:x\"", None),
        (format!("{read}from = {{ source_ip = \"1.2.3\" }}"), "invalid-value: \"1.2.3\"", None),
        (
            format!("{read}from = {{ source_ip = \"1.2.3.4\", vpc = \"vpc-1\" }}"),
            "invalid-value: { source_ip = \"1.2.3.4\", vpc = \"vpc-1\" }",
            None,
        ),
        (format!("{read}context = {{ UserAgent = \"x\" }}"), "invalid-value: UserAgent", None),
        (format!("{read}context = {{ \"aws:x\" = {{ a = 1 }} }}"), "data-type-mismatch: { a = 1 }", None),
        (format!("{read}session = {{ policies = [\"no.json\"] }}"), "file-not-found: \"no.json\"", None),
        (
            format!("{}only_when = {{ a = 1 }}", read.replace("allowed", "conditional")),
            "invalid-value: a",
            Some("prefix"),
        ),
        (format!("{read}never_when = {{ \"aws:x\" = 1 }}"), "invalid-value: never_when", Some("conditional")),
        ("[[ignore]]\nrule = \"missing-version\"\nreason = \" \"".into(), "invalid-value: \" \"", None),
        (
            "[[ignore]]\nrule = \"missing-version\"\nreason = \"r\"\nuntil = \"soon\"".into(),
            "invalid-value: \"soon\"",
            Some("until = 2026-12-31"),
        ),
        (
            "[[ignore]]\nrule = \"mising-version\"\nreason = \"r\"".into(),
            "invalid-value: \"mising-version\"",
            Some("did you mean `missing-version`?"),
        ),
        (format!("{read}from = {{ endpoint = \"vpc-1\" }}"), "invalid-value: \"vpc-1\"", Some("vpce-")),
        (format!("{read}from = {{ vpc = \"vpce-1\" }}"), "invalid-value: \"vpce-1\"", Some("vpc-")),
        (format!("{read}session = {{ name = \"a b\" }}"), "invalid-value: \"a b\"", Some("letters")),
        (format!("{read}context = {{ \"aws:\" = \"x\" }}"), "invalid-value: \"aws:\"", None),
        (
            format!("{read}context = {{ \"aws:UserAgent\" = \"x\", \"aws:useragent\" = \"y\" }}"),
            "invalid-value: \"aws:useragent\"",
            Some("as a list"),
        ),
        // Ids of the wrong kind.
        ("[[endpoint]]\nid = \"vpce-1\"\nvpc = \"x\"".into(), "invalid-value: \"x\"", Some("vpc-")),
        (format!("{bucket}region = \"US East\""), "invalid-value: \"US East\"", Some("eu-west-1")),
        (
            "[[bind]]\nfile = \"iam/p.json\"\ntarget = \"x\"".into(),
            "invalid-value: \"x\"",
            Some("account id"),
        ),
        (
            "[[bind]]\nfile = \"iam/p.json\"\nobject = \"lake/x\"".into(),
            "invalid-value: \"lake/x\"",
            Some("s3://BUCKET/KEY"),
        ),
        (
            "[[bind]]\nfile = \"s3/lake.json\"\nbucket = \"s3://lake\"".into(),
            "invalid-value: \"s3://lake\"",
            None,
        ),
        // A slip in a name that is needed is one mistake.
        ("[[bucket]]\nnam = \"lake\"".into(), "unknown-key: nam", Some("did you mean `name`?")),
        ("[[bucket]]".into(), "missing-key: [[bucket]]", Some("add `name`")),
        // Organizations that are no tree.
        (
            target("id = \"r-a\"", "id = \"ou-a\"\nparent = \"ou-b\"", "id = \"ou-b\"\nparent = \"ou-a\""),
            "invalid-value: \"ou-b\"",
            Some("root"),
        ),
        (
            target("id = \"r-a\"", "id = \"ou-a\"\nparent = \"ou-a\"", "id = \"ou-b\"\nparent = \"r-a\""),
            "invalid-value: \"ou-a\"",
            Some("root"),
        ),
        (
            target("id = \"r-a\"\nparent = \"ou-a\"", "id = \"ou-a\"\nparent = \"ou-b\"", "id = \"ou-b\""),
            "invalid-value: \"ou-a\"",
            None,
        ),
        (
            target(
                "id = \"r-a\"",
                "id = \"111111111111\"\nparent = \"222222222222\"",
                "id = \"222222222222\"\nparent = \"r-a\"",
            ),
            "invalid-value: \"222222222222\"",
            Some("a unit"),
        ),
        // A manifest is no policy, whatever was read from it before.
        (format!("{role}policies = [\"decryptable.toml\"]"), "json-syntax-error: version", None),
        // Twice.
        (format!("{role}{role}"), "duplicate-table: \"arn:aws:iam::111111111111:role/a\"", None),
        (format!("{bucket}{bucket}"), "duplicate-table: \"lake\"", None),
        (format!("{key}{key}"), "duplicate-table: \"arn:aws:kms:us-east-1:222222222222:key/k\"", None),
    ];
    for (text, expected, help) in cases {
        let files =
            [("s3/lake.json", BUCKET_POLICY), ("s3/other.json", BUCKET_POLICY), ("iam/p.json", ALLOW)];
        let (intake, _) = load_with(&format!("version = 1\n{text}\n"), &files);
        let found: Vec<_> = intake.problems.iter().filter(|p| p.is_error()).collect();
        let [problem] = found.as_slice() else { panic!("{text}\n{found:#?}") };
        assert_eq!(shown(&intake, problem), *expected, "{text}");
        if let Some(help) = help {
            let said = problem.help.as_deref().unwrap_or("");
            assert!(said.contains(help), "{text}: {said}");
        }
    }
}

/// An organization with three targets.
fn target(one: &str, two: &str, three: &str) -> String {
    let targets = [one, two, three].map(|target| format!("[[organization.target]]\n{target}\n"));
    format!("[[organization]]\nid = \"o-a\"\n{}", targets.concat())
}

#[test]
fn mistakes_in_toml_are_few_and_show_a_way_out() {
    let deep = format!("version = 1\na = {}", "[".repeat(100_000));
    let slips = (0..100).map(|i| format!("a{i} =\n")).collect::<String>();
    for (text, most) in [
        ("version = 1\r[[role]]\r", 1),
        ("{\n  \"Version\": 1,\n  \"Statement\": []\n}\n", 1),
        (deep.as_str(), 1),
        (slips.as_str(), 20),
        ("version = 1\n[[role]]\narn = 1\n[role]\narn = 1\n", 3),
    ] {
        let parsed = decryptable::toml_tree::parse(decryptable::source::SourceId::LONE, text);
        let count = parsed.problems.len();
        assert!((1..=most).contains(&count), "{count}: {:.40}", text);
        assert!(parsed.problems.iter().all(|p| p.span.is_some() && p.help.is_some()), "{:.40}", text);
    }
}

/// A constraint that cannot be read must not become a grant without one.
#[test]
fn a_broken_constraint_is_an_error() {
    let manifest =
        "version = 1\n[[key]]\narn = \"arn:aws:kms:us-east-1:222222222222:key/k\"\ngrants = \"g.json\"\n";
    let grants = |constraints: &str| {
        let text = format!(
            r#"{{"Grants": [{{"GranteePrincipal": "arn:aws:iam::111111111111:role/r", "Operations": ["Decrypt"], "Constraints": {constraints}}}]}}"#
        );
        load_with(manifest, &[("g.json", &text)]).0
    };
    for fine in ["null", "{}", r#"{"EncryptionContextSubset": {"a": "b"}}"#] {
        assert_no_errors(&grants(fine), fine);
    }
    for broken in
        ["[]", "\"x\"", r#"{"EncryptionContextEquals": 1}"#, r#"{"EncryptionContextSubset": {"a": 1}}"#]
    {
        assert!(grants(broken).has_errors(), "{broken}");
    }
}

#[test]
fn the_version_is_asked_for() {
    let (intake, _) = load_with("[[bucket]]\nname = \"lake\"", &[]);
    assert_eq!(told(&intake), ["missing-version: "]);
    assert!(intake.problems[0].help.as_deref().unwrap().contains("version = 1"));
    let (intake, _) = load_with("version = 2", &[]);
    assert_eq!(told(&intake), ["unknown-version: 2"]);
    let (intake, _) = load_with("version = \"1\"", &[]);
    assert_eq!(told(&intake), ["data-type-mismatch: \"1\""]);
    let (intake, _) = load_with("version = 1\nversion = 1\n[[role]]", &[]);
    assert!(told(&intake).iter().all(|p| p.starts_with("toml-syntax")), "{:?}", told(&intake));
}

#[test]
fn warnings_of_the_manifest() {
    let manifest = r#"
version = 1
[[organization]]
id = "o-a"
[[organization.target]]
id = "ou-ab12-x"
[[organization.target]]
id = "111111111111"
parent = "ou-ab12-y"
[[bucket]]
name = "lake"
encryption = { type = "AES256", key = "alias/x" }
"#;
    let (intake, _) = load_with(manifest, &[]);
    let expected =
        ["missing-parent: \"ou-ab12-x\"", "unknown-parent: \"ou-ab12-y\"", "unused-key: \"alias/x\""];
    assert_eq!(told(&intake), expected);
    assert!(!intake.has_errors());
}

#[test]
fn policies_with_mistakes_are_told_with_their_place() {
    let manifest = "version = 1\n[[bucket]]\nname = \"lake\"\npolicy = \"p.json\"\n[[bucket]]\nname = \"two\"\npolicy = \"p.json\"\n";
    let (intake, _) = load_with(manifest, &[("p.json", &BUCKET_POLICY.replace("Effect", "Efect"))]);
    let errors = told(&intake);
    assert!(errors.contains(&"invalid-policy-element: \"Efect\"".to_owned()), "{errors:?}");
    let mut once = errors.clone();
    once.dedup();
    assert_eq!(errors, once, "a policy of two owners is judged once");
    let (intake, _) = load_with(manifest, &[("p.json", "{\"Version\": }")]);
    assert!(told(&intake)[0].starts_with("json-"), "{:?}", told(&intake));
}

#[test]
fn wrapped_policies_can_be_named() {
    let wrapped = format!("{{\"Policy\": {:?}}}", BUCKET_POLICY);
    let role = format!(
        "{{\"Role\": {{\"Arn\": \"arn:aws:iam::111111111111:role/a\", \"AssumeRolePolicyDocument\": {TRUST}}}}}"
    );
    let manifest = r#"
version = 1
[[role]]
arn = "arn:aws:iam::111111111111:role/a"
trust = "role.json"
[[bucket]]
name = "lake"
policy = "get.json"
"#;
    let (intake, _) = load_with(manifest, &[("get.json", &wrapped), ("role.json", &role)]);
    assert_eq!(told(&intake), [] as [&str; 0]);
    let policy = intake.estate.buckets[0].policy.provided().unwrap().clone().unwrap();
    assert_eq!(policy.statement_pointer(&policy.statements[0]), "/Policy/Statement/0");
    assert_eq!(&*intake.estate.roles[0].trust.provided().unwrap().pointer, "/Role/AssumeRolePolicyDocument");
}

#[test]
fn encodings() {
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(BUCKET_POLICY.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(BUCKET_POLICY.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let marked = [b"\xef\xbb\xbf", BUCKET_POLICY.as_bytes()].concat();
    let at = BUCKET_POLICY.find("{\"Effect\"").unwrap() as u32;
    for (bytes, start) in [(marked, at + 3), (utf16, 2 * at + 2), (gzip, at)] {
        let dir = directory(&[(
            "decryptable.toml",
            "version = 1\n[[bucket]]\nname = \"lake\"\npolicy = \"p.json\"\n",
        )]);
        write(dir.path(), "p.json", &bytes);
        let (intake, _) = load_file(&dir.path().join("decryptable.toml"));
        assert_eq!(told(&intake), [] as [&str; 0]);
        let policy = intake.estate.buckets[0].policy.provided().unwrap().clone().unwrap();
        let place = intake.sources.place(policy.statements[0].span);
        assert_eq!((place.document.as_str(), place.bytes[0]), ("p.json", start));
    }
    let dir =
        directory(&[("decryptable.toml", "version = 1\n[[bucket]]\nname = \"lake\"\npolicy = \"p.json\"\n")]);
    write(
        dir.path(),
        "p.json",
        &BUCKET_POLICY
            .replace("2012", "20\u{e9}")
            .into_bytes()
            .into_iter()
            .filter(|b| *b != 0xa9)
            .collect::<Vec<_>>(),
    );
    let (intake, _) = load_file(&dir.path().join("decryptable.toml"));
    assert!(told(&intake).contains(&"invalid-encoding: \u{fffd}".to_owned()), "{:?}", told(&intake));
    write(dir.path(), "p.json", &[0x1f, 0x8b, 1]);
    let (intake, _) = load_file(&dir.path().join("decryptable.toml"));
    assert_eq!(told(&intake), ["unreadable-file: \"p.json\""]);
}

#[test]
fn facts_that_disagree_name_both_places() {
    let manifest = r#"
version = 1
[analysis]
inputs = ["dump"]
[[bucket]]
name = "lake"
region = "us-east-1"
policy = "s3.json"
[[role]]
arn = "arn:aws:iam::111111111111:role/a"
policies = ["iam.json"]
"#;
    let policy = |text: &str| format!("{{\"Policy\": {text:?}}}");
    let inline =
        |text: &str| format!("{{\"RoleName\": \"a\", \"PolicyName\": \"p\", \"PolicyDocument\": {text}}}");
    let same = [
        ("s3.json", BUCKET_POLICY),
        ("iam.json", ALLOW),
        ("dump/lake/get-bucket-location.json", r#"{"LocationConstraint": null}"#),
        ("dump/lake/get-bucket-policy.json", &policy(&BUCKET_POLICY.replace(' ', ""))),
        ("dump/a/get-role-policy.json", &inline(ALLOW)),
    ];
    let (intake, _) = load_with(manifest, &same);
    assert_eq!(told(&intake), [] as [&str; 0], "the same fact told twice is one fact");
    let other = [
        ("s3.json", BUCKET_POLICY),
        ("iam.json", ALLOW),
        ("dump/lake/get-bucket-location.json", r#"{"LocationConstraint": "EU"}"#),
        ("dump/lake/get-bucket-policy.json", &policy(&BUCKET_POLICY.replace("GetObject", "PutObject"))),
        ("dump/a/get-role-policy.json", &inline(&ALLOW.replace("GetObject", "PutObject"))),
    ];
    let (intake, _) = load_with(manifest, &other);
    let conflicts: Vec<_> = intake
        .problems
        .iter()
        .map(|p| {
            assert_eq!((p.code, p.severity), (Code::ConflictingFacts, Severity::Error));
            let place = intake.sources.place(p.span.unwrap());
            (place.document, intake.sources.text(p.related[0].span).to_owned())
        })
        .collect();
    assert_eq!(
        conflicts,
        [
            ("dump/lake/get-bucket-location.json".to_owned(), "\"us-east-1\"".to_owned()),
            ("dump/lake/get-bucket-policy.json".to_owned(), "\"s3.json\"".to_owned()),
            ("dump/a/get-role-policy.json".to_owned(), "[\"iam.json\"]".to_owned()),
        ]
        .into_iter()
        .collect::<Vec<_>>()
    );
    assert_eq!(
        intake.problems[0].message,
        "the Region of bucket lake has conflicting values: `eu-west-1` here"
    );
}

#[test]
fn bindings() {
    let manifest = r#"
version = 1
[[organization]]
id = "o-a"
[[bind]]
file = "dump/pol*.json"
bucket = "lake"
account = "222222222222"
[[bind]]
file = "dump/key.json"
key = "arn:aws:kms:us-east-1:222222222222:key/k"
[[bind]]
file = "iam/*.json"
role = "arn:aws:iam::111111111111:role/a"
[[bind]]
file = "org.json"
account = "111111111111"
kind = "scp"
[[bind]]
file = "pab.json"
account = "222222222222"
"#;
    let get_key_policy = format!("{{\"Policy\": {KEY_POLICY:?}, \"PolicyName\": \"default\"}}");
    let files = [
        ("dump/policy.json", BUCKET_POLICY),
        ("dump/key.json", &get_key_policy),
        ("iam/one.json", ALLOW),
        ("iam/trust.json", TRUST),
        ("org.json", ALLOW),
        ("pab.json", r#"{"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": true}}"#),
    ];
    let (intake, _) = load_with(manifest, &files);
    assert_no_errors(&intake, "bind");
    let estate = &intake.estate;
    assert!(estate.buckets[0].policy.provided().unwrap().is_some());
    assert_eq!(estate.buckets[0].account.provided().unwrap().to_string(), "222222222222");
    assert!(estate.keys[0].policy.is_provided());
    assert!(estate.roles[0].trust.is_provided() && estate.roles[0].policies.is_provided());
    assert!(
        matches!(estate.organizations[0].targets[0].scps.provided(), Some(Attached::Policies(list)) if list.len() == 1)
    );
    assert!(
        estate
            .accounts
            .values()
            .next()
            .unwrap()
            .public_access_block
            .provided()
            .unwrap()
            .restrict_public_buckets
    );
    assert!(intake.files.iter().all(|f| f.missing.is_empty()), "{:?}", intake.files);
}

#[test]
fn attachments_told_by_policy() {
    let summary = |id: &str, kind: &str| {
        format!(
            "{{\"Policy\": {{\"PolicySummary\": {{\"Id\": \"{id}\", \"Arn\": \"arn:aws:organizations::999999999999:policy/o-a/x/{id}\", \"Type\": \"{kind}\"}}, \"Content\": {ALLOW:?}}}}}"
        )
    };
    let targets = r#"{"Targets": [{"TargetId": "111111111111", "Type": "ACCOUNT"}]}"#;
    let one = summary("p-one", "SERVICE_CONTROL_POLICY");
    let mut files =
        vec![("dump/p-one/describe-policy.json", one.as_str()), ("dump/p-one/list-targets.json", targets)];
    let manifest = "version = 1\n[analysis]\ninputs = [\"dump\"]\n";
    let (intake, _) = load_with(manifest, &files);
    assert!(intake.estate.organizations[0].targets.is_empty());
    assert!(file(&intake, "list-targets.json").missing[0].contains("the other SCPs of 111111111111"));
    // With the policy that AWS attaches to everything, the lists are all there are.
    files.push(("dump/p-FullAWSAccess/list-targets.json", targets));
    let (intake, _) = load_with(manifest, &files);
    let Some(Attached::Policies(list)) = intake.estate.organizations[0].targets[0].scps.provided() else {
        panic!()
    };
    assert_eq!(list.len(), 2);
    // RCPs are a list of their own, and an empty list says that the type is off.
    let rcps = r#"{"Policies": [{"Id": "p-RCPFullAWSAccess", "Type": "RESOURCE_CONTROL_POLICY"}]}"#;
    files.push(("dump/111111111111/list-policies-for-target-rcp.json", rcps));
    files.push(("dump/ou-ab12-x/list-policies-for-target-rcp.json", r#"{"Policies": []}"#));
    let (intake, _) = load_with(manifest, &files);
    assert_eq!(told(&intake), [] as [&str; 0]);
    let organization = &intake.estate.organizations[0];
    let rcps = |id: &str| organization.target(id).unwrap().rcps.provided().cloned();
    assert!(
        matches!(rcps("111111111111"), Some(Attached::Policies(list)) if list[0].kind == PolicyKind::Rcp)
    );
    assert!(matches!(rcps("ou-ab12-x"), Some(Attached::Off)));
}

#[test]
fn inputs_of_every_sort() {
    let manifest = r#"
version = 1
[analysis]
inputs = ["dump", "more/**/*.json", "named.json"]
exclude = ["**/node_modules/**", "dump/left-out.json"]
"#;
    let files = [
        (".gitignore", "ignored.json\nnamed.json\n"),
        ("dump/b.json", ALLOW),
        ("dump/a.json", ALLOW),
        ("dump/left-out.json", ALLOW),
        ("dump/ignored.json", ALLOW),
        ("dump/.hidden.json", ALLOW),
        ("dump/notes.txt", "notes"),
        ("dump/decryptable.toml", "version = 1"),
        ("more/x/c.json", ALLOW),
        ("more/node_modules/d.json", ALLOW),
        ("named.json", ALLOW),
    ];
    let (intake, _) = load_with(manifest, &files);
    let names: Vec<_> = intake.files.iter().map(|f| f.path.as_str()).skip(1).collect();
    assert_eq!(names, ["dump/a.json", "dump/b.json", "more/x/c.json", "named.json"]);
}

#[test]
fn unknown_inputs() {
    let dir = directory(&[
        ("dump/package.json", "  {\"name\": \"x\"}"),
        ("plan.json", "{\"encrypted_data\": \"…\", \"encryption_version\": \"v0\"}"),
        ("empty.json", ""),
        ("broken.json", "{\"a\": "),
        ("cut/off.json", "{\"a\": "),
    ]);
    let read = |names: &[&str]| {
        let mut intake = Intake::new();
        let inputs: Vec<load::Input> = names.iter().map(|name| (*name).into()).collect();
        load::read_inputs(&mut intake, dir.path(), &inputs, &[]);
        load::finish(&mut intake);
        intake
    };
    let intake = read(&["dump"]);
    assert_eq!(told(&intake), [] as [&str; 0], "a directory may hold what is no input");
    assert_eq!(intake.files[0].kind, "unknown");
    let intake = read(&["cut"]);
    assert_eq!(told(&intake), ["unknown-input: {"]);
    assert_eq!(intake.problems[0].severity, Severity::Warning);
    let intake = read(&["dump/package.json"]);
    assert_eq!(intake.problems[0].severity, Severity::Error);
    assert_eq!(intake.files[0].kind, "unknown");
    let intake = read(&["plan.json"]);
    assert!(intake.problems[0].help.as_deref().unwrap().contains("tofu state pull"));
    assert_eq!(read(&["empty.json"]).problems.len(), 1, "an empty file is one mistake");
    assert_eq!(read(&["empty.json"]).problems[0].code, Code::JsonEmpty);
    assert!(read(&["broken.json"]).problems.len() > 1, "that a named file is broken is said");
    let intake = read(&["plam.json", "nowhere/*.json"]);
    assert_eq!(told(&intake), ["file-not-found: -", "no-match: -"]);
    assert_eq!(intake.problems[0].help.as_deref(), Some("did you mean `plan.json`?"));
}

#[test]
fn expectations() {
    let manifest = r#"
version = 1
[analysis]
strict = true
profile = "okera"
[[role]]
arn = "arn:aws:iam::111111111111:role/app/a1"
[[role]]
arn = "arn:aws:iam::111111111111:role/a2"
[[expect]]
role = "arn:aws:iam::111111111111:role/*a?"
read = "s3://lake/curated/*"
verdict = "conditional"
strict = false
version_id = "v"
session = { name = "i-0abc", policies = ["p.json"], tags = { team = "lake" } }
context = { "aws:UserAgent" = "spark", "aws:MultiFactorAuthAge" = 3, "aws:SecureTransport" = true, "aws:TagKeys" = ["a", "b"], "aws:SourceVpc" = "<absent>" }
[[expect]]
role = "a?"
read = "s3://lake/x"
from = { endpoint = "vpce-1", vpc = "vpc-1" }
profile = "s3-read"
verdict = "blocked"
[[expect]]
role = "b*"
read = "s3://lake/x"
verdict = "denied"
[[expect]]
assume = "arn:aws:iam::111111111111:role/a2"
by = "service:ec2.amazonaws.com"
also = ["sts:TagSession"]
verdict = "allowed"
[[ignore]]
rule = "allow-not-action"
file = "policies/legacy/*.json"
reason = "INC-42"
until = 2026-12-31
"#;
    let (intake, config) = load_with(manifest, &[("p.json", ALLOW)]);
    assert_eq!(told(&intake), [] as [&str; 0]);
    let [first, second, third, fourth] = config.expects.as_slice() else { panic!() };
    let questions = config::expand_roles(first, &intake.estate).unwrap();
    assert_eq!(questions.len(), 2);
    let question = &questions[0];
    assert_eq!(question.role, "arn:aws:iam::111111111111:role/app/a1");
    assert!(!question.strict);
    assert_eq!((question.profile.as_str(), question.version_id.as_deref()), ("okera", Some("v")));
    assert_eq!(question.circumstances.session.policies.provided().unwrap()[0].kind, PolicyKind::Session);
    let context = format!("{:?}", question.circumstances.context);
    assert_eq!(
        context,
        r#"[(aws:UserAgent, Values(["spark"])), (aws:MultiFactorAuthAge, Values(["3"])), (aws:SecureTransport, Values(["true"])), (aws:TagKeys, Values(["a", "b"])), (aws:SourceVpc, Absent)]"#
    );
    let Question::Does(read) = &second.question else { panic!() };
    assert!(read.strict && read.circumstances.network.through_endpoint());
    assert_eq!(config::expand_roles(second, &intake.estate).unwrap().len(), 2, "names, when it is no ARN");
    let problem = config::expand_roles(third, &intake.estate).unwrap_err();
    assert_eq!(shown(&intake, &problem), "no-match: \"b*\"");
    let Question::Becomes(assume) = &fourth.question else { panic!() };
    assert_eq!(
        (assume.by.as_str(), assume.also.as_slice()),
        ("service:ec2.amazonaws.com", &["sts:TagSession".to_owned()][..])
    );
    assert!(config::expand_roles(fourth, &intake.estate).unwrap().is_empty());
    let [ignore] = config.ignores.as_slice() else { panic!() };
    assert!(ignore.file.as_ref().unwrap().matches_name("policies/legacy/a.json"));
    assert!(!ignore.file.as_ref().unwrap().matches_name("policies/legacy/b/a.json"));
    assert!(
        ignore.is_expired(jiff::civil::date(2027, 1, 1))
            && !ignore.is_expired(jiff::civil::date(2026, 12, 31))
    );
}

#[test]
fn the_file_is_looked_for_up_to_the_repository() {
    let dir =
        directory(&[("decryptable.toml", ""), ("a/b/c.json", ""), ("r/.git/HEAD", ""), ("r/s/t.json", "")]);
    let found = config::find(&dir.path().join("a/b")).unwrap();
    assert_eq!(
        fs::canonicalize(found).unwrap(),
        fs::canonicalize(dir.path().join("decryptable.toml")).unwrap()
    );
    assert_eq!(config::find(&dir.path().join("r/s")), None);
    assert_eq!(config::find(dir.path()), Some(dir.path().join("decryptable.toml")));
}

#[test]
fn session_policy_of_the_command_line() {
    let dir = directory(&[("p.json", ALLOW)]);
    let mut intake = Intake::new();
    let path = dir.path().join("p.json");
    let policy = load::policy_file(&mut intake, path.to_str().unwrap(), PolicyKind::Session).unwrap();
    assert_eq!(policy.kind, PolicyKind::Session);
    assert!(load::policy_file(&mut intake, "no-such-file.json", PolicyKind::Session).is_none());
    assert_eq!(told(&intake), ["file-not-found: -"]);
}

#[test]
fn exclusions_hold_for_paths_of_the_command_line() {
    let manifest = "version = 1\n[analysis]\nexclude = [\"dump/old/**\", \"dump/x.json\"]\n";
    let files = [("dump/old/a.json", ALLOW), ("dump/x.json", ALLOW), ("dump/y.json", ALLOW)];
    let dir = directory(&files);
    write(dir.path(), "decryptable.toml", manifest.as_bytes());
    let mut intake = Intake::new();
    let config = config::load(&dir.path().join("decryptable.toml"), &mut intake);
    config.gather(&mut intake, &[dir.path().join("dump").to_str().unwrap().to_owned()]);
    let names: Vec<_> = intake.files.iter().skip(1).map(|f| f.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["y.json"]);
}

/// A key that AWS has not made yet is named as its template does, and a name nobody gave is a mistake.
#[test]
fn keys_by_the_names_of_templates() {
    let template = r#"{"Resources": {"LakeKey": {"Type": "AWS::KMS::Key", "Properties": {}}}}"#;
    let ask = |name: &str| {
        let manifest = format!(
            "version = 1\n[analysis]\ninputs = [\"lake.json\"]\n[[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"aws:kms\", key = \"{name}\" }}\n"
        );
        let (intake, _) = load_with(&manifest, &[("lake.json", template)]);
        let helps = intake.problems.iter().map(|p| p.help.clone().unwrap_or_default());
        let found: Vec<(String, String)> = told(&intake).into_iter().zip(helps).collect();
        let object = intake.estate.object(&"s3://lake/x".parse().unwrap()).unwrap();
        let key = object.encryption.as_ref().and_then(|e| e.key.as_ref()).unwrap();
        let key = intake.estate.resolve_key(key, None, None).map(|key| key.id().to_owned());
        (key, found)
    };
    for name in ["LakeKey", "lake.LakeKey", "lake.json LakeKey"] {
        assert_eq!(ask(name), (Some("‹lake.json.LakeKey›".to_owned()), Vec::new()), "{name}");
    }
    let (key, problems) = ask("LakeKay");
    assert_eq!(key, None);
    assert_eq!(problems, [("invalid-arn: \"LakeKay\"".to_owned(), "did you mean `LakeKey`?".to_owned())]);
}

/// Where a plan or a template is for, it may leave to a row of the manifest.
#[test]
fn a_row_says_where_a_file_is_deployed() {
    let plan = r#"{"format_version": "1.2", "resource_changes": [{"address": "aws_kms_key.lake", "mode": "managed",
        "type": "aws_kms_key", "name": "lake", "change": {"actions": ["create"], "before": null, "after": {},
        "after_unknown": {"arn": true, "key_id": true}}}]}"#;
    let template = r#"{"Resources": {"LakeKey": {"Type": "AWS::KMS::Key", "Properties": {}}}}"#;
    for (name, text, id) in
        [("plan.json", plan, "‹aws_kms_key.lake›"), ("lake.json", template, "‹lake.json.LakeKey›")]
    {
        let row = format!(
            "version = 1\n[[bind]]\nfile = \"{name}\"\naccount = \"222222222222\"\nregion = \"eu-west-1\"\n"
        );
        let (intake, _) = load_with(&row, &[(name, text)]);
        assert_no_errors(&intake, name);
        let keys: Vec<&str> = intake.estate.keys.iter().map(|key| key.arn.value.as_str()).collect();
        assert_eq!(keys, [format!("arn:aws:kms:eu-west-1:222222222222:key/{id}")]);
    }
}

#[test]
fn workloads_and_providers_of_a_manifest() {
    let role = "arn:aws:iam::111111111111:role/reader";
    let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE";
    let head = format!("version = 1\n[[role]]\narn = \"{role}\"\n");
    let workload = format!("{head}[[workload]]\nrole = \"{role}\"\n");
    let manifest = format!(
        "{workload}service = \"lambda.amazonaws.com\"\nname = \"nightly\"\n[[workload]]\nrole = \"{role}\"\nkind = \"irsa\"\nnamespace = \"analytics\"\nservice_account = \"a\"\n[[workload]]\nrole = \"{role}\"\nkind = \"pod-identity\"\ncluster = \"prod\"\nservice_account = \"b\"\ntarget = \"arn:aws:iam::222222222222:role/far\"\nexternal_id = \"x\"\n[[oidc_provider]]\narn = \"arn:aws:iam::111111111111:oidc-provider/{issuer}\"\nurl = \"https://{issuer}\"\nclient_ids = [\"sts.amazonaws.com\"]\n"
    );
    let (intake, _) = load_with(&manifest, &[]);
    assert_eq!(told(&intake), Vec::<String>::new());
    let estate = &intake.estate;
    let names: Vec<String> = estate.workloads.iter().map(|workload| workload.described()).collect();
    assert_eq!(names, ["Lambda function nightly", "service account analytics/a", "service account b"]);
    assert!(estate.workloads.iter().all(|workload| workload.role.value.as_str() == role));
    let WorkloadKind::Irsa { audience, .. } = &estate.workloads[1].kind else { panic!() };
    assert_eq!(audience, "sts.amazonaws.com");
    let WorkloadKind::PodIdentity { service_account, target, external_id, .. } = &estate.workloads[2].kind
    else {
        panic!()
    };
    assert_eq!(service_account.cluster.as_deref(), Some("prod"));
    assert_eq!(target.as_ref().unwrap().value.as_str(), "arn:aws:iam::222222222222:role/far");
    assert_eq!(external_id.as_deref(), Some("x"));
    assert_eq!(estate.oidc_providers[0].url, issuer);
    assert_eq!(estate.oidc_providers[0].client_ids, Known::Provided(vec!["sts.amazonaws.com".to_owned()]));
    let file = &intake.files[0];
    assert!(file.contributed.iter().any(|what| what == "3 workloads"), "{:?}", file.contributed);
    assert_eq!(file.missing, ["the role arn:aws:iam::222222222222:role/far: aws iam get-role"]);

    let provider =
        format!("{head}[[oidc_provider]]\narn = \"arn:aws:iam::111111111111:oidc-provider/{issuer}\"\n");
    for (manifest, expected) in [
        (
            format!("{workload}service = \"lamda.amazonaws.com\"\nname = \"n\""),
            "invalid-value: \"lamda.amazonaws.com\"",
        ),
        (format!("{workload}service = \"lambda.amazonaws.com\""), "missing-key: [[workload]]"),
        (
            format!("{workload}service = \"lambda.amazonaws.com\"\nname = \"n\"\nnamespace = \"a\""),
            "invalid-value: namespace",
        ),
        (format!("{workload}service_account = \"a\""), "missing-key: [[workload]]"),
        (format!("{workload}kind = \"isra\"\nservice_account = \"a\""), "invalid-value: \"isra\""),
        (
            format!("{workload}kind = \"irsa\"\nservice_account = \"a\"\ntarget = \"x\""),
            "invalid-value: target",
        ),
        (format!("{workload}kind = \"irsa\"\nservice_acount = \"a\""), "unknown-key: service_acount"),
        (format!("{provider}client_id = []"), "unknown-key: client_id"),
        (format!("{provider}url = \"https://other\""), "invalid-value: \"https://other\""),
    ] {
        let (intake, _) = load_with(&manifest, &[]);
        let told = told(&intake);
        assert!(matches!(told.as_slice(), [one] if one.starts_with(expected)), "{manifest}: {told:?}");
    }
}
