//! A cluster's beginning: keys, a co-op, people let in, devices paired, communities followed.

use super::{Cluster, Member, Unfinished, state::Record, texts, unexpected};
use crate::{
    api::{Draft, Failure, Request, Response, Written},
    keystore::Keystore,
    runtime::entropy,
};
use folkmoot_protocol::{id::*, ticket::Ticket};
use std::{fs, path::Path, time::Duration};

/// What the co-op of a cluster is called.
pub(super) const COOP: &str = "Linden Yard";
const INVITATION_MS: u64 = 600_000;
const SETTLING: Duration = Duration::from_secs(5);

/// How a new cluster begins.
#[derive(Debug, Clone, Copy)]
pub struct Founding {
    /// How many people, each with one node.
    pub people: usize,
}

impl Cluster {
    /// Makes a cluster and starts it: a co-op whose people came in by invitation and follow one community.
    /// Where that fails, nothing is left behind.
    pub async fn found(folder: &Path, founding: Founding) -> Result<Self, Failure> {
        if founding.people == 0 || founding.people > texts::PEOPLE.len() {
            return Err(Failure::new("nodes", format!("a cluster has 1 to {} nodes", texts::PEOPLE.len()), "choose another number"));
        }
        let before = Unfinished { folder_existed: folder.exists() };
        let mut cluster = Self::make(folder)?;
        (cluster.detached, cluster.unfinished) = (true, Some(before));
        cluster.begin(founding).await?;
        cluster.unfinished = None;
        Ok(cluster)
    }

    async fn begin(&mut self, founding: Founding) -> Result<(), Failure> {
        for person in texts::PEOPLE.iter().take(founding.people) {
            self.add_person(person)?;
        }
        let places = self.places();
        self.start(&places).await?;
        self.submit(0, vec![Draft::Found { name: COOP.into(), charter: Default::default() }]).await?;
        let space = self.open_community(0, texts::COMMUNITIES[0]).await?;
        for newcomer in 1..founding.people {
            self.let_in(0, newcomer).await?;
            self.follow(newcomer, space).await?;
        }
        // Whether they agree by then or not, the cluster is there; its status shows it.
        self.agree(&places, SETTLING, &mut |_, _| ()).await.map(drop)
    }

    /// Takes away what was made, as far as that can be done.
    pub(super) fn take_away(&self, before: Unfinished) {
        for at in self.places() {
            let _ = fs::remove_dir_all(self.node_folder(at));
        }
        self.record.remove(&self.folder);
        if !before.folder_existed {
            let _ = fs::remove_dir(&self.folder);
        }
    }

    /// Makes a person's keys in a folder named after them. Answers the new node's place.
    pub fn add_person(&mut self, person: &str) -> Result<usize, Failure> {
        let name = person.to_lowercase();
        let new = Keystore::create_person(&self.folder.join(&name), person, None, entropy()?)?;
        Ok(self.record.add(Member { name, device: new.device, pid: None }))
    }

    /// Makes the keys of a further device. Answers the new node's place.
    pub fn add_device(&mut self, node: &str, device: &str) -> Result<usize, Failure> {
        let folder = self.folder.join(node);
        Keystore::create_device(&folder, device, None, entropy()?)?;
        let device = Keystore::open(&folder, None)?.device();
        Ok(self.record.add(Member { name: node.to_owned(), device, pid: None }))
    }

    /// Has a node that runs write something.
    pub async fn submit(&self, at: usize, drafts: Vec<Draft>) -> Result<Vec<Written>, Failure> {
        self.written(at, self.ask(at, Request::Submit { drafts }).await?)
    }

    pub(super) fn written(&self, at: usize, response: Response) -> Result<Vec<Written>, Failure> {
        match response {
            Response::Written { written } => Ok(written),
            _ => Err(unexpected(self.name(at))),
        }
    }

    /// Opens a community by its short name, title and sidebar.
    pub async fn open_community(&self, at: usize, (name, title, sidebar): (&str, &str, &str)) -> Result<SpaceId, Failure> {
        let draft = Draft::OpenCommunity { name: name.into(), title: title.into(), sidebar: sidebar.into(), rules: String::new() };
        let written = self.submit(at, vec![draft]).await?;
        written.first().map(|written| SpaceId(written.id.0)).ok_or_else(|| unexpected(self.name(at)))
    }

    /// One node invites, another joins with the ticket.
    pub async fn let_in(&self, host: usize, newcomer: usize) -> Result<(), Failure> {
        let invite = Request::Invite { guest: false, expires_in_ms: INVITATION_MS, uses: 1 };
        let Response::Invited { ticket, .. } = self.ask(host, invite).await? else { return Err(unexpected(self.name(host))) };
        self.join(newcomer, ticket).await
    }

    /// A person's new device offers itself, their other one takes it in.
    pub async fn pair(&self, first: usize, further: usize) -> Result<(), Failure> {
        let offer = Ticket::Offer { pairing: Keystore::open(&self.node_folder(further), None)?.pairing() };
        let Response::Welcomed { ticket, .. } = self.ask(first, Request::AddDevice { ticket: offer.to_string(), authority: None }).await? else {
            return Err(unexpected(self.name(first)));
        };
        self.join(further, ticket).await
    }

    async fn join(&self, at: usize, ticket: String) -> Result<(), Failure> {
        match self.ask(at, Request::Join { ticket }).await? {
            Response::Joined { .. } => Ok(()),
            _ => Err(unexpected(self.name(at))),
        }
    }

    /// Has a node that runs keep a community.
    pub async fn follow(&self, at: usize, space: SpaceId) -> Result<(), Failure> {
        self.ask(at, Request::Follow { space, on: true }).await.map(drop)
    }
}

impl Record {
    fn add(&mut self, node: Member) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}
