//! What a search looks through. The index is brought up to date last thing before a commit: any statement that
//! SQLite guards with a savepoint in between would make it write out what it has gathered, however little.

use super::{Store, StoreError};
use folkmoot_protocol::document::{DocumentKind, DocumentState, Key};
use rusqlite::params;
use std::cell::{Cell, RefCell};

/// So many bytes of text wait at the most.
const MOST_BYTES: usize = 4 << 20;

/// Changes of the index that wait for the commit, in order.
#[derive(Default)]
pub(super) struct Changes {
    list: RefCell<Vec<Change>>,
    bytes: Cell<usize>,
}

struct Change {
    document: i64,
    added: bool,
    title: String,
    text: String,
}

impl Changes {
    /// Forgets all of them.
    pub(super) fn forget(&self) {
        self.list.borrow_mut().clear();
        self.bytes.set(0);
    }
}

impl Store {
    /// A search finds a document from the next commit on.
    pub(super) fn add_words(&self, document: i64, state: &DocumentState) -> Result<(), StoreError> {
        self.change_words(document, state, true)
    }

    /// No search finds a document any more. `state`: as it was added.
    pub(super) fn remove_words(&self, document: i64, state: &DocumentState) -> Result<(), StoreError> {
        self.change_words(document, state, false)
    }

    fn change_words(&self, document: i64, state: &DocumentState, added: bool) -> Result<(), StoreError> {
        if !matches!(state.kind, DocumentKind::Post | DocumentKind::Comment | DocumentKind::Page) {
            return Ok(());
        }
        let [title, text] = [Key::Title, Key::Text].map(|key| state.text(key).to_owned());
        self.words.bytes.set(self.words.bytes.get() + title.len() + text.len());
        self.words.list.borrow_mut().push(Change { document, added, title, text });
        if self.in_transaction && self.words.bytes.get() < MOST_BYTES { Ok(()) } else { self.index_words() }
    }

    /// Makes the changes that wait.
    pub(super) fn index_words(&self) -> Result<(), StoreError> {
        let mut add = self.connection.prepare_cached("INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)")?;
        let mut remove = self.connection.prepare_cached("INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?1, ?2, ?3)")?;
        for Change { document, added, title, text } in self.words.list.take() {
            let statement = if added { &mut add } else { &mut remove };
            statement.execute(params![document, title, text])?;
        }
        self.words.bytes.set(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_protocol::{
        document::{Choice, Value},
        id::*,
    };

    fn says(text: &str) -> DocumentState {
        let choice = Choice { op: OpId([1; 32]), value: Value::Text(text.into()) };
        DocumentState { kind: DocumentKind::Post, author: PersonId([1; 32]), heads: vec![], edits: 1, fields: vec![(Key::Text, vec![choice])] }
    }

    fn found(store: &Store, word: &str) -> Vec<i64> {
        let mut select = store.connection.prepare("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid").unwrap();
        select.query_map([word], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn what_is_added_and_removed_in_one_transaction_keeps_its_order() {
        let mut store = Store::in_memory().unwrap();
        store.begin().unwrap();
        store.add_words(1, &says("rye")).unwrap();
        store.add_words(2, &says("rye")).unwrap();
        store.remove_words(1, &says("rye")).unwrap();
        store.add_words(1, &says("oats")).unwrap();
        store.commit().unwrap();
        assert_eq!((found(&store, "rye"), found(&store, "oats")), (vec![2], vec![1]));
    }

    #[test]
    fn what_is_rolled_back_is_not_found_later() {
        let mut store = Store::in_memory().unwrap();
        store.begin().unwrap();
        store.add_words(1, &says("rye")).unwrap();
        store.roll_back().unwrap();
        store.begin().unwrap();
        store.add_words(2, &says("oats")).unwrap();
        store.commit().unwrap();
        assert_eq!((found(&store, "rye"), found(&store, "oats")), (vec![], vec![2]));
    }

    #[test]
    fn texts_that_wait_are_bounded() {
        let mut store = Store::in_memory().unwrap();
        store.begin().unwrap();
        let long = "rye ".repeat(MOST_BYTES / 8);
        for document in 1..=3 {
            store.add_words(document, &says(&long)).unwrap();
            assert!(store.words.bytes.get() < MOST_BYTES);
        }
        store.commit().unwrap();
        assert_eq!(found(&store, "rye"), vec![1, 2, 3]);
    }
}
