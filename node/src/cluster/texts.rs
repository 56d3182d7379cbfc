//! What the people of the demo write: a young co-op that gardens, mends, programs and settles its affairs.
//!
//! Made up for this project. Everything passes the protocol's rules for texts, so that the demo can sign it as it is.

/// First names of the people, in alphabetical order.
pub const PEOPLE: [&str; 12] = ["Amara", "Bilal", "Chiara", "Dilnoza", "Eirik", "Feng", "Graciela", "Hana", "Ikaika", "Jasper", "Kwame", "Leïla"];

/// The communities: short name, title, sidebar.
pub const COMMUNITIES: [(&str, &str, &str); 4] = [
    (
        "commons",
        "The commons",
        "Everything that concerns all of us: who we are, what we share, what needs deciding. New here? Say hello and tell us what brought you.",
    ),
    (
        "kitchen-garden",
        "Kitchen garden",
        "Growing food on balconies, in back yards and on the shared plot. Seeds, seasons, gluts and failures are all welcome.",
    ),
    (
        "repair-cafe",
        "Repair café",
        "We mend things together every second Saturday. Post what is broken, what you tried, and a picture of the screws if you can.",
    ),
    ("code", "Code", "For those who write programs and those who would like to. No question is too small, and nobody has to know it all."),
];

/// Posts: the place of their community in [`COMMUNITIES`], title, text. The communities take turns.
pub const POSTS: [(usize, &str, &str); 48] = [
    (
        0,
        "Hello from the new flat above the bakery",
        "I moved in last week and the baker told me about you. I can lend a ladder, and I make too much soup on Sundays.",
    ),
    (1, "Tomatoes: out now or wait for May?", "Mine are already leaning on the window. The nights still drop to four degrees here, so I am torn."),
    (
        2,
        "Toaster lever will not stay down",
        "It heats while I hold the lever, so the elements seem fine. Could it be the little magnet at the bottom? I will bring it on Saturday.",
    ),
    (
        3,
        "A first program worth finishing",
        "Three of us want to learn together on Tuesday evenings. What is something small that we would really use afterwards?",
    ),
    (
        0,
        "Who holds the spare keys to the hall?",
        "I count five keys on the list and can find the people for three of them. Please write here if you have one, and I will update the list.",
    ),
    (1, "Courgettes on the bench by the gate", "Eleven of them, none bigger than a shoe this time. Take what you can eat and leave the crate, please."),
    (
        2,
        "Zip on a winter coat: new slider or new zip?",
        "The teeth look healthy, but the slider runs off on the left side near the bottom. The coat is otherwise good for ten more winters.",
    ),
    (
        3,
        "The plot's watering timer now keeps its own log",
        "It writes down each time the valve opens, on a card we can read at home. Last week it watered twice in the rain, so that comes next.",
    ),
    (
        0,
        "Shared meal on the last Friday",
        "Long table in the yard, or indoors if it rains. Bring one dish and a card that says what is in it, since four of us have allergies.",
    ),
    (
        1,
        "Seed swap: what I have and what I am looking for",
        "I have runner beans, dill and a purple lettuce that comes back by itself. I would love a squash that keeps until spring.",
    ),
    (
        2,
        "We mended nineteen things on Saturday",
        "Seven lamps, four bicycles, three radios, a doll, and some trousers. Two kettles beat us, and a child now knows how to solder.",
    ),
    (
        3,
        "Looking for a second pair of eyes on the booking page",
        "It lets two people take the cargo bike for the same hour if they click at the same moment. I think I know why, but I would like to be told.",
    ),
    (
        0,
        "Could we buy oats and lentils by the sack?",
        "Twenty-five kilos each would feed eight households for a while, and the price per kilo is about half. I have dry shelves in the cellar.",
    ),
    (
        1,
        "Slugs and the young lettuce",
        "I lost a whole row in two nights. A board on the soil in the evening and a bucket in the morning has helped a bit, but I am open to anything.",
    ),
    (2, "Which screwdriver opens this coffee grinder?", "The screw heads have three wings, like a small propeller. None of the bits in our box fits them."),
    (
        3,
        "Old laptops: four work again",
        "More memory, a new disk and a light system were enough. They go to whoever needs one for school first, so please pass the word on.",
    ),
    (
        0,
        "Notes from Wednesday's meeting",
        "We agreed to open the hall on Mondays as well, and left the heating for next time. The full notes hang by the door.",
    ),
    (
        1,
        "The rain barrel is empty by July every year",
        "The shed roof could feed a second one. I found a used barrel of three hundred litres and need one strong person to help carry it.",
    ),
    (
        2,
        "Wobbly chair: glue alone, or pegs as well?",
        "The back legs have come loose where they meet the seat. Somebody has glued it before, with a great deal of optimism.",
    ),
    (3, "How do you name your backups?", "Mine are called copy, copy two and really last copy. I would like to do better than that before the summer."),
    (
        0,
        "Lift out of order: who needs help with shopping?",
        "The repair is booked for Thursday. Until then, write here or knock on my door, and I will carry things up after six.",
    ),
    (1, "First strawberries on the balcony", "Three, to be exact, and a blackbird had one of them. The old pasta pot makes a fine planter once it has holes."),
    (
        2,
        "Bicycle evening: brakes and gears",
        "I will show how to set both on Thursday at seven. Bring your own bike if you can, and clothes that do not mind oil.",
    ),
    (
        3,
        "Small thing I learned: read the error from the top",
        "I always stared at the last line. The first one had told me what was wrong, in plain words, for two hours.",
    ),
    (
        0,
        "A quiet room on weekday mornings?",
        "Several of us work from home with thin walls. Nobody seems to use the small room before noon, so we could try it for a month.",
    ),
    (1, "Compost: too wet or too green?", "It smells of old cabbage and has stopped warming up. We have plenty of cardboard in the cellar that could go in."),
    (
        2,
        "Sewing machine looking for a home",
        "It is heavy, from the seventies, and sews through denim without a complaint. It would be happiest on our workbench.",
    ),
    (
        3,
        "A map of everything we lend each other",
        "I started a page with the drill, the tent, the big pot and who has them. What should it say beyond name and place?",
    ),
    (0, "Noise after ten: can we find something that suits all?", "I like the music and I get up at five. Perhaps Fridays late and the other days quiet?"),
    (1, "Herbs that survive me", "Basil does not. Mint, chives and a stubborn rosemary do, even on a windowsill facing north."),
    (
        2,
        "Radio plays only when I touch the aerial",
        "I cleaned the contacts and nothing changed. It belonged to my aunt, so I am in no hurry and would like to do it properly.",
    ),
    (3, "Pair up on Sunday afternoon?", "I have a small parser that works on every file but the ones we have. Tea and biscuits are on me."),
    (0, "Bread order for the holidays", "The bakery gives us the box price from twelve loaves. Write what you want by Monday, rye or wheat, sliced or whole."),
    (
        1,
        "Plan for the shared beds this season",
        "Beans where the potatoes were, potatoes where the cabbages were, and flowers along the path for the bees. Shout if I forgot anything.",
    ),
    (
        2,
        "We need a new soldering iron",
        "Ours takes ten minutes to warm up and then burns everything. A decent used one costs about forty; shall we take it from the tin?",
    ),
    (
        3,
        "Keyboard shortcuts you could not do without",
        "I just found out that I can search through what I typed yesterday. What else have I been missing all these years?",
    ),
    (0, "Found: one blue glove, one very small shoe", "Both were on the stairs this morning. They are on the shelf next to the letter boxes."),
    (
        1,
        "Surplus of eggs, and a question about hens",
        "Six hens lay more than two people eat. Has anybody here kept them through a hard winter without a heated coop?",
    ),
    (2, "Phone screens: worth doing ourselves?", "The part is cheap and the glue is not my friend. I have managed two out of three so far."),
    (
        3,
        "The weather station on the roof is online",
        "Wind, rain and temperature every five minutes, and last year's readings to compare. The anemometer squeaks, but it is honest.",
    ),
    (
        0,
        "What should new members know first?",
        "I would like to write one page that answers what I asked everybody in my first week. What did you have to find out by yourselves?",
    ),
    (
        1,
        "Pruning the old apple tree",
        "It has not been cut for years and fruits only at the top. I would take a third of the water shoots now and the rest next winter.",
    ),
    (
        2,
        "Library of tools: a list at last",
        "I went through the cupboard and wrote down what is there, what is blunt and what is missing. The torque wrench has been gone since March.",
    ),
    (
        3,
        "Can the print server sleep at night?",
        "It hums from ten until eight with nothing to do. Switching it off by a timer would save a little money and my patience.",
    ),
    (
        0,
        "Thank you for the help with the move",
        "Fourteen people, two cargo bikes and no broken plates. I owe you all a cake, and I intend to pay in instalments.",
    ),
    (
        1,
        "Drying beans without an oven",
        "I hung the plants upside down in the stairwell last autumn, and it worked. The neighbours asked what the rattling was.",
    ),
    (2, "Umbrella day", "Bring every broken umbrella that you own. From three of them we can usually make two, and the cloth of the third patches a bag."),
    (
        3,
        "Our pages on a slow connection",
        "My parents wait half a minute for the front page. Most of that is one large picture of the yard, so I made it a tenth of the size.",
    ),
];

/// Replies, such that each fits most posts.
pub const COMMENTS: [&str; 80] = [
    "Count me in.",
    "Thank you for writing this down, I had been wondering about the same thing.",
    "I can help on Saturday, any time after ten.",
    "We had that last year. Patience was most of the answer.",
    "Lovely! Is there a picture?",
    "I would try the cheapest thing first and see how far it gets you.",
    "Could you say a bit more about what you have tried?",
    "My neighbour knows a lot about this, I will ask her tonight.",
    "Good idea. Shall we put it on the list for the next meeting?",
    "I am not sure about this one, but I would not stand in the way.",
    "That made my morning.",
    "How long did it take you, all in all?",
    "I have one in the cellar that you can have.",
    "Let me know if you need a hand with carrying.",
    "I did it differently and it went wrong, so I would listen to you.",
    "Small remark: the shop on the corner closes early on Wednesdays.",
    "Happy to share the costs.",
    "Same here, and I thought I was the only one.",
    "Please keep us posted on how it goes!",
    "I would be careful with that, mine did not survive it.",
    "Is there still room for one more?",
    "I asked around, and three people on my floor would join.",
    "Yes please, and the sooner the better.",
    "We could try it for a month and then look again.",
    "I read it twice and still have a question: who decides in the end?",
    "This is exactly why I joined.",
    "Write to me, I live two doors down.",
    "I only have evenings, but those you can have.",
    "It depends a little on the weather, I suppose.",
    "What would it cost, roughly?",
    "I might have the part you need. I will look tomorrow.",
    "No strong opinion, but I like that you asked first.",
    "Could we do it without spending anything?",
    "My vote goes to the simple version.",
    "I tried this with my daughter and we both learned something.",
    "Take your time, it will keep until next week.",
    "I will bring tea.",
    "Does anybody have experience with doing this in winter?",
    "I would rather we asked everybody on the ground floor as well.",
    "That is a kind offer, thank you.",
    "Let us meet in the yard and have a look at it together.",
    "Interesting, I had always thought it was the other way round.",
    "You can borrow mine until the end of the month.",
    "I have a book about this, it is on the shelf in the hall now.",
    "Agreed, and I would add a note so that others can find it.",
    "Not this week, sorry, but I am free on the one after.",
    "Well done, all of you!",
    "I would not have dared to. Respect.",
    "Do we need to ask anybody before we start?",
    "If it helps, I can write the summary afterwards.",
    "Half of that would be enough for us, I think.",
    "We are two more over here.",
    "I know a place that sells them second-hand.",
    "Thanks, that worked for me on the first try.",
    "I tried it and it nearly worked. What did you do about the last step?",
    "Perhaps start with a small one and see?",
    "I will pass it on to the people who are not online much.",
    "My only worry is who looks after it in August.",
    "Then let us put two names on it, so that nobody is left alone with it.",
    "Mine is on the list now as well.",
    "This has been bothering me for months, so thank you.",
    "I can drive if somebody navigates.",
    "Would the children be welcome too?",
    "I learned that the hard way. Glad you warned us.",
    "I disagree a little: it was fine as it was.",
    "Fair point, I had not thought of that.",
    "Could you put the details on a page, so that we can all add to it?",
    "It took me three tries, so do not give up.",
    "There is a list by the door, I have added you.",
    "Next time I will take pictures, I promise.",
    "Ask me again on Monday, I will know more by then.",
    "I have done this for years and still learned something here.",
    "What a nice surprise to read this after work.",
    "Tell me when and where, and I will be there.",
    "I would do the measuring twice before anything is cut, ordered or promised.",
    "It was easier than I feared, really.",
    "Somebody offered the same in spring, it may be worth asking again.",
    "Good question. I do not know, but I would like to.",
    "Let us not make it more complicated than it has to be.",
    "And if it rains, we simply do it indoors.",
];

/// The title of the page that two people write together.
pub const PAGE_TITLE: &str = "House rules";

/// The lines of that page.
pub const PAGE_LINES: [&str; 10] = [
    "The hall belongs to all of us, so leave it the way you would like to find it.",
    "Whoever comes in last switches off the lights and checks the back door.",
    "Write what you borrow on the list by the cupboard, and the day you bring it back.",
    "Quiet from ten in the evening, on Fridays from midnight.",
    "Children are welcome everywhere but at the saw bench.",
    "If something breaks, say so. Nobody pays for an honest accident.",
    "Food in the fridge carries a name and a date, or it is for everybody.",
    "New faces get a cup of tea and a tour before they get a task.",
    "Disagree with the idea, be kind to the person, and leave room for others to speak.",
    "These rules can be changed by any two of us who talk to the rest first.",
];

/// What a post says after its author edited it; each fits any post.
pub const EDIT_TEXTS: [&str; 6] = [
    "Update: this is settled now, thank you to everybody who answered. What I wrote first is in the history.",
    "Edited to say it more clearly: I would like to hear from people who have done this before, and from those who would join.",
    "Correction: I mixed up the days. It is the Saturday after next, same time and same place.",
    "Update after a week: it works better than I expected, and I will write up the steps on a page.",
    "I took your remarks in and made this shorter. Tell me if I lost anything that mattered.",
    "Postponed until there are enough of us. Write below if you would still like to come.",
];

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_protocol::limits;
    use folkmoot_protocol::text::{check_body, check_line, check_slug};
    use std::collections::BTreeSet;

    #[test]
    fn every_text_may_stand_where_the_demo_puts_it() {
        for (name, title, sidebar) in COMMUNITIES {
            assert_eq!(check_slug("name", name), Ok(()));
            assert_eq!(check_line("title", title, limits::TITLE_CHARS), Ok(()));
            assert_eq!(check_body("sidebar", sidebar, limits::TEXT_CHARS), Ok(()));
        }
        for (_, title, text) in POSTS {
            assert_eq!(check_line("title", title, limits::TITLE_CHARS), Ok(()));
            assert_eq!(check_body("text", text, limits::TEXT_CHARS), Ok(()));
        }
        PEOPLE.iter().for_each(|name| assert_eq!(check_line("name", name, limits::NAME_CHARS), Ok(())));
        assert_eq!(check_line("title", PAGE_TITLE, limits::TITLE_CHARS), Ok(()));
        for text in COMMENTS.iter().chain(&PAGE_LINES).chain(&EDIT_TEXTS) {
            assert_eq!(check_line("text", text, limits::TEXT_CHARS), Ok(()));
        }
    }

    #[test]
    fn the_communities_take_turns() {
        assert!(POSTS.iter().enumerate().all(|(at, (community, ..))| at % COMMUNITIES.len() == *community));
    }

    #[test]
    fn nobody_says_the_same_thing_twice() {
        let titles = POSTS.iter().map(|(_, title, _)| title).collect::<BTreeSet<_>>();
        let texts = POSTS.iter().map(|(.., text)| text).chain(&COMMENTS).chain(&PAGE_LINES).chain(&EDIT_TEXTS).collect::<BTreeSet<_>>();
        assert_eq!(titles.len(), POSTS.len());
        assert_eq!(texts.len(), POSTS.len() + COMMENTS.len() + PAGE_LINES.len() + EDIT_TEXTS.len());
    }
}
