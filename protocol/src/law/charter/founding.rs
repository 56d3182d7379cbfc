//! The law with which a co-op begins: the preset cast, and what its founding sets otherwise.

use super::{CharterError, Preset, check_value, check_values};
use crate::law::{key::key, value::Value};
use std::collections::BTreeMap;

/// The law's values after a founding.
pub fn founded(charter: Option<&[(String, Value)]>) -> BTreeMap<String, Value> {
    let mut values = Preset::Cast.values();
    values.extend(charter.unwrap_or_default().iter().cloned());
    values
}

/// What a key is that came after the first co-ops, where the law does not set it: as in cast. None for the others.
pub fn assumed(name: &str) -> Option<Value> {
    key(name).filter(|spec| spec.later).and_then(|spec| Value::parse(&spec.kind, spec.presets[Preset::Cast as usize]).ok())
}

/// What a founding has to set so that the law begins with these values: those that the preset cast has not.
pub fn differing(values: &BTreeMap<String, Value>) -> Option<Vec<(String, Value)>> {
    let cast = Preset::Cast.values();
    let differing: Vec<_> = values.iter().filter(|(name, value)| cast.get(*name) != Some(value)).map(|(name, value)| (name.clone(), value.clone())).collect();
    if differing.is_empty() { None } else { Some(differing) }
}

/// Checks what a founding sets: known keys, values of their kinds that differ from cast, together with the rest a
/// charter. That the keys ascend is the act's to check.
pub(crate) fn check(charter: &[(String, Value)]) -> Result<(), CharterError> {
    charter.iter().try_for_each(|(name, value)| check_value(name, value))?;
    let values = founded(Some(charter));
    check_values(&values).into_iter().next().map_or(Ok(()), Err)
}
