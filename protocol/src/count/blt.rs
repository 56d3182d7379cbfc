//! Ballots in BLT, the format of Hill, Wichmann and Woodall's program (Computer Journal 30, 1987), as OpenSTV and
//! OpaVote write it (<https://www.opavote.com/help/overview#blt-file-format>).
//!
//! ```text
//! 4 2           four candidates, two seats
//! -3            the third has withdrawn
//! 7 1 2 4 0     seven papers: 1 before 2 before 4
//! 3 4 - 2 0     three papers: 4 first, no second choice, 2 third
//! 0             the end of the papers
//! "Alice"       the candidates' names
//! "Bob"
//! "Carol"
//! "Dave"
//! "The council" what the election is called
//! ```
//!
//! A line may have a comment behind `#`, and a paper its name in brackets before it.

use super::stv::{Election, Papers};
use crate::limits;
use std::collections::{BTreeMap, BTreeSet};

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blt {
    /// What the election is called; empty where the file does not say.
    pub title: String,
    /// The candidates' names, in their order on the paper.
    pub names: Vec<String>,
    /// The ballots.
    pub election: Election,
    /// Papers without any choice that counts.
    pub empty: u64,
    /// Papers that name a candidate more than once: the first place counts.
    pub repeated: u64,
    /// What the file lacks.
    pub notes: Vec<String>,
}

impl Blt {
    /// All papers of the file.
    pub fn papers(&self) -> u64 {
        self.empty + self.election.papers.iter().map(|papers| papers.count).sum::<u64>()
    }

    /// Papers whose every choice has withdrawn: there is nobody whom they could count for.
    pub fn without_standing(&self) -> u64 {
        let withdrawn = |papers: &&Papers| papers.ranking.iter().all(|candidate| self.election.withdrawn.contains(candidate));
        self.election.papers.iter().filter(withdrawn).map(|papers| papers.count).sum()
    }
}

/// What is wrong with a file, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct BltError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No candidates and seats at the beginning.
    #[error("the number of candidates and the number of seats should stand here, as in `6 3`")]
    NoHead,
    /// No candidate or no seat.
    #[error("there must be a candidate and a seat at least")]
    Nothing,
    /// More than is counted.
    #[error("there are {0} candidates; at most {most} are counted", most = limits::CANDIDATES)]
    TooManyCandidates(u64),
    /// A word where a number is expected.
    #[error("`{0}` is no whole number")]
    NotANumber(String),
    /// A number beyond all that is counted.
    #[error("`{0}` is too large: nothing is counted beyond {most}", most = limits::PAPERS)]
    TooLarge(String),
    /// Two candidates in one place.
    #[error("`{0}` ranks several candidates as equal, which this rule cannot count")]
    EqualRanks(String),
    /// A number that no candidate has.
    #[error("there is no candidate {0}")]
    NoCandidate(u64),
    /// A line that goes on where it should end, or the other way round.
    #[error("a line of papers ends with one 0")]
    NoEnd,
    /// Something else among withdrawn candidates.
    #[error("candidates who have withdrawn stand alone on their line, as in `-2 -5`")]
    NotWithdrawn,
    /// A number of papers below nothing.
    #[error("`{0}` is a negative number of papers")]
    NegativePapers(String),
    /// So many papers that they would not add up.
    #[error("there are more papers than can be counted ({most})", most = limits::PAPERS)]
    TooManyPapers,
    /// A name that is not in quotation marks.
    #[error("a name in quotation marks should stand here")]
    NotAName,
    /// Nothing between a candidate's quotation marks.
    #[error("the name of candidate {0} is empty")]
    EmptyName(usize),
    /// Fewer names than candidates.
    #[error("there are {candidates} candidates, but names for {names} only")]
    TooFewNames {
        /// Names found.
        names: usize,
        /// Names needed.
        candidates: usize,
    },
    /// An end before the papers ended.
    #[error("the file ends among the papers, without the names of its {0} candidates")]
    CutOff(usize),
    /// Something behind the title.
    #[error("nothing is expected behind the title")]
    Behind,
}

impl Fault {
    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::NoHead => "begin the file with both numbers, as in `6 3`: six candidates for three seats".into(),
            Self::Nothing => "write how many candidates and seats there are, each 1 at least".into(),
            Self::TooManyCandidates(_) => "check whether the first line says candidates before seats, as in `6 3`".into(),
            Self::NotANumber(_) => "write numbers alone: how many papers, then the candidates by their numbers, then 0, as in `7 1 2 0`".into(),
            Self::TooLarge(_) | Self::TooManyPapers => "check the first number of the line: it says how many papers are alike".into(),
            Self::EqualRanks(_) => "count by a rule that knows equal ranks, or have the paper rank one after another".into(),
            Self::NoCandidate(_) => {
                "candidates are numbered from 1, in the order of their names: correct the line, or the number of candidates in the first one".into()
            }
            Self::NoEnd => "write how many papers, then candidates, then 0, as in `7 1 2 0`".into(),
            Self::NotWithdrawn => "put those who have withdrawn on a line of their own".into(),
            Self::NegativePapers(_) => {
                "write how many papers are alike, as in `7 1 2 0`; candidates who have withdrawn stand alone on their line, without a 0".into()
            }
            Self::EmptyName(_) => "write the candidate's name between the quotation marks, as in `\"Alice\"`".into(),
            Self::NotAName => "put each name in quotation marks, as in `\"Alice\"`".into(),
            Self::TooFewNames { candidates, .. } => format!("write the names of all {candidates} candidates behind the papers, each in quotation marks"),
            Self::CutOff(_) => {
                "end the papers with a line `0` and write the names behind it, each in quotation marks; if the file was cut off, get it again".into()
            }
            Self::Behind => "take away what stands behind the title; if it is a name, the first line says too few candidates".into(),
        }
    }
}

/// Reads a file.
pub fn parse(text: &str) -> Result<Blt, BltError> {
    let mut lines = text.lines().enumerate().map(|(n, line)| (n + 1, without_comment(line).trim())).filter(|(_, line)| !line.is_empty()).peekable();
    let (line, head) = lines.next().ok_or(BltError { line: 1, fault: Fault::NoHead })?;
    let (candidates, seats) = parse_head(head).map_err(|fault| BltError { line, fault })?;
    let mut ballots = Ballots { candidates, withdrawn: BTreeSet::new(), papers: BTreeMap::new(), empty: 0, repeated: 0, all: 0 };
    let (mut last, mut ended) = (line, false);
    while let Some((line, text)) = lines.next_if(|(_, text)| !ended && !text.starts_with('"')) {
        (last, ended) = (line, text == "0");
        if !ended {
            ballots.take(text).map_err(|fault| BltError { line, fault })?;
        }
    }
    if !ended && lines.peek().is_none() {
        return Err(BltError { line: last, fault: Fault::CutOff(candidates) });
    }
    let mut texts = Vec::new();
    for (line, text) in lines {
        last = line;
        let here = quoted(text).ok_or(BltError { line, fault: Fault::NotAName })?;
        texts.extend(here.into_iter().map(|text| (line, text)));
    }
    if texts.len() < candidates {
        return Err(BltError { line: last, fault: Fault::TooFewNames { names: texts.len(), candidates } });
    }
    if let Some((line, _)) = texts.get(candidates + 1) {
        return Err(BltError { line: *line, fault: Fault::Behind });
    }
    if let Some((n, (line, _))) = texts.iter().enumerate().take(candidates).find(|(_, (_, name))| name.is_empty()) {
        return Err(BltError { line: *line, fault: Fault::EmptyName(n + 1) });
    }
    let mut texts = texts.into_iter().map(|(_, text)| text);
    let names = texts.by_ref().take(candidates).collect();
    let title = texts.next().unwrap_or_default();
    let lacks = [
        (!ended, "no line `0` ends the papers: some may be missing"),
        (title.is_empty(), "the file has no title: if its last name is one, the name of a candidate is missing"),
    ];
    let notes = lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, note)| note.to_owned()).collect();
    let Ballots { withdrawn, papers, empty, repeated, .. } = ballots;
    let papers = papers.into_iter().map(|(ranking, count)| Papers { count, ranking }).collect();
    Ok(Blt { title, names, election: Election { candidates, seats, withdrawn, papers }, empty, repeated, notes })
}

/// What was read of the ballots.
struct Ballots {
    candidates: usize,
    withdrawn: BTreeSet<usize>,
    /// How many papers say the same.
    papers: BTreeMap<Vec<usize>, u64>,
    empty: u64,
    repeated: u64,
    all: u64,
}

impl Ballots {
    fn take(&mut self, text: &str) -> Result<(), Fault> {
        if text.starts_with('-') && !text.starts_with("- ") {
            if let [count, choice, .., "0"] = text.split_whitespace().collect::<Vec<_>>()[..]
                && !choice.starts_with('-')
            {
                return Err(Fault::NegativePapers(count.chars().take(40).collect()));
            }
            for word in text.split_whitespace() {
                let candidate = self.candidate(number(word.strip_prefix('-').ok_or(Fault::NotWithdrawn)?)?)?;
                self.withdrawn.insert(candidate);
            }
            return Ok(());
        }
        // A paper's name is for whoever looks for it in the file.
        let text = text.strip_prefix('(').and_then(|named| named.split_once(')')).map_or(text, |(_, rest)| rest);
        let mut words = text.split_whitespace();
        let count = number(words.next().ok_or(Fault::NoEnd)?)?;
        self.all += count;
        if self.all > limits::PAPERS {
            return Err(Fault::TooManyPapers);
        }
        let (mut ranking, mut gap, mut ended, mut repeats) = (Vec::new(), false, false, false);
        for word in words {
            match word {
                _ if ended => return Err(Fault::NoEnd),
                "0" => ended = true,
                "-" => gap = true,
                word if word.contains('=') => return Err(Fault::EqualRanks(word.to_owned())),
                word => {
                    let candidate = self.candidate(number(word)?)?;
                    // Choices behind one that was left out do not count: they are in no consecutive order.
                    match ranking.contains(&candidate) {
                        true => repeats = true,
                        false if !gap => ranking.push(candidate),
                        false => {}
                    }
                }
            }
        }
        if !ended {
            return Err(Fault::NoEnd);
        }
        if repeats {
            self.repeated += count;
        }
        if ranking.is_empty() {
            self.empty += count;
        } else if count > 0 {
            *self.papers.entry(ranking).or_insert(0) += count;
        }
        Ok(())
    }

    /// Candidates are numbered from 1.
    fn candidate(&self, number: u64) -> Result<usize, Fault> {
        let candidate = number.checked_sub(1).and_then(|n| usize::try_from(n).ok());
        candidate.filter(|candidate| *candidate < self.candidates).ok_or(Fault::NoCandidate(number))
    }
}

fn parse_head(head: &str) -> Result<(usize, usize), Fault> {
    let mut words = head.split_whitespace();
    let (Some(candidates), Some(seats), None) = (words.next(), words.next(), words.next()) else { return Err(Fault::NoHead) };
    let (candidates, seats) = (number(candidates)?, number(seats)?);
    match (usize::try_from(candidates), usize::try_from(seats)) {
        (Ok(0), _) | (_, Ok(0)) => Err(Fault::Nothing),
        (Ok(candidates), Ok(seats)) if candidates <= limits::CANDIDATES => Ok((candidates, seats)),
        _ => Err(Fault::TooManyCandidates(candidates)),
    }
}

fn number(word: &str) -> Result<u64, Fault> {
    let shown = || word.chars().take(40).collect();
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::NotANumber(shown()));
    }
    word.parse().ok().filter(|number| *number <= limits::PAPERS).ok_or_else(|| Fault::TooLarge(shown()))
}

/// A mark within quotation marks begins no comment.
fn without_comment(line: &str) -> &str {
    let mut within = false;
    let at = line.char_indices().find(|(_, c)| {
        within ^= *c == '"';
        *c == '#' && !within
    });
    at.map_or(line, |(at, _)| &line[..at])
}

/// The texts in quotation marks that a line consists of. A mark that ends none of them belongs to the name: `"Ann
/// "Nan" Lee"`.
fn quoted(mut line: &str) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !line.is_empty() {
        let rest = line.strip_prefix('"')?;
        let ends = |at: &usize| {
            let behind = rest[at + 1..].trim_start();
            behind.is_empty() || (behind.starts_with('"') && behind.len() < rest.len() - at - 1)
        };
        let end = rest.match_indices('"').map(|(at, _)| at).find(ends)?;
        texts.push(rest[..end].trim().to_owned());
        line = rest[end + 1..].trim_start();
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "3 1\n2 1 2 0\n1 3 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"T\"\n";

    fn fault(text: &str) -> (usize, Fault) {
        let error = parse(text).unwrap_err();
        (error.line, error.fault)
    }

    fn papers(blt: &Blt) -> Vec<(u64, Vec<usize>)> {
        blt.election.papers.iter().map(|papers| (papers.count, papers.ranking.clone())).collect()
    }

    #[test]
    fn a_file_is_read() {
        let blt = parse(SMALL).unwrap();
        assert_eq!((blt.election.candidates, blt.election.seats, blt.title.as_str()), (3, 1, "T"));
        assert_eq!(blt.names, ["A", "B", "C"]);
        assert_eq!(papers(&blt), [(2, vec![0, 1]), (1, vec![2])]);
    }

    #[test]
    fn what_other_programs_write_is_read_too() {
        let odd = "# an election\r\n3 1 # three\r\n\r\n-2 -3\r\n(x7) 2 1 2 0\r\n4 - 1 0\r\n1 3 - 2 0\r\n5 0\r\n\"A # 1\" \"Ann \"B\" Lee\"\r\n\"C\"\r\n";
        let blt = parse(odd).unwrap();
        assert_eq!(papers(&blt), [(2, vec![0, 1]), (1, vec![2])]);
        assert_eq!((blt.empty, blt.election.withdrawn.iter().copied().collect::<Vec<_>>()), (9, vec![1, 2]));
        assert_eq!((blt.names, blt.title.as_str()), (vec!["A # 1".to_owned(), "Ann \"B\" Lee".into(), "C".into()], ""));
    }

    #[test]
    fn a_candidate_who_is_named_twice_counts_once_and_it_is_told() {
        let blt = parse(&SMALL.replace("2 1 2 0", "2 1 2 1 0")).unwrap();
        assert_eq!((papers(&blt), blt.repeated), (papers(&parse(SMALL).unwrap()), 2));
    }

    #[test]
    fn a_paper_whose_every_choice_has_withdrawn_is_a_paper() {
        let blt = parse("3 1\n-3\n5 3 0\n2 1 0\n1 0\n4 3 2 0\n0\n\"A\"\n\"B\"\n\"C\"\n").unwrap();
        assert_eq!((blt.papers(), blt.without_standing(), blt.empty), (12, 5, 1));
    }

    #[test]
    fn a_file_without_its_closing_zero_is_read() {
        let open = parse(&SMALL.replace("\n0\n", "\n")).unwrap();
        assert_eq!(open.notes, ["no line `0` ends the papers: some may be missing"]);
        assert_eq!(Ok(Blt { notes: vec![], ..open }), parse(SMALL));
    }

    #[test]
    fn a_file_without_a_title_is_read_and_it_is_told() {
        let note = "the file has no title: if its last name is one, the name of a candidate is missing";
        for untitled in [SMALL.replace("\"T\"\n", ""), SMALL.replace("\"T\"", "\"\""), SMALL.replace("\"C\"\n", "")] {
            let blt = parse(&untitled).unwrap();
            assert_eq!((blt.title.as_str(), blt.names.len(), blt.notes), ("", 3, vec![note.to_owned()]));
        }
        assert_eq!(parse(SMALL).unwrap().notes, Vec::<String>::new());
    }

    #[test]
    fn a_candidate_without_a_name_is_refused() {
        for empty in ["\"\"", "\" \""] {
            assert_eq!(fault(&SMALL.replace("\"B\"", empty)), (6, Fault::EmptyName(2)));
        }
    }

    #[test]
    fn a_negative_number_of_papers_is_no_withdrawal() {
        assert_eq!(fault("2 1\n-5 1 2 0\n"), (2, Fault::NegativePapers("-5".into())));
        assert_eq!(fault("2 1\n-1 2 0\n"), (2, Fault::NegativePapers("-1".into())));
        assert_eq!(fault("2 1\n-1 2\n"), (2, Fault::NotWithdrawn));
        assert_eq!(fault("2 1\n-1 -2 0\n"), (2, Fault::NotWithdrawn));
        assert_eq!(fault("2 1\n-5\n"), (2, Fault::NoCandidate(5)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(fault(""), (1, Fault::NoHead));
        assert_eq!(fault("3\n"), (1, Fault::NoHead));
        assert_eq!(fault("0 1\n"), (1, Fault::Nothing));
        assert_eq!(fault("2 0\n"), (1, Fault::Nothing));
        assert_eq!(fault("99999999 1\n"), (1, Fault::TooManyCandidates(99_999_999)));
        assert_eq!(fault("2 1\n1 3 0\n"), (2, Fault::NoCandidate(3)));
        assert_eq!(fault("2 1\n1 1=2 0\n"), (2, Fault::EqualRanks("1=2".into())));
        assert_eq!(fault("2 1\n1.5 1 0\n"), (2, Fault::NotANumber("1.5".into())));
        assert_eq!(fault("2 1\n+1 1 0\n"), (2, Fault::NotANumber("+1".into())));
        for large in ["9000000000000000000", "99999999999999999999999"] {
            assert_eq!(fault(&format!("2 1\n{large} 1 0\n")), (2, Fault::TooLarge(large.into())));
        }
        assert_eq!(fault("2 1\n1 1 2\n"), (2, Fault::NoEnd));
        assert_eq!(fault("2 1\n1 1 0 2 0\n"), (2, Fault::NoEnd));
        assert_eq!(fault("2 1\n9007199254740992 1 0\n1 2 0\n"), (3, Fault::TooManyPapers));
        assert_eq!(fault("2 1\n1 1 0\n0\nAnn\n"), (4, Fault::NotAName));
        assert_eq!(fault("2 1\n1 1 0\n0\n\"Ann\n"), (4, Fault::NotAName));
        assert_eq!(fault("2 1\n1 1 0\n0\n\"Ann\"\n"), (4, Fault::TooFewNames { names: 1, candidates: 2 }));
        assert_eq!(fault("2 1\n1 1 0\n0\n"), (3, Fault::TooFewNames { names: 0, candidates: 2 }));
        assert_eq!(fault("4 1\n1 1 0\n1 2 0\n"), (3, Fault::CutOff(4)));
        assert_eq!(fault(&format!("{SMALL}\"more\"\n")), (9, Fault::Behind));
    }
}
