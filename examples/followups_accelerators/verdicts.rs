//! The claims about ratios of medians.

use crate::bench::{Arm, Count, Tuned};
use crate::method::Method;
use sparse_parity::stats::{Estimate, spearman};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

/// A ratio that counts as a large gain.
const LARGE: f64 = 2.0 / 3.0;

/// All claims; the first arm is SGD.
pub fn find(studio: &mut Studio, arms: &[Tuned]) -> Result {
    one_by_one(studio, arms)?;
    directions(studio, arms)?;
    grokfast(studio, arms)?;
    egalitarian(studio, arms)?;
    sparse(studio, arms)?;
    orders(studio, arms)
}

fn of(arms: &[Tuned], method: Method, matched: bool) -> &Tuned {
    let arm = Arm { method, matched };
    let found = arms.iter().find(|tuned| tuned.arm == arm);
    found.unwrap_or(&arms[0])
}

/// The medians of SGD, and how many rivals are faster than it over their whole interval.
fn one_by_one(studio: &mut Studio, arms: &[Tuned]) -> Result {
    let sgd = &arms[0];
    let median = sgd.all_times(Count::Updates).median(0.95)?;
    let mut faster = Vec::new();
    for arm in &arms[1..] {
        let ratio = arm.ratio(sgd, Count::Updates)?;
        if ratio.interval.high < 1.0 {
            faster.push(format!("{} {ratio:.2}", arm.arm.name()));
        }
    }
    let value = median
        .value
        .map_or("none".into(), |value| value.to_string());
    studio.find(
        "some method is faster than tuned SGD over its whole interval",
        format!(
            "SGD with {} takes {value} updates ({} to {}) at the median; faster are {}",
            sgd.told(),
            median.interval.low,
            median.interval.high,
            if faster.is_empty() {
                "none".into()
            } else {
                faster.join("; ")
            }
        ),
        !faster.is_empty(),
    )
}

/// Whether directions alone gain much.
fn directions(studio: &mut Studio, arms: &[Tuned]) -> Result {
    let mut large = Vec::new();
    for arm in arms.iter().filter(|tuned| tuned.arm.matched) {
        let ratio = arm.ratio(&arms[0], Count::Updates)?;
        if ratio.interval.high < LARGE {
            large.push(format!("{} {ratio:.2}", arm.arm.name()));
        }
    }
    studio.find(
        "with updates as long as those of SGD, no method is more than 1.5 times as fast over its whole interval",
        if large.is_empty() {
            "none is".into()
        } else {
            large.join("; ")
        },
        large.is_empty(),
    )
}

fn grokfast(studio: &mut Studio, arms: &[Tuned]) -> Result {
    let [ema, ma] = [Method::GrokfastEma, Method::GrokfastMa].map(|m| of(arms, m, false));
    let [with_ema, with_ma] = [
        ema.ratio(&arms[0], Count::Updates)?,
        ma.ratio(&arms[0], Count::Updates)?,
    ];
    studio.find(
        "Grokfast is at most 1.5 times as fast as tuned SGD",
        format!("{with_ema:.2} with the exponential mean, {with_ma:.2} with the window"),
        with_ema.value >= LARGE && with_ma.value >= LARGE,
    )
}

fn egalitarian(studio: &mut Studio, arms: &[Tuned]) -> Result {
    let ratio = |matched, count| of(arms, Method::Polar, matched).ratio(&arms[0], count);
    let [own, matched, processor]: [Estimate; 3] = [
        ratio(false, Count::Updates)?,
        ratio(true, Count::Updates)?,
        ratio(false, Count::Processor)?,
    ];
    studio.find(
        "EGD is not faster than tuned SGD, with either length of updates",
        format!("{own:.2}, and {matched:.2} with updates as long as those of SGD"),
        own.interval.high >= 1.0 && matched.interval.high >= 1.0,
    )?;
    studio.find(
        "EGD takes more than three times the processor time",
        format!("{processor:.2}"),
        processor.interval.low > 3.0,
    )
}

fn sparse(studio: &mut Studio, arms: &[Tuned]) -> Result {
    let ratio = of(arms, Method::SparseInit, false).ratio(&arms[0], Count::Updates)?;
    studio.find(
        "the sparse initialisation s = 2 makes no difference",
        format!("{ratio:.2}"),
        ratio.interval.low <= 1.0 && ratio.interval.high >= 1.0,
    )
}

/// Whether it matters where times begin.
fn orders(studio: &mut Studio, arms: &[Tuned]) -> Result {
    let medians = |count| -> Vec<f64> {
        // Ranks of medians that are not reached are the last ones.
        let medians = arms.iter().map(|arm| arm.whole_median(count));
        medians.map(|median| median.min(f64::MAX)).collect()
    };
    let rho = spearman(&medians(Count::Updates), &medians(Count::Delay))?;
    studio.find(
        "from the memorisation on, the order of the methods is that from 0: a rank correlation of at least 0.8",
        format!("{rho:.2} of {} arms", arms.len()),
        rho >= 0.8,
    )
}

/// All arms with their settings, medians and ratios.
pub fn table(studio: &mut Studio, arms: &[Tuned], budget: u64) -> Result {
    let mut rows = Vec::new();
    for arm in arms {
        let mut row = vec![arm.arm.name(), arm.told()];
        for count in Count::ALL {
            let unit = if count == Count::Processor { 1e-6 } else { 1.0 };
            row.push((unit * arm.whole_median(count)).to_string());
            row.push(format!("{:.2}", arm.ratio(&arms[0], count)?));
        }
        row.push(format!("{:.1}", arm.cost(budget)));
        rows.push(row);
    }
    let columns = [
        "arm",
        "settings and runs",
        "median updates",
        "ratio to SGD",
        "median updates from the memorisation",
        "ratio to SGD from the memorisation",
        "median processor time in seconds",
        "ratio to SGD of the processor time",
        "microseconds of the processor an update",
    ];
    studio.save_table("table", &columns, &rows)
}
