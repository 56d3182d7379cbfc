//! The register of the law: what follows from the issues of the Gazette, and nothing else.

use super::{
    AdoptedText, Ballot, Banned, Bill, Budget, Cell, Cells, ChallengeRow, Charter, Consumer, Delivered, DuesRow, Election, Electorate, Endorsement, Expulsion,
    Head, Hindrance, Holding, Job, LawValue, Member, Moderated, Offer, Office, Pledge, Printed, PrintedOp, Priorities, Proven, Recall, Reconciliation,
    Recovered, Reported, Signature, Spend, Table, Turn, Value, bill::BillIndex, key,
};
use crate::{
    cbor::CborError,
    id::*,
    register::{Hall, Register, Silences},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A charter as it is kept for the bills that are judged by it: its values by their keys.
pub(super) type CharterValues = Vec<(String, Value)>;

macro_rules! tables {
    ($($(#[$doc:meta])* $number:literal $name:ident: $key:ty => $row:ty;)*) => {
        /// The register of the law.
        #[derive(Debug, Clone, Default)]
        pub struct State {
            /// The co-op.
            pub coop: Option<CoopId>,
            /// Where the Gazette stands.
            pub head: Option<Head>,
            /// Who is who, by what was printed alone.
            pub register: Arc<Register>,
            pub(super) hall: Hall,
            pub(super) cells: Cells,
            charters_read: BTreeMap<u64, Arc<Charter>>,
            pub(super) index: BillIndex,
            /// Tellers whom the members have chosen for the next issue instead of those who hold the office, as far
            /// as is known here ([`State::recovered_by`]).
            pub recovery: Option<Recovered>,
            /// Whom the present step silenced or let speak again.
            pub(super) turned: BTreeSet<Turn>,
            $($(#[$doc])* pub $name: Table<$key, $row>,)*
        }

        impl State {
            fn table_changes(&mut self) -> Vec<Cell> {
                let mut cells = Vec::new();
                $(cells.extend(self.$name.take_changes($number));)*
                cells
            }

            fn every_cell(&self) -> Vec<Cell> {
                let mut cells = Vec::new();
                $(cells.extend(self.$name.cells($number));)*
                cells
            }

            fn load_cell(&mut self, cell: &Cell) -> Result<(), CborError> {
                match cell.table {
                    $($number => self.$name.load(cell),)*
                    // Of a newer version, whose step to this one throws the register away.
                    _ => Ok(()),
                }
            }
        }
    };
}

tables! {
    /// Up to where each chain of the hall is printed.
    1 printed: DeviceId => Printed;
    /// The law's values.
    2 values: String => LawValue;
    /// Every charter that was in force, by number from 1: bills are judged by that under which they opened.
    3 charters: u64 => CharterValues;
    /// Members, past ones too.
    4 members: PersonId => Member;
    /// Receipts of dues by number.
    5 dues: u64 => DuesRow;
    /// What waits for somebody's acceptance.
    6 offers: OpId => Offer;
    /// Who waits for a place among the consumers, by the number of their receipt.
    7 queue: u64 => PersonId;
    /// Jobs, past ones too.
    8 jobs: OpId => Job;
    /// Who holds which office.
    9 offices: (Office, PersonId) => Holding;
    /// Who supports that a proposal be opened.
    10 sponsors: [u8; 32] => Vec<PersonId>;
    /// Bills that were opened.
    11 bills: OpId => Bill;
    /// Who may vote on what is open, by the hash of the list.
    12 electorates: [u8; 32] => Electorate;
    /// Ballots on the bills that are open, in the elections and on priorities.
    13 ballots: (OpId, PersonId) => Ballot;
    /// Budgets.
    14 budgets: String => Budget;
    /// Payments that bills ordered.
    15 spends: OpId => Spend;
    /// Texts that are adopted.
    16 texts: String => AdoptedText;
    /// Instances that are endorsed.
    17 endorsements: String => Endorsement;
    /// Of each printed revocation of a device: up to where what the device wrote was printed with it.
    18 cuts: OpId => u64;
    /// The digests of the proposals that a person supports, by a number of their own, the latest last.
    19 supports: (PersonId, u64) => [u8; 32];
    /// Elections, past ones too.
    20 elections: OpId => Election;
    /// Challenges of somebody's place among the consumers, past ones too.
    21 challenges: OpId => ChallengeRow;
    /// Reconciliations of receipts with the bank, by number from 1.
    22 reconciliations: u64 => Reconciliation;
    /// The challenge of a person that is open.
    23 challenged: PersonId => OpId;
    /// When a challenge by one person of another was dismissed last.
    24 dismissed: (PersonId, PersonId) => u64;
    /// What moderators did about documents, as it stands.
    30 moderated: (DocumentId, SpaceId) => Moderated;
    /// When what removed documents said is to be dropped, with the act that removed each.
    31 dropping: (u64, DocumentId, SpaceId) => OpId;
    /// The pinned documents of communities, the latest first.
    32 pins: SpaceId => Vec<DocumentId>;
    /// Reports that are open, by what they are on.
    33 reports: (DocumentId, SpaceId) => Vec<Reported>;
    /// How many reports of a person are open.
    34 reporters: PersonId => u64;
    /// Bans of people from communities, the one that stands last.
    35 bans: (SpaceId, PersonId) => Vec<Banned>;
    /// When bans that stand end, with the act that made each.
    36 ban_ends: (u64, SpaceId, PersonId) => OpId;
    /// Who was expelled.
    37 expulsions: PersonId => Expulsion;
    /// Votes on priorities, past ones too.
    40 priorities: OpId => Priorities;
    /// What members pledge to bills and features.
    41 pledges: (OpId, PersonId) => Pledge;
    /// Since when in the Gazette's time a person takes part in a community.
    50 participations: (PersonId, SpaceId) => u64;
    /// The petition that a participant of a community signs.
    51 petitions: (SpaceId, PersonId) => Signature;
    /// Votes on the recall of moderators by participants, past ones too.
    52 recalls: OpId => Recall;
    /// Devices of officers that signed two things that exclude each other.
    53 evidence: DeviceId => Proven;
    /// The features of votes on priorities: the vote, and the place in its list.
    60 features: OpId => (OpId, u64);
    /// Bills and features that a bill said are delivered.
    61 delivered: OpId => Delivered;
}

/// The tables that say what the law takes the effect from ([`State::silences_in`]).
pub const SILENCE_TABLES: [u8; 2] = [35, 37];

/// The cell of the register that stands for who is who.
const REGISTER_TABLE: u8 = 0;

impl State {
    /// Does something whole or not at all: what fails leaves no trace, nor does what is only `tried`.
    pub(super) fn attempt(&mut self, tried: bool, change: impl FnOnce(&mut Self) -> Result<(), Hindrance>) -> Result<(), Hindrance> {
        let before = self.clone();
        let result = change(self);
        if result.is_err() || tried {
            *self = before;
        }
        result
    }

    /// The register before the first issue: what the founding alone settles.
    pub fn founded(founding: &PrintedOp) -> Self {
        let coop = CoopId::founded_by(founding.op);
        let head = Head { height: 0, issue: IssueId::founding(coop), time: 0 };
        let mut state = Self { coop: Some(coop), head: Some(head), hall: Hall::new(coop), ..Self::default() };
        state.take_founding(founding);
        state.settle();
        state.settle_register();
        state
    }

    /// Reads a stored register: its rows, and acts of the hall, of which it takes those that are printed.
    pub fn load<'a>(coop: CoopId, head: Head, cells: &[Cell], acts: impl IntoIterator<Item = &'a PrintedOp>) -> Result<Self, CborError> {
        let mut state = Self { coop: Some(coop), head: Some(head), hall: Hall::new(coop), ..Self::default() };
        for cell in cells {
            state.load_cell(cell)?;
            state.cells.set(cell);
        }
        for (number, values) in state.charters.clone().iter() {
            state.read_charter(*number, values);
        }
        let is_printed = |op: &&PrintedOp| state.printed.get(&op.device).is_some_and(|printed| op.seq <= printed.seq);
        let entries: Vec<_> = acts.into_iter().filter(is_printed).filter_map(|printed| state.printed_entry(printed)).collect();
        entries.into_iter().for_each(|entry| state.hall.insert(entry));
        state.register = Arc::new(state.hall.fold());
        state.settle_register();
        state.index_bills();
        Ok(state)
    }

    /// Reads what the law takes the effect from out of its stored rows.
    pub fn silences_in(cells: &[Cell]) -> Result<Silences, CborError> {
        let mut state = Self::default();
        cells.iter().try_for_each(|cell| state.load_cell(cell))?;
        Ok(state.silences())
    }

    /// All rows, to be stored; with those of [`State::load`] they make the register.
    pub fn all_cells(&self) -> Vec<Cell> {
        self.every_cell()
    }

    /// How many issues there are.
    pub fn height(&self) -> u64 {
        self.head.map_or(0, |head| head.height)
    }

    /// The newest issue.
    pub fn issue(&self) -> IssueId {
        self.head.map_or(IssueId::ZERO, |head| head.issue)
    }

    /// The Gazette's time.
    pub fn time(&self) -> u64 {
        self.head.map_or(0, |head| head.time)
    }

    /// One hash for the law as it is printed: of the newest issue and of the register after it.
    pub fn hash(&self) -> [u8; 32] {
        tagged_hash("folkmoot/law/1", &[&self.issue().0, &self.cells.clone().root()])
    }

    /// What changed since the last call, taken into the hash over all rows.
    pub(super) fn settle(&mut self) -> Vec<Cell> {
        let changes = self.table_changes();
        changes.iter().for_each(|cell| self.cells.set(cell));
        changes
    }

    /// Takes who is who into the hash.
    pub(super) fn settle_register(&mut self) {
        let row = tagged_hash("folkmoot/law-persons/1", &[&self.register.canonical_bytes()]).to_vec();
        self.cells.set(&Cell { table: REGISTER_TABLE, key: vec![], row: Some(row) });
    }

    /// The charter in force.
    pub fn charter(&self) -> Arc<Charter> {
        self.charter_number(self.charter_version())
    }

    /// A charter by its number; before the first issue the default.
    pub fn charter_number(&self, number: u64) -> Arc<Charter> {
        self.charters_read.get(&number).cloned().unwrap_or_default()
    }

    /// The number of the charter in force.
    pub fn charter_version(&self) -> u64 {
        self.charters.iter().next_back().map_or(0, |(number, _)| *number)
    }

    /// The values of the law that are in force.
    pub fn present_values(&self) -> BTreeMap<String, Value> {
        self.values.iter().filter_map(|(key, value)| Some((key.clone(), value.present()?.clone()))).collect()
    }

    /// Notes that a key of the charter changed: bills that open from now on are judged by the new one.
    pub(super) fn renew_charter(&mut self) {
        let values: CharterValues = self.present_values().into_iter().filter(|(name, _)| key::key(name).is_some_and(|key| key.charter)).collect();
        let number = self.charter_version() + 1;
        self.read_charter(number, &values);
        self.charters.insert(number, values);
    }

    /// What is kept was checked before it was.
    fn read_charter(&mut self, number: u64, values: &CharterValues) {
        let charter = Charter::read(&values.iter().cloned().collect()).unwrap_or_default();
        self.charters_read.insert(number, Arc::new(charter));
    }

    /// Up to which number a chain of the hall is printed; 0: nothing of it.
    pub fn printed_to(&self, device: DeviceId) -> u64 {
        self.printed.get(&device).map_or(0, |printed| printed.seq)
    }

    /// Who holds an office, the longest-serving first.
    pub fn holders(&self, office: Office) -> Vec<(PersonId, Holding)> {
        let mut holders: Vec<_> = self.offices.under(office, PersonId::ZERO).map(|(person, holding)| (person, *holding)).collect();
        holders.sort_by_key(|(person, holding)| (holding.since, *person));
        holders
    }

    /// Whether a person holds an office.
    pub fn holds(&self, office: Office, person: PersonId) -> bool {
        self.offices.contains(&(office, person))
    }

    /// The last issue, as the tellers of the next one name it when they sign ([`Issue::signed_after`]).
    pub fn signed_after(&self) -> IssueId {
        super::issue::signed_after(self.issue(), self.recovery.as_ref())
    }

    /// The devices that certify the next issue, ascending: of those who hold the office the longest-serving 7, 5, 4
    /// or 1, so that a certificate never rests on two or three; or those whom the members chose instead.
    pub fn tellers(&self) -> Vec<DeviceId> {
        if let Some(Recovered(tellers)) = &self.recovery {
            return tellers.clone();
        }
        let holders = self.holders(Office::Teller);
        let serving = serving_tellers(holders.len());
        let mut devices: Vec<DeviceId> = holders.into_iter().take(serving).map(|(_, holding)| holding.device).collect();
        devices.sort();
        devices
    }

    /// A job that has not ended, by its short name.
    pub fn job(&self, name: &str) -> Option<(OpId, &Job)> {
        self.jobs.iter().find(|(_, job)| job.name == name && job.ended.is_none()).map(|(id, job)| (*id, job))
    }

    /// A person's membership as a consumer.
    pub fn consumer(&self, person: PersonId) -> Option<Consumer> {
        self.members.get(&person).and_then(|member| member.consumer)
    }

    /// Whether a bill expelled somebody.
    pub fn is_expelled(&self, person: PersonId) -> bool {
        self.expulsions.contains(&person)
    }
}

/// How many certify of so many who hold the office of teller: 7, 5, 4 or 1.
pub fn serving_tellers(holders: usize) -> usize {
    [7, 5, 4, 1].into_iter().find(|serving| holders >= *serving).unwrap_or(0)
}
