//! What one connection may have waiting for the service: so many messages, and so many bytes. The service takes
//! together what waits together, so that a peer that brings much is worth few writes to the disk.

use folkmoot_protocol::limits;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use tokio::sync::Semaphore;

/// What a message counts at least, so that there are never more than [`limits::INPUTS_PER_PEER`].
const LEAST_BYTES: usize = limits::INPUT_BYTES_PER_PEER / limits::INPUTS_PER_PEER;

/// The room of one connection.
#[derive(Debug)]
pub(crate) struct Intake {
    room: Semaphore,
    taken: Mutex<VecDeque<u32>>,
}

impl Default for Intake {
    fn default() -> Self {
        Self { room: Semaphore::new(limits::INPUT_BYTES_PER_PEER), taken: Mutex::default() }
    }
}

impl Intake {
    /// Waits until a message of so many bytes has room.
    pub(crate) async fn enter(&self, bytes: usize) {
        let bytes = bytes.clamp(LEAST_BYTES, limits::INPUT_BYTES_PER_PEER) as u32;
        if let Ok(room) = self.room.acquire_many(bytes).await {
            room.forget();
            self.taken().push_back(bytes);
        }
    }

    /// The service has dealt with a message: another may come in.
    pub(crate) fn leave(&self) {
        if let Some(bytes) = self.taken().pop_front() {
            self.room.add_permits(bytes as usize);
        }
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, VecDeque<u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn enters(intake: &Intake, bytes: usize) -> bool {
        tokio::select! {
            biased;
            () = intake.enter(bytes) => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn small_messages_are_counted() {
        let intake = Intake::default();
        for _ in 0..limits::INPUTS_PER_PEER {
            assert!(enters(&intake, 1).await);
        }
        assert!(!enters(&intake, 1).await);
        intake.leave();
        assert!(enters(&intake, 1).await && !enters(&intake, 1).await);
    }

    #[tokio::test]
    async fn large_messages_are_weighed() {
        let intake = Intake::default();
        let most = limits::INPUT_BYTES_PER_PEER / limits::FRAME_BYTES;
        for _ in 0..most {
            assert!(enters(&intake, limits::FRAME_BYTES).await);
        }
        assert!(!enters(&intake, 1).await);
        (0..most).for_each(|_| intake.leave());
        assert!(enters(&intake, usize::MAX).await, "the largest has room where nothing waits");
        // One that was not let in leaves nothing behind.
        intake.leave();
        intake.leave();
        assert!(enters(&intake, limits::INPUT_BYTES_PER_PEER).await && !enters(&intake, 1).await);
    }
}
