//! A node that is there and does nothing, as one does whose process was stopped.

use crate::common::{Member, Node, alice_alone, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use std::{process::Child, time::Duration};

fn signal(node: &Node, signal: Signal) {
    kill_process(Pid::from_raw(node.pid()).unwrap(), signal).unwrap();
}

fn titles(member: &Member) -> Vec<String> {
    let feed = member.done(&["feed"])["posts"].clone();
    feed.as_array().unwrap().iter().map(|post| post["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_it_was_asked_in_vain_is_said_not_to_be_done_and_is_not() {
    let (_folder, alice) = alice_alone();
    let node = alice.run();
    signal(&node, Signal::STOP);
    let mut given_up: Child = alice.command(&["post", "bread", "--title", "Given up"]).spawn().unwrap();
    let refusal = alice.refused(&["post", "bread", "--title", "In vain"]);
    assert!(refusal.code == "no-answer" && refusal.hint.contains("nothing will be") && refusal.hint.contains("kill"), "{refusal:?}");
    given_up.kill().unwrap();
    given_up.wait().unwrap();
    signal(&node, Signal::CONT);
    alice.post("Again", "");
    assert_eq!(titles(&alice), ["Again"]);
    node.stop();
}

#[test]
fn it_is_waited_for_while_it_may_come_back() {
    let (_folder, alice) = alice_alone();
    let node = alice.run();
    signal(&node, Signal::STOP);
    let waiting = alice.command(&["post", "bread", "--title", "In time"]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    signal(&node, Signal::CONT);
    assert!(waiting.wait_with_output().unwrap().status.success());
    wait_until("it is written", || titles(&alice) == ["In time"]);
    node.stop();
}
