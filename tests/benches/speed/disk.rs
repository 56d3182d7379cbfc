//! What an operation costs on disk beyond its payload, by table; the search index apart.

use super::{
    fixture::Fixture,
    table::{Row, Table, Target},
};
use folkmoot_node::store::FILE_NAME;
use rusqlite::Connection;

const MOST_BYTES: f64 = 400.0;

pub(crate) fn run(fixture: &Fixture, table: &mut Table) {
    let connection = Connection::open(fixture.whole().join(FILE_NAME)).expect("the store opens");
    let mut select = connection.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").expect("SQLite counts pages");
    let pages = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("pages").collect::<Result<Vec<(String, f64)>, _>>().expect("pages");
    let payloads: f64 = connection.query_row("SELECT sum(length(payload)) FROM operation", [], |row| row.get(0)).expect("payloads");
    let n = fixture.workload.operations.len() as f64;
    let (index, rest): (Vec<_>, Vec<_>) = pages.into_iter().partition(|(name, _)| name.starts_with("words"));
    let sum = |tables: &[(String, f64)]| tables.iter().map(|(_, bytes)| bytes).sum::<f64>();
    let row = Row::new("disk per operation beyond its payload", fixture.operations, (sum(&rest) - payloads) / n, "B");
    table.add(row.target(Target::AtMost(MOST_BYTES)));
    table.add(Row::new("  its payload", fixture.operations, payloads / n, "B"));
    table.add(Row::new("  its part of the search index", fixture.operations, sum(&index) / n, "B"));
    for (name, bytes) in rest.iter().filter(|(_, bytes)| bytes / n >= 1.0) {
        let bytes = if name == "operation" { bytes - payloads } else { *bytes };
        table.add(Row::new(format!("  {name}"), fixture.operations, bytes / n, "B"));
    }
}
