//! From what a member means to signed operations. A draft is checked whole before anything of its request
//! is written, so a request is written whole or not at all.

use super::{
    Service,
    difference::{change, put},
};
use crate::{
    api::{Draft, Failure, Origin, Written},
    store::{StoreError, query::Found},
};
use folkmoot_protocol::{
    act::{self, Act, Erase, Keep, Mark, OpenSpace, React, Reaction, RevokeDevice},
    document::{Document, DocumentKind, DocumentState, Edit, Key, Step, Value},
    id::*,
    identity::SignatureBytes,
    law::{CharterError, Preset, Status, Value as LawValue, charter::differing, key, nearest},
    limits,
};
use std::collections::BTreeMap;

/// What a draft amounts to, checked and ready to be signed.
pub(super) enum Plan {
    Found(Act),
    Act {
        space: SpaceId,
        act: Act,
        id: Option<DocumentId>,
    },
    Edit {
        space: SpaceId,
        document: Option<DocumentId>,
        edit: Edit,
    },
    OpenCommunity {
        act: Act,
        description: Edit,
    },
    /// Nothing, as it stands already.
    Stands(Written),
}

impl Service {
    /// Checks drafts and writes them.
    pub(super) fn submit(&mut self, drafts: Vec<Draft>, entropy: [u8; 32], now: u64) -> Result<Result<Vec<Written>, Failure>, StoreError> {
        if drafts.len() > 512 {
            return Ok(Err(Failure::new("too-many", "more than 512 drafts in one request", "send them in several")));
        }
        let mut plans = Vec::new();
        for draft in drafts {
            match self.plan(draft, now)? {
                Ok(plan) => plans.push(plan),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        let written = plans.into_iter().enumerate().map(|(i, plan)| self.write(plan, &entropy, i as u64, now));
        written.collect::<Result<Vec<_>, _>>().map(Ok)
    }

    fn plan(&mut self, draft: Draft, now: u64) -> Result<Result<Plan, Failure>, StoreError> {
        let plan = match self.plan_draft(draft, now) {
            Ok(plan) => plan,
            Err(DraftError::Store(error)) => return Err(error),
            Err(DraftError::Refused(failure)) => return Ok(Err(failure)),
        };
        Ok(self.check_plan(&plan).and_then(|()| self.check_not_silenced(&plan)).map(|()| plan))
    }

    fn plan_draft(&mut self, draft: Draft, now: u64) -> Result<Plan, DraftError> {
        if let Draft::Found { name, charter } = draft {
            return self.plan_founding(name, &charter);
        }
        self.may_write()?;
        match draft {
            Draft::Found { .. } => unreachable!("handled above"),
            Draft::OpenCommunity { name, title, sidebar, rules } => {
                self.may_write_hall()?;
                let person = self.person()?;
                if name == SpaceId::HALL_NAME {
                    return Err(Failure::new("exists", "hall is what the co-op's own space is called", "choose another name").into());
                }
                if self.world.register.communities.values().any(|community| community.name == name && community.opened_by == person) {
                    let error = format!("you have opened a community named {name} already");
                    return Err(Failure::new("exists", error, "choose another name; `folkmoot community list` shows those that there are").into());
                }
                let mut steps = vec![put(Key::Title, title)];
                steps.extend([(Key::Sidebar, sidebar), (Key::Rules, rules)].into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| put(key, text)));
                let description = Edit { kind: DocumentKind::Community, at: vec![], steps };
                Ok(Plan::OpenCommunity { act: Act::OpenSpace(OpenSpace { name }), description })
            }
            Draft::Post { community, title, text, url, origin } => {
                let mut steps = vec![put(Key::Title, title), put(Key::Text, text)];
                steps.extend(url.map(|url| put(Key::Url, url)));
                steps.extend(origin_steps(origin));
                self.founding(community, DocumentKind::Post, steps)
            }
            Draft::Comment { on, text, origin } => self.plan_comment(on, text, origin),
            Draft::CreatePage { community, name, title, text, writers } => {
                if !matches!(self.store.as_reader().find_page(Some(community), &name)?, Found::None) {
                    let error = format!("there is a page named {name} in that community already");
                    return Err(Failure::new("exists", error, "choose another name, or change that page: `folkmoot page edit NAME`").into());
                }
                let mut steps = vec![put(Key::Name, name), put(Key::Title, title)];
                if !text.is_empty() {
                    steps.push(Step::Splice { key: Key::Text, position: 0, delete: 0, insert: text });
                }
                if let Some(mut writers) = writers {
                    writers.sort();
                    writers.dedup();
                    steps.push(Step::Put { key: Key::Writers, value: Value::Persons(writers) });
                }
                self.founding(community, DocumentKind::Page, steps)
            }
            Draft::Edit { document, at, fields } => self.plan_edit(document, at, fields),
            Draft::Choose { document, op } => self.plan_choice(document, op),
            Draft::Erase { document } => self.plan_erasure(document),
            Draft::React { document, mark } => {
                let (n, space, _) = self.present(document)?;
                self.check_not_removed(n)?;
                let person = self.person()?;
                if space == SpaceId::HALL {
                    return Err(Failure::new("kind", "bills and what is said about them take no marks", "vote on the bill, or answer").into());
                }
                let mut replaces = self.store.as_reader().standing_reactions(n, person)?;
                if let ([op], true) = (replaces.as_slice(), mark != Mark::None && self.store.as_reader().mark_of_person(n, person)? == mark) {
                    return Ok(Plan::Stands(Written { id: document, op: *op }));
                }
                replaces.truncate(limits::REPLACES_PER_REACTION);
                let act = Act::React(React { reactions: vec![Reaction { target: document, mark, replaces }] });
                Ok(Plan::Act { space, act, id: Some(document) })
            }
            Draft::Profile { name, bio } => self.plan_profile(name, bio),
            Draft::RevokeDevice { device, authority } => self.plan_revocation(device, authority),
            Draft::Law(draft) => self.plan_law(draft, now),
        }
    }

    fn plan_founding(&mut self, name: String, charter: &BTreeMap<String, String>) -> Result<Plan, DraftError> {
        if self.world.coop.is_some() {
            return Err(Failure::new(
                "exists",
                "this folder belongs to a co-op already; one folder holds one co-op",
                "use another folder: --data DIR, with its own `init`",
            )
            .into());
        }
        // Whoever founds another one here could not go back into their own.
        if self.store.as_reader().was_in_a_coop() {
            return Err(self.no_coop().into());
        }
        let founder = self
            .keys
            .joining(CoopId::ZERO)
            .ok_or_else(|| Failure::new("device", "this folder holds a further device's key, not a person's", "`init` another folder"))?;
        Ok(Plan::Found(Act::Found(act::Found { name, founder, charter: charter_of(charter)? })))
    }

    fn founding(&self, space: SpaceId, kind: DocumentKind, steps: Vec<Step>) -> Result<Plan, DraftError> {
        // In the hall people answer bills, and nothing else.
        let there = if space == SpaceId::HALL { kind == DocumentKind::Comment } else { self.world.followed.contains(&space) };
        if !there {
            return Err(Failure::new("not-followed", "this node does not follow that community", "follow it first: `folkmoot community follow NAME`").into());
        }
        Ok(Plan::Edit { space, document: None, edit: Edit { kind, at: vec![], steps } })
    }

    fn plan_comment(&self, on: DocumentId, text: String, origin: Option<Origin>) -> Result<Plan, DraftError> {
        if text.trim().is_empty() {
            return Err(Failure::new("text", "the comment is empty", "say something with --text").into());
        }
        let (n, space, state) = self.present(on)?;
        self.check_not_removed(n)?;
        self.check_not_locked((n, space), &state)?;
        if space == SpaceId::HALL {
            self.may_write_hall()?;
        }
        let link = |key, id| Step::Put { key, value: Value::Document(id) };
        let mut steps = match (state.kind, state.document(Key::Post)) {
            (DocumentKind::Post | DocumentKind::Bill, _) => vec![link(Key::Post, on)],
            (DocumentKind::Comment, Some(post)) => vec![link(Key::Post, post), link(Key::Parent, on)],
            (kind, _) => {
                return Err(
                    Failure::new("kind", format!("one answers a post, a comment or a bill, not a {kind}"), "give the id of a post, comment or bill").into()
                );
            }
        };
        steps.push(put(Key::Text, text));
        steps.extend(origin_steps(origin));
        self.founding(space, DocumentKind::Comment, steps)
    }

    /// What is voted on, or was decided, is the version of its opening: another one would change nothing.
    fn check_not_fixed(&self, id: DocumentId, kind: DocumentKind) -> Result<(), DraftError> {
        let law = self.world.law.as_ref().filter(|_| kind == DocumentKind::Bill);
        let status = law.and_then(|law| law.bill_of(id)).map(|(_, bill)| &bill.status);
        match status {
            Some(Status::Open | Status::Passed { .. } | Status::Enacted { .. }) => {
                let error = "that bill was put to the vote: its text and effects are fixed";
                Err(Failure::new("fixed", error, "draft another bill, or take this one back while the vote is open: `folkmoot bill withdraw`").into())
            }
            _ => Ok(()),
        }
    }

    fn plan_edit(&self, id: DocumentId, at: Option<Vec<OpId>>, fields: BTreeMap<Key, String>) -> Result<Plan, DraftError> {
        let (n, space, mut now) = self.present(id)?;
        self.check_not_removed(n)?;
        self.check_writer(&now)?;
        self.check_not_fixed(id, now.kind)?;
        now.heads.truncate(limits::HEADS_PER_EDIT);
        let (at, base) = match at {
            Some(mut at) => {
                at.sort();
                let entries = self.store.as_reader().entries(n, &self.world.register)?;
                let base = Document::derive(id, entries)
                    .at(&at)
                    .ok_or_else(|| Failure::new("heads", "the document has no such version", "take a version from `folkmoot history`"))?;
                (at, base)
            }
            None => (now.heads.clone(), now),
        };
        let steps: Vec<Step> = fields.into_iter().flat_map(|(key, text)| change(&base, key, text)).collect();
        if steps.is_empty() {
            return Err(Failure::new(
                "unchanged",
                "nothing would change",
                if base.kind == DocumentKind::Post { "give a new --title, --text or --url" } else { "give a new text, or a new title where it has one" },
            )
            .into());
        }
        Ok(Plan::Edit { space, document: Some(id), edit: Edit { kind: base.kind, at, steps } })
    }

    fn plan_choice(&self, id: DocumentId, op: OpId) -> Result<Plan, DraftError> {
        let (n, space, state) = self.present(id)?;
        self.check_not_removed(n)?;
        self.check_writer(&state)?;
        let chosen = |choices: &[folkmoot_protocol::document::Choice]| choices.iter().find(|choice| choice.op == op).map(|choice| choice.value.clone());
        let disputed = state.fields.iter().filter(|(_, choices)| choices.len() > 1);
        let steps: Vec<Step> = disputed.filter_map(|(key, choices)| Some(Step::Put { key: *key, value: chosen(choices)? })).collect();
        if steps.is_empty() {
            let error =
                if state.has_conflict() { "that version is none of those to choose from" } else { "there is nothing to choose: the versions do not disagree" };
            return Err(Failure::new("choice", error, "see them with `folkmoot thread` or `folkmoot history`").into());
        }
        Ok(Plan::Edit { space, document: Some(id), edit: Edit { kind: state.kind, at: state.heads, steps } })
    }

    fn plan_erasure(&self, id: DocumentId) -> Result<Plan, DraftError> {
        let (_, space, state) = self.present(id)?;
        if state.kind.is_keyed() {
            return Err(Failure::new("kind", format!("a {} cannot be deleted", state.kind), "change it instead").into());
        }
        if space == SpaceId::HALL {
            return Err(Failure::new("kind", "what was said in the hall stays: it belongs to the record of the law", "change it instead").into());
        }
        if state.author != self.person()? {
            return Err(Failure::not_yours_to_delete(state.kind).into());
        }
        Ok(Plan::Act { space, act: Act::Erase(Erase { document: id }), id: Some(id) })
    }

    fn plan_profile(&self, name: Option<String>, bio: Option<String>) -> Result<Plan, DraftError> {
        let document = DocumentId::profile_of(self.person()?);
        let view = self.store.as_reader();
        let state = match view.document_number(document, SpaceId::HALL)? {
            Some(n) => view.document_state(n)?,
            None => None,
        };
        let fields = [(Key::Name, name), (Key::Bio, bio)].into_iter().filter_map(|(key, text)| text.map(|text| (key, text)));
        let steps: Vec<Step> = fields.map(|(key, text)| put(key, text)).collect();
        if steps.is_empty() {
            return Err(Failure::new("unchanged", "nothing would change", "give a new --name or --bio").into());
        }
        let at = state.map(|state| state.heads).unwrap_or_default();
        Ok(Plan::Edit { space: SpaceId::HALL, document: Some(document), edit: Edit { kind: DocumentKind::Profile, at, steps } })
    }

    /// Of the closed device everything that is known here stands, and nothing that may still turn up.
    fn plan_revocation(&self, device: DeviceId, authority: Option<SignatureBytes>) -> Result<Plan, DraftError> {
        let person = self.person()?;
        let Some((_, _, cut)) = self.world.register.devices(person).find(|(_, credential, _)| credential.device == device) else {
            return Err(Failure::new("not-found", "you have no such device", "see yours with `folkmoot device list`").into());
        };
        if cut.is_some() {
            return Err(Failure::new("revoked", "that device is closed already", "nothing to do").into());
        }
        let own = self.world.register.standing(self.device());
        if device != self.device() && authority.is_none() && !own.is_some_and(|(_, credential)| credential.may_grant) {
            return Err(Failure::new("may-not", "this device may not close others", "do it on your first device, or with your recovery words: --words").into());
        }
        let keep = self.world.tips.iter().filter_map(|(space, tips)| tips.get(&device).map(|tip| Keep { space: *space, seq: tip.seq }));
        let mut keep: Vec<Keep> = keep.take(limits::SPACES_PER_REVOCATION).collect();
        keep.sort_by_key(|keep| keep.space);
        let act = Act::RevokeDevice(RevokeDevice { device, keep, authority });
        Ok(Plan::Act { space: SpaceId::HALL, act, id: Some(DocumentId(device.0)) })
    }

    fn check_plan(&self, plan: &Plan) -> Result<(), Failure> {
        let act = |act: &Act| act.check(self.world.coop.unwrap_or(CoopId::ZERO)).map_err(|error| Failure::new("invalid", error, "change it and try again"));
        let edit = |edit: &Edit| edit.check().map_err(|error| Failure::new("invalid", error, "change it and try again"));
        match plan {
            Plan::Found(found) => act(found),
            Plan::Act { act: a, .. } => act(a),
            Plan::Stands(_) => Ok(()),
            Plan::Edit { edit: e, .. } => edit(e),
            Plan::OpenCommunity { act: a, description } => act(a).and_then(|()| edit(description)),
        }
    }

    pub(super) fn person(&self) -> Result<PersonId, Failure> {
        self.standing().person()
    }

    /// A document that is present here.
    pub(super) fn present(&self, id: DocumentId) -> Result<(i64, SpaceId, DocumentState), DraftError> {
        let view = self.store.as_reader();
        let found = view.present_document(id)?;
        let state = match found {
            Some((n, space)) => view.document_state(n)?.map(|state| (n, space, state)),
            None => None,
        };
        state.ok_or_else(|| {
            Failure::new(
                "not-found",
                format!("there is nothing here under {}", id.short()),
                "it may have been deleted, or be in a community that this node does not follow",
            )
            .into()
        })
    }

    fn check_writer(&self, state: &DocumentState) -> Result<(), DraftError> {
        let person = self.person()?;
        let invited = match (state.kind, state.value(Key::Writers)) {
            (DocumentKind::Page | DocumentKind::Bill, Some(Value::Persons(writers))) => writers.contains(&person),
            (DocumentKind::Page, _) => true,
            _ => false,
        };
        if state.author == person || invited {
            return Ok(());
        }
        let (who, hint) = match state.kind {
            DocumentKind::Page => ("its author, and whom they named,", "ask one of them: `folkmoot page show` names them"),
            DocumentKind::Bill => ("its author, and whom they named,", "ask one of them: `folkmoot bill show` names them"),
            _ => ("its author", "answer it with a comment instead"),
        };
        Err(Failure::new("not-yours", format!("this {} is somebody else's: only {who} can change it", state.kind), hint).into())
    }
}

/// Why a draft cannot be written.
pub(super) enum DraftError {
    Store(StoreError),
    Refused(Failure),
}

impl From<StoreError> for DraftError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for DraftError {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

fn origin_steps(origin: Option<Origin>) -> Vec<Step> {
    let Some(origin) = origin else { return vec![] };
    let mut steps: Vec<Step> = origin.actor.map(|actor| put(Key::OriginActor, actor)).into_iter().collect();
    steps.extend(origin.object.map(|object| put(Key::OriginObject, object)));
    steps.extend(origin.published.map(|ms| Step::Put { key: Key::OriginPublished, value: Value::Integer(ms as i64) }));
    steps
}

/// What a founding sets of the law, from the text forms of values.
fn charter_of(texts: &BTreeMap<String, String>) -> Result<Option<Vec<(String, LawValue)>>, Failure> {
    let refused = |error: CharterError| Failure::new("charter", error, "`folkmoot law charter` prints a charter to begin from");
    let mut values = Preset::Cast.values();
    for (name, text) in texts {
        let spec = key(name).ok_or_else(|| refused(CharterError::Unknown { name: name.clone(), nearest: nearest(name) }))?;
        let value = LawValue::parse(&spec.kind, text).map_err(|error| refused(CharterError::Value { key: spec.name, error }))?;
        values.insert(name.clone(), value);
    }
    Ok(differing(&values))
}
