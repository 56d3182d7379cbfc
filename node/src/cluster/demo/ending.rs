//! The end: all nodes shut down, and what is on their disks is checked and compared.

use super::{Demo, Tally, tally::counted};
use crate::{
    api::{Draft, Failure, Request},
    audit::{Audit, AuditedElection, audit},
    cluster::{Difference, texts},
    export::{Export, export},
    store::{Reader, VerifyReport, receipt_of},
};
use folkmoot_protocol::{id::*, law::Route, view::PersonView};
use serde::Serialize;

/// What came of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The nodes.
    pub nodes: Vec<NodeOutcome>,
    /// Operations that were written, as the nodes answered when they wrote them.
    pub operations: u64,
    /// Whether every disk is sound, holds all of these and nothing else, and has the same state.
    pub converged: bool,
    /// That state's hash, as 64 hex digits; none where the nodes differ.
    pub state_hash: Option<String>,
    /// Issues of the Gazette.
    pub issues: u64,
    /// The law's hash, by every node and by a recount from an export, as 64 hex digits; none where they differ.
    pub law: Option<String>,
    /// The bills, each with how it ended.
    pub bills: Vec<BillOutcome>,
    /// The elections, each with who was elected.
    pub elections: Vec<ElectionOutcome>,
    /// What the recount from an export came to.
    pub audit: AuditOutcome,
    /// How long it took.
    pub seconds: f64,
    /// How long its parts took.
    pub phases: Vec<PhaseTime>,
    /// What the operations were.
    #[serde(skip)]
    pub tally: Tally,
    /// What differs, where something does.
    #[serde(skip)]
    pub differences: Vec<Difference>,
}

/// What a node's disk holds at the end.
#[derive(Debug, Clone, Serialize)]
pub struct NodeOutcome {
    /// Its name.
    pub name: String,
    /// Its device.
    pub device: DeviceId,
    /// One hash over all that it holds, as 64 hex digits.
    pub state_hash: String,
    /// Operations that it holds.
    pub operations: u64,
    /// The law's hash, as 64 hex digits.
    pub law: String,
}

/// How a bill ended.
#[derive(Debug, Clone, Serialize)]
pub struct BillOutcome {
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: &'static str,
    /// How it passed; none where it did not.
    pub route: Option<Route>,
}

/// How an election ended.
#[derive(Debug, Clone, Serialize)]
pub struct ElectionOutcome {
    /// The office.
    pub office: String,
    /// Who was elected, in order; none as long as it goes on.
    pub elected: Option<Vec<PersonView>>,
}

/// What a recount of the law came to.
#[derive(Debug, Clone, Serialize)]
pub struct AuditOutcome {
    /// Operations of the hall that it checked.
    pub operations: u64,
    /// Issues that it checked.
    pub issues: u64,
    /// The law's hash, as 64 hex digits.
    pub law: String,
    /// Whether every node has the same.
    pub agrees: bool,
}

/// How long a part took.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PhaseTime {
    /// Its name.
    pub name: &'static str,
    /// How long.
    #[serde(serialize_with = "in_ms")]
    pub seconds: f64,
}

/// What was found on the disks.
pub(super) struct Checked {
    nodes: Vec<NodeOutcome>,
    differences: Vec<Difference>,
    audit: Audit,
}

impl Demo<'_> {
    /// Ends all nodes and checks every folder.
    pub(super) async fn check(&mut self, plant_fault: bool) -> Result<Checked, Failure> {
        let places = self.cluster.places();
        self.audience.progress("Shutting down", 0, places.len() as u64);
        self.cluster.stop(&places).await?;
        if plant_fault {
            self.plant_fault().await?;
        }
        let (mut nodes, mut differences) = (Vec::new(), Vec::new());
        for at in &places {
            self.audience.progress("Checking every signature on every disk", *at as u64, places.len() as u64);
            let report = self.cluster.verify(*at)?;
            differences.extend(faults(self.cluster.name(*at), &report));
            nodes.push(self.node_outcome(*at, report));
        }
        differences.extend(self.cluster.differences(&places)?);
        self.board.tally.receipts = self.receipts()?;
        let audit = self.recount()?;
        let of_law = |node: &&NodeOutcome| node.law != audit.law;
        differences.extend(nodes.iter().filter(of_law).map(|node| Difference {
            id: node.device.to_string(),
            what: format!("{} has the law {}, and a recount from an export {}", node.name, node.law, audit.law),
        }));
        let written = self.board.tally.operations();
        if let (true, Some(node)) = (differences.is_empty(), nodes.iter().find(|node| node.operations != written)) {
            differences.push(Difference {
                id: node.device.to_string(),
                what: format!("{written} operations were written, and {} holds {}", node.name, node.operations),
            });
        }
        self.say("All nodes shut down, and everything on their disks was checked.");
        self.say(&format!(
            "The Gazette was exported and recounted from the founding on: {}, {}.",
            counted(audit.issues, "issue"),
            counted(audit.bills.len() as u64, "bill")
        ));
        Ok(Checked { nodes, differences, audit })
    }

    /// Recounts the law from what the last person's node exports.
    fn recount(&self) -> Result<Audit, Failure> {
        let folder = tempfile::tempdir().map_err(|error| Failure::new("folder", format!("cannot make a temporary folder: {error}"), "free some space"))?;
        let path = folder.path().join("coop");
        let reader = Reader::open(&self.cluster.node_folder(self.cluster.nodes().len() - 2))?;
        export(&reader.view(), Export::Coop, &path, &|_, _| ())?;
        audit(&path)
    }

    /// Receipts that the tellers' nodes wrote.
    fn receipts(&self) -> Result<u64, Failure> {
        let reader = Reader::open(&self.cluster.node_folder(0))?;
        Ok(reader.view().hall_acts()?.iter().filter_map(receipt_of).count() as u64)
    }

    fn node_outcome(&self, at: usize, report: VerifyReport) -> NodeOutcome {
        let device = self.cluster.nodes().get(at).map_or(DeviceId::ZERO, |node| node.device);
        NodeOutcome { name: self.cluster.name(at).to_owned(), device, state_hash: report.state_hash, operations: report.operations, law: report.law }
    }

    /// One node writes a post that no other ever hears of.
    async fn plant_fault(&mut self) -> Result<(), Failure> {
        let Some(community) = self.spaces.first().copied() else { return Ok(()) };
        let draft = Draft::Post { community, title: "Unheard of".into(), text: texts::EDIT_TEXTS[5].into(), url: None, origin: None };
        self.cluster.ask_at_rest(1, Request::Submit { drafts: vec![draft] }).await.map(drop)
    }

    pub(super) fn outcome(&self, checked: Checked) -> Outcome {
        let Checked { nodes, differences, audit } = checked;
        let first = nodes.first().map(|node| node.state_hash.clone());
        let same = nodes.iter().all(|node| Some(&node.state_hash) == first.as_ref());
        Outcome {
            operations: self.board.tally.operations(),
            converged: same && differences.is_empty(),
            state_hash: first.filter(|_| same),
            issues: audit.issues,
            bills: audit.bills.iter().map(|bill| BillOutcome { title: bill.title.clone(), status: bill.status, route: bill.route }).collect(),
            elections: audit.elections.iter().map(elected).collect(),
            audit: AuditOutcome {
                operations: audit.operations,
                issues: audit.issues,
                agrees: nodes.iter().all(|node| node.law == audit.law),
                law: audit.law.clone(),
            },
            law: Some(audit.law).filter(|law| nodes.iter().all(|node| node.law == *law)),
            seconds: (self.seconds() * 1000.0).round() / 1000.0,
            phases: self.phases.clone(),
            tally: self.board.tally,
            differences,
            nodes,
        }
    }
}

impl Outcome {
    /// Why it is a failure, where it is one: the ids that differ.
    pub fn failure(&self) -> Option<Failure> {
        (!self.converged).then(|| disagreement(&self.differences))
    }
}

/// Nodes do not hold the same: the ids of what differs.
pub(super) fn disagreement(differences: &[Difference]) -> Failure {
    let listed: String = differences.iter().map(|difference| format!("\n  {}: {}", difference.id, difference.what)).collect();
    Failure::new(
        "not-converged",
        format!("the nodes do not agree:{listed}"),
        "run it again with --keep DIR and look into the folders; report it with the ids above",
    )
}

fn faults(name: &str, report: &VerifyReport) -> Vec<Difference> {
    let say = |fault: &crate::store::Fault| Difference {
        id: fault.op.map_or_else(String::new, |op| op.to_string()),
        what: format!("fault on {name}'s disk: {}", fault.what),
    };
    report.faults.iter().map(say).collect()
}

fn elected(election: &AuditedElection) -> ElectionOutcome {
    let name = |id: PersonId| election.candidates.iter().find(|(candidate, _)| *candidate == id).map(|(_, name)| name.clone()).unwrap_or_default();
    let people = |ids: &Vec<PersonId>| ids.iter().map(|id| PersonView { id: *id, name: name(*id) }).collect();
    ElectionOutcome { office: election.office.clone(), elected: election.elected.as_ref().map(people) }
}

fn in_ms<S: serde::Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((seconds * 1000.0).round() / 1000.0)
}
