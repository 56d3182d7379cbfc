//! `status`, `peers` and `doctor`: how things stand, and what is wrong with this set-up.

use super::{
    context::{Context, unexpected},
    format,
    output::Paint,
};
use crate::{
    api::{Failure, PeerStatus, Request, Response, SpaceStatus, Status},
    client::Client,
    doctor::{self, Finding, Repaired, Severity},
    node::status_at_rest,
    standstill::standstill,
};
use folkmoot_protocol::{
    id::{DeviceId, PersonId},
    view::PersonView,
};
use serde::Serialize;
use std::collections::BTreeSet;

const STATUS_EXAMPLES: &str = "Examples:
  folkmoot status
  folkmoot status --json | jq .spaces";

const PEERS_EXAMPLES: &str = "Examples:
  folkmoot peers";

const DOCTOR_EXAMPLES: &str = "Examples:
  folkmoot doctor
  folkmoot doctor --repair";

/// Shows who you are here, what is kept, and how far it is in step.
#[derive(Debug, clap::Args)]
#[command(after_help = STATUS_EXAMPLES)]
pub(super) struct StatusArgs {}

/// Shows the other nodes: whose they are, how they are reached, how far behind they are.
#[derive(Debug, clap::Args)]
#[command(after_help = PEERS_EXAMPLES)]
pub(super) struct PeersArgs {}

/// Looks for what is wrong with this set-up, and says what to do about it.
#[derive(Debug, clap::Args)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub(super) struct DoctorArgs {
    /// Save what is sound of a damaged store and set the rest aside; peers send what is missing
    #[arg(long)]
    repair: bool,
}

#[derive(Serialize)]
struct Peers<'a> {
    peers: &'a [PeerStatus],
    /// Those whose devices print the Gazette.
    tellers: BTreeSet<DeviceId>,
}

#[derive(Serialize)]
struct Examined {
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<Repaired>,
}

pub(super) async fn status(context: &Context) -> Result<(), Failure> {
    let status = ask(context).await?;
    let mut answer = serde_json::to_value(&status).map_err(|error| Failure::new("output", error, "report this as a bug"))?;
    // A person is an id and a name, here as everywhere.
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("name");
        answer.insert("person".into(), serde_json::json!(PersonView { id: status.person, name: status.name.clone() }));
    }
    let reader = context.reader().ok();
    let law = reader.as_ref().and_then(|reader| reader.view().law().ok().flatten());
    let standstill = reader.as_ref().zip(law).map(|(reader, law)| standstill(reader.view(), &law, format::now_ms())).transpose()?.flatten();
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("standstill".into(), serde_json::json!(standstill));
    }
    context.out.answer(&answer, |paint| standing(paint, &status, standstill.as_deref()))
}

pub(super) async fn peers(context: &Context) -> Result<(), Failure> {
    let status = ask(context).await?;
    // Whose names look alike, the store tells; where there is no co-op yet, nobody's do.
    let law = context.reader().ok().and_then(|reader| reader.view().law().ok().flatten());
    let peers = Peers { peers: &status.peers, tellers: law.map(|law| law.tellers().into_iter().collect()).unwrap_or_default() };
    context.out.answer(&peers, |paint| match peers.peers {
        [] => "No other node is known yet: invite somebody, or join.".into(),
        _ => peer_table(paint, &peers),
    })
}

/// Asks the node that runs, or looks into the folder itself: nothing is signed, so that no keys are needed.
async fn ask(context: &Context) -> Result<Status, Failure> {
    let Some(mut client) = Client::running(&context.config()).await else { return status_at_rest(context.folder()) };
    match client.call_telling(Request::Status, || context.note_slow()).await? {
        Response::Status(status) => Ok(*status),
        other => Err(unexpected(&other)),
    }
}

fn standing(paint: Paint, status: &Status, standstill: Option<&str>) -> String {
    let coop = match status.coop {
        Some(coop) => format!("{} ({})", paint.bold(format::line(&status.coop_name)), coop.short()),
        None if status.person == PersonId::ZERO => format!("none yet: {} on the machine that you have", paint.cyan("folkmoot device add")),
        None => format!("none yet: {} or {}", paint.cyan("folkmoot found NAME"), paint.cyan("folkmoot join TICKET")),
    };
    let node = match (status.running, status.addresses.as_slice()) {
        (false, _) => format!("not running: {} starts it", paint.cyan("folkmoot run")),
        (true, []) => "running".into(),
        (true, addresses) => format!("running on {}", format::line(&addresses.join(", "))),
    };
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let mut text = format!("person   {}\ndevice   {}\nco-op    {coop}\nnode     {node}\n", whose(status), status.device.short());
    text += &format!("peers    {connected} connected, {} known\n", status.peers.len());
    if let Some(reason) = &status.cannot_write {
        text += &format!("{} {}\n", paint.red("cannot write:"), format::line(reason));
    }
    if let Some(trouble) = &status.trouble {
        text += &format!("{} {}\n", paint.red("trouble:"), format::line(trouble));
    }
    if let Some(why) = standstill {
        text += &format!("{} {why}\n", paint.red("Gazette:"));
    }
    if status.pending > 0 {
        text += &format!("waiting  {}\n", paint.yellow(format!("{} whose ground is not here yet", format::count(status.pending as u64, "operation"))));
    }
    if !status.refused.is_empty() {
        let refused = status.refused.iter().map(|device| device.short()).collect::<Vec<_>>().join(", ");
        text += &format!("refused  {}\n", paint.yellow(refused));
    }
    match status.spaces.as_slice() {
        [] => text,
        spaces => format!("{text}\n{}", space_table(paint, spaces)),
    }
}

fn whose(status: &Status) -> String {
    match status.person {
        PersonId::ZERO => format!("nobody's yet (this is the further device {:?})", format::line(&status.name)),
        person => format!("{} ({})", format::line(&status.name), person.short()),
    }
}

fn space_table(paint: Paint, spaces: &[SpaceStatus]) -> String {
    let row = |space: &SpaceStatus| {
        let agree = match (space.agree, space.kept_by) {
            (_, 0) => "nobody connected keeps it".into(),
            (agree, kept_by) if agree == kept_by => paint.green(format!("the same with {agree} of {kept_by}")),
            (agree, kept_by) => paint.yellow(format!("the same with {agree} of {kept_by}")),
        };
        let closed = if space.closed == 0 { String::new() } else { paint.yellow(format!("{} closed by a fork", format::count(space.closed as u64, "chain"))) };
        vec![format::line(&space.name), space.id.short(), space.operations.to_string(), format::dotted(&[agree, closed])]
    };
    format::table(paint, &["SPACE", "ID", "OPERATIONS", "IN STEP"], &spaces.iter().map(row).collect::<Vec<_>>())
}

fn peer_table(paint: Paint, peers: &Peers<'_>) -> String {
    let now = format::now_ms();
    let row = |peer: &PeerStatus| {
        let how = match (peer.connected, peer.dialled, peer.seen_at) {
            (true, true, _) => paint.green("connected (dialled)"),
            (true, false, _) => paint.green("connected (dialled us)"),
            (false, _, 0) => "never seen".into(),
            (false, _, seen) => format!("seen {}", format::age(seen, now)),
        };
        let backlog = if peer.backlog == 0 { String::new() } else { format!("{} to send", format::count(peer.backlog as u64, "chain")) };
        let step = if peer.connected { format!("{} of {} in step", peer.agree, format::count(peer.shared as u64, "space")) } else { String::new() };
        let clock = peer.clock_ahead_ms.filter(|ahead| ahead.unsigned_abs() > 60_000).map_or_else(String::new, clock);
        let teller = if peers.tellers.contains(&peer.device) { "prints the Gazette" } else { "" };
        let notes = format::dotted(&[teller.into(), step, backlog, paint.yellow(clock), format::line(&peer.note)]);
        vec![peer.device.short(), peer.person.as_ref().map_or_else(|| "?".into(), format::person), how, format::line(&peer.addresses.join(" ")), notes]
    };
    format::table(paint, &["DEVICE", "WHOSE", "STATE", "ADDRESSES", "NOTES"], &peers.peers.iter().map(row).collect::<Vec<_>>())
}

fn clock(ahead_ms: i64) -> String {
    let word = if ahead_ms > 0 { "ahead" } else { "behind" };
    format!("its clock is {} {word}", format::span(ahead_ms.unsigned_abs()))
}

pub(super) async fn doctor(args: &DoctorArgs, context: &Context) -> Result<(), Failure> {
    let repaired = match args.repair {
        true => Some(repair(context)?),
        false => None,
    };
    let answer = Examined { findings: doctor::examine(&context.config()).await, repaired };
    context.out.answer(&answer, |paint| {
        let saved = answer.repaired.as_ref().map_or_else(String::new, report);
        saved + &answer.findings.iter().map(|finding| say(paint, finding)).collect::<String>()
    })?;
    match answer.findings.iter().filter(|finding| finding.severity == Severity::Problem).count() {
        0 => Ok(()),
        problems => Err(Failure::new("unwell", format!("{} found", format::count(problems as u64, "problem")), "each one says what to do")),
    }
}

fn repair(context: &Context) -> Result<Repaired, Failure> {
    let config = context.unlocked()?;
    let progress = context.out.progress("Saving what is sound");
    doctor::repair(&config, &|done, total| progress.show(done, total))
}

fn say(paint: Paint, finding: &Finding) -> String {
    let mark = match finding.severity {
        Severity::Fine => paint.green("fine    "),
        Severity::Note => paint.yellow("note    "),
        Severity::Problem => paint.red("problem "),
    };
    let hint = if finding.hint.is_empty() { String::new() } else { format!("{}\n", format::body(&finding.hint, 10)) };
    format!("{mark}  {}\n{hint}", format::line(&finding.what))
}

fn report(repaired: &Repaired) -> String {
    let aside = format!("The damaged store is in {}.\n\n", repaired.folder_of_damaged.display());
    let mut text = match repaired.kept + repaired.waiting {
        0 => "Nothing could be read of the damaged store: what other nodes have of it can come back, and nothing else.".into(),
        kept => format!("Saved {} of the damaged store.", format::count(kept, "operation")),
    };
    if repaired.waiting > 0 {
        text += &format!(" {} of them rest on lost ones, and follow when other nodes have sent those.", repaired.waiting);
    }
    if repaired.lost > 0 {
        text += &format!(" {} could not be read: what other nodes have of them comes back, and nothing else.", format::count(repaired.lost, "operation"));
    }
    format!("{text} {aside}")
}
