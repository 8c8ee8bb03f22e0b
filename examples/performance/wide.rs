//! A network that no cache holds: bytes moved beside the bandwidth of the memory.

use crate::config::{Config, Network};
use crate::timing::Times;
use rayon::ThreadPool;
use sparse_parity::terminal::Result;
use std::fmt;
use std::hint::black_box;

/// What was measured of a wide network.
pub struct Wide {
    pub config: Config,
    /// Seconds a step.
    pub step: f64,
    /// The same with several threads.
    pub shared: Option<f64>,
    /// Bytes a second of the triad.
    pub bandwidth: f64,
    /// Bytes of one of its arrays.
    pub array: usize,
}

impl Wide {
    /// Times a ReLU network of width r at n = 50 and B = 32, and before and after it the memory, by
    /// arrays of so many MiB.
    pub fn measure(
        r: usize,
        mebibytes: usize,
        seconds: f64,
        pool: Option<&ThreadPool>,
    ) -> Result<Wide> {
        let config = Config {
            letter: 'W',
            network: Network::Relu(r),
            n: 50,
            batch: 32,
        };
        let mut triad = Triad::new(mebibytes << 20);
        let mut passes = triad.time(seconds / 2.0);
        let mut run = config.start()?;
        let steps = Times::of_steps(seconds, &mut *run, None);
        let shared = pool.and_then(|_| Times::of_steps(seconds, &mut *run, pool).median());
        passes.extend(triad.time(seconds / 2.0));
        if !run.is_active() {
            return Err("an example of the wide network has no gradient".into());
        }
        let measured = steps.median().zip(passes.median());
        let (step, pass) = measured.ok_or("nothing was measured")?;
        Ok(Wide {
            config,
            step,
            shared,
            bandwidth: triad.bytes() / pass,
            array: mebibytes << 20,
        })
    }

    /// The least that a step moves, in bytes: θ is read by the forward pass and has left the caches
    /// when the update reads and writes it.
    ///
    /// That makes 3 times 4 bytes a parameter. What is stored besides, such as the gradient and the
    /// pre-activations of the batch, is not counted; a step that moves it has a lower share of the
    /// bandwidth.
    pub fn bytes(&self) -> f64 {
        let Network::Relu(r) = self.config.network else {
            return 0.0;
        };
        let parameters = r * (self.config.n + 2) + 1;
        3.0 * 4.0 * parameters as f64
    }
}

impl fmt::Display for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config {
            network, n, batch, ..
        } = self.config;
        let rate = self.bytes() / self.step;
        write!(
            f,
            "{network}, n = {n}, B = {batch}: {:.2} ms a step, which moves at least {:.1} MB, so \
             {:.2} GB/s.\nThe memory moves {:.2} GB/s in a triad over arrays of {} MiB; share {:.2}.",
            1e3 * self.step,
            self.bytes() / 1e6,
            rate / 1e9,
            self.bandwidth / 1e9,
            self.array >> 20,
            rate / self.bandwidth,
        )?;
        match self.shared {
            Some(shared) => write!(
                f,
                "\nWith several threads {:.2} ms a step, {:.2} times as fast.",
                1e3 * shared,
                self.step / shared,
            ),
            None => Ok(()),
        }
    }
}

/// a ← b + c/2 over long arrays: like a step, it reads twice what it writes.
struct Triad([Vec<f32>; 3]);

impl Triad {
    fn new(bytes: usize) -> Self {
        // Ones, because untouched zeros would all be read from one page.
        Triad([0.0, 1.0, 1.0].map(|value| vec![value; bytes / size_of::<f32>()]))
    }

    fn time(&mut self, seconds: f64) -> Times {
        let Triad([a, b, c]) = self;
        Times::of(seconds, |count| {
            for _ in 0..count {
                for ((a, &b), &c) in a.iter_mut().zip(&*b).zip(&*c) {
                    *a = b + 0.5 * c;
                }
                black_box(&mut *a);
            }
        })
    }

    /// The bytes of a pass. That a written line is fetched before is not counted, as for a step.
    fn bytes(&self) -> f64 {
        self.0
            .iter()
            .map(|array| size_of_val(&array[..]) as f64)
            .sum()
    }
}
