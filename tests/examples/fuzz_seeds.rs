//! Writes the inputs that fuzzing begins with: `cargo run -p folkmoot-tests --example fuzz_seeds -- tests/fuzz/corpus`.
//! Real encodings where there are some; the rest is for the fuzzers to find.

use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{law::Dues, *},
    agreement::Certificate,
    cbor,
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    identity::{Joining, Pairing, PersonKey, SignatureBytes, device_of},
    law::{Demand, Effect, Feature, Issue, Money, Office, Preset, Proposal, Range, SignedIssue, Value as LawValue, charter::differing},
    money::Currency,
    op::{Header, Kind, Payload, SignedHeader, SignedOp},
    statement::reference::payment_reference,
    sync::{Item, Tip, Tips, answer, open},
    ticket::{Invitation, Ticket},
    wire::{Hello, JoinRequest, Message, PeerAddress, Refusal, SpaceDigest, Want, frame},
};
use folkmoot_tests::{
    fuzz::{COOP, key, plain_header},
    lemmy_sample,
    random::Random,
};
use std::{error::Error, fs, path::Path};

/// Larger inputs are slower, and no more is learnt from them.
const MOST_BYTES: usize = 16 * 1024;

type Seed = (&'static str, String, Vec<u8>);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder to write to")?;
    let seeds = [messages(), headers(), acts(), edits(), ranges(), tickets(), controls(), listings(), files_of_ballots(), statements(), laws(), dice()];
    for (target, name, bytes) in seeds.into_iter().flatten() {
        assert!(bytes.len() <= MOST_BYTES, "{target}/{name} has {} bytes", bytes.len());
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

fn files_of_ballots() -> Vec<Seed> {
    let election = "# moderators\n4 2\n-4\n7 1 2 3 0\n5 2 - 3 0\n(x) 3 3 1 0\n1 0\n0\n\"Ann \"Nan\" Lee\" \"Bob\"\n\"Carol\"\n\"Dave\"\n\"Bread\"\n";
    let tie = "2 1\n3 1 0\n3 2 0\n\"Ann\"\n\"Bob\"\n";
    let budget = "META\nkey;value\nbudget;10,5\nvote_type;approval\nPROJECTS\nproject_id;cost;name;selected\nx;7;\"Ovens; two\";1\ny;3.5;Flour;0\nVOTES\nvoter_id;vote\n1;\"x,y\"\n2;x\n3;\n";
    let seed = |name: &str, text: &str| ("ballots", name.to_owned(), text.as_bytes().to_vec());
    vec![seed("election", election), seed("tie", tie), seed("budget", budget)]
}

fn statements() -> Vec<Seed> {
    let reference = payment_reference(COOP, PersonId([1; 32]));
    let entry = |rest: &str| format!("<Ntry><Amt Ccy=\"EUR\">9.98</Amt><CdtDbtInd>CRDT</CdtDbtInd>{rest}</Ntry>\n");
    let booked = "<Sts>BOOK</Sts><BookgDt><Dt>2026-11-03</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef>";
    let part = |name: &str| {
        format!(
            "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy=\"EUR\">4.99</Amt><RltdPties><Dbtr><Pty><Nm>{name} &amp; Co</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>dues</Ustrd><Ustrd>{reference}</Ustrd></RmtInf></TxDtls>"
        )
    };
    let batch = entry(&format!("{booked}<NtryDtls>{}{}</NtryDtls>", part("Ann"), part("Bob")));
    let odd = entry("<Sts><Cd>PDNG</Cd></Sts>") + &entry(&format!("<RvslInd>true</RvslInd>{booked}"));
    let balance = |kind: &str, amount: &str| {
        format!("<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\n")
    };
    let file = |entries: &str| {
        let account = "<Acct><Id><IBAN>DE89</IBAN></Id><Ccy>EUR</Ccy></Acct>";
        let balances = (balance("OPBD", "10.00"), balance("CLBD", "19.98"));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document><BkToCstmrStmt><Stmt>{account}{}{entries}{}</Stmt></BkToCstmrStmt></Document>\n",
            balances.0, balances.1
        )
    };
    let german = format!(
        "\"Konto\";\"DE89\"\n\nBuchungstag;Auftraggeber/Empfänger;Verwendungszweck;Währung;Umsatz; \n03.11.26;Zoë;\"Beitrag; {reference}\";EUR;1.234,56;H\n04.11.26;Mühle;Mehl;EUR;4,99;S\n30.11.26;;Endsaldo;EUR;1.229,57;H\n"
    );
    let english =
        format!("Date,Payer,Purpose,Debit,Credit,Transaction ID\n11/13/2026,Ann,{reference},,4.99,T1\n11/03/2026,,Flour,\"1,000.50\",,T2\nTotal,,,,4.99,\n");
    let seed = |name: &str, text: String| ("statement", name.to_owned(), text.into_bytes());
    vec![seed("batch", file(&batch)), seed("odd", file(&odd)), seed("german", german), seed("english", english)]
}

fn laws() -> Vec<Seed> {
    let proposal = Proposal {
        document: DocumentId([1; 32]),
        at: vec![OpId([2; 32])],
        title: "Ovens".into(),
        effects: every_effect(),
        requires: Some(OpId([3; 32])),
        confirms: None,
        sunset: None,
    };
    let dues = Dues { number: 1, member: PersonId([1; 32]), from_ms: 1, to_ms: 2, amount: Money { minor: 599, currency: euro() }, commitment: [0; 32] };
    let issue = Issue {
        coop: COOP,
        height: 1,
        prev: IssueId([1; 32]),
        time: 1_800_000_000_000,
        includes: vec![Range { device: DeviceId([1; 32]), from: 1, to: 3, last: OpId([4; 32]) }],
        more: false,
        register: [5; 32],
        recovery: None,
        cuts: vec![],
    };
    let certificate = Certificate { round: 0, signatures: vec![(DeviceId([1; 32]), SignatureBytes([0; 64]))] };
    let seed = |form: u8, name: String, bytes: Vec<u8>| ("law", name, [vec![form], bytes].concat());
    let mut seeds = vec![
        seed(0, "act-dues".into(), cbor::encode(&LawAct::Dues(dues))),
        seed(0, "act-open".into(), cbor::encode(&LawAct::Open(proposal.clone()))),
        seed(2, "proposal".into(), cbor::encode(&proposal)),
        seed(3, "issue".into(), issue.to_bytes()),
        seed(3, "signed-issue".into(), cbor::encode(&SignedIssue { body: issue.to_bytes(), certificate })),
    ];
    seeds.extend(proposal.effects.iter().take(6).enumerate().map(|(n, effect)| seed(1, format!("effect-{n}"), cbor::encode(effect))));
    let mut random = Random::new(5);
    seeds.extend((0..6).map(|n| seed(7, format!("game-{n}"), (0..400).map(|_| random.below(256) as u8).collect())));
    seeds
}

fn euro() -> Currency {
    "EUR".parse().expect("it is a currency")
}

fn every_effect() -> Vec<Effect> {
    let (name, person, euros) = ("ovens".to_owned(), PersonId([1; 32]), Money { minor: 599, currency: euro() });
    vec![
        Effect::SetLaw { key: "fee.minimum".into(), value: LawValue::Money(euros), expected_version: 1 },
        Effect::CreateJob { name: name.clone(), title: "Ovens".into(), pay: euros },
        Effect::Appoint { office: Office::Teller, person },
        Effect::Spend { budget: name.clone(), amount: euros, purpose: "Ovens".into() },
        Effect::AdoptText { name: name.clone(), document: DocumentId([1; 32]), at: vec![OpId([2; 32])] },
        Effect::Repeal { bill: OpId([3; 32]) },
        Effect::FillJob { job: name.clone(), person },
        Effect::Budget { name, amount: euros },
        Effect::Endorse { instance: "example.org".into() },
        Effect::Deliver { what: OpId([3; 32]) },
    ]
}

fn joining(coop: CoopId, n: u8) -> Joining {
    let person = PersonKey::from_entropy([n + 1; 32]);
    Joining::sign(coop, person.statement(), person.grant(device_of(&key(n))), format!("Person {n}"), &key(n))
}

fn invitation() -> Invitation {
    let signature = SignatureBytes([0; 64]);
    let unsigned = Invitation { coop: COOP, issue: OpId(COOP.0), device: DeviceId::ZERO, nonce: [5; 16], expires_at: 9, uses: 1, guest: false, signature };
    unsigned.sign(&key(0))
}

fn peer() -> PeerAddress {
    PeerAddress { device: device_of(&key(1)), addresses: vec!["192.0.2.1:4433".into(), "https://relay.example".into()] }
}

fn every_act() -> Vec<(&'static str, Act)> {
    let reaction = Reaction { target: DocumentId([1; 32]), mark: Mark::Up, replaces: vec![OpId([1; 32])] };
    let keep = vec![Keep { space: SpaceId::HALL, seq: 3 }];
    let effects = vec![Effect::OpenElection { office: Office::Teller, seats: 4 }];
    let election =
        Proposal { document: DocumentId([1; 32]), at: vec![OpId([1; 32])], title: "Tellers".into(), effects, requires: None, confirms: None, sunset: None };
    let (name, features) = ("autumn".to_owned(), vec![Feature { name: "search".into(), cost: 500 }]);
    let effects = vec![Effect::Prioritise { name, budget: Money { minor: 599, currency: euro() }, features }];
    let priorities = Proposal { effects, ..election.clone() };
    let effects = vec![Effect::SetLaw { key: "fee.minimum".into(), value: LawValue::Money(Money { minor: 599, currency: euro() }), expected_version: 2 }];
    let confirming = Proposal { effects, confirms: Some(OpId([2; 32])), sunset: Some(1_900_000_000_000), ..election.clone() };
    vec![
        ("found", Act::Found(Found { name: "Bread".into(), founder: joining(CoopId::ZERO, 0), charter: None })),
        ("admit", Act::Admit(Admit { joining: joining(CoopId([9; 32]), 1), guest: true, invitation: [5; 16] })),
        ("grant", Act::GrantDevice(GrantDevice { pairing: Pairing::sign("laptop".into(), &key(2)), authority: None })),
        ("revoke", Act::RevokeDevice(RevokeDevice { device: device_of(&key(1)), keep, authority: None })),
        ("open", Act::OpenSpace(OpenSpace { name: "talk".into() })),
        ("react", Act::React(React { reactions: vec![reaction] })),
        ("erase", Act::Erase(Erase { document: DocumentId([1; 32]) })),
        ("stand", Act::Law(LawAct::Stand { election: OpId([1; 32]) })),
        ("open-election", Act::Law(LawAct::Open(election))),
        ("open-priorities", Act::Law(LawAct::Open(priorities))),
        ("open-confirming", Act::Law(LawAct::Open(confirming))),
        ("take-part", Act::Law(LawAct::TakePart { space: SpaceId([1; 32]), on: true })),
        ("petition", Act::Law(LawAct::Petition { space: SpaceId([1; 32]), demand: Some(Demand::Elect { seats: 2 }) })),
        ("pledge", Act::Law(LawAct::Pledge { to: OpId([1; 32]), amount: Money { minor: 599, currency: euro() } })),
        ("found-strict", Act::Found(Found { name: "Roses".into(), founder: joining(CoopId::ZERO, 0), charter: differing(&Preset::Strict.values()) })),
    ]
}

fn text(key: Key, text: &str) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}

fn every_edit() -> Vec<(&'static str, Edit)> {
    let founding = |kind, steps| Edit { kind, at: vec![], steps };
    let splice = |position, delete, insert: &str| Step::Splice { key: Key::Text, position, delete, insert: insert.into() };
    let writers = Step::Put { key: Key::Writers, value: Value::Persons(vec![PersonId([0; 32]), PersonId([1; 32])]) };
    let published = Step::Put { key: Key::OriginPublished, value: Value::Integer(-5) };
    let origin = text(Key::OriginObject, "https://lemmy.example/post/1");
    let of = Step::Put { key: Key::Bill, value: Value::Operation(OpId([1; 32])) };
    let ranking = Step::Put { key: Key::Ranking, value: Value::Ranking(vec![PersonId([2; 32]), PersonId([1; 32])]) };
    let post = Step::Put { key: Key::Post, value: Value::Document(DocumentId([1; 32])) };
    vec![
        ("page", founding(DocumentKind::Page, vec![text(Key::Name, "fees"), text(Key::Title, "Fees"), splice(0, 0, "Thé fée"), splice(1, 2, "x"), writers])),
        ("post", founding(DocumentKind::Post, vec![text(Key::Title, "Hello"), text(Key::Url, "https://a.example"), origin, published])),
        ("comment", founding(DocumentKind::Comment, vec![post, text(Key::Text, "I do.")])),
        ("profile", founding(DocumentKind::Profile, vec![text(Key::Name, "Zoë"), text(Key::Bio, "One\nTwo")])),
        ("ballot", founding(DocumentKind::Ballot, vec![of, ranking])),
        ("later", Edit { kind: DocumentKind::Post, at: vec![OpId([1; 32]), OpId([2; 32])], steps: vec![text(Key::Title, "Hello!")] }),
    ]
}

fn operations() -> Vec<SignedOp> {
    let salt = [9; 16];
    let acts = every_act().into_iter().take(2).map(|(_, act)| SignedOp::sign(plain_header(Kind::Act), Payload::act(salt, &act), &key(0)));
    let edits = every_edit().into_iter().take(2).map(|(_, edit)| SignedOp::sign(plain_header(Kind::Edit), Payload::edit(salt, &edit), &key(0)));
    let bare = SignedOp { payload: None, ..SignedOp::sign(plain_header(Kind::Edit), Payload::from_bytes(vec![1; 20]), &key(1)) };
    acts.chain(edits).chain([bare]).collect()
}

fn proof(n: u8, key: &SigningKey) -> SignedHeader {
    let op = SignedOp::sign(plain_header(Kind::Edit), Payload::from_bytes(vec![n; 20]), key);
    SignedHeader { header: op.header, signature: op.signature }
}

fn tips(count: u64) -> Tips {
    (0..count).map(|n| (DeviceId(tagged_hash("seed", &[&n.to_be_bytes()])), Tip { seq: n + 1, id: OpId([7; 32]), closed: None })).collect()
}

fn messages() -> Vec<Seed> {
    let (space, device, id) = (SpaceId([2; 32]), DeviceId([3; 32]), OpId([4; 32]));
    let spaces = vec![SpaceDigest { space, digest: [6; 32] }];
    let hello = Hello { versions: vec![1], coop: COOP, clock_ms: 7, agent: "folkmoot 0.1.0".into(), addresses: peer().addresses, spaces: spaces.clone() };
    let closed = Some(folkmoot_protocol::sync::Closed { at: 9, erasures: [1; 16] });
    let join = JoinRequest { invitation: invitation(), joining: joining(COOP, 1) };
    let all = vec![
        Message::Hello(hello),
        Message::Spaces(spaces),
        Message::Ranges { space, ranges: open(&tips(3)) },
        Message::Have { space, tips: vec![Item { device, seq: 4, id, closed }] },
        Message::Want { space, chains: vec![Want { device, from: 1, to: 5 }] },
        Message::Operations(operations()),
        Message::Fork { first: proof(1, &key(0)), second: proof(2, &key(0)) },
        Message::WantFork { space, device },
        Message::Probe { space, device, seq: 3 },
        Message::Probed { space, device, seq: 3, id: Some(id) },
        Message::Peers(vec![peer()]),
        Message::Join(Box::new(join)),
        Message::Admitted { op: id },
        Message::Refused { reason: Refusal::Busy },
    ];
    let stream: Vec<u8> = all.iter().filter(|message| message.encode().len() < 200).flat_map(|message| frame(&message.encode())).collect();
    let operations = Message::Operations(operations()).encode();
    let file = [b"folkmoot operations 1\n".as_slice(), &frame(&operations), &frame(&operations)].concat();
    let mut seeds: Vec<Seed> = all.iter().map(|message| ("message", message.name().to_owned(), message.encode())).collect();
    seeds.push(("message", "stream".into(), stream));
    seeds.push(("operations", "body".into(), operations));
    seeds.push(("operations", "file".into(), file));
    seeds
}

fn headers() -> Vec<Seed> {
    let plain = Header { device: device_of(&key(0)), ..plain_header(Kind::Edit) };
    let later = Header { seq: 2, prev: OpId([5; 32]), credential: None, document: Some(DocumentId([6; 32])), ..plain.clone() };
    let founding = Header { coop: CoopId::ZERO, space: SpaceId::HALL, issue: OpId::ZERO, credential: None, kind: Kind::Act, ..plain.clone() };
    let newer = Header { kind: Kind::Unknown(7), ..plain.clone() };
    let seeds = [("plain", plain), ("later", later), ("founding", founding), ("newer", newer)];
    seeds.into_iter().map(|(name, header)| ("header", name.to_owned(), header.to_bytes())).collect()
}

fn acts() -> Vec<Seed> {
    every_act().into_iter().map(|(name, act)| ("act", name.to_owned(), [&[0], cbor::encode(&act).as_slice()].concat())).collect()
}

fn edits() -> Vec<Seed> {
    every_edit().into_iter().map(|(name, edit)| ("document", name.to_owned(), [&[0], cbor::encode(&edit).as_slice()].concat())).collect()
}

/// An opening, and the answers to it, as ranges without their message.
fn ranges() -> Vec<Seed> {
    let (alice, bob) = (tips(40), tips(30));
    let mut ranges = open(&bob);
    let mut seeds = vec![];
    for (n, held) in [&alice, &bob, &alice].into_iter().enumerate() {
        seeds.push(("reconciliation", format!("honest-{n}"), [&[0], cbor::encode(&ranges).as_slice()].concat()));
        match answer(held, &ranges) {
            Ok(answer) => ranges = answer.reply,
            Err(_) => break,
        }
    }
    seeds
}

fn tickets() -> Vec<Seed> {
    let invite = Ticket::Invite { invitation: invitation(), coop_name: "Bread".into(), peers: vec![peer()] };
    let offer = Ticket::Offer { pairing: Pairing::sign("laptop".into(), &key(2)) };
    let (person, device, credential) = (PersonId([1; 32]), DeviceId([2; 32]), OpId([3; 32]));
    let welcome = Ticket::Welcome { coop: COOP, person, device, credential, coop_name: "Bread".into(), peers: vec![peer()] };
    let all = [("invite", invite), ("offer", offer), ("welcome", welcome)];
    all.iter()
        .flat_map(|(name, ticket)| [("ticket", format!("{name}-text"), ticket.to_string().into_bytes()), ("ticket", (*name).to_owned(), cbor::encode(ticket))])
        .collect()
}

fn controls() -> Vec<Seed> {
    let id = "00".repeat(32);
    let drafts = [
        r#"{"draft":"open-community","name":"talk","title":"Talk","sidebar":"","rules":""}"#.to_owned(),
        format!(
            r#"{{"draft":"post","community":"{id}","title":"Hello","text":"","url":null,"origin":{{"actor":null,"object":"https://a.example","published":5}}}}"#
        ),
        format!(r#"{{"draft":"comment","on":"{id}","text":"I do.","origin":null}}"#),
        format!(r#"{{"draft":"create-page","community":"{id}","name":"fees","title":"Fees","text":"x","writers":["{id}"]}}"#),
        format!(r#"{{"draft":"edit","document":"{id}","at":["{id}"],"fields":{{"title":"Hello!"}}}}"#),
        format!(r#"{{"draft":"react","document":"{id}","mark":"up"}}"#),
        r#"{"draft":"profile","name":"Zoë","bio":null}"#.to_owned(),
    ];
    let requests = [
        r#"{"request":"invite","guest":false,"expires_in_ms":1000,"uses":1}"#.to_owned(),
        format!(r#"{{"request":"follow","space":"{id}","on":true}}"#),
        format!(r#"{{"request":"mark","document":"{id}","mark":"saved","on":true}}"#),
        r#"{"request":"status"}"#.to_owned(),
        format!(r#"{{"request":"refuse","devices":["{id}"]}}"#),
        r#"{"request":"import","path":"/nowhere"}"#.to_owned(),
        r#"{"request":"shutdown"}"#.to_owned(),
        r#"{"request":"join","ticket":"folkmoot1"}"#.to_owned(),
    ];
    let offer = Ticket::Offer { pairing: Pairing::sign("laptop".into(), &key(2)) };
    let add = format!(r#"{{"request":"add-device","ticket":"{offer}","authority":null}}"#);
    let submit = drafts.iter().map(|draft| format!("{{\"request\":\"submit\",\"drafts\":[{draft}]}}\n")).collect::<String>();
    let rest = requests.iter().map(|request| format!("{request}\n")).collect::<String>();
    vec![
        ("control", "submit".into(), submit.into_bytes()),
        ("control", "rest".into(), rest.into_bytes()),
        ("control", "add-device".into(), (add + "\n").into_bytes()),
    ]
}

fn listings() -> Vec<Seed> {
    let (posts, comments) = lemmy_sample::listing(2, 3, 1);
    let bare = format!("[{},{}]", posts["posts"][0], comments["comments"][0]);
    let whole = format!("{posts}{comments}");
    vec![("lemmy", "posts".into(), posts.to_string().into_bytes()), ("lemmy", "bare".into(), bare.into_bytes()), ("lemmy", "pages".into(), whole.into_bytes())]
}

/// For what is built from bytes: chance.
fn dice() -> Vec<Seed> {
    let mut random = Random::new(1);
    let mut seeds = vec![];
    for (target, form) in [("act", 1), ("document", 1), ("reconciliation", 1), ("reconciliation", 2), ("session", 0), ("node", 0), ("ledger", 0)] {
        for n in 0..3 {
            let bytes: Vec<u8> = [form].into_iter().chain((0..600).map(|_| random.bits() as u8)).collect();
            seeds.push((target, format!("dice-{form}-{n}"), bytes));
        }
    }
    seeds
}
