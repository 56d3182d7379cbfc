//! The naive community's answers, as the node's views have them.

use super::{
    Answers, NOW,
    answers::{Present, World},
    list::Asked,
    real::text,
};
use folkmoot_protocol::{
    act::Mark,
    document::{DocumentKind, DocumentState, Key, Value},
    id::*,
    view::*,
};
use std::cmp::Reverse;

impl World<'_> {
    /// Everything that is asked.
    pub(super) fn answers(&self, asked: &Asked) -> Answers {
        let mut answers = Answers::new();
        let mut say = |question: String, answer: String| {
            answers.insert(question, answer);
        };
        for space in &self.model.followed {
            let chains: Vec<_> = self.chains.iter().filter(|((of, _), _)| of == space).map(|(_, chain)| chain).collect();
            let operations: usize = chains.iter().map(|chain| chain.ops.len()).sum();
            let closed = chains.iter().filter(|chain| chain.closed.is_some()).count();
            say(format!("1 status of {space:?}"), format!("{operations} operations, {closed} closed chains"));
            for ((_, device), chain) in self.chains.iter().filter(|((of, _), _)| of == space) {
                let last = chain.ops.last().copied().unwrap_or(OpId::ZERO);
                let closed = chain.closed.map(|at| (at, self.erasures_beyond(*space, *device, at)));
                say(format!("2 chain of {device:?} in {space:?}"), format!("{} {last} {closed:?}", chain.ops.len()));
            }
            say(format!("pages of {space:?}"), text(&self.pages(Some(*space))));
        }
        let hall = &self.hall;
        say(
            "3 register".into(),
            format!("{} {} {:#?} {:#?} {:#?} {:#?}", hall.name, hall.founded_at, hall.persons, hall.credentials, hall.communities, hall.cuts),
        );
        for person in &asked.persons {
            let name = self.name(*person);
            say(format!("name of {person:?}"), if name.is_empty() { "nobody".into() } else { name });
            let bio = self.find(SpaceId::HALL, DocumentId::profile_of(*person)).map(|profile| profile.state.text(Key::Bio).to_owned());
            say(format!("bio of {person:?}"), bio.unwrap_or_default());
        }
        say("communities".into(), text(&self.communities()));
        say("all pages".into(), text(&self.pages(None)));
        for sort in [FeedSort::New, FeedSort::Old, FeedSort::Top, FeedSort::Comments, FeedSort::NewComments] {
            say(format!("feed {sort:?}"), text(&self.feed(sort, asked)));
        }
        for (space, document) in &asked.documents {
            say(format!("4 state of {document:?}"), format!("{:#?}", self.find(*space, *document).map(|present| &present.state)));
            say(format!("5 history of {document:?}"), text(&self.history(*space, *document)));
        }
        for (document, sort) in asked.threads() {
            let one = self.present.iter().find(|one| one.id == document);
            say(format!("thread {sort:?} of {document:?}"), text(&one.and_then(|one| self.thread(one, sort, asked))));
        }
        for word in asked.words() {
            say(format!("search {word}"), text(&self.search(word)));
        }
        answers
    }

    /// What a tip says of the erasures from a fork on.
    fn erasures_beyond(&self, space: SpaceId, device: DeviceId, at: u64) -> [u8; 16] {
        let mut ids: Vec<OpId> = self.erasures.iter().filter(|one| (one.space, one.device) == (space, device) && one.seq >= at).map(|one| one.op).collect();
        ids.sort();
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
        let mut first = [0; 16];
        first.copy_from_slice(&tagged_hash("folkmoot/closed-erasures/1", &[&bytes])[..16]);
        first
    }

    fn person(&self, id: PersonId) -> PersonView {
        let name = self.name(id);
        PersonView { id, name: if name.is_empty() { id.short() } else { name } }
    }

    fn community(&self, id: SpaceId) -> CommunityRef {
        let name = self.hall.communities.get(&id).map_or_else(|| if id == SpaceId::HALL { "hall".into() } else { id.short() }, |known| known.name.clone());
        CommunityRef { id, name }
    }

    fn communities(&self) -> Vec<CommunityView> {
        let count = |space: SpaceId, kind| self.present.iter().filter(|one| one.space == space && one.state.kind == kind).count() as u64;
        let mut views = vec![];
        for (space, community) in &self.hall.communities {
            let said = |key| self.find(*space, DocumentId::community_of(*space)).map(|one| one.state.text(key).to_owned()).unwrap_or_default();
            views.push(CommunityView {
                id: *space,
                name: community.name.clone(),
                title: Some(said(Key::Title)).filter(|title| !title.is_empty()).unwrap_or_else(|| community.name.clone()),
                sidebar: said(Key::Sidebar),
                rules: said(Key::Rules),
                opened_by: self.person(community.opened_by),
                followed: self.model.followed.contains(space),
                posts: count(*space, DocumentKind::Post),
                comments: count(*space, DocumentKind::Comment),
            });
        }
        views.sort_by_key(|view| (view.name.clone(), view.id));
        views
    }

    fn of_kind(&self, kind: DocumentKind) -> impl Iterator<Item = &Present> {
        self.present.iter().filter(move |one| one.state.kind == kind)
    }

    fn pages(&self, space: Option<SpaceId>) -> Vec<PageView> {
        let mut pages: Vec<&Present> = self.of_kind(DocumentKind::Page).filter(|page| space.is_none_or(|space| page.space == space)).collect();
        pages.sort_by_key(|page| (page.state.text(Key::Name).to_owned(), page.created, page.id));
        let view = |page: &Present| {
            let writers = match page.state.value(Key::Writers) {
                Some(Value::Persons(writers)) => Some(writers.iter().map(|writer| self.person(*writer)).collect()),
                _ => None,
            };
            let text = |key| page.state.text(key).to_owned();
            let (name, title, text) = (text(Key::Name), text(Key::Title), text(Key::Text));
            PageView {
                id: page.id,
                community: self.community(page.space),
                name,
                title,
                text,
                author: self.person(page.state.author),
                writers,
                edits: page.state.edits - 1,
            }
        };
        pages.into_iter().map(view).collect()
    }

    fn comments_of(&self, post: &Present) -> Vec<&Present> {
        self.of_kind(DocumentKind::Comment).filter(|comment| comment.space == post.space && comment.state.document(Key::Post) == Some(post.id)).collect()
    }

    fn post(&self, post: &Present, asked: &Asked) -> PostView {
        let (up, down) = self.tally((post.space, post.id), post.state.author);
        let text = |key| post.state.text(key).to_owned();
        PostView {
            id: post.id,
            community: self.community(post.space),
            title: text(Key::Title),
            text: text(Key::Text),
            url: Some(text(Key::Url)).filter(|url| !url.is_empty()),
            author: self.person(post.state.author),
            origin: origin(&post.state),
            created: post.created,
            score: up as i64 - down as i64,
            up,
            down,
            comments: self.comments_of(post).len() as u64,
            edits: post.state.edits - 1,
            conflict: conflicted(&post.state),
            mine: self.mark((post.space, post.id), asked.viewer).unwrap_or(Mark::None),
            saved: false,
            state: Whereabouts::WithPeers,
            missing: None,
            removed: None,
            locked: None,
            pinned: false,
        }
    }

    fn feed(&self, sort: FeedSort, asked: &Asked) -> Vec<PostView> {
        let posts = self.of_kind(DocumentKind::Post).map(|post| (self.comments_of(post).iter().map(|comment| comment.created).max(), self.post(post, asked)));
        let mut posts: Vec<(i128, PostView)> = posts
            .map(|(newest, post)| {
                let rank = match sort {
                    FeedSort::Old => -i128::from(post.created),
                    FeedSort::Top => i128::from(post.score),
                    FeedSort::Comments => i128::from(post.comments),
                    FeedSort::NewComments => i128::from(newest.unwrap_or(post.created)),
                    _ => i128::from(post.created),
                };
                (rank, post)
            })
            .collect();
        posts.sort_by_key(|(rank, post)| (Reverse(*rank), Reverse(post.created), post.id));
        posts.into_iter().map(|(_, post)| post).collect()
    }

    fn thread(&self, one: &Present, sort: ThreadSort, asked: &Asked) -> Option<ThreadView> {
        let space = one.space;
        let post = match one.state.kind {
            DocumentKind::Comment => match self.find(space, one.state.document(Key::Post)?) {
                Some(post) => post,
                None => return Some(self.thread_below_nothing(one, one.state.document(Key::Post)?, sort, asked)),
            },
            _ => one,
        };
        if post.state.kind != DocumentKind::Post {
            return None;
        }
        let comments = self.comments_of(post);
        let roots =
            if one.state.kind == DocumentKind::Comment { vec![self.comment(one, &comments, sort, asked)] } else { self.roots(space, &comments, sort, asked) };
        Some(ThreadView { post: self.post(post, asked), conflicts: conflicts(&one.state), comments: roots })
    }

    /// A comment's thread whose post was erased or has not come in.
    fn thread_below_nothing(&self, one: &Present, post: DocumentId, sort: ThreadSort, asked: &Asked) -> ThreadView {
        let siblings: Vec<&Present> =
            self.of_kind(DocumentKind::Comment).filter(|comment| comment.space == one.space && comment.state.document(Key::Post) == Some(post)).collect();
        let missing = if self.erased.contains(&(one.space, post)) { Missing::Erased } else { Missing::NotHere };
        let view = PostView {
            id: post,
            community: self.community(one.space),
            title: String::new(),
            text: String::new(),
            url: None,
            author: PersonView { id: PersonId::ZERO, name: PersonId::ZERO.short() },
            origin: None,
            created: one.created,
            score: 0,
            up: 0,
            down: 0,
            comments: siblings.len() as u64,
            edits: 0,
            conflict: false,
            mine: Mark::None,
            saved: false,
            state: Whereabouts::WithPeers,
            missing: Some(missing),
            removed: None,
            locked: None,
            pinned: false,
        };
        ThreadView { post: view, conflicts: conflicts(&one.state), comments: vec![self.comment(one, &siblings, sort, asked)] }
    }

    /// The comments that answer the post, and one in place of each that is not there and was answered.
    fn roots(&self, space: SpaceId, comments: &[&Present], sort: ThreadSort, asked: &Asked) -> Vec<CommentView> {
        let mut roots = vec![];
        let mut gone: Vec<DocumentId> = vec![];
        for comment in comments {
            match comment.state.document(Key::Parent) {
                Some(parent) if comments.iter().any(|other| other.id == parent) => {}
                Some(parent) if self.find(space, parent).is_none() => gone.push(parent),
                _ => roots.push(self.comment(comment, comments, sort, asked)),
            }
        }
        gone.sort();
        gone.dedup();
        for id in gone {
            let children = self.children(id, comments, sort, asked);
            roots.push(CommentView {
                id,
                author: None,
                text: String::new(),
                erased: self.erased.contains(&(space, id)),
                removed: None,
                after_lock: false,
                origin: None,
                created: children.iter().map(|child| child.created).min().unwrap_or(0),
                score: 0,
                up: 0,
                down: 0,
                edits: 0,
                conflict: false,
                mine: Mark::None,
                state: Whereabouts::WithPeers,
                children,
            });
        }
        sorted(roots, sort)
    }

    fn children(&self, of: DocumentId, comments: &[&Present], sort: ThreadSort, asked: &Asked) -> Vec<CommentView> {
        let answers = comments.iter().filter(|comment| comment.state.document(Key::Parent) == Some(of));
        sorted(answers.map(|answer| self.comment(answer, comments, sort, asked)).collect(), sort)
    }

    fn comment(&self, comment: &Present, comments: &[&Present], sort: ThreadSort, asked: &Asked) -> CommentView {
        let (up, down) = self.tally((comment.space, comment.id), comment.state.author);
        CommentView {
            id: comment.id,
            author: Some(self.person(comment.state.author)),
            text: comment.state.text(Key::Text).to_owned(),
            erased: false,
            removed: None,
            after_lock: false,
            origin: origin(&comment.state),
            created: comment.created,
            score: up as i64 - down as i64,
            up,
            down,
            edits: comment.state.edits - 1,
            conflict: conflicted(&comment.state),
            mine: self.mark((comment.space, comment.id), asked.viewer).unwrap_or(Mark::None),
            state: Whereabouts::WithPeers,
            children: self.children(comment.id, comments, sort, asked),
        }
    }

    fn history(&self, space: SpaceId, id: DocumentId) -> Option<HistoryView> {
        let document = self.documents.get(&(space, id))?;
        let shown = document.shown();
        let mut kind = None;
        let mut versions = vec![];
        for op in &document.order {
            let edit = &document.edits[op];
            let state = document.at(&[*op].into());
            kind = kind.or(state.as_ref().map(|state| state.kind));
            let (title, text) = state.as_ref().map(title_and_text).unwrap_or_default();
            let operation = &self.model.known[op];
            versions.push(VersionView {
                op: *op,
                at: edit.at.iter().copied().collect(),
                author: self.person(edit.entry.author),
                device: operation.header().device,
                created: operation.header().claimed_at.max(self.hall.founded_at).min(NOW),
                title,
                text,
                no_effect: (edit.void || !shown.contains(op)).then(String::new),
            });
        }
        Some(HistoryView { id, kind: kind?, versions, heads: document.heads().into_iter().collect() })
    }

    fn search(&self, word: &str) -> Vec<SearchHit> {
        let mut hits = vec![];
        for one in &self.present {
            let kinds = [DocumentKind::Post, DocumentKind::Comment, DocumentKind::Page];
            let words = |key| one.state.text(key).split(|c: char| !c.is_alphanumeric()).any(|found| found == word);
            if kinds.contains(&one.state.kind) && [Key::Title, Key::Text].into_iter().any(words) {
                let (post, title) = match one.state.document(Key::Post) {
                    Some(post) => (post, self.find(one.space, post).map(|post| post.state.text(Key::Title).to_owned()).unwrap_or_default()),
                    None => (one.id, one.state.text(Key::Title).to_owned()),
                };
                let (community, author) = (self.community(one.space), self.person(one.state.author));
                hits.push(SearchHit {
                    id: one.id,
                    kind: one.state.kind,
                    post,
                    community,
                    title,
                    removed: None,
                    excerpt: String::new(),
                    author,
                    origin: origin(&one.state),
                    created: one.created,
                });
            }
        }
        hits.sort_by_key(|hit| hit.id);
        hits
    }
}

fn sorted(mut comments: Vec<CommentView>, sort: ThreadSort) -> Vec<CommentView> {
    let rank = |comment: &CommentView| match sort {
        ThreadSort::Top => i128::from(comment.score),
        ThreadSort::Old => -i128::from(comment.created),
        _ => i128::from(comment.created),
    };
    comments.sort_by_key(|comment| (Reverse(rank(comment)), Reverse(comment.created), comment.id));
    comments
}

fn origin(state: &DocumentState) -> Option<OriginView> {
    let (actor, object) = (state.text(Key::OriginActor).to_owned(), state.text(Key::OriginObject).to_owned());
    (!actor.is_empty() || !object.is_empty()).then_some(OriginView { actor, object })
}

fn conflicted(state: &DocumentState) -> bool {
    state.fields.iter().any(|(_, choices)| choices.len() > 1)
}

fn conflicts(state: &DocumentState) -> Vec<ConflictView> {
    let mut conflicts = vec![];
    for (key, choices) in state.fields.iter().filter(|(_, choices)| choices.len() > 1) {
        for choice in choices {
            let Value::Text(text) = &choice.value else { continue };
            conflicts.push(ConflictView { op: choice.op, key: key.name().into(), text: text.clone() });
        }
    }
    conflicts
}

fn title_and_text(state: &DocumentState) -> (String, String) {
    let text = |key| state.text(key).to_owned();
    match state.kind {
        DocumentKind::Profile => (text(Key::Name), text(Key::Bio)),
        DocumentKind::Community => (text(Key::Title), format!("{}\n\n{}", text(Key::Sidebar), text(Key::Rules)).trim().to_owned()),
        _ => (text(Key::Title), text(Key::Text)),
    }
}
