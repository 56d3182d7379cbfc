use super::{StoreError, derived::mark_of, query::View};
use data_encoding::HEXLOWER;
use folkmoot_protocol::{
    act::Mark,
    id::*,
    law::State,
    op::VerifiedOp,
    reaction::{ReactionEntry, resolve},
    register::Register,
    state_hash::{StateHasher, combined},
    sync::{ChainRange, Tips},
};
use rayon::prelude::*;
use serde::Serialize;
use std::ops::ControlFlow;

const CHUNK_BYTES: usize = 4 << 20;

/// What a check of everything on disk found.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    /// Operations checked.
    pub operations: u64,
    /// Issues of the Gazette checked.
    pub issues: u64,
    /// The law's hash, by the newest issue and the register after it, as 64 hex digits.
    pub law: String,
    /// Per space that is kept here, the hall first.
    pub spaces: Vec<SpaceHash>,
    /// One hash over these spaces, as 64 hex digits.
    pub state_hash: String,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// The state of one space.
#[derive(Debug, Clone, Serialize)]
pub struct SpaceHash {
    /// The space.
    pub id: SpaceId,
    /// `hall`, or the community's short name.
    pub name: String,
    /// Its state hash, as 64 hex digits.
    pub state_hash: String,
    /// Operations held.
    pub operations: u64,
}

/// Something wrong on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The operation, where it is one.
    pub op: Option<OpId>,
    /// What is wrong.
    pub what: String,
}

impl View<'_> {
    /// Checks every operation again (form, signature, payload, chain) and hashes the state. `progress`: done, total.
    pub fn verify(&self, progress: &dyn Fn(u64, u64)) -> Result<VerifyReport, StoreError> {
        // One snapshot, whatever a running node writes meanwhile.
        let _snapshot = self.connection.unchecked_transaction()?;
        let acts = self.hall_acts()?;
        let (register, kept) = (self.hall_of(&acts)?.fold(), self.law_of(&acts));
        let law = kept.as_ref().ok().and_then(Option::as_ref);
        let dropped = |document: Option<DocumentId>, space| document.is_some_and(|id| law.is_some_and(|law| law.is_dropped(space, id)));
        let chains = self.chains()?;
        let total: u64 = chains.iter().map(|chain| chain.tip.seq).sum();
        let (mut operations, mut faults) = (0, Vec::new());
        for chain in &chains {
            let mut from = 1;
            let mut prev = OpId::ZERO;
            while from <= chain.tip.seq {
                let range = ChainRange { space: chain.space, device: chain.device, from, to: chain.tip.seq };
                let held = self.chain_operations(range, CHUNK_BYTES)?;
                let checked: Vec<_> = held.par_iter().map(|held| (held.op.id, held.op.header.prev, held.op.to_signed().verify())).collect();
                let Some((last, _, _)) = checked.last() else {
                    faults.push(Fault { op: None, what: format!("operation {from} of device {} is missing", chain.device.short()) });
                    break;
                };
                let last = *last;
                for (held, (id, named, verified)) in held.iter().zip(checked) {
                    faults.extend(fault(id, prev, named, verified.map_err(|error| error.to_string())));
                    let lacks = held.op.payload.is_none() && !dropped(held.op.document(), chain.space);
                    if lacks && !self.is_document_erased(&register, held.op.document(), chain.space)? {
                        faults.push(Fault { op: Some(id), what: "its payload is missing, and no erasure or removal explains it".into() });
                    }
                    prev = id;
                }
                operations += held.len() as u64;
                from = held.last().map_or(u64::MAX, |held| held.op.header.seq.saturating_add(1));
                if from > chain.tip.seq && last != chain.tip.id {
                    faults.push(Fault { op: Some(last), what: "the chain does not end where it should".into() });
                }
                progress(operations, total);
            }
        }
        let (issues, law) = self.verify_law(kept, &mut faults)?;
        let spaces = self.space_hashes(&register)?;
        let state_hash = HEXLOWER.encode(&combined(spaces.iter().map(|(space, _)| *space).zip(spaces.iter().map(|(_, hash)| hash.1))));
        let named = spaces.into_iter().map(|(id, (name, hash, operations))| SpaceHash { id, name, state_hash: HEXLOWER.encode(&hash), operations });
        Ok(VerifyReport { operations, issues, law, spaces: named.collect(), state_hash, faults })
    }

    /// Folds the law again from the founding and compares it with what is kept.
    fn verify_law(&self, kept: Result<Option<State>, StoreError>, faults: &mut Vec<Fault>) -> Result<(u64, String), StoreError> {
        let mut fault = |what: String| faults.push(Fault { op: None, what });
        let folded = match self.refold_law(|_, _, _| ControlFlow::Continue(())) {
            Ok(Some(folded)) => folded,
            Ok(None) => return Ok((0, String::new())),
            Err(StoreError::Damaged(what)) => {
                fault(what);
                return Ok((0, String::new()));
            }
            Err(error) => return Err(error),
        };
        match kept {
            Ok(kept) if kept.as_ref().map(|kept| kept.hash()) == Some(folded.hash()) => {}
            Ok(_) | Err(StoreError::Damaged(_)) => {
                fault("the law as it is kept is not what its issues make: `folkmoot verify --rebuild` derives it anew".into())
            }
            Err(error) => return Err(error),
        }
        Ok((folded.height(), HEXLOWER.encode(&folded.hash())))
    }

    #[allow(clippy::type_complexity)]
    fn space_hashes(&self, register: &Register) -> Result<Vec<(SpaceId, (String, [u8; 32], u64))>, StoreError> {
        let mut tips = self.tips()?;
        let mut spaces = Vec::new();
        for space in self.followed()? {
            let tips = tips.remove(&space).unwrap_or_default();
            let name = if space == SpaceId::HALL {
                SpaceId::HALL_NAME.into()
            } else {
                register.communities.get(&space).map_or_else(|| space.short(), |c| c.name.clone())
            };
            let operations = tips.iter().map(|(_, tip)| tip.seq).sum();
            spaces.push((space, (name, self.state_hash(space, &tips, register)?, operations)));
        }
        Ok(spaces)
    }

    /// The state hash of one space: what is held of it and what was derived.
    pub fn state_hash(&self, space: SpaceId, tips: &Tips, register: &Register) -> Result<[u8; 32], StoreError> {
        let mut hasher = StateHasher::new(tips.digest());
        if space == SpaceId::HALL {
            hasher.register(&register.canonical_bytes());
        }
        let sql = "SELECT d.id, t.digest FROM document_state t JOIN document d ON d.n = t.document JOIN space s ON s.n = t.space WHERE s.id = ?1 ORDER BY d.id";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query([space.0])?;
        while let Some(row) = rows.next()? {
            hasher.document(DocumentId(row.get(0)?), &row.get(1)?);
        }
        self.hash_reactions(space, &mut hasher)?;
        Ok(hasher.finish())
    }

    fn hash_reactions(&self, space: SpaceId, hasher: &mut StateHasher) -> Result<(), StoreError> {
        let sql =
            "SELECT d.id, p.id, o.id, r.mark, r.replaces FROM reaction r JOIN document_state t ON t.document = r.document JOIN document d ON d.n = r.document
                   JOIN person p ON p.n = r.person JOIN operation o ON o.n = r.op JOIN space s ON s.n = d.space WHERE s.id = ?1 ORDER BY d.id, p.id, o.id";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query([space.0])?;
        let mut group: Option<((DocumentId, PersonId), Vec<ReactionEntry>)> = None;
        let mut close = |group: Option<((DocumentId, PersonId), Vec<ReactionEntry>)>| {
            if let Some(((document, person), entries)) = group {
                match resolve(&entries) {
                    Mark::None => {}
                    mark => hasher.reaction(document, person, mark),
                }
            }
        };
        while let Some(row) = rows.next()? {
            let key = (DocumentId(row.get(0)?), PersonId(row.get(1)?));
            let replaces: Vec<u8> = row.get(4)?;
            let entry = ReactionEntry {
                op: OpId(row.get(2)?),
                mark: mark_of(row.get(3)?),
                replaces: replaces.as_chunks::<32>().0.iter().map(|id| OpId(*id)).collect(),
            };
            match &mut group {
                Some((same, entries)) if *same == key => entries.push(entry),
                _ => close(group.replace((key, vec![entry]))),
            }
        }
        close(group);
        Ok(())
    }

    /// Whether an erasure by its owner is held for a document.
    pub fn is_document_erased(&self, register: &Register, document: Option<DocumentId>, space: SpaceId) -> Result<bool, StoreError> {
        let Some(n) = document.map(|document| self.document_number(document, space)).transpose()?.flatten() else { return Ok(false) };
        let Some((op, _, device)) = self.founding_operation(n)? else { return Ok(false) };
        let Some(held) = self.operation(op)? else { return Ok(false) };
        let owner = register.author(held.credential, device);
        Ok(owner.is_some() && self.erasures_of(n)?.iter().any(|(person, _)| Some(*person) == owner))
    }
}

fn fault(id: OpId, prev: OpId, named: OpId, verified: Result<VerifiedOp, String>) -> Option<Fault> {
    let what = match verified {
        Err(error) => error,
        Ok(op) if op.id() != id => "its header is not the one that was signed".into(),
        Ok(_) if prev != named => "it does not follow the operation before it".into(),
        Ok(_) => return None,
    };
    Some(Fault { op: Some(id), what })
}
