//! Ballots on budgets in the format of Pabulib, the library of participatory budgeting data
//! (<https://pabulib.org/format>): three tables, `META`, `PROJECTS` and `VOTES`, their columns parted by semicolons.

use super::shares::{Budget, Proposal};
use crate::limits;
use std::collections::{BTreeMap, BTreeSet};

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pabulib {
    /// What the vote is called.
    pub title: String,
    /// The currency; empty where the file does not say.
    pub currency: String,
    /// Amounts are in units that have so many decimals.
    pub decimals: u32,
    /// The projects, in the order of the budget's proposals.
    pub projects: Vec<Project>,
    /// The money and the votes.
    pub budget: Budget,
    /// What the file itself says was funded.
    pub recorded: Option<BTreeSet<usize>>,
    /// Where the file contradicts itself.
    pub notes: Vec<String>,
}

/// A project as it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// What votes call it by.
    pub id: String,
    /// Its name; empty where the file does not say.
    pub name: String,
}

/// What is wrong with a file, in which line, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PabulibError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

const META: &str = "META";
const PROJECTS: &str = "PROJECTS";
const VOTES: &str = "VOTES";

/// Reads a file.
pub fn parse(text: &str) -> Result<Pabulib, PabulibError> {
    let tables = Tables::read(text)?;
    let meta = tables.meta()?;
    let said = |key: &'static str| meta.get(key).map(|(_, value)| value.as_str());
    let needed = |key: &str, example: &str| meta.get(key).ok_or_else(|| tables.not_said(key, example));
    let (line, vote_type) = needed("vote_type", "vote_type;approval")?;
    let one_each = vote_type.eq_ignore_ascii_case("choose-1");
    if !one_each && !vote_type.eq_ignore_ascii_case("approval") {
        let what = format!("the votes are of the type `{}`, which this rule cannot count", opening(vote_type));
        return Err(row(*line, what, "give a file with approvals: votes of the type `approval` or `choose-1`"));
    }
    let (line, budget) = needed("budget", "budget;100000")?;
    let amount = Amount::read(*line, budget)?;
    let projects = tables.projects()?;
    let decimals = projects.iter().map(|row| row.cost.decimals).chain([amount.decimals]).max().unwrap_or(0);
    let mut proposals: Vec<Proposal> = projects.iter().map(|row| Proposal { cost: row.cost.scaled(decimals), supporters: vec![] }).collect();
    let voters = tables.votes(&projects, one_each, &mut proposals)?;
    let title = ["description", "unit", "instance"].into_iter().filter_map(said).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    for (key, found) in [("num_projects", proposals.len()), ("num_votes", voters)] {
        if let Some(stated) = said(key).filter(|stated| stated.parse() != Ok(found)) {
            notes.push(format!("the file states {key} {stated}, but holds {found}"));
        }
    }
    notes.extend(tables.contradictions());
    let recorded = (!projects.is_empty() && projects.iter().all(|row| row.selected.is_some())).then(|| {
        let selected = projects.iter().enumerate().filter(|(_, row)| row.selected == Some(true));
        selected.map(|(n, _)| n).collect()
    });
    Ok(Pabulib {
        title,
        currency: said("currency").unwrap_or_default().to_owned(),
        decimals,
        budget: Budget { amount: amount.scaled(decimals), unit: 10u128.pow(decimals), voters, proposals },
        projects: projects.into_iter().map(|row| row.project).collect(),
        recorded,
        notes,
    })
}

/// A row's cells, and the line that it stands in.
type Row = (u64, Vec<String>);

#[derive(Default)]
struct Tables {
    /// Each one's rows, and the line of its name.
    tables: BTreeMap<&'static str, (u64, Vec<Row>)>,
    /// The file's last line.
    last: u64,
}

struct ProjectRow {
    project: Project,
    cost: Amount,
    selected: Option<bool>,
}

impl Tables {
    fn read(text: &str) -> Result<Self, PabulibError> {
        if let Some(line) = open_quote(text) {
            return Err(row(
                line,
                "a quotation mark opens here, and nothing closes it",
                "close the text with a second quotation mark, or take the first one away",
            ));
        }
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let (mut tables, mut open) = (Self { last: text.lines().count().max(1) as u64, ..Self::default() }, None);
        for record in reader.records() {
            let record = record.map_err(|error| row(error.position().map_or(1, csv::Position::line), "this cannot be read", FORMAT))?;
            let line = record.position().map_or(1, csv::Position::line);
            let first = record.get(0).unwrap_or_default();
            let begins = [META, PROJECTS, VOTES].into_iter().find(|name| first.eq_ignore_ascii_case(name));
            match (begins, open) {
                // A table's name stands alone; some programs fill its line up with empty cells.
                (Some(name), _) if record.iter().skip(1).all(str::is_empty) => {
                    open = Some(name);
                    if tables.tables.insert(name, (line, vec![])).is_some() {
                        return Err(row(line, format!("there are two tables {name}"), "put all its rows below one name"));
                    }
                }
                (_, Some(name)) => {
                    if record.iter().any(|cell| !cell.is_empty()) {
                        tables.tables.entry(name).or_default().1.push((line, record.iter().map(str::to_owned).collect()));
                    }
                }
                (_, None) => return Err(row(line, "the table META should begin here", FORMAT)),
            }
        }
        Ok(tables)
    }

    /// A table's columns by name, and its rows.
    fn table(&self, name: &'static str) -> Result<(BTreeMap<String, usize>, &[Row]), PabulibError> {
        let (_, all) = self.tables.get(name).ok_or_else(|| row(self.last, format!("the file ends without a table {name}"), FORMAT))?;
        let columns = || row(self.line_of(name), format!("the table {name} is empty"), "write the names of its columns below it, and then its rows");
        let (heading, rows) = all.split_first().ok_or_else(columns)?;
        let named = heading.1.iter().filter(|column| !column.is_empty()).map(|column| (heading.0, column.to_ascii_lowercase()));
        if let Some((line, column)) = doubled(named).next() {
            let what = format!("the table {name} has two columns `{}`", opening(&column));
            return Err(row(line, what, "give each column a name of its own, or take away the one that does not count, with its cells"));
        }
        // What stands in the wrong column, or in none, would be lost; empty cells at the end are only filling.
        let filled = |cells: &[String]| cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        let columns = filled(&heading.1);
        if let Some((line, cells)) = rows.iter().filter(|_| name != META).find(|(_, cells)| cells.len() < columns || filled(cells) > heading.1.len()) {
            let what = format!("{name} has {columns} columns, and this row {}", cells.len());
            return Err(row(*line, what, "write a semicolon for each cell that is empty, and quotation marks around a text that has semicolons"));
        }
        Ok((heading.1.iter().enumerate().map(|(n, column)| (column.to_ascii_lowercase(), n)).collect(), rows))
    }

    /// The line with the names of a table's columns, or else of its name.
    fn line_of(&self, name: &str) -> u64 {
        self.tables.get(name).map_or(self.last, |(line, rows)| rows.first().map_or(*line, |(line, _)| *line))
    }

    /// A column that has to be there.
    fn column(&self, columns: &BTreeMap<String, usize>, table: &str, column: &str) -> Result<usize, PabulibError> {
        let missing = || row(self.line_of(table), format!("the table {table} has no column `{column}`"), format!("name one of the columns here `{column}`"));
        columns.get(column).copied().ok_or_else(missing)
    }

    fn not_said(&self, key: &str, example: &str) -> PabulibError {
        row(self.line_of(META), format!("the table META does not say `{key}`"), format!("add a row to it, as in `{example}`"))
    }

    /// What the tables say twice.
    fn contradictions(&self) -> Vec<String> {
        let cells = |table, column: &str| {
            let Ok((columns, rows)) = self.table(table) else { return vec![] };
            let Some(&column) = columns.get(column) else { return vec![] };
            rows.iter().filter_map(|(line, cells)| Some((*line, cells.get(column)?.as_str()))).collect()
        };
        let keys = doubled(cells(META, "key").into_iter().map(|(line, key)| (line, key.to_ascii_lowercase())));
        let keys = keys.map(|(line, key)| format!("line {line}: META states a key twice, `{}`: the last one counts", opening(&key)));
        let voters = doubled(cells(VOTES, "voter_id").into_iter()).take(1);
        let voters = voters.map(|(line, voter)| format!("line {line}: VOTES has a voter twice, `{}`", opening(voter)));
        let projects = cells(VOTES, "vote").into_iter().filter_map(|(line, vote)| doubled(ids(vote).map(|id| (line, id))).next()).take(1);
        let projects = projects.map(|(line, id)| format!("line {line}: a vote names a project twice, `{}`: it counts once", opening(id)));
        keys.chain(voters).chain(projects).collect()
    }

    /// What the first table says, and in which line.
    fn meta(&self) -> Result<BTreeMap<String, (u64, String)>, PabulibError> {
        let (columns, rows) = self.table(META)?;
        if columns.len() < 2 {
            return Err(row(
                self.line_of(META),
                "the columns of a table are parted by semicolons, as in `key;value`",
                "save the file with semicolons between its columns",
            ));
        }
        let pair = |(line, cells): &Row| Some((cells.first()?.to_ascii_lowercase(), (*line, cells.get(1)?.clone())));
        Ok(rows.iter().filter_map(pair).collect())
    }

    fn projects(&self) -> Result<Vec<ProjectRow>, PabulibError> {
        let (columns, rows) = self.table(PROJECTS)?;
        check_number(rows, "projects", limits::PROPOSALS)?;
        let column = |column| self.column(&columns, PROJECTS, column);
        let (id, cost, name, selected) = (column("project_id")?, column("cost")?, columns.get("name"), columns.get("selected"));
        let mut seen = BTreeSet::new();
        let mut projects = Vec::new();
        for (line, cells) in rows {
            let cell = |column: usize| cells.get(column).map(String::as_str).unwrap_or_default();
            if cell(id).is_empty() {
                return Err(row(*line, "the project has no id", "give it one: votes call projects by their ids"));
            }
            if !seen.insert(cell(id)) {
                return Err(row(*line, format!("a second project has the id `{}`", opening(cell(id))), "give each project an id of its own"));
            }
            projects.push(ProjectRow {
                project: Project { id: cell(id).to_owned(), name: name.map(|name| cell(*name).to_owned()).unwrap_or_default() },
                cost: Amount::read(*line, cell(cost))?,
                selected: selected.map(|selected| cell(*selected)).filter(|text| !text.is_empty()).map(|text| text != "0"),
            });
        }
        Ok(projects)
    }

    /// Notes each voter with what they approve of, one project at most where the file says so. Answers how many vote.
    fn votes(&self, projects: &[ProjectRow], one_each: bool, proposals: &mut [Proposal]) -> Result<usize, PabulibError> {
        let (columns, rows) = self.table(VOTES)?;
        let vote = self.column(&columns, VOTES, "vote")?;
        check_number(rows, "votes", limits::VOTERS)?;
        let by_id: BTreeMap<&str, usize> = projects.iter().enumerate().map(|(n, row)| (row.project.id.as_str(), n)).collect();
        for (voter, (line, cells)) in rows.iter().enumerate() {
            let ids = cells.get(vote).map(String::as_str).unwrap_or_default();
            let ids: Vec<&str> = self::ids(ids).collect();
            if one_each && ids.len() > 1 {
                let what = "the vote names several projects, and in a vote of the type `choose-1` it is one";
                return Err(row(*line, what, "if voters could approve of several, write `vote_type;approval` in META"));
            }
            for id in ids {
                let project = by_id.get(id).ok_or_else(|| no_project(*line, id))?;
                let supporters = &mut proposals[*project].supporters;
                if supporters.last() != Some(&voter) {
                    supporters.push(voter);
                }
            }
        }
        match rows.len() {
            0 => Err(row(self.line_of(VOTES), "there are no votes", "give a file with a row for each voter below VOTES")),
            voters => Ok(voters),
        }
    }
}

/// What to do where more is wrong than a row.
const FORMAT: &str = "a file has three tables, META, PROJECTS and VOTES, each below a line with its name (https://pabulib.org/format)";

fn row(line: u64, what: impl Into<String>, advice: impl Into<String>) -> PabulibError {
    PabulibError { line, what: what.into(), advice: advice.into() }
}

/// The projects that a vote names.
fn ids(vote: &str) -> impl Iterator<Item = &str> {
    vote.split(',').map(str::trim).filter(|id| !id.is_empty())
}

fn no_project(line: u64, id: &str) -> PabulibError {
    row(line, format!("there is no project `{}`", opening(id)), "name a project of the table PROJECTS by its id, several parted by commas")
}

/// The names that come twice, each where it does for the first time.
fn doubled<N: Ord + Clone>(named: impl Iterator<Item = (u64, N)>) -> impl Iterator<Item = (u64, N)> {
    let mut times = BTreeMap::new();
    named.filter(move |(_, name)| {
        let times = times.entry(name.clone()).or_insert(0u8);
        *times = times.saturating_add(1);
        *times == 2
    })
}

fn check_number(rows: &[Row], what: &str, most: usize) -> Result<(), PabulibError> {
    let too_many = |(line, _): &Row| row(*line, format!("there are too many {what}: at most {most} are counted"), "count a part of the file");
    rows.get(most).map_or(Ok(()), |beyond| Err(too_many(beyond)))
}

/// As much of a strange text as an error shows.
fn opening(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The line of a quotation mark that opens a cell and that none closes. One that closes a cell of several lines in the middle of
/// another cell was meant to open that one.
fn open_quote(text: &str) -> Option<u64> {
    let (mut line, mut begins, mut opened) = (1, true, None::<u64>);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += u64::from(c == '\n');
        match (opened, c) {
            (Some(_), '"') if chars.peek() == Some(&'"') => drop(chars.next()),
            (Some(at), '"') => {
                if at < line && !chars.peek().is_none_or(|next| matches!(next, ';' | '\r' | '\n' | ' ')) {
                    return Some(at);
                }
                opened = None;
            }
            (None, '"') if begins => opened = Some(line),
            _ => {}
        }
        begins = opened.is_none() && matches!(c, ';' | '\r' | '\n');
    }
    opened
}

/// An amount of money as it is written.
struct Amount {
    digits: u128,
    decimals: u32,
}

impl Amount {
    const DIGITS: usize = 18;
    const DECIMALS: usize = 6;

    /// Digits, and decimals behind a point or a comma; not three, which may be meant for thousands.
    fn read(line: u64, text: &str) -> Result<Self, PabulibError> {
        let refused = || row(line, format!("`{}` is no amount of money", opening(text)), "write digits alone, with at most six decimals, as in `1500.50`");
        let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
        if part.len() == 3 {
            return Err(row(line, format!("`{}` may be thousands or a fraction", opening(text)), "write the amount without a separator, or with two decimals"));
        }
        let part = part.trim_end_matches('0');
        let digits = [whole, part].concat();
        if part.len() > Self::DECIMALS || whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        if digits.len() > Self::DIGITS {
            let what = format!("`{}` is too large: at most {} digits are counted, with the decimals", opening(text), Self::DIGITS);
            return Err(row(line, what, "check its digits; if they are right, write all amounts of the file in a larger unit"));
        }
        Ok(Self { digits: digits.parse().map_err(|_| refused())?, decimals: part.len() as u32 })
    }

    fn scaled(&self, decimals: u32) -> u128 {
        self.digits * 10u128.pow(decimals - self.decimals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "META\nkey;value\ndescription;Parks\nbudget;100\nvote_type;approval\nnum_votes;2\nPROJECTS\nproject_id;cost;name;selected\n1;60;Swings;1\n2;40,50;\"Trees; many\";0\nVOTES\nvoter_id;vote\n1;1,2\n2;2\n";

    #[test]
    fn a_file_is_read() {
        let file = parse(SMALL).unwrap();
        assert_eq!((file.title.as_str(), file.decimals, file.budget.amount, file.budget.unit, file.budget.voters), ("Parks", 1, 1000, 10, 2));
        assert_eq!(file.projects[1], Project { id: "2".into(), name: "Trees; many".into() });
        assert_eq!(file.budget.proposals[1], Proposal { cost: 405, supporters: vec![0, 1] });
        assert_eq!((file.recorded, file.notes), (Some([0].into()), vec![]));
    }

    #[test]
    fn columns_stand_in_any_order_and_tables_may_be_filled_up() {
        let other = SMALL.replace("META\n", "meta;;;\r\n").replace("voter_id;vote\n1;1,2\n2;2\n", "vote;age;voter_id\n\" 1, 2, \";30;a\n2;;b\n");
        assert_eq!(parse(&other), parse(SMALL));
    }

    #[test]
    fn what_contradicts_itself_is_noted() {
        let file = parse(&SMALL.replace("num_votes;2", "num_votes;3").replace(";0\nVOTES", ";\nVOTES")).unwrap();
        assert_eq!((file.notes, file.recorded), (vec!["the file states num_votes 3, but holds 2".to_owned()], None));
        let notes = |from: &str, to: &str| parse(&SMALL.replace(from, to)).unwrap().notes;
        assert_eq!(notes("2;2\n", "1;2\n"), ["line 14: VOTES has a voter twice, `1`"]);
        assert_eq!(notes("voter_id;vote\n1;1,2\n2;2\n", "vote;voter_id\n2;1\n2;2\n"), Vec::<String>::new());
        let twice = parse(&SMALL.replace("budget;100\n", "Budget;1\nbudget;100\n")).unwrap();
        assert_eq!((twice.budget.amount, twice.notes), (1000, vec!["line 5: META states a key twice, `budget`: the last one counts".to_owned()]));
        let twice = parse(&SMALL.replace("1;1,2\n2;2\n", "1;1,2\n2;\"2, 2\"\n")).unwrap();
        assert_eq!((twice.budget, twice.notes), (parse(SMALL).unwrap().budget, vec!["line 14: a vote names a project twice, `2`: it counts once".to_owned()]));
        assert_eq!(parse(&SMALL.replace("1;60;Swings;1\n2;40,50;\"Trees; many\";0\n", "").replace("1;1,2\n2;2\n", "1;\n")).unwrap().recorded, None);
    }

    #[test]
    fn a_row_out_of_shape_is_refused_with_its_line() {
        let ages = SMALL.replace("voter_id;vote\n1;1,2\n2;2\n", "voter_id;age;vote\n1;30;1,2\n2;2\n");
        assert_eq!(parse(&ages).unwrap_err().to_string(), "line 14: VOTES has 3 columns, and this row 2");
        assert_eq!(parse(&SMALL.replace("2;2\n", "2;2;1\n")).unwrap_err().to_string(), "line 14: VOTES has 2 columns, and this row 3");
        assert_eq!(parse(&SMALL.replace(";Swings;1", "")).unwrap_err().to_string(), "line 9: PROJECTS has 4 columns, and this row 2");
        assert_eq!(parse(&SMALL.replace("2;2\n", "2;2;;\n").replace("voter_id;vote\n", "voter_id;vote;\n")), parse(SMALL));
    }

    #[test]
    fn a_column_that_is_named_twice_is_refused() {
        let said = |from: &str, to: &str| parse(&SMALL.replace(from, to)).unwrap_err();
        let twice = said("project_id;cost;name;selected", "project_id;cost;name;Cost");
        assert_eq!(twice.to_string(), "line 8: the table PROJECTS has two columns `cost`");
        assert!(twice.advice.starts_with("give each column a name of its own"), "{}", twice.advice);
        let votes = said("voter_id;vote\n1;1,2\n2;2\n", "voter_id;vote;vote\n1;1;2\n2;2;2\n");
        assert_eq!(votes.to_string(), "line 12: the table VOTES has two columns `vote`");
        assert_eq!(said("key;value\n", "key;value;value\n").to_string(), "line 2: the table META has two columns `value`");
    }

    #[test]
    fn a_vote_for_one_project_is_an_approval_of_one() {
        let one = SMALL.replace("1;1,2\n", "1;1\n");
        assert_eq!(parse(&one.replace("approval", "choose-1")), parse(&one));
        let several = parse(&SMALL.replace("approval", "choose-1")).unwrap_err().to_string();
        assert_eq!(several, "line 13: the vote names several projects, and in a vote of the type `choose-1` it is one");
    }

    #[test]
    fn a_quotation_mark_that_none_closes_is_named_by_its_line() {
        let said = |from: &str, to: &str| parse(&SMALL.replace(from, to)).unwrap_err();
        let open = said("many\"", "many");
        assert_eq!(open.to_string(), "line 10: a quotation mark opens here, and nothing closes it");
        assert!(open.advice.starts_with("close the text"), "{}", open.advice);
        assert_eq!(said("Swings", "\"Swings").to_string(), "line 9: a quotation mark opens here, and nothing closes it");
        assert_eq!(parse(&SMALL.replace("Swings", "Big \"Swings")).unwrap().projects[0].name, "Big \"Swings");
        assert_eq!(parse(&SMALL.replace("Swings", "\"Two\nlines\"")).unwrap().projects[0].name, "Two\nlines");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |from: &str, to: &str| parse(&SMALL.replace(from, to)).unwrap_err().to_string();
        assert_eq!(parse("").unwrap_err().to_string(), "line 1: the file ends without a table META");
        assert_eq!(said("META\n", ""), "line 1: the table META should begin here");
        assert_eq!(said("approval", "ordinal"), "line 5: the votes are of the type `ordinal`, which this rule cannot count");
        assert_eq!(said("budget;100\n", ""), "line 2: the table META does not say `budget`");
        assert_eq!(said("project_id", "id"), "line 8: the table PROJECTS has no column `project_id`");
        assert_eq!(said("budget;100", "budget;1,000,000"), "line 4: `1,000,000` is no amount of money");
        assert_eq!(said("1;60", "1;-60"), "line 9: `-60` is no amount of money");
        assert_eq!(said("2;40,50", "1;40,50"), "line 10: a second project has the id `1`");
        assert_eq!(said("2;40,50", ";40,50"), "line 10: the project has no id");
        for thousand in ["1,000", "1.000"] {
            assert!(said("budget;100", &format!("budget;{thousand}")).starts_with(&format!("line 4: `{thousand}` may be thousands or a fraction")));
        }
        assert_eq!(said("VOTES\n", "projects\n"), "line 11: there are two tables PROJECTS");
        assert_eq!(said("key;value", "key,value"), "line 2: the columns of a table are parted by semicolons, as in `key;value`");
        assert_eq!(said("project_id;cost;name;selected\n1;60;Swings;1\n2;40,50;\"Trees; many\";0\n", ""), "line 7: the table PROJECTS is empty");
        assert_eq!(said("2;2\n", "2;3\n"), "line 14: there is no project `3`");
        assert_eq!(said("1;1,2\n2;2\n", ""), "line 12: there are no votes");
        for large in ["1000000000000000000", "99999999999999999999", "10000000000000000.55"] {
            assert_eq!(
                said("budget;100", &format!("budget;{large}")),
                format!("line 4: `{large}` is too large: at most 18 digits are counted, with the decimals")
            );
        }
    }
}
