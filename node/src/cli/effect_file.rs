//! Effects from a TOML file: tables with a kind and what it takes, made into the lines that people type.

use crate::api::Failure;
use folkmoot_protocol::law::FORMS;
use serde::Deserialize;
use std::path::Path;
use toml::{Table, Value};

/// What reads another way in a file than in a line.
const OTHER_FORMS: [(&str, &str); 3] =
    [("adopt-text", "adopt-text NAME PAGE"), ("prioritise", "prioritise NAME AMOUNT CURRENCY: FEATURES"), ("deliver", "deliver WHAT")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    effect: Vec<Table>,
}

/// The lines of a file's effects.
pub(super) fn lines(path: &Path, text: &str) -> Result<Vec<String>, Failure> {
    let hint = "each effect is a table: [[effect]], kind = \"set-law\", key = \"fee.minimum\", value = \"5.99 EUR\"";
    let file: File = toml::from_str(text).map_err(|error| Failure::new("effect", format!("{}: {}", path.display(), error.to_string().trim()), hint))?;
    let numbered = file.effect.iter().enumerate();
    numbered.map(|(n, table)| line(table).map_err(|wrong| wrong.failure(path, n + 1))).collect()
}

/// What is wrong with a table, and what it would take.
struct Wrong {
    what: String,
    takes: String,
}

impl Wrong {
    fn failure(self, path: &Path, number: usize) -> Failure {
        Failure::new("effect", format!("{}, effect {number}: {}", path.display(), self.what), &self.takes)
    }
}

fn line(table: &Table) -> Result<String, Wrong> {
    let kinds = || FORMS.lines().filter_map(|form| form.split(' ').next()).collect::<Vec<_>>().join(", ");
    let wrong = |what: String| Wrong { what, takes: format!("kinds are {}", kinds()) };
    let Some(Value::String(kind)) = table.get("kind") else { return Err(wrong("it has no kind".into())) };
    let form = form_of(kind).ok_or_else(|| wrong(format!("there is no kind {kind}")))?;
    fill(form, table)
}

fn form_of(kind: &str) -> Option<&'static str> {
    let other = OTHER_FORMS.iter().find(|(name, _)| *name == kind).map(|(_, form)| *form);
    other.or_else(|| FORMS.lines().find(|form| form.split(' ').next() == Some(kind)))
}

/// The words in capitals of a form: what its table has.
fn fields(form: &str) -> impl Iterator<Item = &str> {
    form.split(|letter: char| !letter.is_ascii_uppercase()).filter(|word| !word.is_empty())
}

/// A form with what the table says in place of its words in capitals.
fn fill(form: &str, table: &Table) -> Result<String, Wrong> {
    let names: Vec<String> = fields(form).map(str::to_lowercase).collect();
    let wrong = |what: String| Wrong { what, takes: format!("it takes kind, {}", names.join(", ")) };
    if let Some(unknown) = table.keys().find(|key| *key != "kind" && !names.contains(key)) {
        return Err(wrong(format!("it takes no {unknown}")));
    }
    let (mut line, mut rest) = (String::new(), form);
    for (field, name) in fields(form).zip(&names) {
        let value = table.get(name).ok_or_else(|| wrong(format!("its {name} is missing")))?;
        let value = text_of(value).ok_or_else(|| wrong(format!("its {name} is no text of one line, no whole number and no list of features")))?;
        let (before, behind) = rest.split_once(field).unwrap_or((rest, ""));
        line += &format!("{before}{value}");
        rest = behind;
    }
    Ok(line + rest)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.contains(char::is_control) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Array(features) => features.iter().map(feature).collect::<Option<Vec<_>>>().map(|features| features.join("; ")),
        _ => None,
    }
}

/// `{ feature = "dark-mode", cost = 500, currency = "EUR" }`
fn feature(value: &Value) -> Option<String> {
    let table = value.as_table().filter(|table| table.len() == 3)?;
    let words = ["feature", "cost", "currency"].map(|name| table.get(name).filter(|value| !value.is_array()).and_then(text_of));
    words.into_iter().collect::<Option<Vec<_>>>().map(|words| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        lines(Path::new("bill.toml"), text).map_err(|failure| format!("{} ({})", failure.error, failure.hint))
    }

    #[test]
    fn every_kind_of_effect_can_stand_in_a_file() {
        for form in FORMS.lines() {
            let kind = form.split(' ').next().unwrap();
            let table = fields(form_of(kind).unwrap()).map(|field| match field {
                "FEATURES" => "features = [{ feature = \"dark-mode\", cost = 5, currency = \"EUR\" }]\n".to_owned(),
                field => format!("{} = \"x\"\n", field.to_lowercase()),
            });
            let line = read(&format!("[[effect]]\nkind = \"{kind}\"\n{}", table.collect::<String>())).unwrap().remove(0);
            assert!(line.starts_with(kind) && !line.contains(|letter: char| letter.is_ascii_uppercase() && !"EUR".contains(letter)), "{line}");
        }
        let fee = "[[effect]]\nkind = \"set-law\"\nkey = \"fee.minimum\"\nvalue = \"5.99 EUR\"\n[[effect]]\nkind = \"appoint\"\noffice = \"treasurer\"\nperson = \"Bob B\"";
        assert_eq!(read(fee).unwrap(), ["set-law fee.minimum=5.99 EUR", "appoint treasurer Bob B"]);
        let budget = "[[effect]]\nkind = \"budget\"\nname = \"ovens\"\namount = \"9000.50\"\ncurrency = \"EUR\"";
        assert_eq!(read(budget).unwrap(), ["budget ovens 9000.50 EUR"]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let wrong = |text| read(text).unwrap_err();
        assert!(wrong("[[effect]]\nkind = \"expel\"").contains("effect 1: its person is missing (it takes kind, person)"));
        assert!(wrong("[[effect]]\nkind = \"exile\"\nperson = \"Bob\"").contains("there is no kind exile (kinds are set-law,"));
        assert!(wrong("[[effect]]\nperson = \"Bob\"").contains("it has no kind"));
        assert!(wrong("[[effect]]\nkind = \"expel\"\nperson = \"Bob\"\noffice = \"teller\"").contains("it takes no office"));
        assert!(wrong("[[effect]]\nkind = \"expel\"\nperson = \"Bob\\nexpel Carol\"").contains("no text of one line"));
        assert!(wrong("[[effect]]\nkind = \"expel\"\nperson = 1.5").contains("its person is no text"));
        assert!(wrong("effects = 1").contains("bill.toml"));
    }
}
