//! Ctrl-C.

use super::Result;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The exit code of a command that Ctrl-C has ended, as shells know it.
pub(super) const INTERRUPTED: u8 = 130;

/// A flag that the next Ctrl-C sets, so that a command can end in order; one more ends the process at once.
pub(super) fn interrupt() -> Result<Arc<AtomicBool>> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        flag.store(false, Ordering::Relaxed);
        return Ok(Arc::clone(flag));
    }
    let flag = Arc::new(AtomicBool::new(false));
    // In this order, so that the first one finds the flag not yet set.
    flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(&flag))?;
    flag::register(SIGINT, Arc::clone(&flag))?;
    Ok(Arc::clone(FLAG.get_or_init(|| flag)))
}
