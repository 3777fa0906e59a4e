//! The command line of decryptable.

use decryptable::cli::{self, Exit};

fn main() -> Exit {
    cli::run()
}
