use crate::diagnostic::{Cause, Code};
use std::io::{self, Write};

use clap::Args as ClapArgs;

use super::console::columns;
use super::denied::DeniedArgs;
use super::{Exit, Failure, Run, output};
use crate::explain;

/// What a rule, a message code or a refusal of AWS means
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable explain R52              the encryption context of a read, and what a Bucket Key does to it
  decryptable explain missing-version  why the policy language of 2008 is a trap
  decryptable explain                  the list of all pages
  decryptable explain --denied 'User: … is not authorized to perform: kms:Decrypt …'
  aws cloudtrail lookup-events … | decryptable explain --denied - --input policies/

With files to compare with, --denied names the statement that refuses and the change to make. It ends with 0 when
the refusal was understood.")]
pub(super) struct Args {
    /// A rule (R1 to R150), the code of a message, or the cause of a near miss; capitals do not matter
    #[arg(value_name = "RULE", conflicts_with = "denied")]
    rule: Option<String>,

    #[command(flatten)]
    denied: DeniedArgs,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        if self.denied.is_given() {
            return self.denied.run(run);
        }
        run.outputs.refuse("explain")?;
        let Some(rule) = self.rule else {
            output::to_stdout(list)?;
            return Ok(Exit::Ok);
        };
        let page = explain::find(&rule).ok_or_else(|| {
            Failure::unknown("rule", &rule, explain::ids()).help_list("decryptable explain")
        })?;
        let color = run.console.stdout_colour;
        output::to_stdout(|out| write_page(&page, color, out))?;
        Ok(Exit::Ok)
    }
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    for part in explain::PARTS {
        writeln!(out, "{}", part.title())?;
        for (id, title) in part.rules() {
            writeln!(out, "  {id:<5} {title}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "Messages")?;
    for code in Code::ALL {
        writeln!(out, "  {code:<46} {}", explain::summary(code.page()))?;
    }
    writeln!(out, "\nWhy a statement does not fit a request")?;
    for cause in Cause::ALL {
        writeln!(out, "  {:<46} {}", cause.as_str(), explain::summary(cause.page()))?;
    }
    Ok(())
}

/// Markdown as it is, with its paragraphs wrapped and its headings in bold.
fn write_page(page: &str, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = columns().min(100);
    let mut fenced = false;
    for line in page.lines() {
        let fence = line.starts_with("```");
        fenced ^= fence;
        if fenced || fence || line.starts_with("- ") {
            writeln!(out, "{line}")?;
        } else if line.starts_with('#') && color {
            writeln!(out, "\x1b[1m{line}\x1b[0m")?;
        } else {
            let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
            writeln!(out, "{}", textwrap::fill(line, options))?;
        }
    }
    Ok(())
}
