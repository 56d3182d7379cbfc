//! `run`: the node in the foreground.

use super::{context::Context, format, output::Output, parse};
use crate::{
    NetworkConfig, Node,
    api::{Event, Failure},
    store::Reader,
};
use folkmoot_protocol::{id::*, view::CommunityRef};
use std::{future::Future, io, net::SocketAddr, path::Path, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::timeout,
};

/// How long the end waits for somebody to read what happened.
const LAST_WORDS_PATIENCE: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "Examples:
  folkmoot run
  folkmoot run --listen 0.0.0.0:4711
  folkmoot run --json | jq .event";

/// Runs the node until it is interrupted: it keeps in step with the others and sends what was written.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// An address to listen on, with or without a port; may be given several times
    #[arg(long, value_name = "ADDR", value_parser = parse::address)]
    listen: Vec<SocketAddr>,
    /// Use public relays to reach others from behind a router
    #[arg(long)]
    relay: bool,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let network = match args.listen {
        listen if listen.is_empty() => NetworkConfig { relay: args.relay, ..NetworkConfig::default() },
        listen => NetworkConfig { listen, relay: args.relay, ..NetworkConfig::default() },
    };
    let config = context.unlocked()?;
    let unlocking = context.unlocking(&config);
    let node = Node::start(&config, Some(network)).await?;
    drop(unlocking);
    let mut events = node.subscribe();
    say(&Event::Ready { device: node.device(), addresses: node.addresses().to_vec() }, context.out, context.folder())?;
    if let Err(failure) = context.reader()
        && failure.code == "no-coop"
    {
        context.out.note(format!("No co-op yet: {}.", failure.hint));
    }
    let ended = tokio::select! {
        said = tell(&mut events, context) => said,
        stopped = node.stopped() => stopped,
        () = interrupted => Ok(()),
    };
    let shut_down = node.shutdown().await;
    let last_words = async {
        while let Ok(event) = events.try_recv() {
            say_later(event, context).await?;
        }
        Ok(())
    };
    ended.and(timeout(LAST_WORDS_PATIENCE, last_words).await.unwrap_or(Ok(()))).and(shut_down)
}

/// Tells what happens until nothing more does.
async fn tell(events: &mut Receiver<Event>, context: &Context) -> Result<(), Failure> {
    loop {
        match events.recv().await {
            Ok(event) => say_later(event, context).await?,
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "events came faster than they could be told"),
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// All but the first event, which was told already. On a thread of its own: whoever stops reading stops the
/// telling, and not the node.
async fn say_later(event: Event, context: &Context) -> Result<(), Failure> {
    if matches!(event, Event::Ready { .. }) {
        return Ok(());
    }
    let (out, folder) = (context.out, context.folder().to_owned());
    tokio::task::spawn_blocking(move || say(&event, out, &folder)).await.unwrap_or(Ok(()))
}

fn say(event: &Event, out: Output, folder: &Path) -> Result<(), Failure> {
    out.answer(event, |paint| match event {
        Event::Ready { device, addresses } => {
            let addresses = addresses.iter().map(|address| format!("\n  {}", format::line(address))).collect::<String>();
            format!("{} as device {}, listening on{addresses}\nInterrupt it (Ctrl+C) to end it.", paint.green("Running"), device.short())
        }
        Event::Changed { space, operations } => format!("{}: {}", space_name(*space, folder), format::count(*operations, "operation")),
        Event::Connected { device } => format!("connected to {}", device.short()),
        Event::Disconnected { device, reason } => format!("disconnected from {}: {}", device.short(), format::line(reason)),
        Event::ForkFound { space, device } => {
            let what =
                format!("device {} wrote two different things in one place in {}: its chain is closed there", device.short(), space_name(*space, folder));
            paint.yellow(what)
        }
        Event::Printed { height, operations } => format!("issue {height} of the Gazette prints {}", format::count(*operations, "operation")),
        Event::Trouble { error } => paint.red(format!("trouble: {}", format::line(error))),
        Event::Stopped { error: Some(error) } => paint.red(format!("stopped: {}", format::line(error))),
        Event::Stopped { error: None } => "stopped".into(),
    })
}

fn space_name(space: SpaceId, folder: &Path) -> String {
    if space == SpaceId::HALL {
        return SpaceId::HALL_NAME.into();
    }
    let known = Reader::open(folder).and_then(|reader| reader.view().community(space)).ok().flatten();
    format::community(&CommunityRef { id: space, name: known.map(|community| community.name).unwrap_or_default() })
}

/// Resolves at the first SIGINT or SIGTERM. Both are caught from here on, so that none falls between two chairs.
#[cfg(unix)]
fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let catch = |kind| signal(kind).map_err(|error| uncaught(&error));
    let (mut interrupt, mut terminate) = (catch(SignalKind::interrupt())?, catch(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at the first Ctrl+C.
#[cfg(not(unix))]
fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(unix)]
fn uncaught(error: &io::Error) -> Failure {
    Failure::new("signal", format!("signals cannot be caught: {error}"), "try again")
}
