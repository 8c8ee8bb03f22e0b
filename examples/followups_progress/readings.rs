//! What θ₀ and each measure tell at all landmarks.

use crate::study::Study;
use sparse_parity::stats::Estimate;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::number;
use sparse_parity_examples::landmarks::{MEASURES, Needs};
use std::iter::once;

/// The columns of [`Readings::rows`].
pub const COLUMNS: [&str; 11] = [
    "setting",
    "landmark",
    "at risk",
    "measure",
    "needs",
    "c",
    "c low",
    "c high",
    "P(above a control)",
    "P low",
    "P high",
];

/// A measure, or θ₀, at all landmarks.
pub struct Readings {
    pub name: &'static str,
    needs: Needs,
    /// Its place among the measures; `None` for θ₀.
    pub measure: Option<usize>,
    pub all: Vec<Reading>,
}

/// What is told at a landmark.
pub struct Reading {
    pub landmark: usize,
    /// The index c of the time that remains.
    pub index: Option<Estimate>,
    /// The probability of being above a control.
    pub separation: Option<Estimate>,
}

/// θ₀ and all measures.
pub fn readings(study: &Study) -> Result<Vec<Readings>> {
    let measures = MEASURES.iter().enumerate();
    let measures = measures.map(|(place, of)| (of.name, of.needs, Some(place)));
    let of = |(name, needs, measure)| {
        let all = (0..study.landmarks.len()).map(|landmark| Reading::of(study, landmark, measure));
        Ok(Readings {
            name,
            needs,
            measure,
            all: all.collect::<Result<_>>()?,
        })
    };
    let theta = ("θ₀", Needs::Weights, None);
    once(theta).chain(measures).map(of).collect()
}

impl Reading {
    fn of(study: &Study, landmark: usize, measure: Option<usize>) -> Result<Self> {
        let (values, separation) = match measure {
            None => (study.siblings.clone(), None),
            Some(measure) => {
                let values = study.values(landmark, measure);
                (values, study.separation(landmark, measure)?)
            }
        };
        Ok(Reading {
            landmark,
            index: study.index(landmark, &values),
            separation,
        })
    }
}

impl Readings {
    /// A row of the table for each landmark.
    pub fn rows(&self, study: &Study) -> impl Iterator<Item = Vec<String>> {
        self.all.iter().map(|reading| {
            let at_risk = study.at_risk(reading.landmark);
            let head = [
                study.name.clone(),
                study.landmarks[reading.landmark].to_string(),
                at_risk.to_string(),
                self.name.into(),
                format!("{:?}", self.needs).to_lowercase(),
            ];
            let numbers = [reading.index, reading.separation].into_iter();
            let numbers = numbers.flat_map(|found| {
                let parts = |part: fn(&Estimate) -> f64| number(found.as_ref().map(part));
                [
                    parts(|found| found.value),
                    parts(|found| found.interval.low),
                    parts(|found| found.interval.high),
                ]
            });
            head.into_iter().chain(numbers).collect()
        })
    }
}
