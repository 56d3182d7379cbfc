//! The program `folkmoot`.

fn main() -> std::process::ExitCode {
    folkmoot_node::cli::main()
}
