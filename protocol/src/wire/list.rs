use minicbor::{Decode, Decoder, decode::Error};

/// Reads a list of at most `MOST` entries and refuses a longer one before it takes up memory.
pub(crate) fn list<'b, const MOST: usize, T: Decode<'b, C>, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<T>, Error> {
    let at = d.position();
    let length = d.array()?.ok_or_else(|| Error::message("list of indefinite length").at(at))?;
    if length > MOST as u64 {
        return Err(Error::message(format!("list of {length} entries; at most {MOST} are allowed")).at(at));
    }
    (0..length).map(|_| d.decode_with(context)).collect()
}
