use folkmoot_node::{
    api::{Failure, Request, Response},
    control::converse,
    keystore::Keystore,
    service::{Input, Output, RequestId, Service},
    store::Store,
};
use serde_json::Value;
use tokio::runtime::Builder;

const NOW: u64 = 1_800_000_000_000;
/// Requests of one input that a node is asked.
const MOST: usize = 8;

/// What somebody writes to the control socket, and what a node does with it.
pub fn control(data: &[u8]) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime without threads or sockets");
    let (mut node, mut asked, mut answers) = (None, 0, Vec::new());
    let ended = runtime.block_on(converse(data, &mut answers, |request| {
        check_request(&request);
        asked += 1;
        let answer = if asked <= MOST { ask(node.get_or_insert_with(founded), request) } else { Err(Failure::new("busy", "enough", "stop")) };
        std::future::ready(answer)
    }));
    // Before each answer to a request it is said that the request was taken up.
    let lines = answers.split_inclusive(|byte| *byte == b'\n').filter(|line| *line != b"\"working\"\n").collect::<Vec<_>>();
    for line in &lines {
        let answer: Value = serde_json::from_slice(line).expect("an answer is one line of JSON");
        let answer = answer.as_object().expect("an answer is an object");
        assert!(line.ends_with(b"\n") && answer.len() == 1 && (answer.contains_key("ok") || answer.contains_key("err")));
    }
    let asks = data.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
    let readable = asks.iter().take_while(|line| line.ends_with(b"\n") && std::str::from_utf8(line).is_ok()).count();
    assert_eq!(lines.len(), readable, "one answer for each line");
    assert_eq!(ended.is_ok(), readable == asks.len());
    assert!(asked <= lines.len());
}

/// A request says the same when it is written again.
fn check_request(request: &Request) {
    let json = serde_json::to_string(request).expect("a request is JSON");
    assert!(!json.contains('\n'));
    let again: Request = serde_json::from_str(&json).expect("what is written is read");
    assert_eq!(serde_json::to_string(&again).ok(), Some(json));
}

/// A node of a co-op that was just founded.
fn founded() -> Service {
    let store = Store::in_memory().expect("memory");
    let mut node = Service::open(store, Keystore::in_memory("Alice", [7; 64])).expect("a fresh store opens");
    let found = r#"{"request":"submit","drafts":[{"draft":"found","name":"Bread"}]}"#;
    ask(&mut node, serde_json::from_str(found).expect("a request")).expect("founding");
    node
}

/// A node answers every request at once, but for those that wait for others.
fn ask(node: &mut Service, request: Request) -> Result<Response, Failure> {
    let waits = matches!(request, Request::Join { .. });
    let id = RequestId(1);
    let outputs = node.handle(Input::Request { id, request, entropy: [5; 32] }, NOW);
    let stopped = outputs.iter().any(|output| matches!(output, Output::Stop { error: Some(_) }));
    assert!(!stopped, "a request ends the node: {outputs:?}");
    let answer = outputs.into_iter().find_map(|output| if let Output::Reply { result, .. } = output { Some(result) } else { None });
    assert!(answer.is_some() || waits, "a request without an answer");
    answer.unwrap_or_else(|| Err(Failure::new("waits", "it waits for another node", "wait")))
}
