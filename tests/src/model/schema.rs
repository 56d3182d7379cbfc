//! The tables of docs/src/protocol.md, once more: which texts, acts and edits are sound.

use folkmoot_protocol::{
    act::Act,
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    law::{Preset, Value as LawValue, charter::check_values},
};

const NAME: usize = 60;
const TITLE: usize = 200;
/// Characters in a body or a shared text.
pub(super) const BODY: usize = 40_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Line(usize),
    Body,
    Shared,
    ShortName,
    Link,
    Document,
    Integer,
    Persons,
    Operation,
    Ranking,
}

/// Key, type, whether required, whether for the founding edit only.
type Row = (Key, Type, bool, bool);

fn table(kind: DocumentKind) -> Vec<Row> {
    let origin =
        [(Key::OriginActor, Type::Link, false, true), (Key::OriginObject, Type::Link, false, true), (Key::OriginPublished, Type::Integer, false, true)];
    match kind {
        DocumentKind::Profile => vec![(Key::Name, Type::Line(NAME), false, false), (Key::Bio, Type::Body, false, false)],
        DocumentKind::Community => {
            vec![(Key::Title, Type::Line(TITLE), false, false), (Key::Sidebar, Type::Body, false, false), (Key::Rules, Type::Body, false, false)]
        }
        DocumentKind::Post => {
            let own = [(Key::Title, Type::Line(TITLE), true, false), (Key::Text, Type::Body, false, false), (Key::Url, Type::Link, false, false)];
            own.into_iter().chain(origin).collect()
        }
        DocumentKind::Comment => {
            let own = [(Key::Post, Type::Document, true, true), (Key::Parent, Type::Document, false, true), (Key::Text, Type::Body, true, false)];
            own.into_iter().chain(origin).collect()
        }
        DocumentKind::Page => vec![
            (Key::Name, Type::ShortName, true, true),
            (Key::Title, Type::Line(TITLE), true, false),
            (Key::Text, Type::Shared, false, false),
            (Key::Writers, Type::Persons, false, true),
        ],
        DocumentKind::Bill => vec![
            (Key::Title, Type::Line(TITLE), true, false),
            (Key::Text, Type::Shared, false, false),
            (Key::Writers, Type::Persons, false, true),
            (Key::Effects, Type::Body, false, false),
        ],
        DocumentKind::Ballot => {
            vec![(Key::Bill, Type::Operation, true, false), (Key::Choice, Type::ShortName, false, false), (Key::Ranking, Type::Ranking, false, false)]
        }
    }
}

fn hides(c: char) -> bool {
    let code = u32::from(c);
    let ranges = [(0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F)];
    [0x061C, 0x180E, 0xFEFF].contains(&code) || ranges.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

fn is_line(text: &str, most: usize) -> bool {
    let length = text.chars().count();
    length >= 1 && length <= most && text.trim() == text && !text.chars().any(|c| c.is_control() || hides(c))
}

fn is_body(text: &str) -> bool {
    text.chars().count() <= BODY && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

fn is_short_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 40 && text.chars().next().is_some_and(plain) && text.chars().all(|c| plain(c) || c == '_' || c == '-')
}

fn is_link_or_empty(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let sound = text.len() <= 2_048 && !text.chars().any(|c| c.is_control() || c.is_whitespace() || hides(c));
    text.is_empty() || (sound && rest.is_some_and(|rest| !rest.is_empty()))
}

fn ascend<T: Ord>(list: &[T]) -> bool {
    (1..list.len()).all(|i| list[i - 1] < list[i])
}

/// Whether an edit keeps to the schema, whatever its document holds.
pub(super) fn edit_is_sound(edit: &Edit) -> bool {
    let founds = edit.at.is_empty();
    let table = table(edit.kind);
    let row = |key: Key| table.iter().find(|row| row.0 == key);
    let mut put: Vec<Key> = vec![];
    let mut spliced = 0;
    for step in &edit.steps {
        let sound = match step {
            Step::Put { key, value } => {
                put.push(*key);
                row(*key).is_some_and(|row| (founds || !row.3) && fits(row.1, value))
            }
            Step::Splice { key, delete, insert, .. } => {
                spliced += *delete as usize + insert.chars().count();
                row(*key).is_some_and(|row| row.1 == Type::Shared) && is_body(insert)
            }
        };
        if !sound {
            return false;
        }
    }
    let mut once = put.clone();
    once.sort();
    once.dedup();
    let complete = !founds || table.iter().all(|row| !row.2 || put.contains(&row.0));
    complete && once.len() == put.len() && spliced <= 2 * BODY && (1..=256).contains(&edit.steps.len()) && edit.at.len() <= 64 && ascend(&edit.at)
}

fn fits(of: Type, value: &Value) -> bool {
    match (of, value) {
        (Type::Line(most), Value::Text(text)) => is_line(text, most),
        (Type::Body, Value::Text(text)) => is_body(text),
        (Type::ShortName, Value::Text(text)) => is_short_name(text),
        (Type::Link, Value::Text(text)) => is_link_or_empty(text),
        (Type::Document, Value::Document(_)) | (Type::Integer, Value::Integer(_)) | (Type::Operation, Value::Operation(_)) => true,
        (Type::Ranking, Value::Ranking(ranking)) => ranking.len() <= 32 && ranking.iter().collect::<std::collections::BTreeSet<_>>().len() == ranking.len(),
        (Type::Persons, Value::Persons(persons)) => persons.len() <= 64 && ascend(persons),
        _ => false,
    }
}

/// Whether a founding may set these keys. What a key takes, and what goes together, is the law's.
fn is_charter(set: &[(String, LawValue)]) -> bool {
    let cast = Preset::Cast.values();
    let mut values = cast.clone();
    values.extend(set.iter().cloned());
    let names: Vec<&str> = set.iter().map(|(name, _)| name.as_str()).collect();
    let news = set.iter().all(|(name, value)| cast.get(name) != Some(value));
    !set.is_empty() && ascend(&names) && news && check_values(&values).is_empty()
}

/// Whether an act's own content is sound. Inner signatures are the identity module's.
pub(super) fn act_is_sound(act: &Act, coop: CoopId) -> bool {
    match act {
        Act::Found(found) => {
            let named = is_line(&found.name, NAME) && is_line(&found.founder.name, NAME);
            named && found.founder.check(CoopId::ZERO).is_ok() && found.charter.as_ref().is_none_or(|charter| is_charter(charter))
        }
        Act::Admit(admit) => is_line(&admit.joining.name, NAME) && admit.joining.check(coop).is_ok(),
        Act::GrantDevice(grant) => is_line(&grant.pairing.name, NAME) && grant.pairing.check().is_ok(),
        Act::RevokeDevice(revoke) => {
            let spaces: Vec<SpaceId> = revoke.keep.iter().map(|keep| keep.space).collect();
            spaces.len() <= 256 && ascend(&spaces)
        }
        Act::OpenSpace(open) => is_short_name(&open.name),
        Act::React(react) => {
            let targets: Vec<DocumentId> = react.reactions.iter().map(|reaction| reaction.target).collect();
            let replaces = react.reactions.iter().all(|reaction| reaction.replaces.len() <= 6 && ascend(&reaction.replaces));
            (1..=64).contains(&targets.len()) && ascend(&targets) && replaces
        }
        Act::Erase(_) => true,
        // The lists of the model hold none: the law has a recount of its own.
        Act::Law(_) => true,
    }
}
