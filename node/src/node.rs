use crate::{
    Config, NetworkConfig,
    api::{Event, Failure, Imported, Request, Response, Status},
    control,
    export::{Piece, read_operations},
    keystore::{Identity, Keystore},
    net::{Network, verify_all},
    runtime::{self, Outside, ask},
    service::{Input, Service, Source, Standing, World},
    store::{self, Reader, Store, StoreError, VerifyReport, View},
};
use folkmoot_protocol::{
    act::Act,
    id::{DeviceId, OpId},
    law::SignedIssue,
    limits,
    op::{Content, Kind, VerifiedOp},
};
use std::{
    collections::{BTreeSet, VecDeque},
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};
use tokio::sync::{broadcast, mpsc, oneshot};

const LOCK_FILE: &str = "lock";
/// How often another program is waited for that opens the folder, and how long each time.
const PATIENCE: usize = 20;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);
/// Batches of a file that the service may have before it has answered.
const BATCHES_UNDER_WAY: usize = 16;

/// A running node: all that a command line, a desktop or a bridge sees of it.
pub struct Node {
    device: DeviceId,
    folder: PathBuf,
    addresses: Vec<String>,
    asker: Asker,
    readers: Arc<Mutex<Vec<Reader>>>,
    service: Option<JoinHandle<Service>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    lock: File,
}

/// Hands requests to a node; the control socket holds one too.
#[derive(Clone)]
pub(crate) struct Asker {
    inputs: mpsc::Sender<Input>,
    outside: Outside,
}

impl Node {
    /// Starts a node on a data folder. Without a network it can be asked and written to, and syncs later.
    pub async fn start(config: &Config, network: Option<NetworkConfig>) -> Result<Self, Failure> {
        let keys = Keystore::open(&config.folder, config.passphrase.as_ref())?;
        let lock = lock(&config.folder)?;
        let (device, key) = (keys.device(), keys.key().clone());
        let store = Store::open(&config.folder)?;
        let last_port = store.as_reader().last_port()?;
        let service = Service::open(store, keys)?;
        let (inputs, receiver) = mpsc::channel(limits::SERVICE_QUEUE);
        let outside = Outside::new();
        let asker = Asker { inputs: inputs.clone(), outside: outside.clone() };
        let thread = runtime::spawn_service(service, receiver, outside.clone()).map_err(|error| Failure::new("thread", error, "free some memory"))?;
        let mut node =
            Self { device, folder: config.folder.clone(), addresses: vec![], asker, readers: Arc::default(), service: Some(thread), tasks: vec![], lock };
        if let Some(network) = network {
            let network = network.at_port(last_port);
            let network = Network::bind(&key, &network, outside.links.clone(), inputs.clone()).await?;
            node.go_online(network).await?;
        }
        Ok(node)
    }

    async fn go_online(&mut self, network: Network) -> Result<(), Failure> {
        self.addresses = network.addresses();
        self.asker.outside.set_network(network.clone());
        let _ = self.asker.inputs.send(Input::Listening { addresses: self.addresses.clone() }).await;
        self.tasks.push(tokio::spawn(network.accept()));
        self.tasks.push(tokio::spawn(runtime::tick(self.asker.inputs.clone())));
        self.tasks.push(tokio::spawn(control::serve(control::listen(&self.folder)?, self.asker.clone())));
        Ok(())
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Asks for something or writes; see [`Request`].
    pub async fn submit(&self, request: Request) -> Result<Response, Failure> {
        self.asker.ask(request).await
    }

    /// Looks into the store, beside whatever the node is doing.
    pub async fn query<T, E>(&self, question: impl FnOnce(View<'_>) -> Result<T, E> + Send + 'static) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Into<Failure> + Send + 'static,
    {
        let (readers, folder) = (self.readers.clone(), self.folder.clone());
        let asked = tokio::task::spawn_blocking(move || {
            let spare = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = spare.map_or_else(|| Reader::open(&folder), Ok)?;
            let answer = question(reader.view()).map_err(Into::into);
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            answer
        });
        asked.await.map_err(|error| Failure::new("internal", error, "report this"))?
    }

    /// What happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.asker.outside.events.subscribe()
    }

    /// Resolves when the node ended, by order or because it could not go on.
    pub async fn stopped(&self) -> Result<(), Failure> {
        let mut ended = self.asker.outside.ended();
        let ended = ended.wait_for(Option::is_some).await;
        ended.ok().and_then(|ended| ended.clone()).unwrap_or(Ok(()))
    }

    /// Ends the node: what was acknowledged is on the disk, and peers are told.
    pub async fn shutdown(mut self) -> Result<(), Failure> {
        let _ = self.asker.ask(Request::Shutdown).await;
        for task in &self.tasks {
            task.abort();
        }
        if let Some(network) = self.asker.outside.network() {
            network.close().await;
        }
        control::remove(&self.folder);
        if let Some(service) = self.service.take() {
            let joined = tokio::task::spawn_blocking(move || service.join()).await;
            joined
                .ok()
                .and_then(Result::ok)
                .map(drop)
                .ok_or_else(|| Failure::new("internal", "the service thread broke", "report this; nothing acknowledged is lost"))?;
        }
        let _ = self.lock.unlock();
        Ok(())
    }
}

impl Asker {
    /// Answers a request: the service does, but for files, which are read here.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, Failure> {
        match request {
            Request::Import { path } => self.import(&path).await.map(Response::Imported),
            request => ask(&self.inputs, &self.outside, request).await,
        }
    }

    /// Feeds a file's operations to the same admit path as a peer's.
    async fn import(&self, path: &Path) -> Result<Imported, Failure> {
        let mut total = Imported::default();
        let path = path.to_owned();
        let (batches, mut receiver) = mpsc::channel(4);
        let reading = tokio::task::spawn_blocking(move || read_operations(&path, |piece| batches.blocking_send(verified(piece)).is_ok()));
        let stopped = || Failure::new("stopped", "the node has ended", "start it again");
        let (mut ahead, mut under_way) = (BTreeSet::new(), VecDeque::new());
        loop {
            let next = receiver.recv().await;
            // What is handed over together shares one write to the disk.
            let room = if next.is_some() { BATCHES_UNDER_WAY } else { 1 };
            while under_way.len() >= room {
                let (answer, again): (oneshot::Receiver<_>, bool) = under_way.pop_front().ok_or_else(stopped)?;
                match answer.await.map_err(|_| stopped())?? {
                    Response::Imported(part) if again => total.add(&Imported { taken: part.taken, waiting: part.waiting, ..Imported::default() }),
                    Response::Imported(part) => total.add(&part),
                    _ => {}
                }
            }
            let operations = match next {
                Some(Verified::Operations(operations)) => operations,
                Some(Verified::Issues(issues)) => {
                    self.inputs.send(Input::Issues { issues }).await.map_err(|_| stopped())?;
                    continue;
                }
                None => break,
            };
            // An erasure that explains a missing payload travels ahead of it, and again in its own place.
            let (first, again): (Vec<_>, Vec<_>) = operations.into_iter().partition(|op| erasure(op).is_none_or(|id| ahead.insert(id)));
            for (operations, again) in [(first, false), (again, true)].into_iter().filter(|(operations, _)| !operations.is_empty()) {
                let (id, answer) = self.outside.expect_answer();
                under_way.push_back((answer, again));
                self.inputs.send(Input::Operations { source: Source::File(id), operations }).await.map_err(|_| stopped())?;
            }
        }
        reading.await.map_err(|error| Failure::new("internal", error, "report this"))??;
        Ok(total)
    }
}

/// A piece of a file, its operations verified.
enum Verified {
    Operations(Vec<Result<VerifiedOp, String>>),
    Issues(Vec<SignedIssue>),
}

fn verified(piece: Piece) -> Verified {
    match piece {
        Piece::Operations(operations) => Verified::Operations(verify_all(operations)),
        Piece::Issues(issues) => Verified::Issues(issues),
    }
}

/// The id of an operation that erases something.
fn erasure(op: &Result<VerifiedOp, String>) -> Option<OpId> {
    let op = op.as_ref().ok().filter(|op| op.header().kind == Kind::Act)?;
    match op.payload()?.content(op.header()) {
        Ok(Content::Act(Act::Erase(_))) => Some(op.id()),
        _ => None,
    }
}

/// Makes sure that no other node works on the folder.
pub(crate) fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| {
        Failure::new("folder", format!("cannot write {}: {error}", path.display()), "make the folder writable for you, or choose another with --data")
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            "in-use",
            format!("another Folkmoot program works on {}", folder.display()),
            "wait for it, or use the node that runs; two never open one folder",
        )),
        Err(TryLockError::Error(error)) => Err(Failure::new("folder", format!("cannot lock {}: {error}", path.display()), "use a folder on a local disk")),
    }
}

/// Opens a folder's store for queries. One that another version left behind, or whose making was interrupted, is
/// brought up to date first; whoever else is about to do that is waited for.
pub(crate) fn open_reader(folder: &Path) -> Result<Reader, Failure> {
    for _ in 0..PATIENCE {
        match Reader::open(folder) {
            Err(StoreError::Older { .. }) => {}
            opened => return Ok(opened?),
        }
        match lock(folder) {
            Ok(_lock) => drop(Store::open(folder)?),
            Err(failure) if failure.code == "in-use" => std::thread::sleep(PAUSE),
            Err(failure) => return Err(failure),
        }
    }
    Ok(Reader::open(folder)?)
}

/// How a folder stands on which no node runs.
pub(crate) fn status_at_rest(folder: &Path) -> Result<Status, Failure> {
    let identity = Identity::of(folder)?;
    let status = |view: View<'_>| -> Result<Status, StoreError> { Standing { identity: &identity, world: &World::load(view)?, view }.status() };
    match store::exists(folder) {
        true => Ok(status(open_reader(folder)?.view())?),
        false => Ok(status(Store::in_memory()?.as_reader())?),
    }
}

/// Throws away everything derived in a folder's store, builds it anew and checks everything.
pub fn rebuild(config: &Config, progress: &dyn Fn(u64, u64)) -> Result<VerifyReport, Failure> {
    let _lock = lock(&config.folder)?;
    let keys = Keystore::open(&config.folder, config.passphrase.as_ref())?;
    let mut service = Service::open(Store::open(&config.folder)?, keys)?;
    service.rebuild(progress)?;
    Ok(service.store().as_reader().verify(progress).map_err(|error: StoreError| error)?)
}
