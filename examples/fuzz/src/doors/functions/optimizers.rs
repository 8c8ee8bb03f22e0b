//! Optimizers, filters, schedules and when to stop or record.

use super::{Real, layout};
use crate::Door;
use sparse_parity::Error;
use sparse_parity::measure::{Interval, RunningAccuracy, RunningLoss};
use sparse_parity::optim::{
    Adam, AdamW, ClipNorm, GrokfastEma, GrokfastMa, Momentum, Rule, Schedule, Sgd, SignSgd,
};

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::function("rule", |(rate, decay): (Real, Real)| {
            Sgd::new(&layout(), Rule::rate(rate.0).with_decay(decay.0))
        }),
        Door::function("sign_sgd", |rho: Real| {
            SignSgd::new(&layout(), Rule::rate(0.1))?.with_threshold(rho.0)
        }),
        Door::function("momentum", |mu: Real| {
            Momentum::<f32>::new(&layout(), Rule::rate(0.1))?.with_momentum(mu.0)
        }),
        Door::function("adam", |(a, b, epsilon): (Real, Real, Real)| {
            Adam::<f32>::new(&layout(), Rule::rate(0.1))?
                .with_betas(a.0, b.0)?
                .with_epsilon(epsilon.0)
        }),
        Door::function("adamw", |(a, b, epsilon): (Real, Real, Real)| {
            AdamW::<f32>::new(&layout(), Rule::rate(0.1))?
                .with_betas(a.0, b.0)?
                .with_epsilon(epsilon.0)
        }),
        Door::function("clip_norm", |norm: Real| ClipNorm::new(norm.0)),
        Door::function("ema", |(alpha, lambda): (Real, Real)| {
            GrokfastEma::<f32>::new(&layout())
                .with_alpha(alpha.0)?
                .with_lambda(lambda.0)
        }),
        Door::function("moving_average", |(window, lambda): (usize, Real)| {
            GrokfastMa::<f32>::new(&layout())?
                .with_window(window)?
                .with_lambda(lambda.0)
                .map(|_| ())
        }),
        Door::function(
            "schedules",
            |(first, last, steps, t): (Real, Real, u64, u64)| {
                let schedules = [
                    Schedule::inverse_time(first.0, last.0)?,
                    Schedule::cosine(first.0, last.0, steps)?,
                    Schedule::linear(first.0, last.0, steps)?,
                    Schedule::exponential(first.0, last.0, steps)?,
                    Schedule::warm_up(steps, first.0)?,
                ];
                Ok::<_, Error>(schedules.map(|schedule| schedule.at(t)))
            },
        ),
        Door::function("schedule_table", |(entries, t): (Vec<(u64, Real)>, u64)| {
            Schedule::table(entries.into_iter().map(|(from, value)| (from, value.0)))
                .map(|schedule| schedule.at(t))
        }),
        Door::function("interval", |(steps, points): (u64, usize)| {
            Interval::per_decade(points)?;
            Interval::every(steps)
        }),
        Door::function("running", |(value, window): (Real, usize)| {
            RunningAccuracy::new(value.0, window)?;
            RunningLoss::new(value.0, window)
        }),
    ]
}
