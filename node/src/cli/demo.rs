//! Placeholder while it is being written.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) async fn run(_args: Args, _out: &super::output::Output) -> Result<(), crate::api::Failure> {
    Ok(())
}
