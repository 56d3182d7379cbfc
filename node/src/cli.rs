//! The command line: one file per family of commands. What is typed becomes requests to the node and queries
//! of the store; what comes back is shown as text or as JSON.
//!
//! Reading opens the store beside whatever else works on it. Writing asks the node that runs on the folder, or
//! opens the store in this process.

mod adopted;
mod alike;
mod audit;
mod ban;
mod bill;
mod bill_ref;
mod bill_view;
mod bring_in;
mod challenge;
mod cluster;
mod community;
mod complete;
mod context;
mod coop;
mod count;
mod demo;
mod device;
mod diff;
mod dues;
mod effect;
mod effect_file;
mod election;
mod election_view;
mod evidence;
mod feed;
mod format;
mod gazette;
mod hire;
mod history;
pub mod inbox;
mod init;
mod join;
mod law;
mod ledger;
mod lemmy;
mod log;
mod manual;
mod moderate;
mod office_end;
mod output;
mod page;
mod parse;
mod petition;
mod pledge;
mod priorities;
mod profile;
mod rebase;
mod recall;
mod reconcile;
mod recover_tellers;
mod resolve;
mod rules;
mod run;
mod status;
mod teller;
mod thread;
mod transfer;
mod treasury;
mod verify;
mod voted;
pub mod why;
mod write;

use crate::api::Failure;
use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};
use context::Context;
use output::Output;
use std::{path::PathBuf, process::ExitCode};

const LONG_ABOUT: &str = "A forum that its members own: peer to peer, offline first, governed by those who use it.

Everything you write is signed by this device and kept in one folder. A command works whether or not a node runs on that folder; what is written while none runs is sent when one does.";

const EXAMPLES: &str = "Examples:
  folkmoot demo                                  see it all at work on this machine
  folkmoot init --name Alice                     make your keys
  folkmoot found 'Bread and Roses'               found a co-op, or
  folkmoot join folkmoot1qabcd…                  enter one
  folkmoot run                                   keep in step with the others
  folkmoot feed                                  read

Where a command asks for an ID, the first 8 digits or more do. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.";

/// Wrong usage, as clap has it.
const USAGE: u8 = 2;

/// Everything that is typed.
#[derive(Debug, Parser)]
#[command(name = "folkmoot", version, about = "A forum that its members own", long_about = LONG_ABOUT, after_help = EXAMPLES, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// The data folder [default: the platform's]
    #[arg(long, global = true, value_name = "DIR", env = "FOLKMOOT_DATA", hide_env_values = true, value_hint = clap::ValueHint::DirPath)]
    data: Option<PathBuf>,
    /// Answer with one JSON value (`run`: one per line); errors too, on standard error
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    log: log::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Init(init::InitArgs),
    Found(init::FoundArgs),
    Invite(join::InviteArgs),
    Join(join::JoinArgs),
    Run(run::Args),
    Teller(teller::Args),
    Status(status::StatusArgs),
    Peers(status::PeersArgs),
    Doctor(status::DoctorArgs),
    Community(community::Args),
    Post(write::PostArgs),
    Comment(write::CommentArgs),
    Edit(write::EditArgs),
    Delete(write::DeleteArgs),
    History(history::Args),
    Page(page::Args),
    React(write::ReactArgs),
    Save(write::SaveArgs),
    Hide(write::HideArgs),
    Feed(feed::FeedArgs),
    Thread(thread::Args),
    Search(feed::SearchArgs),
    Profile(profile::Args),
    Device(device::Args),
    Bill(bill::Args),
    Election(election::Args),
    Recall(recall::Args),
    Petition(petition::Args),
    RecoverTellers(recover_tellers::Args),
    Priorities(priorities::Args),
    Pledge(pledge::PledgeArgs),
    Pledges(pledge::PledgesArgs),
    Accept(dues::AcceptArgs),
    Dues(dues::DuesArgs),
    Roll(coop::RollArgs),
    Challenge(challenge::ChallengeArgs),
    Challenges(challenge::ChallengesArgs),
    Jobs(coop::JobsArgs),
    Offices(coop::OfficesArgs),
    Inbox(inbox::Args),
    Moderate(moderate::ModerateArgs),
    Report(moderate::ReportArgs),
    Reports(moderate::ReportsArgs),
    Modlog(moderate::ModlogArgs),
    Appeal(moderate::AppealArgs),
    Gazette(gazette::Args),
    Why(why::Args),
    Verify(verify::Args),
    Audit(audit::Args),
    Export(transfer::ExportArgs),
    Import(transfer::ImportArgs),
    Count(count::Args),
    Treasury(treasury::Args),
    Reconcile(reconcile::Args),
    Ledger(ledger::Args),
    Law(law::Args),
    Cluster(cluster::Args),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
}

/// Runs the program on its arguments.
pub fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(<Cli as clap::CommandFactory>::command).complete();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&without_far_tip(error)),
    };
    let out = Output::new(cli.global.json);
    let default = if matches!(cli.command, Command::Run(_) | Command::Teller(_)) { log::Level::Info } else { log::Level::Warn };
    let done = log::start(&cli.global.log, default, &out).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new("system", format!("the system gives no threads: {error}"), "end some other programs"))?;
        let done = runtime.block_on(dispatch(cli.command, &Context::new(cli.global.data, out)));
        // What still writes to somebody who does not read is not waited for.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

/// Takes away clap's tip of an option that begins with another letter: that is hardly the one that was meant.
fn without_far_tip(mut error: clap::Error) -> clap::Error {
    let first = |kind| match error.get(kind) {
        Some(ContextValue::String(option)) => option.trim_start_matches('-').chars().next(),
        _ => None,
    };
    if first(ContextKind::InvalidArg) != first(ContextKind::SuggestedArg) {
        error.remove(ContextKind::SuggestedArg);
    }
    error
}

/// Help and the version go to standard output; what was typed wrongly is said as clap says it, or as JSON.
fn misused(error: &clap::Error) -> ExitCode {
    let shown = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if shown || !std::env::args_os().any(|word| word == "--json") {
        let _ = error.print();
    } else {
        let text = error.render().to_string();
        let (what, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
        let hint = hint.split("\n\nFor more information").next().unwrap_or(hint);
        Output::new(true).failure(&Failure::new("usage", what.trim_start_matches("error: ").trim(), hint.trim()));
    }
    if shown { ExitCode::SUCCESS } else { ExitCode::from(USAGE) }
}

async fn dispatch(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(args, &context.out).await,
        Command::Init(args) => init::init(&args, context),
        Command::Found(args) => init::found(args, context).await,
        Command::Invite(args) => join::invite(&args, context).await,
        Command::Join(args) => join::join(args, context).await,
        Command::Run(args) => run::run(args, context).await,
        Command::Teller(args) => teller::run(args, context).await,
        Command::Status(_) => status::status(context).await,
        Command::Peers(_) => status::peers(context).await,
        Command::Doctor(args) => status::doctor(&args, context).await,
        Command::Community(args) => community::run(args, context).await,
        Command::Post(args) => write::post(args, context).await,
        Command::Comment(args) => write::comment(args, context).await,
        Command::Edit(args) => write::edit(args, context).await,
        Command::Delete(args) => write::delete(args, context).await,
        Command::History(args) => history::run(&args, context),
        Command::Page(args) => page::run(args, context).await,
        Command::React(args) => write::react(args, context).await,
        Command::Save(args) => write::save(args, context).await,
        Command::Hide(args) => write::hide(args, context).await,
        Command::Feed(args) => feed::feed(args, context),
        Command::Thread(args) => thread::run(&args, context),
        Command::Search(args) => feed::search(&args, context),
        Command::Profile(args) => profile::run(args, context).await,
        Command::Device(args) => device::run(args, context).await,
        Command::Bill(args) => bill::run(args, context).await,
        Command::Election(args) => election::run(args, context).await,
        Command::Recall(args) => recall::run(args, context).await,
        Command::Petition(args) => petition::run(args, context).await,
        Command::RecoverTellers(args) => recover_tellers::run(args, context).await,
        Command::Priorities(args) => priorities::run(args, context).await,
        Command::Pledge(args) => pledge::pledge(args, context).await,
        Command::Pledges(args) => pledge::pledges(&args, context),
        Command::Accept(args) => dues::accept(args, context).await,
        Command::Dues(args) => dues::dues(args, context).await,
        Command::Roll(args) => coop::roll(&args, context),
        Command::Challenge(args) => challenge::challenge(args, context).await,
        Command::Challenges(args) => challenge::list(&args, context),
        Command::Jobs(args) => coop::jobs(&args, context),
        Command::Offices(_) => coop::offices(context),
        Command::Inbox(args) => inbox::run(args, context).await,
        Command::Moderate(args) => moderate::moderate(args, context).await,
        Command::Report(args) => moderate::report(args, context).await,
        Command::Reports(args) => moderate::reports(&args, context),
        Command::Modlog(args) => moderate::modlog(&args, context),
        Command::Appeal(args) => moderate::appeal(args, context).await,
        Command::Gazette(args) => gazette::run(args, context).await,
        Command::Why(args) => why::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Audit(args) => audit::run(&args, context),
        Command::Export(args) => transfer::export(&args, context),
        Command::Import(args) => transfer::import(args, context).await,
        Command::Count(args) => count::run(&args, context),
        Command::Treasury(args) => treasury::run(args, context).await,
        Command::Reconcile(args) => reconcile::run(args, context).await,
        Command::Ledger(args) => ledger::run(args, context),
        Command::Law(args) => law::run(&args, context),
        Command::Cluster(args) => cluster::run(args, &context.out).await,
        Command::Completions(args) => manual::completions(&args, context),
        Command::Man(args) => manual::man(&args, context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(path), "`{path} --help` has no example of it");
            command.get_subcommands().for_each(|sub| check(sub, &format!("{path} {}", sub.get_name())));
        }
        check(&Cli::command(), "folkmoot");
    }

    #[test]
    fn only_a_tip_that_may_be_meant_is_given() {
        let said = |option: &str| without_far_tip(Cli::try_parse_from(["folkmoot", "post", "bread", option, "x"]).err().unwrap()).render().to_string();
        assert!(!said("--attach").contains("similar"), "{}", said("--attach"));
        assert!(said("--titel").contains("a similar argument exists: '--title'"), "{}", said("--titel"));
    }

    #[test]
    fn an_import_takes_a_file_or_a_lemmy() {
        let parsed = |words: &[&str]| Cli::try_parse_from([&["folkmoot", "import"], words].concat()).map(|cli| cli.command);
        assert!(matches!(parsed(&["x.folkmoot"]), Ok(Command::Import(_))));
        assert!(matches!(parsed(&["lemmy", "pages", "--into", "bread"]), Ok(Command::Import(_))));
        assert!(matches!(parsed(&["./lemmy"]), Ok(Command::Import(_))));
        assert!(parsed(&[]).is_err());
        assert!(parsed(&["lemmy"]).is_err());
        assert!(parsed(&["x.folkmoot", "--into", "bread"]).is_err());
    }

    #[test]
    fn a_text_comes_in_one_of_three_ways() {
        let fits = |words: &[&str]| Cli::try_parse_from([&["folkmoot"], words].concat()).is_ok();
        assert!(fits(&["comment", "2c4f9a10", "--text", "- a list"]));
        assert!(fits(&["comment", "2c4f9a10", "-"]));
        assert!(fits(&["comment", "2c4f9a10", "--file", "x.md"]));
        assert!(!fits(&["comment", "2c4f9a10"]));
        assert!(!fits(&["comment", "2c4f9a10", "--text", "a", "-"]));
        assert!(!fits(&["comment", "2c4f9a10", "something"]));
        assert!(fits(&["post", "bread", "--title", "T"]));
        assert!(!fits(&["edit", "2c4f9a10"]));
        assert!(fits(&["edit", "2c4f9a10", "--title", "T", "--text", "x"]));
        assert!(!fits(&["edit", "2c4f9a10", "--title", "T", "--choose", "8d03b7e5"]));
    }
}
