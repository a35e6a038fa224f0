//! Ends programs that run for too long in a call or an estimate, by taking their ink.
//!
//! A program's loop asks nobody but its ink counter, which is a value in memory (see `run`). So a thread of our own
//! writes a zero there once the time is up, and the program's next block finds nothing left to pay with. The program
//! may be between reading its counter and writing it back, and then the zero is lost: it is written again at every
//! tick, until the program has ended.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::run::InkCell;

/// How often the watchdog looks, and how late it may be.
const TICK: Duration = Duration::from_millis(10);

/// What the watchdog looks after: one entry a running call of a program that has a deadline.
#[derive(Default)]
struct Watched {
    running: BTreeMap<u64, (Instant, InkCell)>,
    /// The thread waits for the first entry, without a tick.
    asleep: bool,
}

struct Shared {
    watched: Mutex<Watched>,
    woken: Condvar,
    next: AtomicU64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        // Every state of the map is a valid one.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut watched = self.lock();
        let mut idle = true;
        loop {
            // One more tick after the last program: calls come in swarms, and waking a thread for each is dear.
            watched = if watched.running.is_empty() && idle {
                watched.asleep = true;
                let mut watched = self.woken.wait(watched).unwrap_or_else(PoisonError::into_inner);
                watched.asleep = false;
                watched
            } else {
                self.woken.wait_timeout(watched, TICK).unwrap_or_else(PoisonError::into_inner).0
            };
            idle = watched.running.is_empty();
            let now = Instant::now();
            for (_, ink) in watched.running.values().filter(|(deadline, _)| *deadline <= now) {
                // SAFETY: the entry is taken out, under this lock, before the program's instance goes.
                unsafe { ink.set(0) };
            }
        }
    }
}

/// Keeps a program watched until dropped.
pub(super) struct Watch {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.lock().running.remove(&self.id);
    }
}

/// Takes the ink of a program once the deadline has passed, until the result is dropped.
///
/// `None` where the system gives no thread: the program then runs to its end.
/// # Safety
/// The instance that owns `ink` must outlive the result.
pub(super) unsafe fn watch(deadline: Instant, ink: InkCell) -> Option<Watch> {
    static SHARED: OnceLock<Option<Arc<Shared>>> = OnceLock::new();
    let start = || {
        let shared = Arc::new(Shared {
            watched: Mutex::default(),
            woken: Condvar::new(),
            next: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("watchdog".into()).spawn(move || of_thread.run());
        thread
            .inspect_err(|error| tracing::warn!(%error, "programs run without a time limit"))
            .ok()?;
        Some(shared)
    };
    let shared = SHARED.get_or_init(start).clone()?;
    let id = shared.next.fetch_add(1, Ordering::Relaxed);
    let mut watched = shared.lock();
    watched.running.insert(id, (deadline, ink));
    if watched.asleep {
        shared.woken.notify_one();
    }
    drop(watched);
    Some(Watch { shared, id })
}
