//! The pages: where they are, what is in them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One page of the documentation.
pub struct Page {
    /// Its path from the root of the project.
    pub name: String,
    pub text: String,
}

/// A fenced block of code.
pub struct Block<'a> {
    pub language: &'a str,
    /// Whether `<!-- run -->` stands on the line before it.
    pub runs: bool,
    pub lines: Vec<&'a str>,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every page of the book, and those at the root that tell how to use the program.
pub fn all() -> Vec<Page> {
    let mut paths = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    find(&root().join("docs/src"), &mut paths);
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| Page { name: name(path), text: fs::read_to_string(path).unwrap() }).collect()
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => find(&path, found),
            false if path.extension().is_some_and(|extension| extension == "md") => found.push(path),
            false => {}
        }
    }
}

impl Page {
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let (mut blocks, mut open, mut before) = (vec![], None, "");
        for line in self.text.lines() {
            match (line.trim_start().strip_prefix("```"), open.take()) {
                (Some(_), Some(block)) => blocks.push(block),
                (Some(language), None) => open = Some(Block { language, runs: before.trim() == "<!-- run -->", lines: vec![] }),
                (None, Some(mut block)) => {
                    block.lines.push(line);
                    open = Some(block);
                }
                (None, None) => {}
            }
            before = line;
        }
        assert!(open.is_none(), "{}: a block of code does not end", self.name);
        blocks
    }

    /// What stands between backticks, outside of blocks.
    pub fn code_spans(&self) -> Vec<String> {
        let mut within = false;
        let mut outside = String::new();
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            within ^= fence;
            if !within && !fence {
                outside += line;
                outside.push(' ');
            }
        }
        outside.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let pages = all();
    let summary = read("docs/src/SUMMARY.md");
    for page in &pages {
        if let Some(path) = page.name.strip_prefix("docs/src/").filter(|path| *path != "SUMMARY.md") {
            assert!(summary.contains(&format!("({path})")), "{path} is not in SUMMARY.md");
        }
        let folder = root().join(&page.name).parent().unwrap().to_owned();
        for link in page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.contains("://") {
                continue;
            }
            let target = if path.is_empty() { root().join(&page.name) } else { folder.join(path) };
            assert!(target.exists(), "{}: the link to {link} leads nowhere", page.name);
            assert!(anchor.is_empty() || has_heading(&target, anchor), "{}: {link} names no heading", page.name);
        }
    }
}

fn has_heading(page: &Path, anchor: &str) -> bool {
    let slug = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars().filter_map(|c| if c == ' ' { Some('-') } else { (c.is_alphanumeric() || c == '-' || c == '_').then_some(c) }).collect::<String>()
    };
    fs::read_to_string(page).unwrap().lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor)
}
