//! Work on all cores whose results come back in order.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Batches for each worker that are on their way at once: enough that none waits, and few enough that memory stays small.
const AHEAD: usize = 4;

/// Where batches come from, and where their results go; both on the calling thread, in one order.
pub trait Ends {
    type Batch: Send;
    type Result: Send;
    type Error;

    fn next(&mut self) -> Option<Self::Batch>;

    /// # Errors
    /// What ends the whole run.
    fn take(&mut self, result: Self::Result) -> Result<(), Self::Error>;
}

/// Runs every batch through `work` on so many threads. The results are taken in the order of the batches, whatever the number
/// of threads.
///
/// # Errors
/// The first that [`Ends::take`] gives.
pub fn in_order<E: Ends>(
    threads: usize,
    ends: &mut E,
    work: impl Fn(E::Batch) -> E::Result + Sync,
) -> Result<(), E::Error> {
    if threads < 2 {
        while let Some(batch) = ends.next() {
            ends.take(work(batch))?;
        }
        return Ok(());
    }
    let (jobs, waiting): (Sender<Job<E>>, Receiver<Job<E>>) = channel();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((batch, done)) = job else { return };
                    // Nobody waits for it where the run has ended.
                    let _ = done.send(work(batch));
                }
            });
        }
        let mut running = VecDeque::new();
        let run = (|| {
            loop {
                while running.len() < threads * AHEAD {
                    let Some(batch) = ends.next() else { break };
                    let (done, result) = sync_channel(1);
                    if jobs.send((batch, done)).is_err() {
                        break;
                    }
                    running.push_back(result);
                }
                let Some(result) = running.pop_front() else { return Ok(()) };
                // A worker that panics says so itself when the scope ends.
                let Ok(result) = result.recv() else { return Ok(()) };
                ends.take(result)?;
            }
        })();
        drop(jobs);
        run
    })
}

type Job<E> = (<E as Ends>::Batch, SyncSender<<E as Ends>::Result>);

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers {
        next: u64,
        taken: Vec<u64>,
    }

    impl Ends for Numbers {
        type Batch = u64;
        type Result = u64;
        type Error = u64;

        fn next(&mut self) -> Option<u64> {
            self.next += 1;
            (self.next <= 500).then_some(self.next)
        }

        fn take(&mut self, result: u64) -> Result<(), u64> {
            self.taken.push(result);
            if result == 499 * 499 { Err(result) } else { Ok(()) }
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_batches() {
        for threads in [1, 2, 7] {
            let mut numbers = Numbers { next: 0, taken: Vec::new() };
            let end = in_order(threads, &mut numbers, |number| {
                thread::yield_now();
                number * number
            });
            assert_eq!(end, Err(499 * 499));
            assert_eq!(numbers.taken, (1..=499).map(|number| number * number).collect::<Vec<u64>>());
        }
    }
}
