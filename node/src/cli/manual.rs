//! `completions` and `man`: what a shell and a reader of manuals need.

use super::context::Context;
use crate::api::Failure;
use clap::{CommandFactory, ValueEnum};
use clap_complete::env::{EnvCompleter, Shells};
use serde::Serialize;
use std::path::{Path, PathBuf};

const COMPLETIONS_EXAMPLES: &str = "Examples:
  echo 'source <(folkmoot completions bash)' >> ~/.bashrc
  echo 'source <(folkmoot completions zsh)' >> ~/.zshrc
  folkmoot completions fish > ~/.config/fish/completions/folkmoot.fish";

const MAN_EXAMPLES: &str = "Examples:
  folkmoot man | man -l -
  folkmoot man ~/.local/share/man/man1";

/// Prints what teaches a shell to complete commands, communities and ids.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// Your shell
    shell: Shell,
}

/// Prints the manual page, or writes one for each command into a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(super) struct ManArgs {
    /// The folder, made where it is missing
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

#[derive(Serialize)]
struct Script {
    shell: &'static str,
    script: String,
}

#[derive(Serialize)]
struct Page {
    page: String,
}

#[derive(Serialize)]
struct Pages {
    folder: PathBuf,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }

    /// A line for the file that the shell reads when it starts.
    fn installation(self) -> &'static str {
        match self {
            Self::Bash => "add to ~/.bashrc: source <(folkmoot completions bash)",
            Self::Elvish => "add to ~/.elvish/rc.elv: eval (folkmoot completions elvish | slurp)",
            Self::Fish => "write to ~/.config/fish/completions/folkmoot.fish: folkmoot completions fish | source",
            Self::Powershell => "add to $PROFILE: folkmoot completions powershell | Out-String | Invoke-Expression",
            Self::Zsh => "add to ~/.zshrc, after compinit: source <(folkmoot completions zsh)",
        }
    }
}

pub(super) fn completions(args: &CompletionsArgs, context: &Context) -> Result<(), Failure> {
    let name = args.shell.name();
    let mut script = Vec::new();
    let written = Shells::builtins()
        .completer(name)
        .map(|shell: &dyn EnvCompleter| shell.write_registration("COMPLETE", "folkmoot", "folkmoot", "folkmoot", &mut script));
    if !matches!(written, Some(Ok(()))) {
        return Err(Failure::new("completions", format!("there are no completions for {name}"), "use another shell"));
    }
    // zsh reads `#compdef` from the first line alone, so that the comment goes below.
    let script = format!("{}\n# To have this in every shell, {}\n", String::from_utf8_lossy(&script).trim_end(), args.shell.installation());
    context.out.answer(&Script { shell: name, script: script.clone() }, |_| script)
}

pub(super) fn man(args: &ManArgs, context: &Context) -> Result<(), Failure> {
    match &args.folder {
        Some(folder) => {
            write_pages(folder).map_err(|error| {
                Failure::new("folder", format!("the pages cannot be written into {}: {error}", folder.display()), "name a folder that you may write into")
            })?;
            context.out.answer(&Pages { folder: folder.clone() }, |_| format!("Wrote the manual pages into {}.", folder.display()))
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(super::Cli::command()).render(&mut page).map_err(|error| Failure::new("output", error, ""))?;
            let page = String::from_utf8_lossy(&page).into_owned();
            context.out.answer(&Page { page: page.clone() }, |_| page)
        }
    }
}

fn write_pages(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(super::Cli::command(), folder)
}
