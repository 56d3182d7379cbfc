//! Whether a store holds what was acknowledged, asked of the program and then of the file itself.

use crate::{common::Member, writers::Answers};
use rusqlite::{Connection, OpenFlags};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// How long two nodes may stand still before they agree.
const PATIENCE: Duration = Duration::from_secs(60);

/// What must hold of a folder after a kill, before anything is mended: the program finds it sound and does
/// not ask for a repair; what was acknowledged is there.
pub(crate) fn assert_whole(member: &Member, answers: &Answers) {
    member.state_hash();
    assert_needs_nothing(member);
    let held = Held::of(member);
    for written in &answers.written {
        let (operation, document) = (held.operations.contains(&written.operation), held.documents.contains(&written.document));
        assert!(operation && (document || answers.erased.contains(&written.document)), "acknowledged and lost: {written:?}");
    }
    for document in &answers.erased {
        assert!(!held.documents.contains(document), "acknowledged as erased and still there: {document}");
    }
}

/// `doctor` finds a sound store, whose device may write.
pub(crate) fn assert_needs_nothing(member: &Member) {
    let said = member.say(&["doctor"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("the store is sound"), "{}", said.out);
    assert!(!said.out.contains("repair"), "{}", said.out);
}

/// Members' running nodes come to hold the same; however long that takes, it goes on.
pub(crate) fn assert_agree(members: [&Member; 2]) {
    let (mut progress, mut held) = (Instant::now(), 0);
    while members[0].state_hash() != members[1].state_hash() {
        let now = members.map(|member| ask::<i64>(member, "SELECT count(*) FROM operation")[0]).iter().sum();
        if held < now {
            (progress, held) = (Instant::now(), now);
        }
        assert!(progress.elapsed() < PATIENCE, "no progress: {:?}", members.map(|member| member.done(&["status"])));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// No chain was closed by a fork, as far as a member knows.
pub(crate) fn assert_no_forks(members: &[&Member]) {
    for member in members {
        let status = member.done(&["status"]);
        assert!(status["spaces"].as_array().unwrap().iter().all(|space| space["closed"] == 0), "{status}");
        assert_eq!(status["cannot_write"], serde_json::Value::Null);
    }
}

/// What a store's file holds.
pub(crate) struct Held {
    pub(crate) operations: HashSet<String>,
    pub(crate) documents: HashSet<String>,
}

impl Held {
    pub(crate) fn of(member: &Member) -> Self {
        Self {
            operations: strings(member, "SELECT lower(hex(id)) FROM operation"),
            documents: strings(member, "SELECT lower(hex(d.id)) FROM document_state t JOIN document d ON d.n = t.document"),
        }
    }
}

pub(crate) fn ask<T: rusqlite::types::FromSql>(member: &Member, sql: &str) -> Vec<T> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let store = Connection::open_with_flags(member.store(), flags).unwrap();
    store.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let mut select = store.prepare(sql).unwrap();
    select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn strings(member: &Member, sql: &str) -> HashSet<String> {
    ask(member, sql).into_iter().collect()
}
