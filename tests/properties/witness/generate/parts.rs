//! The tables of an estate.

use serde_json::{Value, json};

use super::dice::Dice;
use super::documents::{self, DATA, ENDPOINT, Names, ORGANIZATION, PARTNER, VPC, WORKERS};
use super::{Made, Table};

/// A string of TOML.
fn text(value: &str) -> String {
    format!("{value:?}")
}

struct Maker {
    dice: Dice,
    made: Made,
    names: Names,
}

pub(crate) fn estate(seed: u64) -> Made {
    let mut dice = Dice::new(seed);
    let (partition, region) =
        if dice.chance(1, 12) { ("aws-cn", "cn-north-1") } else { ("aws", "us-east-1") };
    let key_region = if dice.chance(1, 12) && partition == "aws" { "eu-west-1" } else { region };
    let names = Names {
        partition,
        region,
        bucket: "lake".to_owned(),
        key: format!("arn:{partition}:kms:{key_region}:{DATA}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        principals: Vec::new(),
    };
    let mut maker = Maker { dice, made: Made::default(), names };
    maker.name_principals();
    maker.accounts();
    maker.organization();
    maker.principals();
    maker.keys();
    maker.bucket();
    maker.objects();
    maker.network();
    maker.questions();
    maker.made
}

impl Maker {
    fn table(&mut self, name: &'static str, fields: Vec<(&'static str, String)>) {
        self.made.tables.push(Table { name, fields });
    }

    fn file(&mut self, stem: &str, value: Value) -> String {
        let name = format!("{stem}-{}.json", self.made.files.len());
        self.made.files.insert(name.clone(), value);
        text(&name)
    }

    fn accounts(&mut self) {
        for account in [WORKERS, DATA, PARTNER] {
            if self.dice.chance(1, 6) {
                continue;
            }
            let mut fields = vec![("id", text(account))];
            if self.dice.chance(1, 4) {
                fields.push(("organization", text("none")));
            }
            match self.dice.below(5) {
                0 => fields.push(("public_access_block", "{ restrict_public_buckets = true }".to_owned())),
                1 => fields.push(("public_access_block", "{ ignore_public_acls = true }".to_owned())),
                2 | 3 => fields.push(("public_access_block", text("none"))),
                _ => {}
            }
            self.table("account", fields);
        }
    }

    fn organization(&mut self) {
        if !self.dice.chance(1, 2) {
            return;
        }
        let none = |table: &Table| table.fields.iter().any(|(name, _)| *name == "organization");
        let outside: Vec<String> =
            self.made.tables.iter().filter(|t| none(t)).map(|t| t.fields[0].1.clone()).collect();
        let management = *self.dice.pick(&["999999999999", "999999999999", WORKERS]);
        let mut fields = vec![("id", text(ORGANIZATION))];
        if !outside.contains(&text(management)) && self.dice.chance(3, 4) {
            fields.push(("management_account", text(management)));
        }
        self.table("organization", fields);
        let mut targets = vec![("r-ab12".to_owned(), None)];
        let unit = self.dice.chance(1, 2);
        if unit {
            targets.push(("ou-ab12-cdefghij".to_owned(), Some("r-ab12")));
        }
        for account in [WORKERS, DATA, PARTNER] {
            if !outside.contains(&text(account)) && self.dice.chance(3, 4) {
                let parent = if unit && self.dice.chance(1, 2) { "ou-ab12-cdefghij" } else { "r-ab12" };
                targets.push((account.to_owned(), Some(parent)));
            }
        }
        let (scps, rcps) = (self.dice.chance(4, 5), self.dice.chance(4, 5));
        for (id, parent) in targets {
            let mut fields = vec![("id", text(&id))];
            fields.extend(parent.map(|parent| ("parent", text(parent))));
            for (on, name, resource) in [(scps, "scps", false), (rcps, "rcps", true)] {
                if !on {
                    fields.push((name, text("none")));
                } else if self.dice.chance(5, 6) {
                    let policy = documents::guardrail(&mut self.dice, &self.names, resource);
                    let file = self.file(name, policy);
                    fields.push((name, format!("[{file}]")));
                }
            }
            self.table("organization.target", fields);
        }
    }

    fn name_principals(&mut self) {
        let partition = self.names.partition;
        let role = |account: &str, path: &str| format!("arn:{partition}:iam::{account}:role/{path}");
        let mut roles = vec![role(WORKERS, "reader"), role(DATA, "app/owner")];
        if self.dice.chance(1, 2) {
            roles.push(role(PARTNER, "crawler"));
        }
        match self.dice.below(8) {
            0 => roles.push(role(WORKERS, "aws-service-role/emr.amazonaws.com/AWSServiceRoleForEMR")),
            1 => roles.push(role(WORKERS, "AWSServiceRoleForNothing")),
            _ => {}
        }
        let user = self.dice.chance(1, 3).then(|| format!("arn:{partition}:iam::{WORKERS}:user/ann"));
        self.names.principals = roles.into_iter().chain(user).collect();
    }

    fn principals(&mut self) {
        for arn in self.names.principals.clone() {
            let is_user = arn.contains(":user/");
            let mut fields = vec![("arn", text(&arn))];
            if self.dice.chance(1, 3) {
                fields.push(("id", text(if is_user { "AIDAANN" } else { "AROAREADER" })));
            }
            if !is_user && self.dice.chance(3, 4) {
                let trust = documents::trust(&mut self.dice, &self.names);
                fields.push(("trust", self.file("trust", trust)));
            }
            if self.dice.chance(14, 15) {
                let mut files = Vec::new();
                for _ in 0..=self.dice.below(2) {
                    let policy = documents::identity(&mut self.dice, &self.names, false);
                    files.push(self.file("iam", policy));
                }
                fields.push(("policies", format!("[{}]", files.join(", "))));
            }
            match self.dice.below(6) {
                0 => {
                    let generous = self.dice.chance(1, 2);
                    let policy = documents::identity(&mut self.dice, &self.names, generous);
                    fields.push(("boundary", self.file("boundary", policy)));
                }
                1 => {}
                _ => fields.push(("boundary", text("none"))),
            }
            match self.dice.below(3) {
                0 => fields.push(("tags", "{ team = \"lake\" }".to_owned())),
                1 => fields.push(("tags", "{}".to_owned())),
                _ => {}
            }
            self.table(if is_user { "user" } else { "role" }, fields);
        }
    }

    fn keys(&mut self) {
        let mut fields = vec![("arn", text(&self.names.key))];
        let managed = self.dice.chance(1, 10);
        fields.push(("manager", text(if managed { "aws" } else { "customer" })));
        match self.dice.below(8) {
            0 => fields
                .push(("state", text(if self.dice.chance(1, 2) { "Disabled" } else { "PendingDeletion" }))),
            1 => {}
            _ => fields.push(("state", text("Enabled"))),
        }
        match self.dice.below(8) {
            0 | 1 => fields.push(("policy", text("default"))),
            2 => {}
            _ if managed => fields.push(("policy", text("default"))),
            _ => {
                let policy = documents::key(&mut self.dice, &self.names);
                fields.push(("policy", self.file("kms", policy)));
            }
        }
        match self.dice.below(3) {
            0 => fields.push((
                "aliases",
                format!("[{}]", text(if managed { "alias/aws/s3" } else { "alias/lake" })),
            )),
            1 if !managed => fields.push(("aliases", "[]".to_owned())),
            _ => {}
        }
        match self.dice.below(5) {
            0 if !managed => {
                let grants = self.grants();
                fields.push(("grants", self.file("grants", grants)));
            }
            1 => {}
            _ => fields.push(("grants", text("none"))),
        }
        match self.dice.below(3) {
            0 => fields.push(("tags", "{ team = \"lake\" }".to_owned())),
            1 => fields.push(("tags", "{}".to_owned())),
            _ => {}
        }
        self.table("key", fields);
    }

    fn grants(&mut self) -> Value {
        let grantee = self.dice.pick(&self.names.principals).clone();
        let mut grant = json!({"KeyId": self.names.key, "GrantId": "a".repeat(64), "Name": "reader", "CreationDate": "2026-02-03T09:00:00+00:00",
            "GranteePrincipal": grantee, "IssuingAccount": format!("arn:{}:iam::{DATA}:root", self.names.partition),
            "Operations": self.dice.pick(&[json!(["Decrypt"]), json!(["Decrypt", "GenerateDataKey"]), json!(["Encrypt"])])});
        let arn = format!("arn:{}:s3:::{}", self.names.partition, self.names.bucket);
        match self.dice.below(3) {
            0 => grant["Constraints"] = json!({"EncryptionContextSubset": {"aws:s3:arn": arn}}),
            1 => grant["Constraints"] = json!({"EncryptionContextEquals": {"aws:s3:arn": arn}}),
            _ => {}
        }
        json!({"Grants": [grant]})
    }

    fn bucket(&mut self) {
        let mut fields = vec![("name", text(&self.names.bucket))];
        if self.dice.chance(14, 15) {
            fields.push(("account", text(DATA)));
        }
        if self.dice.chance(14, 15) {
            fields.push(("region", text(self.names.region)));
        }
        match self.dice.below(8) {
            0 => fields.push(("policy", text("none"))),
            1 => {}
            _ => {
                let arn = format!("arn:{}:s3:::{}", self.names.partition, self.names.bucket);
                let policy = documents::bucket(&mut self.dice, &self.names, &arn, &arn);
                fields.push(("policy", self.file("s3", policy)));
            }
        }
        match self.dice.below(4) {
            0 => fields.push(("encryption", "{ type = \"AES256\" }".to_owned())),
            1 => {}
            _ => {
                let key = text(&self.names.key);
                fields.push((
                    "encryption",
                    format!("{{ type = \"aws:kms\", key = {key}, bucket_key = true }}"),
                ));
            }
        }
        match self.dice.below(6) {
            0 => {}
            1 => fields.push(("ownership", text("ObjectWriter"))),
            2 => fields.push(("ownership", text("BucketOwnerPreferred"))),
            _ => fields.push(("ownership", text("BucketOwnerEnforced"))),
        }
        match self.dice.below(6) {
            0 => {}
            1 => fields.push(("public_access_block", "{ restrict_public_buckets = true }".to_owned())),
            2 => fields.push(("public_access_block", "{ ignore_public_acls = true }".to_owned())),
            _ => fields.push(("public_access_block", text("none"))),
        }
        if self.dice.chance(1, 3) {
            fields.push(("requester_pays", self.dice.chance(1, 4).to_string()));
        }
        if self.dice.chance(1, 2) {
            fields.push(("abac", self.dice.chance(1, 2).to_string()));
        }
        match self.dice.below(3) {
            0 => fields.push(("tags", "{ team = \"lake\" }".to_owned())),
            1 => fields.push(("tags", "{}".to_owned())),
            _ => {}
        }
        self.table("bucket", fields);
    }

    fn objects(&mut self) {
        for prefix in ["curated", "partner"] {
            if self.dice.chance(1, 5) {
                continue;
            }
            let mut fields = vec![("uri", text(&format!("s3://{}/{prefix}/*", self.names.bucket)))];
            let key = text(&self.names.key);
            match self.dice.below(8) {
                0 => fields.push(("encryption", "{ type = \"AES256\" }".to_owned())),
                1 => fields.push(("encryption", "{ type = \"aws:kms\" }".to_owned())),
                2 => {}
                n => {
                    let flag = n % 2 == 0;
                    fields.push((
                        "encryption",
                        format!("{{ type = \"aws:kms\", key = {key}, bucket_key = {flag} }}"),
                    ));
                }
            }
            match self.dice.below(4) {
                0 => fields.push(("owner", text(PARTNER))),
                1 => fields.push(("owner", text(DATA))),
                2 if prefix == "partner" => fields.push(("owner", text(PARTNER))),
                _ => {}
            }
            match self.dice.below(5) {
                0 => fields.push(("acl_read", format!("[{}]", text(WORKERS)))),
                1 => fields.push(("acl_read", "[\"everyone\"]".to_owned())),
                2 => fields.push(("acl_read", text("none"))),
                _ => {}
            }
            match self.dice.below(3) {
                0 => fields.push(("tags", "{ class = \"public\" }".to_owned())),
                1 => fields.push(("tags", "{}".to_owned())),
                _ => {}
            }
            if self.dice.chance(1, 12) {
                fields.push(("storage_class", text("GLACIER")));
            }
            self.table("object", fields);
        }
    }

    fn network(&mut self) {
        if self.dice.chance(1, 2) {
            let mut fields = vec![
                ("id", text(ENDPOINT)),
                ("type", text(if self.dice.chance(1, 2) { "gateway" } else { "interface" })),
            ];
            if self.dice.chance(4, 5) {
                fields.push(("vpc", text(VPC)));
            }
            fields.push(("account", text(WORKERS)));
            match self.dice.below(3) {
                0 => {}
                1 => fields.push(("policy", text("default"))),
                _ => {
                    let policy = documents::endpoint(&mut self.dice, &self.names);
                    fields.push(("policy", self.file("endpoint", policy)));
                }
            }
            self.table("endpoint", fields);
        }
        if self.dice.chance(1, 4) {
            let arn =
                format!("arn:{}:s3:{}:{DATA}:accesspoint/door", self.names.partition, self.names.region);
            let mut fields = vec![
                ("name", text("door")),
                ("account", text(DATA)),
                ("bucket", text(&self.names.bucket)),
                ("region", text(self.names.region)),
            ];
            match self.dice.below(4) {
                0 => fields.push(("policy", text("none"))),
                1 => {}
                _ => {
                    let policy =
                        documents::bucket(&mut self.dice, &self.names, &arn, &format!("{arn}/object"));
                    fields.push(("policy", self.file("point", policy)));
                }
            }
            if self.dice.chance(1, 4) {
                fields.push(("vpc", text(VPC)));
            }
            self.table("access_point", fields);
        }
    }

    fn questions(&mut self) {
        let reader = self.names.principals[0].clone();
        let point = self.made.tables.iter().any(|table| table.name == "access_point");
        for _ in 0..3 {
            let key =
                *self.dice.pick(&["curated/part-0", "curated/part-0", "partner/a", "other", "curated/*"]);
            let mut fields = vec![
                ("role", text(&reader)),
                ("read", text(&format!("s3://{}/{key}", self.names.bucket))),
                ("verdict", text("allowed")),
            ];
            match self.dice.below(8) {
                0 => fields.push(("from", "{ source_ip = \"203.0.113.9\" }".to_owned())),
                1 => fields.push(("from", "{ source_ip = \"198.51.100.7\" }".to_owned())),
                2 => {
                    fields.push(("from", format!("{{ endpoint = {}, vpc = {} }}", text(ENDPOINT), text(VPC))))
                }
                3 => fields.push(("from", format!("{{ vpc = {} }}", text(VPC)))),
                _ => {}
            }
            match self.dice.below(8) {
                0 => fields.push(("session", "{ name = \"i-0abc\" }".to_owned())),
                1 => {
                    let policy = documents::identity(&mut self.dice, &self.names, true);
                    let file = self.file("session", policy);
                    fields.push(("session", format!("{{ policies = [{file}] }}")));
                }
                2 => fields.push(("session", "{ tags = { team = \"lake\" } }".to_owned())),
                _ => {}
            }
            match self.dice.below(10) {
                0 => fields.push(("context", "{ \"aws:UserAgent\" = \"spark/3\" }".to_owned())),
                1 => {
                    fields.push(("context", "{ \"aws:CurrentTime\" = \"2027-01-01T00:00:00Z\" }".to_owned()))
                }
                2 => fields.push(("context", "{ \"aws:MultiFactorAuthPresent\" = \"true\" }".to_owned())),
                _ => {}
            }
            if self.dice.chance(1, 10) {
                fields.push(("version_id", text("v1")));
            }
            if point && self.dice.chance(1, 4) {
                let arn =
                    format!("arn:{}:s3:{}:{DATA}:accesspoint/door", self.names.partition, self.names.region);
                fields.push(("access_point", text(&arn)));
            }
            if self.dice.chance(1, 8) {
                fields.push(("strict", "true".to_owned()));
            }
            self.table("expect", fields);
        }
        if self.dice.chance(1, 3) {
            let fields = vec![
                ("assume", text(&self.names.principals[1].clone())),
                ("by", text(&reader)),
                ("context", "{ \"sts:ExternalId\" = \"cust-7\" }".to_owned()),
                ("verdict", text("allowed")),
            ];
            self.table("expect", fields);
        }
    }
}
