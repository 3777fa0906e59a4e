//! The script that `collect` prints: run with a program that stands in for the AWS CLI (tests/collect/aws.py).
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests may fail loudly"
)]
#![cfg(all(feature = "cli", unix))]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const ROLE: &str = "arn:aws:iam::111111111111:role/data/IAM_CLUSTER";
const OBJECT: &str = "s3://lake/curated/it's $(here)";
const ASKED: [&str; 4] = ["--role", ROLE, "--object", OBJECT];
const PROFILES: &[(&str, &str)] = &[
    ("PROFILE_111111111111", "one"),
    ("PROFILE_222222222222", "two"),
    ("PROFILE_BUCKET_1", "two"),
    ("PROFILE_ORGANIZATION", "management"),
    ("PROFILE_NETWORK", "one"),
];

/// A working directory, and beside it the stand-in with its world.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let python =
            Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        // The program itself, and not what looks for it: the stand-in is started hundreds of times.
        let python = String::from_utf8(python.stdout).unwrap();
        let place = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(place.dir.path().join("bin")).unwrap();
        fs::create_dir(place.here()).unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/collect");
        let stand_in = fs::read_to_string(from.join("aws.py")).unwrap();
        fs::write(place.bin("aws"), format!("#!{} -ISB\n{stand_in}", python.trim())).unwrap();
        fs::set_permissions(place.bin("aws"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(from.join("world.json"), place.bin("world.json")).unwrap();
        place
    }

    fn here(&self) -> PathBuf {
        self.dir.path().join("here")
    }

    fn bin(&self, name: &str) -> PathBuf {
        self.dir.path().join("bin").join(name)
    }

    fn decryptable(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decryptable"));
        command.args(arguments).current_dir(self.here()).env_clear().stdin(Stdio::null());
        command.output().unwrap()
    }

    /// The script that these arguments print.
    #[track_caller]
    fn script(&self, arguments: &[&str]) -> String {
        let arguments = [&["collect", "--print-script"], arguments].concat();
        let output = self.decryptable(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn sh(&self, shell: &str, script: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let file = self.dir.path().join("collect.sh");
        fs::write(&file, script).unwrap();
        let path = format!("{}:{}", self.bin("").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(shell);
        command.arg(&file).current_dir(self.here()).env_clear().env("PATH", path);
        command.env("FAKE_ACCOUNT", "333333333333").envs(variables.iter().copied());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        (output.status.code(), said)
    }

    #[track_caller]
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> String {
        let variables = [PROFILES, variables].concat();
        let (code, said) = self.sh("sh", script, &variables);
        assert_eq!(code, Some(0), "{said}");
        said
    }

    #[track_caller]
    fn json(&self, file: &str) -> Value {
        let text =
            fs::read_to_string(self.here().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}\n{text}"))
    }

    fn files(&self) -> Vec<String> {
        fn walk(dir: &Path, root: &Path, out: &mut Vec<String>) {
            for entry in fs::read_dir(dir).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, out);
                } else {
                    out.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.here(), &self.here(), &mut files);
        files.sort();
        files
    }

    /// What the stand-in was asked.
    fn calls(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.bin("calls")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn world(&self, change: impl FnOnce(&mut Value)) {
        let mut world = serde_json::from_str(&fs::read_to_string(self.bin("world.json")).unwrap()).unwrap();
        change(&mut world);
        fs::write(self.bin("world.json"), world.to_string()).unwrap();
    }
}

fn calls_of(script: &str) -> &str {
    script.split("# ---- what to gather ----\n").nth(1).unwrap()
}

#[test]
#[ignore = "needs python3"]
fn it_gathers_what_a_question_misses() {
    let place = Place::new();
    let script = place.script(&ASKED);
    assert_eq!(script, place.script(&ASKED));
    place.run(&script, &[]);
    let [gaad, bucket, object, org] = &place.files()[..] else { panic!("{:?}", place.files()) };
    assert_eq!(gaad, "estate/accounts/111111111111/gaad.json");
    assert_eq!(bucket, "estate/accounts/222222222222/s3/lake.json");
    assert!(object.starts_with("estate/accounts/222222222222/s3/lake/head-object-"), "{object}");
    assert_eq!(org, "estate/org.json");

    // The role that was asked about, with what it has, and no other.
    let gaad = place.json(gaad);
    let roles = gaad["RoleDetailList"].as_array().unwrap();
    assert_eq!(roles.len(), 1);
    assert_eq!(roles[0]["Arn"], ROLE);
    assert_eq!(roles[0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Sid"], "Read");
    let policies: BTreeSet<&str> =
        gaad["Policies"].as_array().unwrap().iter().map(|policy| policy["Arn"].as_str().unwrap()).collect();
    let attached = roles[0]["AttachedManagedPolicies"].as_array().unwrap();
    assert_eq!(policies, attached.iter().map(|policy| policy["PolicyArn"].as_str().unwrap()).collect());
    assert_eq!(gaad["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"][0]["Sid"], "Decrypt");

    let bucket = place.json(bucket);
    assert_eq!((&bucket["Account"], &bucket["Region"]), (&"222222222222".into(), &"eu-west-1".into()));
    assert!(bucket["Policy"].as_str().unwrap().contains("Workers"));
    assert_eq!(bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
    let object = place.json(object);
    assert_eq!(
        format!("s3://{}/{}", object["Bucket"].as_str().unwrap(), object["Key"].as_str().unwrap()),
        OBJECT
    );
    assert!(object.get("Metadata").is_none());

    // From the root to both accounts.
    let org = place.json("estate/org.json");
    assert_eq!(org["Accounts"].as_array().unwrap().len(), 2);
    assert_eq!(org["OrganizationalUnits"][0]["ParentId"], "r-ab12");
    assert_eq!(org["Attachments"].as_array().unwrap().len(), 4);
    let held: BTreeSet<&str> = org["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["PolicySummary"]["Id"].as_str().unwrap())
        .collect();
    for attachment in org["Attachments"].as_array().unwrap() {
        for id in attachment["PolicyIds"].as_array().unwrap() {
            assert!(held.contains(id.as_str().unwrap()), "{id}");
        }
    }
}

#[test]
#[ignore = "needs python3"]
fn shells_agree() {
    let place = Place::new();
    let script = place.script(&ASKED);
    let mut seen: Option<Vec<Value>> = None;
    for shell in ["sh", "dash", "bash", "ksh", "zsh"] {
        if Command::new(shell).args(["-c", ":"]).output().is_err() {
            continue;
        }
        let _ = fs::remove_dir_all(place.here().join("estate"));
        let (code, said) = place.sh(shell, &script, PROFILES);
        assert_eq!(code, Some(0), "{shell}: {said}");
        let files = place.files().iter().map(|file| place.json(file)).collect::<Vec<_>>();
        assert_eq!(seen.get_or_insert(files.clone()), &files, "{shell}");
    }
}

/// Every call that a script holds, and every call that one makes, only reads.
#[test]
#[ignore = "needs python3"]
fn it_only_reads() {
    let place = Place::new();
    let reads =
        |verb: &str| ["get-", "list-", "describe-", "head-"].iter().any(|start| verb.starts_with(start));
    let services = ["iam", "kms", "s3api", "s3control", "ec2", "organizations", "sts"];
    let everything = place.script(&["--all", "--account", "111111111111", "--account", "222222222222"]);
    let mut found = 0;
    for script in [place.script(&ASKED), everything.clone()] {
        // The AWS CLI is called in one place.
        let called: Vec<&str> = script
            .lines()
            .filter(|line| {
                !line.trim_start().starts_with('#') && line.split_whitespace().next() == Some("aws")
            })
            .map(str::trim)
            .collect();
        assert_eq!(called, ["aws --profile \"$profile\" \"$@\" </dev/null", "aws \"$@\" </dev/null"]);
        let words: Vec<&str> = script.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| services.contains(&pair[0])) {
            let verb = pair[1].trim_end_matches(';');
            if verb == "\"$operation\"" || verb == "\"$4\"" {
                continue;
            }
            assert!(reads(verb) || !verb.contains('-'), "{} {verb}", pair[0]);
            found += usize::from(verb.contains('-'));
        }
        for line in script
            .lines()
            .filter(|line| line.trim_start().starts_with("setting ") || line.contains("operation="))
        {
            let verb = line.split_whitespace().last().unwrap().trim_start_matches("operation=");
            assert!(reads(verb) || line.ends_with('\\'), "{line}");
        }
    }
    assert!(found > 40, "{found}");
    place.run(&everything, &[]);
    assert_eq!(place.json("estate/accounts/222222222222/s3/bare.json")["Policy"], Value::Null);
    assert!(
        place.files().iter().any(|file| file.ends_with("/kms/1234abcd-12ab-34cd-56ef-1234567890ab.json"))
    );
    let calls = place.calls();
    assert!(calls.len() > 20, "{calls:?}");
    for call in calls {
        let words: Vec<&String> = call.iter().skip(if call[0] == "--profile" { 2 } else { 0 }).collect();
        assert!(services.contains(&words[0].as_str()) && reads(words[1]), "{call:?}");
    }
}

#[test]
#[ignore = "needs python3"]
fn what_is_not_set_is_said_to_be_so() {
    let place = Place::new();
    let script = place.script(&["--role", ROLE, "--object", "s3://bare/*"]);
    place.run(&script, &[]);
    let bucket = place.json("estate/accounts/222222222222/s3/bare.json");
    assert_eq!(bucket["Region"], "us-east-1");
    assert_eq!(bucket["Policy"], Value::Null);
    let default =
        &bucket["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
    assert_eq!(default["SSEAlgorithm"], "AES256");
    assert_eq!(bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "ObjectWriter");
    assert_eq!(bucket["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"], false);
}

#[test]
#[ignore = "needs python3"]
fn what_is_kept_back_is_left_out() {
    let place = Place::new();
    place.world(|world| {
        world["accounts"]["222222222222"]["keys"][0].as_object_mut().unwrap().remove("Policy");
    });
    let manifest = format!(
        "version = 1\n[[role]]\narn = \"{ROLE}\"\npolicies = \"none\"\nboundary = \"none\"\n[[bucket]]\nname = \"lake\"\naccount = \"222222222222\"\nregion = \"eu-west-1\"\npolicy = \"none\"\nencryption = {{ type = \"aws:kms\", key = \"alias/lake\" }}\nownership = \"BucketOwnerEnforced\"\npublic_access_block = \"none\"\n"
    );
    fs::write(place.here().join("decryptable.toml"), manifest).unwrap();
    let script = place.script(&ASKED);
    // What was told is not asked for.
    let calls = calls_of(&script);
    assert!(calls.contains("  key 'eu-west-1' 'alias/lake' policy grants aliases\n"), "{calls}");
    assert!(!calls.contains("  bucket ") && !calls.contains("role"), "{calls}");
    let (code, said) = place.sh("sh", &script, PROFILES);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("left out: Policy in ") && said.contains("AccessDeniedException"), "{said}");
    let key = place.json("estate/accounts/222222222222/kms/1234abcd-12ab-34cd-56ef-1234567890ab.json");
    assert_eq!(key["KeyMetadata"]["KeyState"], "Enabled");
    assert_eq!((&key["Grants"], key.get("Policy")), (&Value::Array(Vec::new()), None));
    assert_eq!(key["Aliases"][0]["AliasName"], "alias/lake");
}

#[test]
#[ignore = "needs python3"]
fn other_credentials_gather_nothing() {
    let place = Place::new();
    let script = place.script(&ASKED);
    let (code, said) = place.sh("sh", &script, &[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("account 111111111111: these credentials are of account 333333333333"), "{said}");
    assert_eq!(place.files(), Vec::<String>::new());
    // One account after the other, with its own credentials.
    let (code, said) = place.sh("sh", &script, &[("FAKE_ACCOUNT", "111111111111")]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(place.files(), ["estate/accounts/111111111111/gaad.json"]);
    let (code, said) = place.sh("sh", &script, &[("FAKE_ACCOUNT", "222222222222")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(place.files().contains(&"estate/accounts/222222222222/s3/lake.json".to_owned()));
}

#[test]
#[ignore = "needs python3"]
fn files_are_kept_unless_forced() {
    let place = Place::new();
    let script = place.script(&ASKED);
    let file = place.here().join("estate/accounts/111111111111/gaad.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "mine").unwrap();
    assert!(place.run(&script, &[]).contains("gaad.json is there: it is kept"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    place.run(&script, &[("FORCE", "1")]);
    assert_eq!(place.json("estate/accounts/111111111111/gaad.json")["RoleDetailList"][0]["Arn"], ROLE);
}

#[test]
#[ignore = "needs python3"]
fn names_are_only_names() {
    let place = Place::new();
    let object = "s3://lake/a'; touch owned; `touch owned` $(touch owned) \"*";
    let script = place.script(&[
        "--role",
        ROLE,
        "--object",
        object.trim_end_matches('*'),
        "--out",
        "it's $(touch owned)",
    ]);
    let (_, said) = place.sh("sh", &script, PROFILES);
    assert!(
        !place.files().iter().any(|file| file.ends_with("owned") && !file.contains('$')),
        "{:?}\n{said}",
        place.files()
    );
    assert!(said.contains("a'; touch owned; `touch owned` $(touch owned) \""), "{said}");
    assert!(
        place.files().iter().any(|file| file.starts_with("it's $(touch owned)/accounts/")),
        "{:?}",
        place.files()
    );
    let head = place.calls().into_iter().find(|call| call.contains(&"head-object".to_owned())).unwrap();
    assert!(head.contains(&"--key=a'; touch owned; `touch owned` $(touch owned) \"".to_owned()), "{head:?}");

    // The AWS CLI would read these files, or take the name for an option.
    for object in
        ["s3://lake/file:///etc/passwd", "s3://lake/a\nb", "s3://-lake/x", "s3://../x", "s3://la;ke/x"]
    {
        let output = place.decryptable(&["collect", "--print-script", "--role", ROLE, "--object", object]);
        assert_eq!(output.status.code(), Some(2), "{object}");
        assert!(output.stdout.is_empty(), "{object}");
    }
}

#[test]
#[ignore = "needs python3"]
fn it_never_talks_to_aws() {
    let place = Place::new();
    let output = place.decryptable(&["collect"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("never talks to AWS") && said.contains("--print-script"), "{said}");
    // Nothing is asked.
    fs::write(place.here().join("decryptable.toml"), "version = 1\n[[account]]\nid = \"111111111111\"\n")
        .unwrap();
    assert_eq!(place.decryptable(&["collect", "--print-script"]).status.code(), Some(2));
    assert!(place.calls().is_empty());
}

/// From nothing to a firm answer: what is written is read, and then names what comes next.
#[test]
#[ignore = "needs python3"]
fn it_is_read_back() {
    let place = Place::new();
    let mut rounds = 0;
    loop {
        let arguments = if rounds == 0 { ASKED.to_vec() } else { [&["estate"], &ASKED[..]].concat() };
        let output = place.decryptable(&[&["collect", "--print-script"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        if output.stdout.is_empty() {
            break;
        }
        place.run(&String::from_utf8(output.stdout).unwrap(), &[("FORCE", "1")]);
        rounds += 1;
        assert!(rounds < 4, "what was gathered is missing still");
    }
    assert_eq!(rounds, 2);
    let answered = |arguments: &[&str]| {
        let output = place.decryptable(arguments);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), answer)
    };
    let (code, answer) = answered(&["can", ROLE, OBJECT, "--input", "estate", "--format", "json"]);
    assert_eq!((code, &answer["verdict"]), (Some(0), &"allowed".into()));
    // What is assumed is about the request and not about the accounts.
    let assumed: Vec<&str> =
        answer["assumptions"].as_array().unwrap().iter().map(|a| a["what"].as_str().unwrap()).collect();
    assert_eq!(assumed, ["no session policy", "no VPC endpoint policy stands in the way"]);
    let (_, strict) = answered(&["can", ROLE, OBJECT, "--input", "estate", "--strict", "--format", "json"]);
    let open: Vec<&str> =
        strict["depends_on"].as_array().unwrap().iter().map(|u| u["name"].as_str().unwrap()).collect();
    assert!(
        open.iter().all(|name| name.contains("session policy") || name.contains("VPC endpoint")),
        "{open:?}"
    );

    let manifest = format!(
        "version = 1\n[analysis]\ninputs = [\"estate\"]\n[[expect]]\nrole = \"{ROLE}\"\nread = \"{OBJECT}\"\nverdict = \"allowed\"\n"
    );
    fs::write(place.here().join("decryptable.toml"), manifest).unwrap();
    let (code, report) = answered(&["check", "--format", "json"]);
    assert_eq!((code, &report["problems"]), (Some(0), &Value::Array(Vec::new())), "{report:#}");
    let (_, listing) = answered(&["inputs", "--format", "json"]);
    assert_eq!(listing["missing"], Value::Array(Vec::new()));
    // A dump of whole accounts says the same.
    let whole = ["--all", "--account", "111111111111", "--account", "222222222222", "--out", "whole"];
    place.run(&place.script(&whole), &[]);
    let (code, _) = answered(&[
        "can",
        ROLE,
        OBJECT,
        "--isolated",
        "--input",
        "estate",
        "--input",
        "whole",
        "--format",
        "json",
    ]);
    assert_eq!(code, Some(0));
}

/// Whatever an answer lacks of the accounts is among what is missing, and keeps it open only if the answer says so.
#[test]
#[ignore = "needs python3"]
fn nothing_that_an_answer_lacks_is_forgotten() {
    let place = Place::new();
    const KEY: &str = "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    fs::create_dir(place.here().join("p")).unwrap();
    let statement = |condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"{condition}}}]}}"#
        )
    };
    let tagged = r#", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "lake", "aws:ResourceTag/team": "lake"}, "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/lake"}}"#;
    fs::write(place.here().join("p/plain.json"), statement("")).unwrap();
    fs::write(place.here().join("p/tagged.json"), statement(tagged)).unwrap();
    let role = |rest: &str| format!("[[role]]\narn = \"{ROLE}\"\n{rest}\n");
    let bucket = |rest: &str| format!("[[bucket]]\nname = \"lake\"\n{rest}\n");
    let estates = [
        role("") + &bucket(""),
        role("policies = \"p/plain.json\"") + &bucket("account = \"222222222222\"\nregion = \"eu-west-1\""),
        role("policies = \"p/tagged.json\"\nboundary = \"none\"")
            + &bucket(&format!(
                "account = \"111111111111\"\nregion = \"eu-west-1\"\nencryption = {{ type = \"aws:kms\", key = \"{KEY}\" }}"
            )),
        role("policies = \"p/plain.json\"")
            + &bucket(
                "account = \"111111111111\"\nregion = \"eu-west-1\"\nencryption = { type = \"aws:kms\", key = \"alias/lake\" }",
            ),
        role("policies = \"p/plain.json\"\nboundary = \"none\"")
            + &bucket("account = \"222222222222\"\nregion = \"eu-west-1\"\nownership = \"ObjectWriter\"")
            + "[[organization]]\nid = \"o-exampleorg\"\n[[organization.target]]\nid = \"r-ab12\"\n[[organization.target]]\nid = \"111111111111\"\nparent = \"r-ab12\"\n",
        role("policies = \"p/tagged.json\"")
            + &bucket("account = \"222222222222\"\nregion = \"eu-west-1\"")
            + &format!(
                "[[key]]\narn = \"{KEY}\"\n[[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"aws:kms\", key = \"{KEY}\", bucket_key = false }}\n"
            ),
    ];
    let mut lacking = 0;
    for estate in &estates {
        fs::write(place.here().join("decryptable.toml"), format!("version = 1\n{estate}")).unwrap();
        for strict in [false, true] {
            let flag: &[&str] = if strict { &["--strict"] } else { &[] };
            let json = |arguments: &[&str]| -> Value {
                let output = place.decryptable(&[arguments, flag, &["--format", "json"]].concat());
                serde_json::from_slice(&output.stdout)
                    .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
            };
            // Of many objects each kind counts; their encryption is nothing that one call could tell.
            let object = if strict { "s3://lake/a" } else { "s3://lake/*" };
            let answer = json(&["can", ROLE, object]);
            let listing = json(&["inputs", "--role", ROLE, "--object", object]);
            let missing = listing["missing"].as_array().unwrap();
            let unknowns = answer["depends_on"].as_array().unwrap();
            let open = |name: &str| {
                // About the request, and not about the accounts.
                !["session policy", "policy of the VPC endpoint the request may pass"].contains(&name)
            };
            let lacks: Vec<&str> = unknowns
                .iter()
                .filter(|u| u["kind"] == "not_supplied")
                .map(|u| u["name"].as_str().unwrap())
                .filter(|name| open(name))
                .collect();
            // No one call tells how many objects are encrypted, and the key behind their default is a part of it; nor
            // who owns an object whose bucket is known to leave it to its writer.
            let left_to_writer = estate.contains("ObjectWriter");
            let untold = |name: &&str| {
                name.starts_with("encryption of s3://lake/*")
                    || (left_to_writer && (*name == "ACL of the object" || name.starts_with("owner of")))
            };
            let (untold, lacks): (Vec<&str>, Vec<&str>) = lacks.into_iter().partition(untold);
            let deciding = missing.iter().filter(|gap| gap["decides"] == true).count();
            if untold.is_empty() || !lacks.is_empty() {
                assert_eq!(lacks.is_empty(), deciding == 0, "{estate}\n{lacks:?}\n{missing:#?}");
            }
            // Each by itself: one fact may be all that is left.
            for name in &lacks {
                let told = missing.iter().filter(|gap| gap["decides"] == true).any(|gap| {
                    let (what, subject) = (gap["what"].as_str().unwrap(), gap["subject"].as_str().unwrap());
                    let words = name.to_lowercase();
                    let subject =
                        subject.strip_prefix("s3://").filter(|s| !s.contains('/')).unwrap_or(subject);
                    words.contains(&subject.to_lowercase())
                        || (what == "organization" && words.contains("control policies"))
                        || (what == "tags" && words.contains("tag/"))
                        || (what == "ABAC setting" && words.contains("tag/"))
                        || (what == "aliases" && words.contains("resourcealiases"))
                        || (what == "object ownership"
                            && (words.starts_with("owner of") || words == "acl of the object"))
                        || (what == "Block Public Access" && words == "restrictpublicbuckets")
                        || (what == "organization" && words.contains("org"))
                        || (what == "account" && words.contains("account"))
                        || (what == "Region" && words.contains("region"))
                        || (what == "key behind the name" && words.starts_with("key of"))
                });
                assert!(told, "{name} of\n{estate}\n{missing:#?}");
                lacking += 1;
            }
            for gap in missing {
                // What no call of AWS answers is a row to write.
                match gap["command"].as_str() {
                    Some(command) => assert!(command.starts_with("aws "), "{command}"),
                    None => assert!(gap["row"].is_string(), "{gap}"),
                }
                assert_eq!(gap["needed_by"][0], format!("{ROLE} reads {object}"));
            }
        }
    }
    assert!(lacking > 15, "{lacking}");
}

#[test]
#[ignore = "needs python3"]
fn other_things_of_a_question() {
    let place = Place::new();
    let manifest = format!(
        "version = 1\n[analysis]\ninputs = [\"estate\"]\n[[role]]\narn = \"{ROLE}\"\npolicies = \"none\"\n[[bucket]]\nname = \"lake\"\naccount = \"222222222222\"\nregion = \"eu-west-1\"\npolicy = \"none\"\nencryption = {{ type = \"AES256\" }}\nownership = \"BucketOwnerEnforced\"\npublic_access_block = \"none\"\n[[expect]]\nrole = \"{ROLE}\"\nread = \"s3://lake/*\"\nfrom = {{ endpoint = \"vpce-0a1b2c3d\" }}\nverdict = \"denied\"\n[[expect]]\nassume = \"{ROLE}\"\nby = \"service:ec2.amazonaws.com\"\nverdict = \"allowed\"\n"
    );
    fs::create_dir(place.here().join("estate")).unwrap();
    fs::write(place.here().join("decryptable.toml"), manifest).unwrap();
    let script = place.script(&[]);
    let calls = calls_of(&script);
    assert!(calls.contains("  role_details 'IAM_CLUSTER'\n"), "{calls}");
    assert!(calls.contains("  endpoint 'eu-west-1' 'vpce-0a1b2c3d'\n"), "{calls}");
    assert!(calls.contains("  organization '111111111111' '222222222222'\n"), "{calls}");
    place.run(&script, &[]);
    let output = place.decryptable(&["collect", "--print-script"]);
    assert!(output.stdout.is_empty(), "{}", calls_of(&String::from_utf8_lossy(&output.stdout)));
    let output = place.decryptable(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
