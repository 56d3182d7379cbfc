//! Writes a large listing as a Lemmy's public API gives it: `cargo run -p folkmoot-tests --example
//! lemmy_listing -- FOLDER POSTS COMMENTS`, for trying `folkmoot import lemmy FOLDER`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, posts, comments] = arguments.as_slice() else { return Err("give FOLDER POSTS COMMENTS".into()) };
    let (posts, comments) = folkmoot_tests::lemmy_sample::listing(posts.parse()?, comments.parse()?, 1);
    std::fs::create_dir_all(folder)?;
    std::fs::write(format!("{folder}/posts.json"), posts.to_string())?;
    std::fs::write(format!("{folder}/comments.json"), comments.to_string())?;
    Ok(())
}
