//! The only loop: inputs from sockets, timers and requests go to the service, its outputs are carried out.
//!
//! The service runs on a thread of its own, since it waits for the disk; everything else is async. Inputs
//! that wait together are handed over together, so that they share one commit.

use crate::{
    api::{Event, Failure, Request, Response},
    intake::Intake,
    net::{Network, Outgoing},
    service::{ConnectionId, Input, Output, RequestId, Service},
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Time between two ticks.
pub(crate) const TICK: Duration = Duration::from_millis(500);
/// Inputs that share one commit at the most.
const INPUTS_PER_COMMIT: usize = 64;
/// Operations after which a commit is due.
const OPERATIONS_PER_COMMIT: usize = 4096;

type Answer = oneshot::Sender<Result<Response, Failure>>;

/// This machine's clock in ms since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// Random bytes from the system.
pub(crate) fn entropy<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Failure::new("entropy", format!("the system gives no random bytes: {error}"), "restart the machine"))?;
    Ok(bytes)
}

/// Open connections, by number.
#[derive(Default)]
pub(crate) struct Links {
    next: AtomicU64,
    open: Mutex<BTreeMap<ConnectionId, Link>>,
}

/// One connection: what is to leave, and what may come in before the service has dealt with it.
struct Link {
    outgoing: mpsc::UnboundedSender<Outgoing>,
    intake: Arc<Intake>,
}

impl Links {
    /// Adds a connection. Its reader has each message that it hands on enter the room that it gets here.
    pub(crate) fn add(&self, outgoing: mpsc::UnboundedSender<Outgoing>) -> (ConnectionId, Arc<Intake>) {
        let id = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed));
        let intake = Arc::new(Intake::default());
        self.lock().insert(id, Link { outgoing, intake: intake.clone() });
        (id, intake)
    }

    pub(crate) fn remove(&self, id: ConnectionId) {
        self.lock().remove(&id);
    }

    fn send(&self, id: ConnectionId, outgoing: Outgoing) {
        if let Some(link) = self.lock().get(&id) {
            let _ = link.outgoing.send(outgoing);
        }
    }

    fn intake(&self, id: ConnectionId) -> Option<Arc<Intake>> {
        self.lock().get(&id).map(|link| link.intake.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ConnectionId, Link>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the service's outputs act on.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) links: Arc<Links>,
    pub(crate) events: broadcast::Sender<Event>,
    answers: Arc<Mutex<BTreeMap<RequestId, Answer>>>,
    next_request: Arc<AtomicU64>,
    network: Arc<Mutex<Option<Network>>>,
    stopped: watch::Sender<Option<Result<(), Failure>>>,
    handle: tokio::runtime::Handle,
}

impl Outside {
    pub(crate) fn new() -> Self {
        Self {
            links: Arc::default(),
            events: broadcast::channel(1024).0,
            answers: Arc::default(),
            next_request: Arc::default(),
            network: Arc::default(),
            stopped: watch::channel(None).0,
            handle: tokio::runtime::Handle::current(),
        }
    }

    pub(crate) fn set_network(&self, network: Network) {
        *self.network.lock().unwrap_or_else(PoisonError::into_inner) = Some(network);
    }

    pub(crate) fn network(&self) -> Option<Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A number for a request, and where its answer will come.
    pub(crate) fn expect_answer(&self) -> (RequestId, oneshot::Receiver<Result<Response, Failure>>) {
        let id = RequestId(self.next_request.fetch_add(1, Ordering::Relaxed));
        let (answer, receiver) = oneshot::channel();
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(id, answer);
        (id, receiver)
    }

    /// Whether an input is no request, or somebody still waits for its answer: what was given up is not begun.
    fn is_awaited(&self, input: &Input) -> bool {
        let Input::Request { id, .. } = input else { return true };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let awaited = answers.get(id).is_some_and(|answer| !answer.is_closed());
        if !awaited {
            answers.remove(id);
        }
        awaited
    }

    /// Resolves when the service has ended.
    pub(crate) fn ended(&self) -> watch::Receiver<Option<Result<(), Failure>>> {
        self.stopped.subscribe()
    }

    /// Carries an output out. Answers whether the service goes on.
    fn carry_out(&self, output: Output) -> bool {
        match output {
            Output::Send { connection, body } => self.links.send(connection, Outgoing::Frame(body)),
            Output::Read { connection, after_ms } => self.read_on(connection, after_ms),
            Output::Close { connection, reason } => self.links.send(connection, Outgoing::Close(reason)),
            Output::Dial { peer, addresses } => {
                let _inside = self.handle.enter();
                if let Some(network) = self.network() {
                    network.dial(peer, &addresses);
                }
            }
            Output::Reply { id, result } => {
                let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                if let Some(answer) = answer {
                    let _ = answer.send(result);
                }
            }
            Output::Event(event) => drop(self.events.send(event)),
            Output::Stop { error } => {
                let _ = self.events.send(Event::Stopped { error: error.as_ref().map(|failure| failure.error.clone()) });
                let _ = self.stopped.send(Some(error.map_or(Ok(()), Err)));
                return false;
            }
        }
        true
    }

    fn read_on(&self, connection: ConnectionId, after_ms: u64) {
        let Some(intake) = self.links.intake(connection) else { return };
        if after_ms == 0 {
            return intake.leave();
        }
        self.handle.spawn(async move {
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
            intake.leave();
        });
    }

    fn fail_open_requests(&self) {
        let open = std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, answer) in open {
            let _ = answer.send(Err(Failure::new("stopped", "the node ended before it could answer", "start it again")));
        }
    }
}

/// Runs a service on a thread of its own until it stops; answers the thread.
pub(crate) fn spawn_service(mut service: Service, mut inputs: mpsc::Receiver<Input>, outside: Outside) -> std::io::Result<std::thread::JoinHandle<Service>> {
    std::thread::Builder::new().name("folkmoot-service".into()).spawn(move || {
        let _ending = Ending(outside.clone());
        while let Some(first) = inputs.blocking_recv() {
            let mut batch = gather(first, &mut inputs);
            batch.retain(|input| outside.is_awaited(input));
            let outputs = service.handle_all(batch, now_ms());
            // All of them, also behind a stop: there may be answers among them.
            let stops = outputs.into_iter().map(|output| !outside.carry_out(output)).filter(|stops| *stops).count();
            if stops > 0 {
                break;
            }
        }
        service
    })
}

/// Tells everybody who waits that the service is gone, also where it broke.
struct Ending(Outside);

impl Drop for Ending {
    fn drop(&mut self) {
        let broke = || Some(Err(Failure::new("internal", "the node broke; nothing acknowledged is lost", "start it again, and report this")));
        self.0.stopped.send_if_modified(|stopped| {
            stopped.is_none() && {
                *stopped = broke();
                true
            }
        });
        self.0.fail_open_requests();
    }
}

fn gather(first: Input, inputs: &mut mpsc::Receiver<Input>) -> Vec<Input> {
    let weight = |input: &Input| if let Input::Operations { operations, .. } = input { operations.len() } else { 1 };
    let mut operations = weight(&first);
    let mut batch = vec![first];
    while batch.len() < INPUTS_PER_COMMIT && operations < OPERATIONS_PER_COMMIT {
        let Ok(input) = inputs.try_recv() else { break };
        operations += weight(&input);
        batch.push(input);
    }
    batch
}

/// Sends a tick about twice a second for as long as somebody listens.
pub(crate) async fn tick(inputs: mpsc::Sender<Input>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if inputs.send(Input::Tick).await.is_err() {
            return;
        }
    }
}

/// Hands a request to the service and waits for the answer.
pub(crate) async fn ask(inputs: &mpsc::Sender<Input>, outside: &Outside, request: Request) -> Result<Response, Failure> {
    let stopped = || Failure::new("stopped", "the node has ended", "start it again");
    let (id, answer) = outside.expect_answer();
    inputs.send(Input::Request { id, request, entropy: entropy()? }).await.map_err(|_| stopped())?;
    answer.await.map_err(|_| stopped())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_that_was_given_up_is_not_begun() {
        let outside = Outside::new();
        let (id, answer) = outside.expect_answer();
        let input = Input::Request { id, request: Request::Status, entropy: [0; 32] };
        assert!(outside.is_awaited(&input) && outside.is_awaited(&Input::Tick));
        drop(answer);
        assert!(!outside.is_awaited(&input));
    }
}
