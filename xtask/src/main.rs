//! Chores of the repository: `cargo run -p xtask -- CHORE`.

fn main() {
    let chore = std::env::args().nth(1).unwrap_or_default();
    match chore.as_str() {
        "" | "help" => println!("chores: codegen"),
        other => {
            eprintln!("error: no chore `{other}`");
            std::process::exit(2);
        }
    }
}
