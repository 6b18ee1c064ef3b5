//! The clock that lets runs share a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

/// After how long a run lets others run. Short runs, which take microseconds, are never stopped.
const TICK: Duration = Duration::from_millis(1);
/// Ticks without a run after which the thread goes to sleep: an idle host should not wake a thousand times a second.
const IDLE_TICKS: u32 = 100;

/// Calls something at every tick while there are runs.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    runs: AtomicU64,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// A run is on: there are ticks until this is dropped.
pub(crate) struct Running<'a>(&'a Shared);

impl Ticker {
    pub(crate) fn start(on_tick: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let handle = thread::Builder::new().name("insula-epoch".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || tick(&shared, &on_tick)
        })?;
        Ok(Self { shared, thread: handle.thread().clone(), handle: Some(handle) })
    }

    pub(crate) fn running(&self) -> Running<'_> {
        self.shared.runs.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.runs.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.thread.unpark();
        if let Some(handle) = self.handle.take()
            && handle.join().is_err()
        {
            tracing::error!("the epoch thread panicked");
        }
    }
}

fn tick(shared: &Shared, on_tick: &dyn Fn()) {
    let mut idle = 0;
    while !shared.stop.load(Ordering::SeqCst) {
        if shared.runs.load(Ordering::SeqCst) > 0 {
            idle = 0;
        } else if idle < IDLE_TICKS {
            idle += 1;
        } else {
            shared.asleep.store(true, Ordering::SeqCst);
            // A run that began just before did not see that this thread is asleep.
            if shared.runs.load(Ordering::SeqCst) == 0 && !shared.stop.load(Ordering::SeqCst) {
                thread::park();
            }
            shared.asleep.store(false, Ordering::SeqCst);
            idle = 0;
            continue;
        }
        thread::park_timeout(TICK);
        on_tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_until(condition: impl Fn() -> bool) {
        while !condition() {
            thread::yield_now();
        }
    }

    #[test]
    fn it_sleeps_without_runs_and_wakes_with_the_next() {
        let ticks = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&ticks);
        let ticker = Ticker::start(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
        for _ in 0..2 {
            wait_until(|| ticker.shared.asleep.load(Ordering::SeqCst));
            let before = ticks.load(Ordering::SeqCst);
            let running = ticker.running();
            wait_until(|| ticks.load(Ordering::SeqCst) > before + 1);
            drop(running);
        }
    }
}
