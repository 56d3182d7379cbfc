//! The node's answers to the same questions.

use super::{Answers, NOW, list::Asked};
use folkmoot_node::{
    api::{Request, Response},
    service::{Input, Output, RequestId, Service},
    store::query::{FeedQuery, SearchQuery, Viewer},
};
use folkmoot_protocol::{id::*, view::*};
use std::fmt::Debug;

/// An answer in words.
pub(super) fn text(answer: &impl Debug) -> String {
    format!("{answer:#?}")
}

/// Everything that is asked, by the node.
pub(super) fn answers(service: &mut Service, asked: &Asked) -> Answers {
    let mut answers = status(service);
    let mut say = |question: String, answer: String| {
        answers.insert(question, answer);
    };
    let view = service.store().as_reader();
    let viewer = Viewer { person: asked.viewer, device: DeviceId::ZERO };
    let (world, register) = (service.world(), &service.world().register);
    for space in &world.followed {
        say(format!("pages of {space:?}"), text(&view.pages(Some(*space)).expect("pages")));
        for (device, tip) in world.tips.get(space).into_iter().flat_map(|tips| tips.iter()) {
            say(format!("2 chain of {device:?} in {space:?}"), format!("{} {} {:?}", tip.seq, tip.id, tip.closed.map(|closed| (closed.at, closed.erasures))));
        }
    }
    say(
        "3 register".into(),
        format!(
            "{} {} {:#?} {:#?} {:#?} {:#?}",
            register.name, register.founded_at, register.persons, register.credentials, register.communities, register.cuts
        ),
    );
    let persons = view.persons().expect("persons");
    for person in &asked.persons {
        let name = persons.iter().find(|view| view.id == *person).map_or("nobody", |person| &person.name);
        say(format!("name of {person:?}"), name.into());
        say(format!("bio of {person:?}"), view.bio(*person).expect("bio"));
    }
    say("communities".into(), text(&view.communities().expect("communities")));
    say("all pages".into(), text(&view.pages(None).expect("pages")));
    for sort in [FeedSort::New, FeedSort::Old, FeedSort::Top, FeedSort::Comments, FeedSort::NewComments] {
        say(format!("feed {sort:?}"), text(&feed(service, sort, &viewer)));
    }
    for (space, document) in &asked.documents {
        let number = view.document_number(*document, *space).expect("number");
        let state = number.and_then(|number| view.document_state(number).expect("state"));
        say(format!("4 state of {document:?}"), text(&state));
    }
    for (_, document) in &asked.documents {
        let mut history = view.history(*document, register).expect("history");
        for version in history.iter_mut().flat_map(|history| &mut history.versions) {
            version.no_effect = version.no_effect.take().map(|_| String::new());
        }
        say(format!("5 history of {document:?}"), text(&history));
    }
    for (document, sort) in asked.threads() {
        say(format!("thread {sort:?} of {document:?}"), text(&view.thread(document, sort, &viewer, NOW).expect("thread")));
    }
    for word in asked.words() {
        let query = SearchQuery { words: format!("{word} "), community: None, author: None, kind: None, page: None, limit: 100 };
        let mut hits = view.search(&query).expect("search").hits;
        hits.iter_mut().for_each(|hit| hit.excerpt.clear());
        hits.sort_by_key(|hit| hit.id);
        say(format!("search {word}"), text(&hits));
    }
    answers
}

/// All pages of a feed, small ones, one after the other.
fn feed(service: &Service, sort: FeedSort, viewer: &Viewer) -> Vec<PostView> {
    let mut query = FeedQuery { community: None, sort, period_ms: None, page: None, saved: false, limit: 4 };
    let mut posts = vec![];
    loop {
        let page = service.store().as_reader().feed(&query, viewer, NOW).expect("feed");
        posts.extend(page.posts);
        match page.next {
            Some(next) => query.page = Some(next),
            None => return posts,
        }
    }
}

fn status(service: &mut Service) -> Answers {
    let outputs = service.handle(Input::Request { id: RequestId(0), request: Request::Status, entropy: [0; 32] }, NOW);
    let status = outputs.into_iter().find_map(|output| match output {
        Output::Reply { result: Ok(Response::Status(status)), .. } => Some(status),
        _ => None,
    });
    let spaces = status.expect("a node says how it stands").spaces;
    spaces
        .into_iter()
        .map(|space| (format!("1 status of {:?}", space.id), format!("{} operations, {} closed chains", space.operations, space.closed)))
        .collect()
}
