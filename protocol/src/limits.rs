//! Every bound in the system. Sizes are bytes unless the name says otherwise.

/// Largest encoded header.
pub const HEADER_BYTES: usize = 1024;
/// Largest payload of an edit, its random prefix included.
pub const EDIT_PAYLOAD_BYTES: usize = 256 * 1024;
/// Largest payload of an act, its random prefix included.
pub const ACT_PAYLOAD_BYTES: usize = 16 * 1024;
/// Random bytes at the start of every payload, so that nobody can confirm guessed text from a header.
pub const SALT_BYTES: usize = 16;
/// Largest frame on the wire, its length prefix excluded.
pub const FRAME_BYTES: usize = 1024 * 1024;
/// Largest batch of operations that a node puts into one frame.
pub const BATCH_BYTES: usize = 256 * 1024;

/// Longest name of a person, a device, a co-op, in characters.
pub const NAME_CHARS: usize = 60;
/// Longest short name of a community or a page, in characters.
pub const SLUG_CHARS: usize = 40;
/// Longest title, in characters.
pub const TITLE_CHARS: usize = 200;
/// Longest text of a post, a comment, a page or a sidebar, in characters.
pub const TEXT_CHARS: usize = 40_000;
/// Longest link.
pub const URL_BYTES: usize = 2048;
/// Longest search, in bytes.
pub const SEARCH_BYTES: usize = 1024;

/// Most edits that one document takes; later ones are void.
pub const EDITS_PER_DOCUMENT: usize = 4096;
/// Most heads that one edit may name.
pub const HEADS_PER_EDIT: usize = 64;
/// Most steps in one edit.
pub const STEPS_PER_EDIT: usize = 256;
/// Most people that a page may name as its writers.
pub const WRITERS_PER_PAGE: usize = 64;
/// Most reactions in one act.
pub const REACTIONS_PER_ACT: usize = 64;
/// Most acts that one reaction may replace.
pub const REPLACES_PER_REACTION: usize = 6;
/// Most spaces that a revocation may name.
pub const SPACES_PER_REVOCATION: usize = 256;
/// Most communities that one person may open.
pub const SPACES_PER_PERSON: usize = 64;
/// Most devices that one person may have, revoked ones included.
pub const DEVICES_PER_PERSON: usize = 32;

/// Most operations that one issue of the Gazette prints.
pub const OPERATIONS_PER_ISSUE: usize = 4096;
/// Largest body of an issue.
pub const ISSUE_BYTES: usize = 512 * 1024;
/// Most chains that an issue cuts, as it silences their people or lets them speak again; of more, nothing of the rest counts.
pub const CUT_CHAINS_PER_ISSUE: usize = 2048;
/// Most of these of one person.
pub const CHAINS_PER_CUT: usize = 128;
/// Most tellers that certify an issue.
pub const TELLERS: usize = 7;
/// Most issues in one message.
pub const ISSUES_PER_MESSAGE: usize = 64;
/// What one teller said of one issue that a node hands on: of its newest rounds.
pub const AGREEMENT_PASSED_ON: usize = 1024;
/// Issues that wait for what they print, or for those before them.
pub const WAITING_ISSUES: usize = 256;
/// Of a chain that forks: the ballots for which a teller repeats its receipts.
pub const RECEIPTS_REPEATED: usize = 16;
/// How far back a teller looks through another's chain for receipts for what forks, in operations.
pub const RECEIPTS_LOOKED_THROUGH: u64 = 2048;
/// Most chains that one receipt of a teller names.
pub const CHAINS_PER_RECEIPT: usize = 192;
/// Most effects of one bill.
pub const EFFECTS_PER_BILL: usize = 64;
/// Most co-sponsors that are counted of one proposal.
pub const SPONSORS_PER_BILL: usize = 1024;
/// Most bills that are put to the vote at one time.
pub const OPEN_BILLS: usize = 256;
/// Most bills of one sponsor that are put to the vote at one time.
pub const OPEN_BILLS_PER_PERSON: usize = 16;
/// How far away the sunset of a bill may be: a hundred years.
pub const SUNSET_MS: u64 = 36_525 * 24 * 3_600_000;
/// Most proposals that a person supports at one time; one more, and the support of the oldest ends.
pub const SUPPORTS_PER_PERSON: usize = 64;
/// Most edits that one ballot takes while its bill is open; later ones have no effect.
pub const EDITS_PER_BALLOT: usize = 64;
/// Most elections of the co-op that are under way at one time.
pub const OPEN_ELECTIONS: usize = 64;
/// Most seats that one election of the co-op fills.
pub const SEATS_PER_ELECTION: u64 = 32;
/// Most people who stand in one election of the co-op.
pub const CANDIDATES_PER_ELECTION: usize = 64;
/// Most candidates that one ballot names.
pub const CANDIDATES_PER_BALLOT: usize = 32;

/// Most elections that petitions opened which are under way at one time: bills find places left.
pub const ELECTIONS_BY_PETITION: usize = 32;
/// Most votes on the recall of moderators that are open at one time.
pub const OPEN_RECALLS: usize = 64;
/// Most communities in which one person takes part.
pub const PARTICIPATIONS_PER_PERSON: usize = 256;

/// Most votes on priorities that are under way at one time.
pub const OPEN_PRIORITIES: usize = 16;
/// Most features of one vote on priorities.
pub const FEATURES_PER_VOTE: usize = 32;
/// Most times that everybody's share grows in a vote on priorities; what is left then goes by support.
pub const PRIORITY_STEPS: u64 = 200;

/// Most people who pledge money to one bill or feature.
pub const PLEDGES_PER_BILL: usize = 1024;
/// Most bills and features of which nothing is decided yet to which one person pledges money.
pub const PLEDGES_PER_PERSON: usize = 64;

/// Longest reason of a moderator or of a report, in characters.
pub const REASON_CHARS: usize = 500;
/// Most rules of a community that an act can cite.
pub const RULES: u32 = 99;
/// Most documents that are pinned in one community at one time.
pub const PINS_PER_COMMUNITY: usize = 5;
/// Most reports on one document that are open at one time.
pub const REPORTS_PER_DOCUMENT: usize = 64;
/// Most reports of one person that are open at one time.
pub const REPORTS_PER_PERSON: u64 = 20;
/// Most challenges by one person that are open at one time.
pub const CHALLENGES_PER_PERSON: usize = 5;

/// When the last ban that is not to stand until it is taken back ends, in ms since 1970: with the year 9999.
pub const BAN_ENDS_MS: u64 = 253_402_300_800_000;
/// Most bans of one person from one community that are kept, with the one that stands; what an older one hid is shown.
pub const BANS_KEPT: usize = 8;

/// Longest text form of a ticket.
pub const TICKET_CHARS: usize = 4096;
/// Most network addresses that a ticket or a peer may state for one device.
pub const ADDRESSES_PER_DEVICE: usize = 8;
/// Longest text form of a network address.
pub const ADDRESS_BYTES: usize = 256;

/// No chain gets so long, and it is far from overflow: numbers above it are refused.
pub const MOST_SEQ: u64 = 1 << 53;
/// Most protocol versions that one hello may list.
pub const VERSIONS_PER_HELLO: usize = 16;
/// Most spaces that one hello may list.
pub const SPACES_PER_HELLO: usize = 1024;
/// Most ranges in one reconciliation message.
pub const RANGES_PER_MESSAGE: usize = 1024;
/// Most chain tips in one message.
pub const TIPS_PER_MESSAGE: usize = 4096;
/// Most chains asked for in one message.
pub const WANTS_PER_MESSAGE: usize = 4096;
/// Most operations in one message.
pub const OPERATIONS_PER_MESSAGE: usize = 4096;
/// Most other peers told of in one message.
pub const PEERS_PER_MESSAGE: usize = 64;
/// Most chains that wait to be sent to one peer; beyond it the peer asks again.
pub const SERVES_PER_PEER: usize = 16_384;
/// While more bytes than these wait to be sent to a peer, no further operations are.
pub const BYTES_IN_FLIGHT: usize = 1024 * 1024;
/// Reconciliation messages that a peer may send for one space before it must have come to an end.
pub const RECONCILE_ROUNDS: u32 = 32;
/// Comparisons of all spaces that may be under way with one peer.
pub const COMPARISONS_UNDER_WAY: u32 = 16;
/// Messages that a peer may send against the order of the protocol before it is dropped.
pub const UNEXPECTED_PER_PEER: u32 = 16;

/// Connections to devices of the co-op, open at once.
pub const PEERS: usize = 32;
/// Connections beside them to devices that the co-op does not know (yet).
pub const STRANGERS: usize = 8;
/// A node makes connections of its own accord until it has so many: the others' places are for those who dial it.
pub const PEERS_SOUGHT: usize = 12;
/// Connections that are being made to this node at once.
pub const HANDSHAKES: usize = 64;
/// What one peer may ask for and tell without bringing anything new, in messages at once,
pub const PEER_BURST: u64 = 1024;
/// and a second; what is more is read later.
pub const PEER_UNITS_PER_SECOND: u64 = 100;
/// Messages of one peer that wait for the service,
pub const INPUTS_PER_PEER: usize = 24;
/// and their bytes.
pub const INPUT_BYTES_PER_PEER: usize = 8 * 1024 * 1024;
/// Bytes that wait to be read by one peer; whoever reads nothing for so long is dropped.
pub const UNSENT_BYTES: usize = 8 * 1024 * 1024;
/// Chains that one peer is asked for at once.
pub const FETCHES_PER_PEER: usize = 4096;
/// Addresses of other nodes that a node remembers.
pub const KNOWN_PEERS: usize = 1024;
/// Operations that wait for what they rest on, from one peer.
pub const PENDING_PER_PEER: usize = 1024;
/// Operations that wait for what they rest on, in all.
pub const PENDING_OPERATIONS: usize = 8192;
/// Bytes of operations that wait, in all.
pub const PENDING_BYTES: usize = 32 * 1024 * 1024;
/// Inputs that wait for the service.
pub const SERVICE_QUEUE: usize = 1024;
/// Longest line on the control socket.
pub const CONTROL_LINE_BYTES: usize = 4 * 1024 * 1024;
/// Control connections open at once.
pub const CONTROL_CONNECTIONS: usize = 64;
/// Posts on one page of a feed.
pub const FEED_PAGE: usize = 50;
/// Comments shown of one thread.
pub const THREAD_COMMENTS: usize = 20_000;
/// Most things in an inbox.
pub const INBOX_ITEMS: usize = 500;
/// Results of one search.
pub const SEARCH_RESULTS: usize = 100;
/// Deepest reply chain that a thread view nests; deeper replies are shown at this depth. Two levels of JSON
/// each, and readers of JSON commonly stop at 128.
pub const THREAD_DEPTH: usize = 48;
/// Largest file that an import reads at once.
pub const IMPORT_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// Largest file of ballots that is counted.
pub const BALLOT_FILE_BYTES: u64 = 32 * 1024 * 1024;
/// Most candidates of an election.
pub const CANDIDATES: usize = 1024;
/// Most ballot papers of an election.
pub const PAPERS: u64 = 1 << 53;
/// Most proposals that money is shared among.
pub const PROPOSALS: usize = 4096;
/// Most voters who share money.
pub const VOTERS: usize = 1 << 20;
/// Most times that everybody's share of money grows; what is left then goes by support.
pub const SHARE_STEPS: u64 = 100_000;
/// Largest bank statement that is read.
pub const STATEMENT_FILE_BYTES: u64 = 32 * 1024 * 1024;
/// Most payments of all statements in one file.
pub const STATEMENT_ENTRIES: usize = 1 << 17;
/// Deepest nesting of a statement in XML.
pub const STATEMENT_DEPTH: usize = 64;
/// Most elements of one payment (or batch of payments) in XML.
pub const STATEMENT_ELEMENTS: usize = 1 << 20;
/// A table's heading is looked for in so many rows at its beginning.
pub const STATEMENT_HEADING_ROWS: usize = 100;
/// Most postings of one transaction in the books.
pub const POSTINGS_PER_TRANSACTION: usize = 256;
/// Most ids of evidence that one transaction may name.
pub const EVIDENCE_PER_TRANSACTION: usize = 64;
/// Longest id of evidence, in characters.
pub const EVIDENCE_CHARS: usize = 128;
/// Most names that an account in the books may have, one within the other.
pub const ACCOUNT_NAMES: usize = 6;
/// Rounds up to the present one of which a teller keeps what was said.
pub const ROUNDS_KEPT: u32 = 64;

/// The work of trying a passphrase, on every machine the same: scrypt with N = 2^17, r = 8, p = 1.
pub const PASSPHRASE_WORK: u8 = 17;
/// Most work that is done for a passphrase: N = 2^22, which takes 4 GiB of memory.
pub const MOST_PASSPHRASE_WORK: u8 = 22;

/// Largest file that a charter is read from.
pub const CHARTER_TOML_BYTES: usize = 64 * 1024;
/// Longest text that a key of the law may be set to, in characters.
pub const LAW_TEXT_CHARS: usize = 1000;
/// Most money that is written anywhere, in the smallest unit of its currency.
pub const MONEY_MINOR: u64 = 1 << 53;

/// Most money of one receipt of dues, in the smallest unit of its currency.
pub const DUES_MINOR: u64 = 1 << 40;

// Relations between the bounds, checked when the crate is compiled.
const _: () = {
    assert!(HEADER_BYTES + 64 + EDIT_PAYLOAD_BYTES + 64 < FRAME_BYTES, "any operation fits a frame");
    assert!(BATCH_BYTES <= FRAME_BYTES - HEADER_BYTES - EDIT_PAYLOAD_BYTES - 1024, "a batch plus one operation fits a frame");
    assert!(ACT_PAYLOAD_BYTES <= EDIT_PAYLOAD_BYTES);
    assert!(PASSPHRASE_WORK <= MOST_PASSPHRASE_WORK, "what is locked can be unlocked");
    assert!(TEXT_CHARS * 4 + TITLE_CHARS * 4 + URL_BYTES + 4096 < EDIT_PAYLOAD_BYTES, "any text fits a payload");
    assert!(SALT_BYTES + 16 + REACTIONS_PER_ACT * (40 + REPLACES_PER_REACTION * 34) < ACT_PAYLOAD_BYTES);
    assert!(SPACES_PER_REVOCATION * 48 < ACT_PAYLOAD_BYTES);
    assert!(SALT_BYTES + 32 + CHAINS_PER_RECEIPT * 78 < ACT_PAYLOAD_BYTES);
    assert!(SALT_BYTES + 128 + REASON_CHARS * 4 < ACT_PAYLOAD_BYTES);
    assert!(OPERATIONS_PER_ISSUE * 78 + 256 < ISSUE_BYTES, "the worst issue fits");
    assert!(ISSUE_BYTES + 4096 < FRAME_BYTES, "any issue fits a frame");
    assert!(SALT_BYTES + 2 * LAW_TEXT_CHARS * 4 + 4096 < ACT_PAYLOAD_BYTES, "any charter fits a founding");
    assert!(SEATS_PER_ELECTION <= CANDIDATES_PER_BALLOT as u64, "a ballot can name somebody for each seat");
    assert!(CANDIDATES_PER_ELECTION <= CANDIDATES);
    assert!(FEATURES_PER_VOTE <= CANDIDATES_PER_BALLOT, "a ballot can approve of every feature");
    assert!(PRIORITY_STEPS <= SHARE_STEPS);
    assert!(DUES_MINOR * 4096 <= MONEY_MINOR, "a reconciliation can state what thousands paid");
    assert!(PLEDGES_PER_BILL as u64 <= u64::MAX / MONEY_MINOR, "what is pledged to a bill can be added up");
    assert!(TIPS_PER_MESSAGE * 96 < FRAME_BYTES);
    assert!(WANTS_PER_MESSAGE * 64 < FRAME_BYTES);
    assert!(PENDING_PER_PEER <= PENDING_OPERATIONS);
    assert!(EDIT_PAYLOAD_BYTES * 8 <= PENDING_BYTES);
    assert!(PEERS_SOUGHT * 2 < PEERS, "whoever comes late finds a place");
    assert!(INPUT_BYTES_PER_PEER >= FRAME_BYTES);
    assert!((PEERS + STRANGERS) * INPUTS_PER_PEER < SERVICE_QUEUE, "peers alone never fill the queue");
    assert!(BYTES_IN_FLIGHT + FRAME_BYTES < UNSENT_BYTES);
};
