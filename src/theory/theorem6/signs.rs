/// The distribution of Z, a sum of independent uniform signs.
#[derive(Debug, Clone)]
pub(super) struct SumOfSigns {
    count: usize,
    /// P(|Z| = m) for m = parity of the count, …, count, two apart.
    sizes: Vec<f64>,
    /// P(|Z| > m), summed from its smallest terms on; positive but for the last.
    beyond: Vec<f64>,
}

/// The sign of v + Z.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sign {
    /// 1 − |E[sign(v + Z)]|, where sign(0) = 0.
    pub(super) doubt: f64,
    /// P(v + Z = 0).
    pub(super) tie: f64,
}

impl SumOfSigns {
    pub(super) fn new(count: usize) -> Self {
        // From the middle outwards, so that nothing overflows; normalised at the end.
        let middle = count / 2;
        let mut weight = 1.0;
        let mut sizes = Vec::with_capacity(middle + 1);
        for place in 0..=middle {
            let is_centre = place == 0 && count.is_multiple_of(2);
            sizes.push(if is_centre { weight } else { 2.0 * weight });
            weight *= (middle - place) as f64 / (count - middle + place + 1) as f64;
        }
        let total: f64 = sizes.iter().rev().sum();
        sizes.iter_mut().for_each(|size| *size /= total);
        let mut beyond = vec![0.0; sizes.len()];
        for place in (1..sizes.len()).rev() {
            // What underflows must not look like certainty.
            beyond[place - 1] = (beyond[place] + sizes[place]).max(f64::MIN_POSITIVE);
        }
        SumOfSigns {
            count,
            sizes,
            beyond,
        }
    }

    pub(super) fn sign_of(&self, v: f64) -> Sign {
        let size = v.abs();
        if size > self.count as f64 {
            return Sign {
                doubt: 0.0,
                tie: 0.0,
            };
        }
        let lowest = (self.count % 2) as f64;
        // Numbers of the parity of the count: m = lowest + 2·place.
        let place = ((size - lowest) / 2.0).floor();
        if place < 0.0 {
            return Sign {
                doubt: 1.0,
                tie: 0.0,
            };
        }
        let hit = lowest + 2.0 * place == size;
        let place = place as usize;
        // For v > 0, E[sign(v + Z)] = P(−v < Z ≤ v): all of |Z| ≤ v but Z = −v.
        let tie = match (hit, size) {
            (false, _) => 0.0,
            (true, 0.0) => self.sizes[place],
            (true, _) => 0.5 * self.sizes[place],
        };
        let doubt = self.beyond[place] + tie;
        Sign { doubt, tie }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_is_that_of_enumerated_sums() {
        for count in 0..=12_u32 {
            let distribution = SumOfSigns::new(count as usize);
            for v in (-30..=30).map(|v| f64::from(v) / 2.0) {
                let (mut mean, mut ties) = (0.0, 0.0);
                for x in 0..1_u32 << count {
                    let sum = v + f64::from(count) - 2.0 * f64::from(x.count_ones());
                    match sum {
                        0.0 => ties += 1.0,
                        _ => mean += sum.signum(),
                    }
                }
                let share = 1.0 / f64::from(1_u32 << count);
                let Sign { doubt, tie } = distribution.sign_of(v);
                let expected = 1.0 - mean.abs() * share;
                assert!((doubt - expected).abs() < 1e-15, "{count} signs at {v}");
                assert!((tie - ties * share).abs() < 1e-15, "{count} signs at {v}");
            }
        }
    }

    #[test]
    fn many_signs_follow_the_normal_distribution() {
        let distribution = SumOfSigns::new(1_000_000);
        // Half a step is added to v, as in the correction for continuity.
        for z in [0.1, 1.0, 2.5] {
            let sign = 1.0 - distribution.sign_of(z * 1000.0 - 1.0 + 1e-9).doubt;
            let other = 1.0 - distribution.sign_of(z * 1000.0 + 1.0 + 1e-9).doubt;
            let normal = libm::erf(z / 2.0_f64.sqrt());
            assert!(sign < normal + 1e-3 && other > normal - 1e-3, "{z}");
            assert!(other - sign < 2e-3);
        }
        // The chance is 2⁻⁹⁹⁹⁹⁹⁸, but it is not 0.
        assert!(distribution.sign_of(999_998.5).doubt > 0.0);
        assert_eq!(distribution.sign_of(1_000_000.5).doubt, 0.0);
    }

    #[test]
    fn small_chances_keep_their_digits() {
        let distribution = SumOfSigns::new(300);
        let last = 2.0 * libm::pow(0.5, 300.0);
        assert!((distribution.sign_of(299.0).doubt / last - 1.0).abs() < 1e-13);
        assert!((distribution.sign_of(297.0).doubt / (301.0 * last) - 1.0).abs() < 1e-13);
    }
}
