use decryptable::cli::{self, Exit};

fn main() -> Exit {
    cli::run()
}
