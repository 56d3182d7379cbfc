//! `device`: one person on several machines.

use super::{
    complete,
    context::{Context, unexpected},
    format, init,
    output::Paint,
    parse, resolve,
};
use crate::{
    api::{Draft, Failure, Request, Response},
    keystore::Keystore,
};
use folkmoot_protocol::{
    id::*,
    identity::{PersonKey, SignatureBytes},
    ticket::Ticket,
    view::DeviceView,
};
use qrcode::{QrCode, render::unicode};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot device pair --name laptop        (on the new machine: shows an offer)
  folkmoot device add folkmoot1q…           (on the machine that you have: shows a welcome)
  folkmoot join folkmoot1q…                 (on the new machine, with the welcome)";

/// Brings further machines of yours in, and closes lost ones.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes keys for this new machine and offers it to the one that you have
    #[command(after_help = "Examples:\n  folkmoot device pair --name laptop\n  folkmoot device pair --qr")]
    Pair {
        /// What you call this machine
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Lock the keys with a passphrase, asked for twice; where FOLKMOOT_PASSPHRASE is set, that one locks them, without this too
        #[arg(long)]
        passphrase: bool,
        /// Show the offer as a QR code too
        #[arg(long)]
        qr: bool,
    },
    /// Takes in the machine that made this offer
    #[command(after_help = "Examples:\n  folkmoot device add folkmoot1qabcd…")]
    Add {
        /// The offer of `folkmoot device pair`; `-` reads it from standard input
        ticket: String,
        /// Show the welcome as a QR code too
        #[arg(long)]
        qr: bool,
        /// Ask for your recovery words: for a machine that may not take others in by itself
        #[arg(long)]
        words: bool,
    },
    /// Lists your machines
    #[command(after_help = "Examples:\n  folkmoot device list")]
    List,
    /// Closes one of your machines: what it writes from now on has no effect
    #[command(
        after_help = "Examples:\n  folkmoot device revoke 51d0c2aa\n  folkmoot device revoke 51d0c2aa --words      (your first machine is lost)\n  folkmoot device revoke 51d0c2aa --yes        (although it is the one you sit at)"
    )]
    Revoke {
        /// The machine's id or name
        #[arg(value_name = "ID", add = complete::devices())]
        device: String,
        /// Ask for your recovery words: for a machine that may not close others by itself
        #[arg(long)]
        words: bool,
        /// Do not ask, although it is this machine, or the last that may take others in
        #[arg(long, short = 'y')]
        yes: bool,
    },
}

#[derive(Serialize)]
struct Offered<'a> {
    device: DeviceId,
    name: &'a str,
    ticket: String,
}

#[derive(Serialize)]
struct Added {
    id: DeviceId,
    op: OpId,
    ticket: String,
}

#[derive(Serialize)]
struct Devices {
    devices: Vec<DeviceView>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::Pair { name, passphrase, qr } => pair(name, passphrase, qr, context),
        Command::Add { ticket, qr, words } => add(ticket, qr, words, context).await,
        Command::List => {
            let devices = own(context)?;
            context.out.answer(&Devices { devices: devices.clone() }, |paint| table(paint, &devices))
        }
        Command::Revoke { device, words, yes } => {
            let devices = own(context)?;
            let device = resolve::device(&device, &devices)?;
            if let Some(cost) = cost_of_closing(device, &devices) {
                context.confirm(yes, &cost)?;
            }
            let authority = if words { Some(authority(device, context)?) } else { None };
            context.write(Draft::RevokeDevice { device, authority }, |_| format!("Closed {}.", device.short())).await
        }
    }
}

/// What is lost with a device, where that is more than the device.
fn cost_of_closing(device: DeviceId, devices: &[DeviceView]) -> Option<String> {
    let closing = devices.iter().find(|own| own.id == device).filter(|own| !own.revoked)?;
    let mut others = devices.iter().filter(|own| own.id != device && !own.revoked).peekable();
    let which = if closing.this { format!("{} is the machine you sit at", device.short()) } else { format!("This closes {}", device.short()) };
    if others.peek().is_none() {
        return Some(format!("{which}, and your last one: you could never write here again, and no command of this version brings you back."));
    }
    if closing.may_grant && !others.any(|own| own.may_grant) {
        return Some(format!("{which}, the last that may take others in and close them: only your recovery words could do that then."));
    }
    closing.this.then(|| format!("{which}: it could still read afterwards, but nothing that it writes would count."))
}

/// Offers the keys of a further device; makes them first where the folder has none.
fn pair(name: Option<String>, passphrase: bool, qr: bool, context: &Context) -> Result<(), Failure> {
    if !Keystore::exists(context.folder()) {
        let secret = context.new_passphrase(passphrase)?;
        Keystore::create_device(context.folder(), &name.clone().unwrap_or_else(machine), secret.as_ref(), init::entropy()?)?;
        secret.is_some().then(|| context.out.note(context.locked_by(passphrase)));
    }
    let keys = Keystore::open(context.folder(), context.unlocked()?.passphrase.as_ref())?;
    if keys.person().is_some() {
        let error = format!("{} holds the keys of a person, not of a further device", context.folder().display());
        return Err(Failure::new("exists", error, "run this on the new machine, or in a fresh folder with --data"));
    }
    let ticket = Ticket::Offer { pairing: keys.pairing() }.to_string();
    context.out.answer(&Offered { device: keys.device(), name: keys.name(), ticket: ticket.clone() }, |_| shown(&ticket, qr))?;
    if name.is_some_and(|name| name != keys.name()) {
        context.out.note(format!("\nThis machine keeps the name that it was given first: {}.", format::line(keys.name())));
    }
    context.out.note("\nOn the machine that you have, type `folkmoot device add` and this line.");
    Ok(())
}

async fn add(ticket: String, qr: bool, words: bool, context: &Context) -> Result<(), Failure> {
    let ticket = if ticket == "-" { parse::standard_input()? } else { ticket };
    let offer = ticket.parse::<Ticket>().map_err(|error| Failure::new("ticket", error, "copy it again from `folkmoot device pair`, whole"))?;
    let authority = match (words, offer) {
        (true, Ticket::Offer { pairing }) => Some(authority(pairing.device, context)?),
        _ => None,
    };
    let (answer, running) = context.call(Request::AddDevice { ticket, authority }).await?;
    let Response::Welcomed { device, op, ticket } = answer else { return Err(unexpected(&answer)) };
    context.out.answer(&Added { id: device, op, ticket: ticket.clone() }, |_| shown(&ticket, qr))?;
    context.out.note(format!("\nDevice {} is yours. On the new machine, type `folkmoot join` and this line.", device.short()));
    if !running {
        context.out.note("It can come in while a node runs here: `folkmoot run`.");
    }
    Ok(())
}

/// The person's own signature, made from their recovery words; the words themselves stay in this process.
fn authority(device: DeviceId, context: &Context) -> Result<SignatureBytes, Failure> {
    let hint = "type the 24 words in their order, with blanks between them";
    let key = PersonKey::from_words(&context.recovery_words()?).map_err(|error| Failure::new("words", error, hint))?;
    let reader = context.reader()?;
    if key.statement().person() != context.viewer(reader.view())?.person {
        return Err(Failure::new("words", "these are the recovery words of somebody else", hint));
    }
    Ok(key.authorise(&device.0))
}

fn own(context: &Context) -> Result<Vec<DeviceView>, Failure> {
    let reader = context.reader()?;
    let viewer = context.viewer(reader.view())?;
    Ok(resolve::devices(&reader.view().register()?, viewer.person, viewer.device))
}

fn table(paint: Paint, devices: &[DeviceView]) -> String {
    let row = |device: &DeviceView| {
        let state = [
            if device.this { paint.green("this one") } else { String::new() },
            if device.revoked { paint.red("closed") } else { String::new() },
            if device.may_grant && !device.revoked { "may add and close others".into() } else { String::new() },
        ];
        vec![device.id.short(), format::line(&device.name), format::dotted(&state)]
    };
    format::table(paint, &["ID", "NAME", "STATE"], &devices.iter().map(row).collect::<Vec<_>>())
}

/// A ticket, and below it as a QR code where one is wanted and it fits.
fn shown(ticket: &str, qr: bool) -> String {
    // Capitals take half the room in a QR code, and mean the same.
    let dense = ticket.char_indices().map(|(n, c)| if n < PREFIX_CHARS { c } else { c.to_ascii_uppercase() }).collect::<String>();
    match QrCode::new(dense) {
        Ok(code) if qr => {
            format!("{ticket}\n\n{}\n", code.render::<unicode::Dense1x2>().dark_color(unicode::Dense1x2::Light).light_color(unicode::Dense1x2::Dark).build())
        }
        _ => ticket.into(),
    }
}

/// Length of `folkmoot1`, with which a ticket begins in small letters.
const PREFIX_CHARS: usize = 9;

/// What this machine is called.
fn machine() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let name = format::opening(name.trim(), 40);
    if name.is_empty() { "further device".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_fits_a_qr_code() {
        let ticket = format!("folkmoot1{}", "a2b3".repeat(200));
        assert!(shown(&ticket, false).lines().count() == 1);
        assert!(shown(&ticket, true).lines().count() > 40);
    }

    fn own(id: u8, this: bool, may_grant: bool, revoked: bool) -> DeviceView {
        DeviceView { id: DeviceId([id; 32]), name: String::new(), this, may_grant, revoked }
    }

    #[test]
    fn who_would_lock_themselves_out_is_told_so() {
        let cost = |devices: &[DeviceView]| cost_of_closing(DeviceId([1; 32]), devices).unwrap_or_default();
        let me = |may_grant| own(1, true, may_grant, false);
        assert!(cost(&[me(true)]).contains("your last one"));
        assert!(cost(&[me(true), own(2, false, true, true)]).contains("your last one"), "closed ones do not count");
        assert!(cost(&[me(true), own(2, false, false, false)]).contains("recovery words"));
        assert!(cost(&[own(1, false, true, false), own(2, true, false, false)]).contains("recovery words"));
        assert!(cost(&[me(true), own(2, false, true, false)]).contains("nothing that it writes"));
        assert_eq!(cost(&[own(1, false, false, false), own(2, true, true, false)]), "");
    }
}
