//! `lsp`: what `lint` and `check` say, in an editor and while policies are written.
//!
//! Source: <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/>

mod actions;
mod complete;
mod context;
mod definition;
mod documents;
mod hover;
mod lenses;
mod position;
mod publish;
mod server;
mod transport;
mod uri;
mod world;

use clap::Args as ClapArgs;

use super::{Exit, Failure, Run};
use server::Server;
use transport::Transport;

/// Answer an editor, as a language server over standard input and output
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable lsp               what an editor is given as the command of a server

It shows what `lint` and `check` find while a file is edited, completes and explains actions, condition keys and
names, leads to what a name stands for, and offers the changes that `check` proposes. docs/lsp.md sets up editors.")]
pub(super) struct Args {
    /// Many editors name the transport; it is the only one
    #[arg(long)]
    stdio: bool,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("lsp")?;
        let (connection, transport) = Transport::stdio();
        let broken =
            |error: &dyn std::fmt::Display| failure(format!("a message of the editor is wrong: {error}"));
        let (id, asked) = connection.initialize_start().map_err(|error| {
            if error.channel_is_disconnected() {
                failure("standard input ended before an editor sent `initialize`".to_owned())
            } else {
                broken(&error)
            }
        })?;
        let server = Server::new(run, &connection, &asked);
        connection.initialize_finish(id, server.can()).map_err(|error| broken(&error))?;
        server.serve().map_err(|error| broken(&error))?;
        drop(connection);
        transport.join().map_err(|error| broken(&error))?;
        Ok(Exit::Ok)
    }
}

fn failure(message: String) -> Failure {
    Failure::new(message)
        .help("start `decryptable lsp` from an editor that speaks the language server protocol")
}
