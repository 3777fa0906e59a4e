//! Questions whose missing facts are looked for: named on the command line, else those of `[[expect]]`.

use clap::Args;

use super::session::Loaded;
use super::{Failure, can};
use crate::ask::{Circumstances, DoesQuestion, Doing, Question, profile};
use crate::config::{expand, expand_roles};
use crate::estate::ObjectUri;

#[derive(Debug, Args)]
#[command(next_help_heading = "Questions, in place of those of [[expect]]")]
pub(super) struct AskedArgs {
    /// The ARN of a role that may read; with several, each is asked about with every object
    #[arg(long, value_name = "ARN", requires = "object")]
    role: Vec<String>,

    /// An object to read
    #[arg(long, value_name = "s3://BUCKET/KEY", value_parser = can::object, requires = "role")]
    object: Vec<ObjectUri>,

    /// Judge as if nothing could be assumed
    #[arg(long)]
    strict: bool,
}

/// A question and what to call it.
pub(super) struct NamedArgs {
    pub(super) name: String,
    pub(super) asked: Question,
}

impl AskedArgs {
    pub(super) fn is_given(&self) -> bool {
        !self.role.is_empty()
    }

    pub(super) fn questions(&self, loaded: &Loaded) -> Result<Vec<NamedArgs>, Failure> {
        let config = &loaded.config;
        if self.is_given() {
            let profile = super::session::profile(config.analysis.profile())?;
            let pairs =
                self.role.iter().flat_map(|role| self.object.iter().map(move |object| (role, object)));
            let question = |(role, object): (&String, &ObjectUri)| DoesQuestion {
                doing: Doing::default(),
                role: role.clone(),
                object: object.clone(),
                version_id: None,
                access_point: None,
                profile: profile.clone(),
                circumstances: Circumstances::default(),
                strict: self.strict || config.analysis.strict,
            };
            return Ok(pairs.map(|pair| named(Question::Does(question(pair)))).collect());
        }
        let mut questions = Vec::new();
        for expect in &config.expects {
            match &expect.question {
                Question::Becomes(question) => {
                    let mut question = question.clone();
                    question.strict |= self.strict;
                    questions.push(named(Question::Becomes(question)));
                }
                Question::Acts(_) => {
                    let asked = expand(expect, &loaded.intake.estate).unwrap_or_default();
                    let strict = |question: Question| if self.strict { question.strict() } else { question };
                    questions.extend(asked.into_iter().map(strict).map(named));
                }
                Question::Does(question) => {
                    if profile::find(&question.profile).is_none() {
                        return Err(Failure::unknown("profile", &question.profile, profile::names()));
                    }
                    // A glob that matches no role that was told names nobody AWS could be asked about.
                    for mut question in expand_roles(expect, &loaded.intake.estate).unwrap_or_default() {
                        question.strict |= self.strict;
                        questions.push(named(Question::Does(question)));
                    }
                }
            }
        }
        Ok(questions)
    }
}

fn named(asked: Question) -> NamedArgs {
    let name = match &asked {
        Question::Does(question) if question.doing.is_read() => {
            format!("{} reads {}", question.role, question.object)
        }
        Question::Does(question) => {
            let targets = question.doing.targets(&question.object);
            format!("{} does {} {}", question.role, question.doing.operation, targets.join(" to "))
        }
        Question::Acts(question) => {
            format!("{} uses {} on {}", question.by, question.action, question.resource)
        }
        Question::Becomes(question) => format!("{} assumes {}", question.by, question.role),
    };
    NamedArgs { name, asked }
}
