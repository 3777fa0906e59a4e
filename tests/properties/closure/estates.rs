//! Small random estates of two accounts: roles that trust each other, themselves, users, services and accounts, tags, and
//! a bucket. Everything is told, so that every single question is firm.

use std::fmt::Write as _;
use std::fs;

use decryptable::config;
use decryptable::load::Intake;
use serde_json::{Value, json};

use super::walk;
use decryptable::ask::Circumstances;

const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];
/// In no condition of any estate.
const ELSEWHERE: &str = "777777777777";
/// In some conditions, and nobody of it is known.
const NAMED: &str = "333333333333";
const OWN: &str = "o-aaaaaaaaaa";
const PARTNER: &str = "o-bbbbbbbbbb";
const OTHER: &str = "o-cccccccccc";

/// Numbers from a seed, the same everywhere (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    fn chance(&mut self, n: usize, of: usize) -> bool {
        self.below(of) < n
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

/// An estate in files.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    manifest: String,
    files: Vec<(String, Value)>,
}

/// Somebody whom the estate does not hold, and the estate that does.
pub(super) struct Stranger {
    pub(super) listed_as: String,
    worlds: Vec<(Made, String)>,
}

impl Stranger {
    /// Whether somebody like this reads.
    pub(super) fn reads(&self) -> bool {
        self.worlds.iter().any(|(made, arn)| walk::reads(&made.load().estate, arn, Circumstances::default()))
    }
}

impl Made {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x1405_7b7e_f767_814f);
        let mut made = Self { manifest: "version = 1\n".to_owned(), files: Vec::new() };
        made.account(ACCOUNTS[0], OWN);
        let second = dice.pick(&[OWN, PARTNER, "none"]);
        made.account(ACCOUNTS[1], second);
        made.account(ELSEWHERE, OTHER);
        let roles: Vec<String> = (0..3 + dice.below(2))
            .map(|at| format!("arn:aws:iam::{}:role/r{at}", ACCOUNTS[dice.below(2)]))
            .collect();
        let users: Vec<String> = (0..1 + dice.below(2))
            .map(|at| format!("arn:aws:iam::{}:user/u{at}", ACCOUNTS[dice.below(2)]))
            .collect();
        for arn in &roles {
            let mut trust: Vec<Value> =
                (0..1 + dice.below(3)).map(|_| trusts(&mut dice, &roles, &users)).collect();
            if dice.chance(1, 4) {
                trust.push(json!({
                    "Effect": "Deny", "Principal": "*", "Action": dice.pick(&["sts:AssumeRole", "sts:TagSession"]),
                    "Condition": condition(&mut dice),
                }));
            }
            let mut own = vec![];
            if dice.chance(3, 4) {
                own.push(json!({"Effect": "Allow", "Action": "sts:*", "Resource": "*"}));
            }
            if dice.chance(1, 2) {
                let mut read =
                    json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"});
                if dice.chance(1, 2) {
                    read["Condition"] = of_caller(&mut dice);
                }
                own.push(read);
            }
            if dice.chance(1, 6) {
                own.push(json!({
                    "Effect": "Deny", "Action": dice.pick(&["s3:*", "sts:*"]), "Resource": "*",
                    "Condition": of_caller(&mut dice),
                }));
            }
            let tags = if dice.chance(1, 5) { "{ team = \"a\" }" } else { "{}" };
            made.identity("role", arn, &own, tags);
            let trust = made.file(&trust);
            let _ = writeln!(made.manifest, "trust = \"{trust}\"");
        }
        for arn in &users {
            let mut own = vec![];
            if dice.chance(2, 3) {
                own.push(json!({"Effect": "Allow", "Action": "sts:*", "Resource": "*"}));
            }
            made.identity("user", arn, &own, "{}");
        }
        let policy: Vec<Value> = (0..dice.below(4)).map(|_| lets_read(&mut dice, &roles)).collect();
        let policy = if policy.is_empty() { "none".to_owned() } else { made.file(&policy) };
        let owner = ACCOUNTS[dice.below(2)];
        let _ = write!(
            made.manifest,
            "[[bucket]]\nname = \"lake\"\naccount = \"{owner}\"\nregion = \"eu-west-1\"\npolicy = \"{policy}\"\n\
             encryption = {{ type = \"AES256\" }}\nownership = \"BucketOwnerEnforced\"\n\
             public_access_block = {{ restrict_public_buckets = false }}\nrequester_pays = false\nabac = false\ntags = {{}}\n\
             [[object]]\nuri = \"s3://lake/*\"\nencryption = {{ type = \"AES256\" }}\nstorage_class = \"STANDARD\"\n"
        );
        made
    }

    fn account(&mut self, id: &str, organization: &str) {
        let _ = write!(
            self.manifest,
            "[[account]]\nid = \"{id}\"\norganization = \"{organization}\"\npublic_access_block = \"none\"\n"
        );
    }

    fn file(&mut self, statements: &[Value]) -> String {
        let name = format!("p{}.json", self.files.len());
        self.files.push((name.clone(), json!({"Version": "2012-10-17", "Statement": statements})));
        name
    }

    fn identity(&mut self, kind: &str, arn: &str, own: &[Value], tags: &str) {
        let policies =
            if own.is_empty() { "\"none\"".to_owned() } else { format!("[\"{}\"]", self.file(own)) };
        let _ = writeln!(
            self.manifest,
            "[[{kind}]]\narn = \"{arn}\"\npolicies = {policies}\nboundary = \"none\"\ntags = {tags}"
        );
    }

    pub(super) fn load(&self) -> Intake {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &self.files {
            fs::write(folder.path().join(name), text.to_string()).unwrap();
        }
        let manifest = folder.path().join("decryptable.toml");
        fs::write(&manifest, &self.manifest).unwrap();
        let mut intake = Intake::new();
        let config = config::load(&manifest, &mut intake);
        config.gather(&mut intake, &[]);
        assert!(!intake.has_errors(), "{:?}\n{}", intake.problems, self.shown());
        intake
    }

    /// Manifest and files, to be looked at.
    pub(super) fn shown(&self) -> String {
        let mut out = self.manifest.clone();
        for (name, value) in &self.files {
            let _ = writeln!(out, "\n# {name}\n{value}");
        }
        out
    }

    /// The same with somebody else in it, who may do everything.
    fn with(&self, account: &str, organization: &str, tags: &str) -> (Self, String) {
        let mut made = self.clone();
        let arn = format!("arn:aws:iam::{account}:role/stranger");
        let told = format!("id = \"{account}\"");
        if made.manifest.contains(&told) {
            let from = made.manifest.find(&told).unwrap();
            let (head, tail) = made.manifest.split_at(from);
            let line = tail.lines().nth(1).unwrap();
            made.manifest =
                format!("{head}{}", tail.replacen(line, &format!("organization = \"{organization}\""), 1));
        } else {
            made.account(account, organization);
        }
        made.identity("role", &arn, &[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})], tags);
        (made, arn)
    }

    /// Those who stand for many.
    pub(super) fn strangers(&self) -> Vec<Stranger> {
        let Some(policy) = self.bucket_policy().filter(|policy| policy.contains("\"*\"")) else {
            return Vec::new();
        };
        let worlds = |account: &str, organizations: &[&str]| {
            let tags = ["{}", "{ team = \"a\" }", "{ team = \"b\" }"];
            let each = organizations.iter().flat_map(|id| tags.map(|tags| self.with(account, id, tags)));
            each.collect::<Vec<_>>()
        };
        let any = worlds(ELSEWHERE, &["none", OTHER]);
        let mut all = vec![Stranger { listed_as: "any-account".to_owned(), worlds: any }];
        // Only whom a condition names is told apart from the rest.
        if policy.contains(PARTNER) {
            let listed_as = format!("organization:{PARTNER}");
            all.push(Stranger { listed_as, worlds: worlds(ELSEWHERE, &[PARTNER]) });
        }
        if policy.contains(NAMED) {
            let listed_as = format!("account:{NAMED}");
            all.push(Stranger { listed_as, worlds: worlds(NAMED, &["none", OTHER, OWN, PARTNER]) });
        }
        all
    }

    fn bucket_policy(&self) -> Option<String> {
        let (_, rest) = self.manifest.split_once("[[bucket]]")?;
        let name = rest.lines().find_map(|line| line.strip_prefix("policy = \""))?.trim_end_matches('"');
        self.files.iter().find(|(file, _)| file == name).map(|(_, value)| value.to_string())
    }
}

fn trusts(dice: &mut Dice, roles: &[String], users: &[String]) -> Value {
    let principal = match dice.below(8) {
        0..=3 => json!({"AWS": dice.pick(roles)}),
        4 => json!({"AWS": dice.pick(users)}),
        5 => json!({"AWS": ACCOUNTS[dice.below(2)]}),
        6 => json!({"Service": dice.pick(&["ec2.amazonaws.com", "lambda.amazonaws.com"])}),
        _ => json!("*"),
    };
    let action = match dice.below(3) {
        0 => json!("sts:AssumeRole"),
        1 => json!(["sts:AssumeRole", "sts:TagSession"]),
        _ => json!("sts:*"),
    };
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    if dice.chance(1, 2) {
        statement["Condition"] = condition(dice);
    }
    statement
}

/// Of a call to STS.
fn condition(dice: &mut Dice) -> Value {
    let value = dice.pick(&["a", "b"]);
    match dice.below(7) {
        0 => json!({"StringEquals": {"aws:RequestTag/team": value}}),
        1 => json!({"StringNotEquals": {"aws:RequestTag/team": value}}),
        2 => json!({"Null": {"aws:RequestTag/team": "true"}}),
        _ => of_caller(dice),
    }
}

fn of_caller(dice: &mut Dice) -> Value {
    let value = dice.pick(&["a", "b"]);
    match dice.below(6) {
        0 | 1 => json!({"StringEquals": {"aws:PrincipalTag/team": value}}),
        2 => json!({"StringNotEquals": {"aws:PrincipalTag/team": value}}),
        3 => json!({"Null": {"aws:PrincipalTag/team": dice.pick(&["true", "false"])}}),
        4 => json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNTS[dice.below(2)]}}),
        _ => json!({"StringNotEquals": {"aws:PrincipalOrgID": OWN}}),
    }
}

fn lets_read(dice: &mut Dice, roles: &[String]) -> Value {
    let principal = match dice.below(4) {
        0 => json!({"AWS": dice.pick(roles)}),
        1 => json!({"AWS": ACCOUNTS[dice.below(2)]}),
        _ => json!("*"),
    };
    let effect = if dice.chance(1, 4) { "Deny" } else { "Allow" };
    let mut statement = json!({
        "Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*",
    });
    statement["Condition"] = match dice.below(6) {
        0 => json!({"StringEquals": {"aws:PrincipalOrgID": dice.pick(&[OWN, PARTNER])}}),
        1 => json!({"StringNotEquals": {"aws:PrincipalOrgID": dice.pick(&[OWN, PARTNER])}}),
        2 => json!({"StringEquals": {"aws:PrincipalAccount": [NAMED, ACCOUNTS[dice.below(2)]]}}),
        3 => json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{NAMED}:role/*")}}),
        _ => of_caller(dice),
    };
    statement
}
