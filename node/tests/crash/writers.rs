//! Writers at the control socket of a running node: what they were answered, whole lines only, is what the
//! program acknowledged.

use crate::{chance::Chance, common::Member};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Longest text of a post, in words of five letters.
const WORDS: u64 = 800;

/// What was acknowledged, and what was refused before the end.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Documents, with the operation that founded each.
    pub(crate) written: Vec<Written>,
    /// Documents whose erasure was acknowledged.
    pub(crate) erased: Vec<String>,
    /// Refusals.
    pub(crate) refused: Vec<Value>,
}

#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) document: String,
    pub(crate) operation: String,
}

impl Answers {
    pub(crate) fn add(&mut self, mut other: Self) {
        self.written.append(&mut other.written);
        self.erased.append(&mut other.erased);
        self.refused.append(&mut other.refused);
    }
}

/// A conversation with a running node.
pub(crate) struct Conversation {
    lines: BufReader<UnixStream>,
}

impl Conversation {
    pub(crate) fn with(member: &Member) -> Option<Self> {
        let stream = UnixStream::connect(member.folder.join("control.sock")).ok()?;
        // A frozen process does not answer; nor does one that is about to die.
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        Some(Self { lines: BufReader::new(stream) })
    }

    /// The answer to a request; none where the conversation broke off.
    pub(crate) fn ask(&mut self, request: &Value) -> Option<Result<Value, Value>> {
        self.lines.get_mut().write_all(format!("{request}\n").as_bytes()).ok()?;
        let mut answer = self.hear()?;
        while answer == "working" {
            answer = self.hear()?;
        }
        Some(match answer["ok"].take() {
            Value::Null => Err(answer["err"].take()),
            ok => Ok(ok),
        })
    }

    fn hear(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).ok()?;
        line.ends_with('\n').then(|| serde_json::from_str(&line).expect("a line is JSON"))
    }

    /// Writes drafts; what was acknowledged is added to the answers. False where the conversation broke off.
    pub(crate) fn submit(&mut self, drafts: Vec<Value>, answers: &mut Answers) -> bool {
        match self.ask(&json!({"request": "submit", "drafts": drafts})) {
            Some(Ok(ok)) => {
                let text = |written: &Value, field: &str| written[field].as_str().expect("it is an id").to_owned();
                let written = ok["written"].as_array().expect("it was written").iter();
                answers.written.extend(written.map(|w| Written { document: text(w, "id"), operation: text(w, "op") }));
                true
            }
            Some(Err(refused)) => {
                answers.refused.push(refused);
                true
            }
            None => false,
        }
    }
}

pub(crate) fn post(community: &str, title: &str, text: &str) -> Value {
    json!({"draft": "post", "community": community, "title": title, "text": text, "url": null, "origin": null})
}

/// The id of the community `bread`.
pub(crate) fn bread(member: &Member) -> String {
    let listed = member.done(&["community", "list"]);
    let bread = listed["communities"].as_array().expect("they are listed").iter().find(|community| community["name"] == "bread");
    bread.and_then(|bread| bread["id"].as_str()).expect("it is there").to_owned()
}

/// Writers who write until the node is gone.
pub(crate) struct Writers {
    threads: Vec<JoinHandle<Answers>>,
    acknowledged: Arc<AtomicUsize>,
    enough: Arc<AtomicBool>,
}

impl Writers {
    /// So many writers of posts, comments and edits in a community.
    pub(crate) fn start(number: usize, member: &Member, community: &str, chance: &mut Chance) -> Self {
        let (acknowledged, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let start = |_| {
            let (conversation, community, mut chance) = (Conversation::with(member), community.to_owned(), chance.part());
            let (acknowledged, enough) = (acknowledged.clone(), enough.clone());
            std::thread::spawn(move || {
                let mut answers = Answers::default();
                // The node may be gone already.
                let Some(mut conversation) = conversation else { return answers };
                while conversation.submit(drafts(&mut chance, &community, &answers), &mut answers) && answers.refused.len() < 5 {
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    if enough.load(Ordering::Relaxed) {
                        break;
                    }
                }
                answers
            })
        };
        let threads = (0..number).map(start).collect();
        Self { threads, acknowledged, enough }
    }

    /// Lets them write no more, though the node runs on.
    pub(crate) fn stop(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    /// How many answers came so far.
    pub(crate) fn answered(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Whether all of them have stopped: the node is gone, or refused too often.
    pub(crate) fn have_ended(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// What was acknowledged to them until the end.
    pub(crate) fn end(self) -> Answers {
        let mut all = Answers::default();
        self.threads.into_iter().for_each(|thread| all.add(thread.join().expect("a writer is sound")));
        all
    }
}

fn drafts(chance: &mut Chance, community: &str, before: &Answers) -> Vec<Value> {
    let text = |chance: &mut Chance| "rye, ".repeat(chance.below(WORDS) as usize + 1);
    let known = before.written.len() as u64;
    let one = |chance: &mut Chance| match chance.below(4) {
        0 if known > 0 => {
            let on = &before.written[chance.below(known) as usize].document;
            json!({"draft": "comment", "on": on, "text": text(chance), "origin": null})
        }
        _ => post(community, &format!("Loaf {}", chance.next()), &text(chance)),
    };
    (0..chance.below(6) + 1).map(|_| one(chance)).collect()
}
