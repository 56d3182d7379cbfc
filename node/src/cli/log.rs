//! What the program says about its own work, on standard error.

use super::output::Output;
use crate::api::Failure;
use tracing_subscriber::{EnvFilter, fmt};

/// How much is said.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Say more about what goes on; twice for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// What to say, as tracing's filters put it: `debug`, `folkmoot_node::net=trace`
    #[arg(long, global = true, value_name = "FILTER", env = "FOLKMOOT_LOG", hide_env_values = true)]
    log: Option<String>,
    /// Say it in JSON, one object per line
    #[arg(long, global = true)]
    log_json: bool,
}

/// How much is said unless more is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level {
    Warn,
    Info,
}

/// Begins to say what goes on.
pub(super) fn start(args: &Args, default: Level, out: &Output) -> Result<(), Failure> {
    let filter = args.log.clone().filter(|filter| !filter.trim().is_empty()).unwrap_or_else(|| filter(default, args.verbose));
    let filter = EnvFilter::try_new(&filter).map_err(|error| {
        Failure::new("log", format!("{filter:?} is no filter for logs: {error}"), "write a level (warn, info, debug) or pairs as folkmoot_node=debug")
    })?;
    let said = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(out.paints_errors());
    let started = if args.log_json { said.json().try_init() } else { said.compact().try_init() };
    started.map_err(|error| Failure::new("log", error, "report this as a bug"))
}

/// Our own words from a level on, those of the libraries below us one level later.
fn filter(default: Level, verbose: u8) -> String {
    let levels = ["error", "warn", "info", "debug", "trace"];
    let at = match default {
        Level::Warn => 1,
        Level::Info => 2,
    };
    let own = (at + usize::from(verbose)).min(levels.len() - 1);
    format!("{},folkmoot_node={},folkmoot_protocol={},{}", levels[own - 1], levels[own], levels[own], crate::net::NOT_LOGGED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_v_says_more() {
        assert!(filter(Level::Warn, 0).starts_with("error,folkmoot_node=warn,folkmoot_protocol=warn,"));
        assert!(filter(Level::Info, 1).starts_with("info,folkmoot_node=debug,folkmoot_protocol=debug,"));
        assert!(filter(Level::Warn, 9).starts_with("debug,folkmoot_node=trace,folkmoot_protocol=trace,"));
    }
}
