//! Sizes that are given in place of those of a scale.

use sparse_parity::{Error, Result};

/// Settings in place of those of the scale.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Own {
    /// Coordinates n, in place of those of the scale
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(super) n: Vec<usize>,
    /// Relevant coordinates k, in place of those of the scale
    #[arg(long, value_name = "K", value_delimiter = ',')]
    pub(super) k: Vec<usize>,
    /// The width, in place of that of the scale
    #[arg(long, value_name = "WIDTH", value_delimiter = ',')]
    pub(super) width: Vec<usize>,
    /// The learning rate, in place of that of the figure
    #[arg(long, value_name = "RATE")]
    pub(super) rate: Option<f64>,
    /// Runs of each setting, in place of those of the scale
    #[arg(long, value_name = "RUNS")]
    pub(super) runs: Option<u64>,
}

impl Own {
    /// Succeeds if the settings are possible by themselves; those of a figure may exclude them still.
    ///
    /// # Errors
    ///
    /// If a size is 0, k is above n, or the rate is no positive number.
    pub(super) fn check(&self) -> Result<()> {
        let sizes = [("--n", &self.n), ("--k", &self.k), ("--width", &self.width)];
        let zero = sizes.into_iter().find(|(_, given)| given.contains(&0));
        let zero = zero.map(|(what, _)| what);
        if let Some(what) = zero.or((self.runs == Some(0)).then_some("--runs")) {
            return Err(Error::Zero { what });
        }
        if let (Some(&n), Some(&k)) = (self.n.iter().max(), self.k.iter().min())
            && k > n
        {
            return Err(Error::Degree { k, n });
        }
        match self.rate {
            Some(value) if !(value > 0.0 && value.is_finite()) => Err(Error::NotPositive {
                what: "--rate",
                value,
            }),
            _ => Ok(()),
        }
    }

    /// The same with sizes ascending, each once: what has one meaning has one name.
    pub(super) fn in_order(mut self) -> Own {
        for sizes in [&mut self.n, &mut self.k, &mut self.width] {
            sizes.sort_unstable();
            sizes.dedup();
        }
        self
    }

    /// The end of the names of files of these settings, after which they are told from others; empty if none are given.
    pub(super) fn suffix(&self) -> String {
        let list = |sizes: &[usize]| {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            sizes.join("-")
        };
        let given = [
            ("n", list(&self.n)),
            ("k", list(&self.k)),
            ("width", list(&self.width)),
            (
                "rate",
                self.rate.map_or_else(String::new, |rate| rate.to_string()),
            ),
            (
                "runs",
                self.runs.map_or_else(String::new, |runs| runs.to_string()),
            ),
        ];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        given
            .map(|(name, value)| format!("_{name}{value}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_what_is_given() {
        assert_eq!(Own::default().suffix(), "");
        let own = Own {
            n: vec![20, 30],
            k: vec![3],
            width: Vec::new(),
            rate: Some(0.1),
            runs: Some(5),
        };
        assert_eq!(own.suffix(), "_n20-30_k3_rate0.1_runs5");
        let n = vec![30, 20, 30];
        assert_eq!(
            Own { n, ..own }.in_order().suffix(),
            "_n20-30_k3_rate0.1_runs5"
        );
    }

    #[test]
    fn what_cannot_be_is_an_error_with_its_value() {
        let told = |own: Own| own.check().unwrap_err().to_string();
        let n = |n: &[usize]| Own {
            n: n.to_vec(),
            ..Own::default()
        };
        assert!(told(n(&[20, 0])).starts_with("--n is 0; use at least 1"));
        let runs = Some(0);
        assert!(told(Own { runs, ..n(&[4]) }).starts_with("--runs is 0"));
        let width = vec![0];
        assert!(told(Own { width, ..n(&[4]) }).starts_with("--width is 0"));
        let k = vec![5, 6];
        assert!(told(Own { k, ..n(&[3, 4]) }).contains("k = 5 among n = 4"));
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let rate = Some(rate);
            assert!(told(Own { rate, ..n(&[4]) }).starts_with("--rate = "));
        }
        let k = vec![4, 5];
        assert!(Own { k, ..n(&[3, 4]) }.check().is_ok());
    }
}
