//! The command line of decryptable.

use decryptable::cli::{self, Exit};
use mimalloc::MiMalloc;

/// Loading makes millions of small things, on all cores, and lets go of them: with glibc's allocator it takes a third more
/// time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Exit {
    cli::run()
}
