use crate::diagnostic::{Cause, Code};
use std::io::{self, Write};

use clap::Args as ClapArgs;

use super::console::columns;
use super::denied::DeniedArgs;
use super::{Exit, Failure, Run, complete, output};
use crate::explain;
use crate::operation::{self, Of, On, Operation, When};

/// What a rule, a message code or a refusal of AWS means
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable explain R52              the encryption context of a read, and what a Bucket Key does to it
  decryptable explain missing-version  why the policy language of 2008 is a trap
  decryptable explain leg              a word of this program
  decryptable explain bucket key       the pages that speak of something
  decryptable explain                  the list of all pages
  decryptable explain --denied 'User: … is not authorized to perform: kms:Decrypt …'
  aws cloudtrail lookup-events … | decryptable explain --denied - --input policies/

With files to compare with, --denied names the statement that refuses and the change to make. It ends with 0 when
the refusal was understood.")]
pub(super) struct Args {
    /// A rule (R1 to R150), the code of a message, the cause of a near miss, an operation, a word of the glossary, or
    /// words to search the pages for; capitals do not matter
    #[arg(value_name = "RULE", conflicts_with = "denied", add = complete::of_pages())]
    rule: Vec<String>,

    #[command(flatten)]
    denied: DeniedArgs,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        if self.denied.is_given() {
            return self.denied.run(run);
        }
        run.outputs.refuse("explain")?;
        if self.rule.is_empty() {
            output::to_stdout(list)?;
            return Ok(Exit::Ok);
        }
        let rule = self.rule.join(" ");
        let color = run.console.stdout_colour;
        if let Some(row) = operation::find(&rule.to_ascii_lowercase()) {
            output::to_stdout(|out| write_page(&of_operation(row), color, out))?;
            return Ok(Exit::Ok);
        }
        if let Some(page) = explain::find(&rule) {
            output::to_stdout(|out| write_page(&page, color, out))?;
            return Ok(Exit::Ok);
        }
        let hits = explain::search(&rule);
        if hits.is_empty() {
            return Err(Failure::unknown("rule", &rule, explain::ids()).help_list("decryptable explain"));
        }
        output::to_stdout(|out| write_hits(&rule, &hits, out))?;
        Ok(Exit::Ok)
    }
}

/// The pages that a search found, a line each.
fn write_hits(wanted: &str, hits: &[explain::Hit], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "No page is called `{wanted}`. These speak of it:\n")?;
    let width = hits.iter().map(|hit| hit.name.len()).max().unwrap_or(0);
    for hit in hits {
        let line = format!("  {:<width$}  {}", hit.name, hit.title);
        let options = textwrap::Options::new(columns().min(100)).subsequent_indent("    ");
        writeln!(out, "{}", textwrap::fill(&line, options))?;
    }
    Ok(())
}

/// The page of an operation, out of its row.
fn of_operation(row: &Operation) -> String {
    let mut page = format!("# {}: {}\n\nAWS asks for:\n\n", row.name, row.title);
    let list = |lines: &[&String]| lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
    for leg in &row.legs {
        let versioned =
            leg.versioned.as_ref().map_or_else(String::new, |name| format!(" (of a version {name})"));
        let on = match (leg.on, leg.of, row.has_two_targets()) {
            (On::Object, Of::Source, true) => "the first object",
            (On::Object, Of::Destination, true) => "the second object",
            (On::Object, _, false) => "the object",
            (On::Bucket, Of::Source, true) => "the first bucket",
            (On::Bucket, Of::Destination, true) => "the second bucket",
            (On::Bucket, _, false) => "the bucket",
            (On::Key, Of::Source, true) => "the KMS key of the first object",
            (On::Key, Of::Destination, true) => "the KMS key of the second object",
            (On::Key, _, false) => "the KMS key of the object",
            (On::Any, _, _) => "every resource",
        };
        let when = match leg.when {
            When::Always => "",
            When::Kms => ", under SSE-KMS",
            When::SourceKms => ", where the first object is under SSE-KMS",
            When::SourceNotKms => ", where the first object is not under SSE-KMS and the second is",
            When::BucketKey => ", with a Bucket Key",
            When::OwnerOverride => ", where the replication configuration changes the owner of replicas",
            When::Tagged => ", where the first object has tags",
            When::NotTagged => ", where tags do not come from the first object",
        };
        let header = leg.header.as_ref().map_or_else(String::new, |headers| {
            format!(", with the header {}", headers.names().join(" or "))
        });
        page += &list(&[&format!("{}{versioned} on {on}{when}{header}", leg.action)]);
    }
    let traps: Vec<&String> = row.traps.iter().map(|trap| &trap.why).collect();
    let advice: Vec<&String> = row.advice.iter().map(|advice| &advice.why).collect();
    for (title, whys) in [("What goes wrong:", traps), ("Worth having:", advice)] {
        if !whys.is_empty() {
            page += &format!("\n{title}\n\n{}", list(&whys));
        }
    }
    page + &format!("\n- {}\n", row.source)
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
