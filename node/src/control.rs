//! The control socket: a running node answers requests of its owner, one line of JSON each.

use crate::{
    api::{Failure, Request, Response},
    node::Asker,
};
use folkmoot_protocol::limits;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    time::timeout,
};

const SOCKET: &str = "control.sock";
/// A socket's path must fit 108 bytes on Linux, 104 elsewhere.
const LONGEST_PATH: usize = 100;

/// How long an answer is waited for before somebody is told of it.
const NOTICE_AFTER: Duration = Duration::from_secs(2);
/// How often a node that is at work on something says so.
const SIGN_EVERY: Duration = Duration::from_secs(2);
/// How long a node may say nothing at all, or take for what it answers at once when it is well.
const SILENCE_PATIENCE: Duration = Duration::from_secs(10);
/// How long it may be at work on anything but a file.
const WORK_PATIENCE: Duration = Duration::from_secs(60);

/// One line of an answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// The request was taken up, and is being worked on.
    Working,
    Ok(Response),
    Err(Failure),
}

/// A path to the socket that is short enough, with the folder held open where that takes it.
struct SocketPath {
    path: PathBuf,
    _folder: Option<File>,
}

fn socket_path(folder: &Path) -> std::io::Result<SocketPath> {
    let path = folder.join(SOCKET);
    if path.as_os_str().len() <= LONGEST_PATH || !cfg!(target_os = "linux") {
        return Ok(SocketPath { path, _folder: None });
    }
    use std::os::fd::AsRawFd;
    let folder = File::open(folder)?;
    Ok(SocketPath { path: PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd())), _folder: Some(folder) })
}

/// Listens in a data folder that this process has locked.
pub(crate) fn listen(folder: &Path) -> Result<UnixListener, Failure> {
    remove(folder);
    let failed = |error: std::io::Error| {
        Failure::new("control", format!("cannot open the control socket in {}: {error}", folder.display()), "use a folder on a local disk, with a shorter path")
    };
    let path = socket_path(folder).map_err(failed)?;
    let listener = UnixListener::bind(&path.path).map_err(failed)?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&path.path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Takes the socket away.
pub(crate) fn remove(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(SOCKET));
}

/// Answers whoever connects. The folder lets only its owner near.
pub(crate) async fn serve(listener: UnixListener, asker: Asker) {
    let places = Arc::new(Semaphore::new(limits::CONTROL_CONNECTIONS));
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let asker = asker.clone();
        tokio::spawn(async move {
            let (read, write) = stream.into_split();
            let ask = |request| {
                let asker = asker.clone();
                async move { asker.ask(request).await }
            };
            let _ = converse(BufReader::new(read), write, ask).await;
            drop(place);
        });
    }
}

/// Answers one line after another until there are no more, or one has no end or is no text.
pub async fn converse<F>(mut lines: impl AsyncBufRead + Unpin, mut write: impl AsyncWrite + Unpin, mut ask: impl FnMut(Request) -> F) -> std::io::Result<()>
where
    F: Future<Output = Result<Response, Failure>>,
{
    while let Some(line) = read_line(&mut lines).await? {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => attend(&mut write, ask(request)).await?.map_or_else(Answer::Err, Answer::Ok),
            Err(error) => Answer::Err(Failure::new("request", format!("not a request: {error}"), "use a program of the same version as the running node")),
        };
        say(&mut write, &answer).await?;
    }
    Ok(())
}

/// Waits for what was asked, and says that it is being worked on. Where nobody listens any more it is given up; what
/// had not begun by then is not done.
async fn attend<F: Future>(write: &mut (impl AsyncWrite + Unpin), asked: F) -> std::io::Result<F::Output> {
    let mut asked = std::pin::pin!(asked);
    loop {
        say(write, &Answer::Working).await?;
        if let Ok(answer) = timeout(SIGN_EVERY, &mut asked).await {
            return Ok(answer);
        }
    }
}

async fn say(write: &mut (impl AsyncWrite + Unpin), answer: &Answer) -> std::io::Result<()> {
    let mut json = serde_json::to_vec(answer)?;
    json.push(b'\n');
    write.write_all(&json).await
}

async fn read_line(lines: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let read = lines.take(limits::CONTROL_LINE_BYTES as u64).read_line(&mut line).await?;
    match read {
        0 => Ok(None),
        _ if line.ends_with('\n') => Ok(Some(line)),
        _ => Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a line without end")),
    }
}

/// How long a node may be at work on a request.
fn patience(request: &Request) -> Duration {
    match request {
        Request::Status => SILENCE_PATIENCE,
        Request::Import { .. } => Duration::MAX,
        _ => WORK_PATIENCE,
    }
}

fn silent(request: &Request, taken_up: bool, patience: Duration) -> Failure {
    let error = format!("the node that runs on this folder has not answered for {} s", patience.as_secs());
    let done = match (request, taken_up) {
        (Request::Status, _) => "",
        (_, false) => "; nothing was done, and nothing will be: repeat this then",
        (_, true) => "; this may be done all the same: look before you repeat it",
    };
    let hint = format!("it may be stopped, or its disk very slow: wait, or end it (Ctrl+C where it runs, or kill its process) and start it again{done}");
    Failure::new("no-answer", error, &hint)
}

/// A conversation with a running node.
pub(crate) struct Control {
    lines: BufReader<tokio::net::unix::OwnedReadHalf>,
    write: tokio::net::unix::OwnedWriteHalf,
}

impl Control {
    /// Connects to the node that runs on a folder; none where no node runs there.
    pub(crate) async fn connect(folder: &Path) -> Option<Self> {
        let path = socket_path(folder).ok()?;
        let stream = UnixStream::connect(&path.path).await.ok()?;
        let (read, write) = stream.into_split();
        Some(Self { lines: BufReader::new(read), write })
    }

    /// Asks, and waits for the answer for as long as the node says that it is at work, within its [`patience`]. `slow` is
    /// told once where that takes longer than a moment.
    pub(crate) async fn call(&mut self, request: &Request, slow: impl FnOnce()) -> Result<Response, Failure> {
        let patience = patience(request);
        let mut answer = std::pin::pin!(self.converse(request));
        if let Ok(answer) = timeout(NOTICE_AFTER, &mut answer).await {
            return answer;
        }
        slow();
        timeout(patience.saturating_sub(NOTICE_AFTER), answer).await.unwrap_or_else(|_| Err(silent(request, true, patience)))
    }

    async fn converse(&mut self, request: &Request) -> Result<Response, Failure> {
        let mut json = serde_json::to_vec(request).map_err(|error| Failure::new("request", error, "report this"))?;
        if json.len() >= limits::CONTROL_LINE_BYTES {
            return Err(Failure::new("too-large", "the request is too large for one line", "send it in parts"));
        }
        json.push(b'\n');
        let silent = |taken_up| move |_| silent(request, taken_up, SILENCE_PATIENCE);
        timeout(SILENCE_PATIENCE, self.write.write_all(&json)).await.map_err(silent(false))?.map_err(broken)?;
        let mut taken_up = false;
        loop {
            let mut line = String::new();
            timeout(SILENCE_PATIENCE, self.lines.read_line(&mut line)).await.map_err(silent(taken_up))?.map_err(broken)?;
            match heard(&line)? {
                Answer::Working => taken_up = true,
                Answer::Ok(response) => return Ok(response),
                Answer::Err(failure) => return Err(failure),
            }
        }
    }
}

fn heard(line: &str) -> Result<Answer, Failure> {
    serde_json::from_str(line).map_err(|error| match line {
        "" => Failure::new("stopped", "the node ended before it could answer", "start it again"),
        _ => Failure::new("control", format!("the running node answers in another language: {error}"), "use a program of the same version as the running node"),
    })
}

fn broken(error: std::io::Error) -> Failure {
    Failure::new("control", format!("the running node does not answer: {error}"), "see whether it still runs")
}
