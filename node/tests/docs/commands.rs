//! Every command that is mentioned exists, with the options that are mentioned.

use crate::pages;
use std::{collections::BTreeMap, process::Command};

/// What `--help` says, by the words after `folkmoot`.
#[derive(Default)]
struct Help(BTreeMap<Vec<String>, String>);

impl Help {
    fn of(&mut self, path: &[String]) -> &str {
        self.0.entry(path.to_vec()).or_insert_with(|| {
            let said = Command::new(env!("CARGO_BIN_EXE_folkmoot")).args(path).arg("--help").output().unwrap();
            assert!(said.status.success(), "folkmoot {} --help fails", path.join(" "));
            String::from_utf8(said.stdout).unwrap()
        })
    }

    fn has_command(&mut self, path: &[String], word: &str) -> bool {
        let help = self.of(path);
        let commands = help.split_once("\nCommands:\n").and_then(|(_, rest)| rest.split("\n\n").next()).unwrap_or_default();
        commands.lines().any(|line| line.starts_with("  ") && line.split_whitespace().next() == Some(word))
    }

    fn has_option(&mut self, path: &[String], option: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        let help = self.of(path);
        help.match_indices(option).any(|(at, _)| help[..at].ends_with([' ', ',']) && ends(&help[at + option.len()..]))
    }
}

/// Checks one command line from `folkmoot` on; answers what is wrong with it.
fn check(line: &str, help: &mut Help) -> Option<String> {
    let (mut path, mut walking, mut value) = (vec![], true, false);
    let mut options = vec![];
    for word in line.split_whitespace().skip(1).take_while(|word| !["|", "&", ">", "<", "&&", ";", "#"].contains(word)) {
        if std::mem::take(&mut value) {
            continue;
        }
        if word.starts_with('-') && word.len() > 1 && !word[1..].starts_with(|c: char| c.is_numeric()) {
            let option = word.split('=').next().unwrap_or(word).trim_end_matches(['\'', '"', ',', '.']);
            value = option == "--data" && !word.contains('=');
            options.push(option.to_owned());
        } else if walking && help.has_command(&path, word) {
            path.push(word.to_owned());
        } else {
            let placeholder = word.starts_with(|c: char| c.is_uppercase() || c == '…');
            if walking && help.of(&path).contains("\nCommands:\n") && !placeholder && path.first().is_none_or(|first| first != "import") {
                return Some(format!("there is no command {word:?}"));
            }
            walking = false;
        }
    }
    options.into_iter().find(|option| option != "--help" && !help.has_option(&path, option)).map(|option| format!("there is no option {option}"))
}

#[test]
fn every_command_and_option_that_is_mentioned_exists() {
    let mut help = Help::default();
    let (mut faults, mut checked) = (vec![], 0);
    for page in pages::all() {
        let typed = page.blocks().into_iter().filter(|block| ["console", "sh"].contains(&block.language));
        let typed: Vec<String> = typed.flat_map(|block| block.lines).map(|line| line.strip_prefix("$ ").unwrap_or(line).to_owned()).collect();
        for line in typed.into_iter().chain(page.code_spans()).filter(|line| line.starts_with("folkmoot ")) {
            checked += 1;
            faults.extend(check(&line, &mut help).map(|fault| format!("{}: `{line}`: {fault}", page.name)));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(checked > 50, "only {checked} commands were found in the documentation");
}

#[test]
fn every_command_is_documented() {
    let mut help = Help::default();
    let listed = help.of(&[]).split_once("\nCommands:\n").and_then(|(_, rest)| rest.split("\n\n").next()).unwrap_or_default().to_owned();
    let commands = listed.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let page = pages::read("docs/src/guide/commands.md");
    for command in commands.filter_map(|line| line.split_whitespace().next()).filter(|command| *command != "help") {
        assert!(page.contains(&format!("`{command}")), "docs/src/guide/commands.md does not name `{command}`");
    }
}

#[test]
fn a_wrong_command_and_a_wrong_option_are_found() {
    let mut help = Help::default();
    assert_eq!(check("folkmoot --data x feed --sort top", &mut help), None);
    assert_eq!(check("folkmoot import lemmy pages --into bread", &mut help), None);
    assert_eq!(check("folkmoot feed bread | head", &mut help), None);
    assert!(check("folkmoot feed --order top", &mut help).is_some());
    assert!(check("folkmoot community burn", &mut help).is_some());
    assert!(check("folkmoot sing", &mut help).is_some());
}
