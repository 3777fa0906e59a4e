use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::builder::NonEmptyStringValueParser;

use super::grammar::{Asked, Beside, headers};
use super::level::{UnknownArgs, ZeroArgs, worst};
use super::session::{self, Loaded};
use super::watch::WatchArgs;
use super::what_if::WhatIfArgs;
use super::{Exit, Failure, Run, check, complete};
use crate::ask::{self, Answer, AskError, Circumstances, Given, Network, Question, Session};
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::estate::{Known, ObjectUri, SharedPolicy, Tags};
use crate::finding::{Checked, Report};
use crate::load;
use crate::name::{Arn, ConditionKey, partition};
use crate::operation;
use crate::policy::{self, PolicyKind};
use crate::report::{self, Shape};

/// Can this role read this object, or do something else?
#[derive(Debug, ClapArgs)]
#[command(
    override_usage = "decryptable can [OPTIONS] <ROLE> [OPERATION|ACTION] <TARGET>...",
    after_help = "\
Operations: read (when none is named), list, write, multipart, delete, copy FROM TO, replicate FROM TO, and
deliver, which services do. An action is service:Name, and asks for that permission alone.

Examples:
  decryptable can IAM_CLUSTER s3://lake/curated/part-0.parquet
  decryptable can arn:aws:iam::111111111111:role/IAM_CLUSTER 's3://lake/curated/*' --from-endpoint vpce-0a1b2c3d
  decryptable can IAM_CLUSTER s3://lake/a --context aws:UserAgent=spark --absent aws:SourceIdentity --format json
  decryptable can IAM_CLUSTER write s3://lake/out/a --header x-amz-server-side-encryption=aws:kms
  decryptable can IAM_CLUSTER copy s3://lake/a s3://mart/a
  decryptable can IAM_CLUSTER kms:GenerateDataKey alias/lake
  decryptable can service:cloudfront.amazonaws.com read s3://site/a --source-arn arn:aws:cloudfront::1:distribution/E1

Facts come from decryptable.toml and --input. What is not provided is assumed, and the assumption is
printed; with --strict it makes the answer conditional.
Ends with 0 for yes, 1 for no, 4 for it depends."
)]
pub(super) struct Args {
    /// The role: its ARN, or its name where only one role has it; also a user, a session, service:NAME or anonymous
    #[arg(value_name = "ROLE", add = complete::of_principals())]
    role: String,

    /// What it does, where that is not a read, and to what: s3://BUCKET/KEY, in which a `*` or `?` asks about every key
    /// that fits; for an action the ARN of the resource, an alias of a key, an address of a plan or a logical id
    #[arg(value_name = "TARGET", required = true, num_args = 1.., add = complete::of_questions())]
    asked: Vec<String>,

    /// Read this file, directory or glob too
    #[arg(long, value_name = "PATH")]
    pub(super) input: Vec<PathBuf>,

    /// The requirements to judge by
    #[arg(long, value_name = "NAME", add = complete::of_profiles())]
    profile: Option<String>,

    /// What was not supplied makes the answer conditional
    #[arg(long)]
    strict: bool,

    /// Ask for this version of the object
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), help_heading = "Request")]
    version_id: Option<String>,

    /// ARN or alias of the access point the request goes through
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new(), help_heading = "Request")]
    access_point: Option<String>,

    /// A header of the request to S3; `<absent>` as its value says that the request lacks it
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "Request")]
    header: Vec<(String, String)>,

    /// The ARN of the resource that a service works for (aws:SourceArn)
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new(), help_heading = "Request")]
    source_arn: Option<String>,

    /// The account of that resource (aws:SourceAccount)
    #[arg(long, value_name = "ACCOUNT", value_parser = NonEmptyStringValueParser::new(), help_heading = "Request")]
    source_account: Option<String>,

    /// A context key of the request and its value; the same key again adds a value
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, help_heading = "Request")]
    context: Vec<(String, String)>,

    /// A context key that the request is known to lack
    #[arg(long, value_name = "KEY", help_heading = "Request")]
    absent: Vec<String>,

    /// The public address the request comes from
    #[arg(long, value_name = "IP", value_parser = ip, help_heading = "Network", conflicts_with_all = ["from_endpoint", "from_vpc", "from_private_ip"])]
    from_ip: Option<IpAddr>,

    /// The VPC endpoint for S3 the request goes through; `none` for none
    #[arg(long, value_name = "VPCE", value_parser = endpoint, help_heading = "Network")]
    from_endpoint: Option<String>,

    /// The VPC of that endpoint
    #[arg(long, value_name = "VPC", value_parser = vpc, help_heading = "Network")]
    from_vpc: Option<String>,

    /// The address inside the VPC
    #[arg(long, value_name = "IP", value_parser = ip, help_heading = "Network")]
    from_private_ip: Option<IpAddr>,

    /// The name of the role session; on EC2 the instance id
    #[arg(long, value_name = "NAME", value_parser = session_name, help_heading = "Session")]
    session_name: Option<String>,

    /// A session policy passed when the role was assumed; `none` for none
    #[arg(long, value_name = "FILE", help_heading = "Session")]
    session_policy: Vec<PathBuf>,

    /// A session tag; `none` for none
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair_or_none, help_heading = "Session")]
    session_tag: Vec<Option<(String, String)>>,

    #[command(flatten)]
    what_if: WhatIfArgs,

    #[command(flatten)]
    pub(super) watch: WatchArgs,

    #[command(flatten)]
    unknown: UnknownArgs,

    #[command(flatten)]
    zero: ZeroArgs,
}

pub(super) fn object(text: &str) -> Result<ObjectUri, String> {
    text.parse().map_err(|error: crate::estate::ObjectUriError| match meant(text) {
        Some(meant) => format!("{error}; did you mean {meant}?"),
        None => error.to_string(),
    })
}

/// The object that other programs would write this way.
fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if ["s3", "s3a", "s3n"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) => {
            rest.to_owned()
        }
        // https://BUCKET.s3.REGION.amazonaws.com/KEY and https://s3.REGION.amazonaws.com/BUCKET/KEY
        Some((_, rest)) => {
            let (host, path) = rest.split_once('/')?;
            let host = partition::without_suffix(host)?;
            match host.rsplit_once(".s3") {
                Some((bucket, _)) => format!("{bucket}/{path}"),
                None => path.to_owned(),
            }
        }
        None => match text.parse::<Arn>() {
            Ok(arn) if arn.service() == "s3" => arn.resource().to_owned(),
            Ok(_) | Err(_) => text.to_owned(),
        },
    };
    let (bucket, key) = rest.split_once('/').unwrap_or((&rest, ""));
    let meant = format!("s3://{bucket}/{}", if key.is_empty() { "*" } else { key });
    meant.parse::<ObjectUri>().is_ok().then_some(meant)
}

fn ip(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_| "write one address, such as 203.0.113.9 or 2001:db8::1")
}

fn endpoint(text: &str) -> Result<String, &'static str> {
    if text.starts_with("vpce-") || text == NONE {
        Ok(text.to_owned())
    } else {
        Err("the id of a VPC endpoint is vpce-…; `none` says that the request passes none")
    }
}

fn vpc(text: &str) -> Result<String, &'static str> {
    if text.starts_with("vpc-") { Ok(text.to_owned()) } else { Err("the id of a VPC is vpc-…") }
}

fn session_name(text: &str) -> Result<String, &'static str> {
    if config::is_session_name(text) { Ok(text.to_owned()) } else { Err(config::SESSION_NAME) }
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("write KEY=VALUE".to_owned()),
    }
}

/// The word that says that there is none.
const NONE: &str = "none";

fn pair_or_none(text: &str) -> Result<Option<(String, String)>, String> {
    if text == NONE { Ok(None) } else { pair(text).map(Some) }
}

impl Args {
    /// A flag and a context key that say different things.
    fn contradicted(&self, context: &[(ConditionKey, Given)]) -> Result<(), Failure> {
        let flags = [
            ("--from-ip", "aws:SourceIp", self.from_ip.map(|ip| ip.to_string())),
            ("--from-endpoint", "aws:SourceVpce", self.endpoint()),
            ("--from-vpc", "aws:SourceVpc", self.from_vpc.clone()),
            ("--from-private-ip", "aws:VpcSourceIp", self.from_private_ip.map(|ip| ip.to_string())),
        ];
        for (flag, key, value) in flags {
            let Some(value) = value else { continue };
            let told = context.iter().find(|(known, _)| *known == ConditionKey::new(key));
            if told.is_some_and(|(_, given)| *given != Given::Values(vec![value.clone()])) {
                return Err(Failure::new(format!(
                    "{flag} says `{value}`, and the context says otherwise of {key}"
                ))
                .help("leave out one of them"));
            }
        }
        Ok(())
    }

    fn asked(&self) -> Result<Asked, Failure> {
        Asked::read(&self.role, &self.asked)
    }

    /// What is told of the request, but for session policies, which are in files.
    fn circumstances(&self) -> Result<Circumstances, Failure> {
        let context = context(&self.context, &self.absent()?)?;
        self.contradicted(&context)?;
        let mut circumstances = Circumstances {
            network: Network {
                source_ip: self.from_ip.map(|ip| ip.to_string()),
                endpoint: self.endpoint(),
                vpc: self.from_vpc.clone(),
                private_ip: self.from_private_ip.map(|ip| ip.to_string()),
            },
            session: Session {
                name: self.session_name.clone(),
                policies: Known::NotProvided,
                tags: tags(&self.session_tag)?,
            },
            context,
            headers: headers(&self.header)?,
        };
        circumstances.works_for(self.source_arn.as_deref(), self.source_account.as_deref());
        Ok(circumstances)
    }

    fn session_policies(&self, loaded: &mut Loaded) -> Result<Known<Vec<SharedPolicy>>, Failure> {
        let has_none = self.session_policy.iter().any(|path| path.as_os_str() == NONE);
        if has_none && self.session_policy.len() > 1 {
            return Err(Failure::new("`--session-policy none` says that there is none, and here are more")
                .help("leave out `none`, or the others"));
        }
        let files = self.session_policy.iter().filter(|_| !has_none);
        let policies: Vec<SharedPolicy> = files
            .filter_map(|path| {
                load::policy_file(&mut loaded.intake, &path.to_string_lossy(), PolicyKind::Session)
            })
            .collect();
        let is_told = has_none || !policies.is_empty();
        Ok(if is_told { Known::Provided(policies) } else { Known::NotProvided })
    }

    /// What is asked of what was loaded.
    pub(super) fn questions(&self, loaded: &mut Loaded) -> Result<Vec<Question>, Failure> {
        let mut circumstances = self.circumstances()?;
        loaded.intake.problems.extend(doubts(&circumstances.context));
        circumstances.session.policies = self.session_policies(loaded)?;
        let profile = self.profile.as_deref().unwrap_or_else(|| loaded.config.analysis.profile());
        let beside = Beside {
            version_id: self.version_id.clone(),
            access_point: self.access_point.clone(),
            profile: session::profile(profile)?,
            circumstances,
            strict: self.strict || loaded.config.analysis.strict,
        };
        let asked = self.asked()?;
        loaded.intake.problems.extend(asked.action().and_then(policy::unknown_action));
        Ok(asked.questions(&beside))
    }

    /// The endpoint, where there is one.
    fn endpoint(&self) -> Option<String> {
        self.from_endpoint.clone().filter(|id| id != NONE)
    }

    /// Keys that the request lacks, also because it passes no endpoint.
    fn absent(&self) -> Result<Vec<String>, Failure> {
        let mut absent = self.absent.clone();
        if self.from_endpoint.as_deref() == Some(NONE) {
            if self.from_vpc.is_some() || self.from_private_ip.is_some() {
                return Err(Failure::new("a request that passes no VPC endpoint comes from no VPC")
                    .help("leave out --from-endpoint none, or --from-vpc and --from-private-ip"));
            }
            absent.push("aws:SourceVpce".to_owned());
        }
        Ok(absent)
    }

    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        self.answered(run).map(|(exit, _)| exit)
    }

    /// Shows the answers, and gives them back with what was asked; none where they are refused.
    pub(super) fn answered(self, run: &Run) -> Result<(Exit, Vec<(Question, Answer)>), Failure> {
        let nothing = |exit| (exit, Vec::new());
        // A mistake in the line is told before anything is read.
        self.circumstances()?;
        self.asked()?;
        let mut loaded = Loaded::open(run, &[], &self.input)?;
        self.what_if.make(&mut loaded)?;
        let questions = self.questions(&mut loaded)?;
        if loaded.intake.has_general_errors() {
            return loaded.refuse(run).map(nothing);
        }
        let busy = run.console.busy("asking");
        let mut answers = Vec::new();
        let mut scopes = Vec::new();
        for question in &questions {
            match ask::answer(&loaded.intake.estate, question) {
                Ok(answer) => {
                    scopes.push(ask::scope(&loaded.intake.estate, &answer));
                    answers.push(Checked {
                        circumstances: report::circumstances_of(question),
                        ..Checked::asked(answer)
                    });
                }
                Err(error) => return loaded.cannot_ask(run, unasked(question.role(), &error)).map(nothing),
            }
        }
        drop(busy);
        if !loaded.all_rest_on_sound_documents(&scopes) {
            return loaded.refuse(run).map(nothing);
        }
        for note in questions.iter().filter_map(of_service) {
            run.console.note(&note);
        }
        let exit = worst(
            answers.iter().map(|checked| check::judge(checked.answer.verdict, None, self.unknown.unknown)),
        );
        let report =
            Report { answers, problems: std::mem::take(&mut loaded.intake.problems), ..Report::default() };
        run.outputs.write(&report, &loaded.intake.sources, &run.console, Shape::Answer, exit)?;
        let answers = report.answers.into_iter().map(|checked| checked.answer);
        Ok((exit.or_zero(self.zero.exit_zero), questions.into_iter().zip(answers).collect()))
    }
}

fn tags(pairs: &[Option<(String, String)>]) -> Result<Known<Tags>, Failure> {
    let mut tags = Tags::new();
    if pairs.len() > 1 && pairs.contains(&None) {
        return Err(Failure::new("`--session-tag none` says that there is none, and here are more")
            .help("leave out `none`, or the others"));
    }
    for (key, value) in pairs.iter().flatten() {
        if tags.insert(key.clone(), value.clone()).is_some() {
            return Err(Failure::new(format!("the session tag `{key}` is given twice"))
                .help("a tag has one value: leave out one of them"));
        }
    }
    Ok(if pairs.is_empty() { Known::NotProvided } else { Known::Provided(tags) })
}

/// Why a question cannot be asked, and what to ask instead.
pub(super) fn unasked(role: &str, error: &AskError) -> Failure {
    let failure = Failure::new(error.to_string());
    let about_role = matches!(error, AskError::Missing(missing) if missing.name == role);
    let session = role.split_once(":assumed-role/").filter(|_| about_role && role.starts_with("arn:"));
    if let Some((_, session)) = session {
        let name = session.split('/').next().unwrap_or_default();
        return failure.help(format!("this is a session, and no input describes its role, {name}"));
    }
    failure
        .help("name a file that tells of it with --input, or add it to decryptable.toml")
        .maybe_help(error.help())
}

/// Values of one key belong together, however its capitals are written.
pub(super) fn context(
    given: &[(String, String)],
    absent: &[String],
) -> Result<Vec<(ConditionKey, Given)>, Failure> {
    let mut keys: Vec<(ConditionKey, Given)> = Vec::new();
    for (name, value) in given {
        let key = condition_key(name)?;
        match keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, Given::Values(values))) => values.push(value.clone()),
            Some((_, Given::Absent)) | None => keys.push((key, Given::Values(vec![value.clone()]))),
        }
    }
    for name in absent {
        let key = condition_key(name)?;
        if keys.iter().any(|(known, given)| *known == key && *given != Given::Absent) {
            return Err(Failure::new(format!("`{name}` is given a value and said to be absent"))
                .help("leave out one of --context and --absent"));
        }
        keys.push((key, Given::Absent));
    }
    Ok(keys)
}

/// Keys that were told and that no request has.
pub(super) fn doubts(context: &[(ConditionKey, Given)]) -> impl Iterator<Item = Diagnostic> {
    context.iter().filter_map(|(key, _)| policy::unknown_key(key))
}

fn condition_key(name: &str) -> Result<ConditionKey, Failure> {
    if config::is_condition_key(name) {
        return Ok(ConditionKey::new(name));
    }
    Err(Failure::new(format!("`{name}` is not a condition key"))
        .help("keys look like aws:SourceVpce or kms:ViaService"))
}

/// What else to ask where a service reads or writes: most of them do it for themselves, and say on whose behalf.
fn of_service(question: &Question) -> Option<String> {
    let Question::Does(does) = question else { return None };
    let service = does.role.strip_prefix("service:")?;
    matches!(does.doing.operation.as_str(), operation::READ | "write").then(|| {
        format!(
            "what a service does with S3 for itself is the operation `deliver`: decryptable can service:{service} deliver {} \
             --source-arn ARN",
            does.object
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_keys_from_flags() {
        let pairs = [("aws:TagKeys", "a"), ("AWS:tagkeys", "b"), ("aws:UserAgent", "spark=1")];
        let given: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let keys = context(&given, &["aws:SourceIdentity".to_owned()]).unwrap();
        assert_eq!(keys.len(), 3);
        assert_eq!(keys[0].1, Given::Values(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(keys[2].1, Given::Absent);
        assert!(context(&given, &["aws:useragent".to_owned()]).is_err());
        assert!(context(&[("UserAgent".to_owned(), "x".to_owned())], &[]).is_err());
        assert_eq!(pair("aws:UserAgent=a=b"), Ok(("aws:UserAgent".to_owned(), "a=b".to_owned())));
        assert!(pair("=x").is_err());
    }
}
