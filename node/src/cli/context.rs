//! What every command works with: the data folder, the passphrase, and how to answer.

use super::{
    alike, format,
    output::{Output, Progress},
};
use crate::{
    Config,
    api::{Draft, Failure, Request, Response, Written},
    client::Client,
    keystore::{self, Keystore},
    node::open_reader,
    store::{
        self, Reader, View,
        query::{LawBook, Viewer},
    },
};
use age::secrecy::SecretString;
use folkmoot_protocol::{law::State, view::PersonView};
use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const PASSPHRASE: &str = "FOLKMOOT_PASSPHRASE";

/// What a command works with.
pub(super) struct Context {
    /// How it answers.
    pub(super) out: Output,
    folder: PathBuf,
    passphrase: Option<SecretString>,
}

/// What became of a draft.
pub(super) struct Done {
    /// What was written.
    pub(super) written: Written,
    /// Whether a running node took it, so that it is on its way.
    pub(super) on_its_way: bool,
}

impl Context {
    /// For a data folder; the passphrase comes from the environment.
    pub(super) fn new(folder: Option<PathBuf>, out: Output) -> Self {
        let passphrase = std::env::var(PASSPHRASE).ok().filter(|passphrase| !passphrase.is_empty());
        Self { out, folder: folder.unwrap_or_else(Config::default_folder), passphrase: passphrase.map(SecretString::from) }
    }

    /// The data folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration, with the passphrase of the environment.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new(self.folder.clone());
        config.passphrase = self.passphrase.clone();
        config
    }

    /// The configuration with a passphrase that opens the keys: asked for on a terminal where they are locked.
    pub(super) fn unlocked(&self) -> Result<Config, Failure> {
        let mut config = self.config();
        if config.passphrase.is_none() && Keystore::is_locked(&self.folder) && std::io::stdin().is_terminal() {
            config.passphrase = Some(ask("Passphrase: ")?);
        }
        Ok(config)
    }

    /// Says that the keys are being unlocked, which is meant to take a while.
    pub(super) fn unlocking(&self, config: &Config) -> Option<Progress> {
        let locked = Keystore::is_locked(&self.folder) && config.passphrase.is_some();
        locked.then(|| self.out.waiting("Unlocking the keys"))
    }

    /// A passphrase for new keys: that of the environment, else one typed twice, else none. Whoever set it in the
    /// environment wants locked keys, whether they say so here or not, and can open them; keys that they only believe
    /// to be locked would be worse.
    pub(super) fn new_passphrase(&self, wanted: bool) -> Result<Option<SecretString>, Failure> {
        if self.passphrase.is_some() || !wanted {
            return Ok(self.passphrase.clone());
        }
        use age::secrecy::ExposeSecret;
        let (first, again) = (ask("New passphrase: ")?, ask("The same again: ")?);
        match (first.expose_secret(), again.expose_secret()) {
            ("", _) => Err(Failure::new("passphrase", "an empty passphrase locks nothing", "leave --passphrase out to do without")),
            (first, again) if first != again => Err(Failure::new("passphrase", "the two differ", "try again")),
            _ => Ok(Some(first)),
        }
    }

    /// Says that new keys are locked, and with what. `wanted`: it was asked for.
    pub(super) fn locked_by(&self, wanted: bool) -> String {
        match (&self.passphrase, wanted) {
            (Some(_), true) => format!("The keys are locked with the passphrase in {PASSPHRASE}."),
            (Some(_), false) => format!("The keys are locked with the passphrase in {PASSPHRASE}, as if you had said --passphrase."),
            (None, _) => "The keys are locked with your passphrase.".into(),
        }
    }

    /// The running node, or the store opened in this process.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        let config = self.config();
        if let Some(client) = Client::running(&config).await {
            return Ok(client);
        }
        // No node runs: only now are the keys, and a passphrase where they are locked, needed.
        let config = self.unlocked()?;
        let _unlocking = self.unlocking(&config);
        Client::open_telling(&config, || self.out.note("Another Folkmoot program works on this folder; waiting for it.")).await
    }

    /// Asks one thing of the node; whether one runs.
    pub(super) async fn call(&self, request: Request) -> Result<(Response, bool), Failure> {
        let mut client = self.client().await?;
        let running = client.is_running_node();
        let answer = client.call_telling(request, || self.note_slow()).await;
        let closed = client.close().await;
        let answer = answer?;
        closed.map(|()| (answer, running))
    }

    /// Says that the running node takes its time.
    pub(super) fn note_slow(&self) {
        self.out.note("The node that runs here has not answered yet; still waiting.");
    }

    /// Asks one thing that has no answer but its being done.
    pub(super) async fn order(&self, request: Request) -> Result<(), Failure> {
        match self.call(request).await? {
            (Response::Done, _) => Ok(()),
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// Writes one thing.
    pub(super) async fn submit(&self, draft: Draft) -> Result<Done, Failure> {
        match self.call(Request::Submit { drafts: vec![draft] }).await? {
            (Response::Written { written }, on_its_way) => match written.first() {
                Some(&written) => Ok(Done { written, on_its_way }),
                None => Err(unexpected(&Response::Written { written })),
            },
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// Writes one thing and answers with what was written; `what` says it in the past tense.
    pub(super) async fn write(&self, draft: Draft, what: impl FnOnce(&Written) -> String) -> Result<(), Failure> {
        let done = self.submit(draft).await?;
        self.out.answer(&done.written, |_| what(&done.written))?;
        self.note_offline(&done);
        Ok(())
    }

    /// Says that something has not left yet, where no node runs.
    pub(super) fn note_offline(&self, done: &Done) {
        if !done.on_its_way {
            self.out.note("No node is running here: it stays on this device until `folkmoot run` sends it.");
        }
    }

    /// The store of a folder that belongs to a co-op, for queries.
    pub(super) fn reader(&self) -> Result<Reader, Failure> {
        if !Keystore::exists(&self.folder) {
            return Err(keystore::no_key(&self.folder));
        }
        keystore::check_private(&self.folder)?;
        if !store::exists(&self.folder) {
            return Err(self.no_coop());
        }
        let reader = open_reader(&self.folder)?;
        if reader.view().coop()?.is_none() {
            return Err(self.no_coop());
        }
        if !self.out.is_json() {
            alike::find(reader.view())?;
        }
        Ok(reader)
    }

    fn no_coop(&self) -> Failure {
        keystore::no_coop(store::was_in_a_coop(&self.folder), Keystore::is_further(&self.folder))
    }

    /// Who asks: the device that this folder's co-op let in. Reading needs no keys, and so no passphrase.
    pub(super) fn viewer(&self, view: View<'_>) -> Result<Viewer, Failure> {
        let admission = view.admission()?;
        let viewer = admission.map(|admission| view.viewer(admission)).transpose()?.flatten();
        Ok(viewer.unwrap_or(Viewer::NOBODY))
    }

    /// The law as it is printed.
    pub(super) fn law(&self, view: View<'_>) -> Result<State, Failure> {
        view.law()?.ok_or_else(not_synced)
    }

    /// The law as it is printed, and as it would be with what waits.
    pub(super) fn law_book(&self, view: View<'_>) -> Result<LawBook, Failure> {
        view.law_book(format::now_ms())?.ok_or_else(not_synced)
    }

    /// The person whose device this is.
    pub(super) fn person(&self, view: View<'_>) -> Result<PersonView, Failure> {
        let viewer = self.viewer(view)?;
        let unknown = || Failure::new("not-admitted", "the co-op does not know this device yet", "let a node run until it has synced: `folkmoot run`");
        view.person(viewer.person)?.ok_or_else(unknown)
    }
}

impl Context {
    /// Lets somebody think twice: `--yes` goes on, a terminal is asked, everything else is refused.
    pub(super) fn confirm(&self, yes: bool, question: &str) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        let not_done = |hint| Err(Failure::new("not-done", format!("nothing was done. {question}"), hint));
        if !std::io::stdin().is_terminal() {
            return not_done("to go on without being asked, give --yes");
        }
        let asked = write!(std::io::stderr(), "{question} Go on? [y/N] ");
        let mut answer = String::new();
        let heard = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
        heard.map_err(|error| Failure::new("terminal", format!("the answer cannot be read: {error}"), "give --yes"))?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => not_done("answer y, or give --yes, to go on"),
        }
    }

    /// The person's recovery words: typed in unseen, or the first line of standard input where it is no terminal.
    pub(super) fn recovery_words(&self) -> Result<Zeroizing<String>, Failure> {
        if std::io::stdin().is_terminal() {
            return rpassword::prompt_password("Recovery words: ").map(Zeroizing::new).map_err(|error| Failure::new("words", error, "run this in a terminal"));
        }
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().read_line(&mut line).map_err(|error| Failure::new("words", error, "write the words on one line"))?;
        Ok(line)
    }
}

/// Types a secret in unseen.
fn not_synced() -> Failure {
    Failure::new("not-synced", "the founding of the co-op is not here yet", "let the node run until it has synced: `folkmoot run`")
}

fn ask(prompt: &str) -> Result<SecretString, Failure> {
    let hint = format!("run this in a terminal, or set {PASSPHRASE}");
    let typed =
        rpassword::prompt_password(prompt).map_err(|error| Failure::new("passphrase", format!("the passphrase cannot be asked for: {error}"), &hint))?;
    Ok(SecretString::from(typed))
}

/// An answer to another question than the one asked.
pub(super) fn unexpected(response: &Response) -> Failure {
    let kind = serde_json::to_value(response).ok().and_then(|value| value.get("response").and_then(|kind| kind.as_str().map(str::to_owned)));
    let error = format!("the node answered something else ({})", kind.unwrap_or_default());
    Failure::new("node", error, "is the running node of another version than this program? Restart it")
}
