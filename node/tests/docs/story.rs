//! Runs the examples: blocks marked `<!-- run -->`. All blocks of a page are one story, in one new folder that
//! is home to it. Lines after `$ ` are typed, the others are what is to come back; `...` stands for any lines.
//!
//! Ids differ each time: an id in the page stands for the one that came in its place, also where it is typed
//! later. So do tickets. Words of digits with `-`, `:` or `.` in them (times, addresses) may differ, and so may
//! the beginning of a word that is written as `…`.

use crate::pages::{self, Page};
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// What comes from other nodes may take a while: nodes compare what they hold at least every 30 seconds.
const PATIENCE: Duration = Duration::from_secs(40);
/// No example takes longer.
const LONGEST: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);
/// May be typed again, until the answer is there.
const READING: [&str; 9] = ["feed", "thread", "search", "status", "peers", "list", "show", "history", "verify"];

struct Story {
    page: String,
    home: tempfile::TempDir,
    /// What the page writes, and what it is this time.
    names: BTreeMap<String, String>,
    background: Vec<Child>,
    typed: usize,
}

impl Story {
    fn tell(page: &Page) -> usize {
        let home = tempfile::tempdir().unwrap();
        let mut story = Self { page: page.name.clone(), home, names: BTreeMap::new(), background: vec![], typed: 0 };
        for block in page.blocks().iter().filter(|block| block.runs) {
            let mut lines = block.lines.iter().copied().peekable();
            while let Some(line) = lines.next() {
                let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("{}: {line:?} answers no command", page.name));
                let mut expected = vec![];
                while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                    expected.push(line);
                }
                story.step(command, &expected);
            }
        }
        story.typed
    }

    fn step(&mut self, command: &str, expected: &[&str]) {
        self.typed += 1;
        let typed = self.substituted(command);
        if let Some(typed) = typed.strip_suffix(" &") {
            return self.start(typed, expected);
        }
        let since = Instant::now();
        loop {
            let (said, code) = self.run(&typed);
            let fault = self.judge(&said, code, expected);
            match fault {
                None => return,
                Some(_) if since.elapsed() < PATIENCE && READING.iter().any(|word| typed.split_whitespace().any(|typed| typed == *word)) => sleep(POLL),
                Some(fault) => panic!("{}:\n$ {typed}\n{said}\n{fault}", self.page),
            }
        }
    }

    fn judge(&mut self, said: &str, code: i32, expected: &[&str]) -> Option<String> {
        let fails = expected.first().is_some_and(|line| line.starts_with("error:"));
        if code != i32::from(fails) {
            return Some(format!("it ended with exit code {code}"));
        }
        let mut names = self.names.clone();
        if !expected.is_empty() && !matches(expected, &said.lines().collect::<Vec<_>>(), &mut names) {
            return Some(format!("the page says:\n{}", expected.join("\n")));
        }
        self.names = names;
        None
    }

    fn run(&self, typed: &str) -> (String, i32) {
        let path = self.home.path().join(".output");
        let mut child = self.spawn(typed, &path);
        let since = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if since.elapsed() > LONGEST {
                let _ = child.kill();
                panic!("{}: `{typed}` does not end", self.page);
            }
            sleep(POLL / 10);
        };
        (std::fs::read_to_string(path).unwrap(), status.code().unwrap_or(-1))
    }

    /// Starts what goes on beside the rest, and waits for what it says first.
    fn start(&mut self, typed: &str, expected: &[&str]) {
        let path = self.home.path().join(format!(".output-{}", self.background.len()));
        let child = self.spawn(&format!("exec {typed}"), &path);
        self.background.push(child);
        let since = Instant::now();
        loop {
            let said = std::fs::read_to_string(&path).unwrap_or_default();
            let mut names = self.names.clone();
            let lines: Vec<_> = said.lines().take(expected.len().max(1)).collect();
            if !said.is_empty() && matches(expected, &lines, &mut names) {
                self.names = names;
                return;
            }
            assert!(since.elapsed() < PATIENCE, "{}: `{typed} &` says\n{said}", self.page);
            sleep(POLL);
        }
    }

    fn spawn(&self, typed: &str, output: &Path) -> Child {
        let output = File::create(output).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_folkmoot"));
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("sh");
        command.arg("-c").arg(typed).current_dir(self.home.path()).env("HOME", self.home.path()).env("PATH", path).env("NO_COLOR", "1");
        for name in ["FOLKMOOT_DATA", "FOLKMOOT_PASSPHRASE", "FOLKMOOT_LOG", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap()
    }

    fn substituted(&self, command: &str) -> String {
        self.names.iter().fold(command.to_owned(), |command, (written, meant)| command.replace(written, meant))
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        for child in &mut self.background {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether lines are as expected, `...` being any number of them.
fn matches(expected: &[&str], said: &[&str], names: &mut BTreeMap<String, String>) -> bool {
    let said: Vec<&str> = said.iter().copied().filter(|line| !line.trim().is_empty()).collect();
    let expected: Vec<&str> = expected.iter().copied().filter(|line| !line.trim().is_empty()).collect();
    match expected.split_first() {
        None => said.is_empty(),
        Some((&"...", rest)) => (0..=said.len()).any(|skipped| {
            let mut tried = names.clone();
            let fits = matches(rest, &said[skipped..], &mut tried);
            if fits {
                *names = tried;
            }
            fits
        }),
        Some((line, rest)) if is_heading(line) => said.split_first().is_some_and(|(first, rows)| same_line(line, first, names) && same_rows(rest, rows, names)),
        Some((line, rest)) => said.split_first().is_some_and(|(first, others)| same_line(line, first, names) && matches(rest, others, names)),
    }
}

/// Whether a table begins here: its rows are in the order of ids, which differ each time.
fn is_heading(line: &str) -> bool {
    line.split_whitespace().count() > 1 && line.chars().all(|c| c.is_uppercase() || c == ' ')
}

fn same_rows(expected: &[&str], said: &[&str], names: &mut BTreeMap<String, String>) -> bool {
    let Some((line, rest)) = expected.split_first() else { return said.is_empty() };
    if *line == "..." {
        return matches(expected, said, names);
    }
    (0..said.len()).any(|at| {
        let mut tried = names.clone();
        let others: Vec<&str> = said.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| *line).collect();
        let fits = same_line(line, said[at], &mut tried) && same_rows(rest, &others, &mut tried);
        if fits {
            *names = tried;
        }
        fits
    })
}

fn same_line(expected: &str, said: &str, names: &mut BTreeMap<String, String>) -> bool {
    let (expected, said): (Vec<_>, Vec<_>) = (expected.split_whitespace().collect(), said.split_whitespace().collect());
    expected.len() == said.len() && expected.iter().zip(said).all(|(expected, said)| same_word(expected, said, names))
}

fn same_word(expected: &str, said: &str, names: &mut BTreeMap<String, String>) -> bool {
    let moment = |word: &str| {
        word.contains(['-', ':', '.']) && word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || "-:.,".contains(c))
    };
    if expected == said || (moment(expected) && moment(said)) {
        return true;
    }
    if expected.starts_with("folkmoot1") && said.starts_with("folkmoot1") {
        return stands_for(expected, said, names);
    }
    if let Some(end) = expected.strip_prefix('…') {
        return said.ends_with(end);
    }
    let (expected, said) = (parts(expected), parts(said));
    let expected: Vec<&str> = expected.into_iter().filter(|part| *part != "…").collect();
    expected.len() == said.len()
        && expected.iter().zip(said).all(|(expected, said)| match is_id(expected) && is_id(said) {
            true => stands_for(&expected[..8], &said[..8], names),
            false => *expected == said,
        })
}

fn is_id(word: &str) -> bool {
    [8, 16, 64].contains(&word.len()) && word.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

fn stands_for(written: &str, meant: &str, names: &mut BTreeMap<String, String>) -> bool {
    names.entry(written.to_owned()).or_insert_with(|| meant.to_owned()) == meant
}

/// A word's runs of letters and digits, and what stands between them.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = vec![];
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_alphanumeric() != first.is_alphanumeric()).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

#[test]
fn examples_do_what_they_say() {
    let pages: Vec<Page> = pages::all().into_iter().filter(|page| page.blocks().iter().any(|block| block.runs)).collect();
    let told: Vec<_> = std::thread::scope(|scope| {
        let stories: Vec<_> = pages.iter().map(|page| scope.spawn(|| Story::tell(page))).collect();
        stories.into_iter().map(|story| story.join()).collect()
    });
    let typed: usize = told.into_iter().map(|typed| typed.unwrap_or_else(|fault| std::panic::resume_unwind(fault))).sum();
    println!("{typed} commands of {} pages", pages.len());
    assert!(typed > 40, "only {typed} commands of the documentation are run");
}

#[test]
fn a_line_fits_where_only_ids_and_times_differ() {
    let mut names = BTreeMap::new();
    assert!(same_line("Posted 2c4f9a10.", "Posted 01234567.", &mut names));
    assert!(same_line("2c4f9a10  just now", "01234567 just now", &mut names));
    assert!(!same_line("2c4f9a10", "76543210", &mut names), "one id stands for one other");
    assert!(same_line("hash 37b6afcf…", &format!("hash {}", "ab".repeat(32)), &mut names));
    assert!(same_line("until 2026-11-30 05:08:", "until 2027-01-02 11:59:", &mut names));
    assert!(!same_line("1 comment", "2 comment", &mut names));
    assert!(matches(&["a", "...", "d"], &["a", "b", "c", "d"], &mut names));
    assert!(!matches(&["a", "...", "d"], &["a", "b"], &mut names));
    assert!(matches(&["ID NAME", "1 one", "2 two"], &["ID NAME", "2 two", "1 one"], &mut names));
    assert!(!matches(&["ID NAME", "1 one", "2 two"], &["ID NAME", "2 two", "2 two"], &mut names));
}
