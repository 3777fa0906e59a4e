//! `init`: what it proposes for the worked estates is a manifest that holds, and nothing is written over.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may fail loudly")]
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn run(dir: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "decryptable.toml" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A worked estate without its manifest.
fn bare(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&policies().join(name), dir.path());
    // So that no manifest is looked for above.
    fs::create_dir(dir.path().join(".git")).unwrap();
    dir
}

#[test]
fn every_proposal_is_a_manifest_that_holds() {
    let mut estates: Vec<String> = fs::read_dir(policies())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("decryptable.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    estates.sort();
    let mut rows = 0;
    for name in estates {
        let dir = bare(&name);
        let (code, out, error) = run(dir.path(), &["init"]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{name}: {error}");
        let manifest = fs::read_to_string(dir.path().join("decryptable.toml")).unwrap();
        toml::from_str::<toml::Table>(&manifest)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{manifest}"));
        // Findings may fail it; the rows do not, and nothing is wrong with the manifest.
        let (_, out, error) = run(dir.path(), &["check", "--format", "json"]);
        let report: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{name}: {e}: {error}"));
        assert_eq!(report["summary"]["problems"]["error"], 0, "{name}: {report:#}\n{manifest}");
        assert_eq!(report["summary"]["failed"], 0, "{name}: {manifest}");
        rows += report["summary"]["answers"].as_u64().unwrap();
        let again = run(dir.path(), &["init", "--stdout"]);
        assert_eq!(again.0, Some(0));
    }
    assert!(rows >= 30, "only {rows} rows were proposed");
}

#[test]
fn policies_alone_are_given_to_those_they_name() {
    let dir = bare("cross-account");
    let (code, out, error) = run(dir.path(), &["init", "--stdout"]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(!dir.path().join("decryptable.toml").exists());
    for line in [
        "arn = \"arn:aws:iam::111111111111:role/IAM_CLUSTER\"   # kms/lake.json names it",
        "policies = [\"iam/cluster-kms.json\", \"iam/cluster-s3.json\"]",
        "policy = \"kms/lake.json\"",
        "name = \"lake\"",
        "policy = \"s3/lake.json\"",
        "# account = \"222222222222\"   # fill in: whose bucket it is",
        "read = \"s3://lake/*\"",
        "verdict = \"conditional\"",
    ] {
        assert!(out.contains(line), "{line} is not in\n{out}");
    }
    // What is filled in makes the answer firm.
    let whole = out
        .replace("# account = ", "account = ")
        .replace("# [[object]]", "[[object]]")
        .replace("# uri = ", "uri = ")
        .replace("# encryption = ", "encryption = ");
    fs::write(dir.path().join("decryptable.toml"), whole).unwrap();
    let (_, out, _) = run(dir.path(), &["can", "IAM_CLUSTER", "s3://lake/curated/a"]);
    assert!(out.starts_with("✓ ALLOWED"), "{out}");
}

#[test]
fn roles_without_an_arn_yet_go_by_the_names_of_their_template() {
    let dir = bare("cdk-two-stacks");
    let (_, out, _) = run(dir.path(), &["init", "--stdout"]);
    assert!(out.contains("role = \"ReaderStack/ReportRole\""), "{out}");
    assert!(!out.contains('‹'), "{out}");
}

#[test]
fn several_policies_that_may_be_meant_are_left_to_the_user() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    let key_policy = |account: &str| {
        format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", \"Principal\": {{\"AWS\": \"arn:aws:iam::{account}:root\"}}, \"Action\": \"kms:*\", \"Resource\": \"*\"}}}}"
        )
    };
    fs::write(dir.path().join("k1.json"), key_policy("222222222222")).unwrap();
    fs::write(dir.path().join("k2.json"), key_policy("222222222222")).unwrap();
    fs::write(
        dir.path().join("read.json"),
        "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"arn:aws:kms:us-east-1:222222222222:key/k\"}}",
    )
    .unwrap();
    let (_, out, _) = run(dir.path(), &["init", "--stdout"]);
    assert!(out.contains("# policy = \"…\"   # fill in: which of k1.json, k2.json"), "{out}");
    assert!(out.contains("# policies = [\"read.json\"]"), "{out}");
}

#[test]
fn placeholders_name_no_bucket_and_long_lists_are_cut() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    for (name, bucket) in [("a", "<your-bucket>"), ("b", "${Bucket}"), ("c", "lake"), ("d", "BUCKET")] {
        let policy = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", \"Principal\": {{\"AWS\": [\"arn:aws:iam::111111111111:role/r\", \"arn:aws:iam::111111111111:role/s\"]}}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::{bucket}/*\"}}}}"
        );
        fs::write(dir.path().join(format!("{name}.json")), policy).unwrap();
    }
    for n in 0..5 {
        let policy = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}}";
        fs::write(dir.path().join(format!("p{n}.json")), policy).unwrap();
    }
    let (code, out, error) = run(dir.path(), &["init"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{error}");
    assert!(!error.contains("mistake"), "{error}");
    let manifest = fs::read_to_string(dir.path().join("decryptable.toml")).unwrap();
    let names: Vec<&str> = manifest.lines().filter(|line| line.starts_with("name = ")).collect();
    assert_eq!(names, ["name = \"lake\"   # c.json names it"]);
    assert!(manifest.contains("which of p0.json, p1.json, p2.json and 2 more"), "{manifest}");
}

#[test]
fn nothing_is_written_over_and_nothing_is_made_of_nothing() {
    let dir = bare("grant");
    fs::write(dir.path().join("decryptable.toml"), "version = 1\n").unwrap();
    let (code, out, error) = run(dir.path(), &["init"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("there is a decryptable.toml here"), "{error}");
    assert_eq!(fs::read_to_string(dir.path().join("decryptable.toml")).unwrap(), "version = 1\n");

    let empty = tempfile::tempdir().unwrap();
    let (code, _, error) = run(empty.path(), &["init"]);
    assert_eq!(code, Some(3));
    assert!(error.contains("decryptable collect"), "{error}");
    assert!(!empty.path().join("decryptable.toml").exists());

    let (code, _, error) = run(empty.path(), &["init", "nowhere.json"]);
    assert_eq!(code, Some(2), "{error}");
}

#[test]
fn what_lies_beside_what_was_named_is_not_proposed() {
    let dir = tempfile::tempdir().unwrap();
    let template = |name: &str| {
        format!("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: {name}}}\n")
    };
    for (place, count) in [("infra/data", 12), ("infra/other", 1)] {
        std::fs::create_dir_all(dir.path().join(place)).unwrap();
        for n in 0..count {
            let name = format!("{}-{n}", place.replace('/', "-"));
            std::fs::write(dir.path().join(place).join(format!("{name}.yaml")), template(&name)).unwrap();
        }
    }
    let (_, out, _) = run(dir.path(), &["init", "--stdout", "infra/data"]);
    assert!(out.contains("inputs = [\"infra/data/\"]"), "{out}");
    let (_, out, _) = run(dir.path(), &["init", "--stdout", "infra"]);
    assert!(out.contains("inputs = [\"infra/\"]"), "{out}");
}
