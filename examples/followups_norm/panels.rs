//! The picture: norms, delays, clamps.

use crate::clamps::{Clamped, Family, Scope};
use crate::grid::{Grid, Setting};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Estimate, Sample, median};
use sparse_parity::terminal::Result;
use sparse_parity_examples::medians::{self, with_medians};

/// The six panels.
pub fn figure(grid: &Grid, scope: &Scope, families: &[Family]) -> Result<Figure> {
    let (eta, samples) = (scope.eta, scope.samples[0]);
    let size = |setting: &Setting| setting.run.samples as f64;
    let norm: Named = ("median of ‖θ_g‖", Setting::norm);
    let kappa: Named = ("median of κ", Setting::kappa);
    let of_samples = grid.keep(|setting| setting.run.samples == samples);
    let against_eta = lines(&of_samples.solved(), norm, "η", |setting| setting.run.eta)?;
    let of_eta = grid.keep(|setting| setting.run.eta == eta);
    let against_samples = lines(&of_eta.solved(), norm, "m", size)?;
    let kappas = lines(&of_eta.delayed(), kappa, "m", size)?.y_scale(Scale::Log10);
    let at_eta = format!("η = {eta}");
    Ok(Figure::new(2, 3)
        .panel(0, 0, against_eta.title(format!("m = {samples}")))
        .panel(0, 1, against_samples.title(at_eta.clone()))
        .panel(0, 2, kappas.title(at_eta.clone()))
        .panel(1, 0, delays(&grid.delayed()))
        .panel(1, 1, times(families)?.title(at_eta.clone()))
        .panel(1, 2, shares(families)?.title(at_eta))
        .size(1500, 900))
}

/// The different values, in ascending order.
fn different(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// A statistic and its name.
type Named = (&'static str, fn(&Setting, &[usize]) -> f64);

/// A statistic of all settings, a line for each λ.
fn lines(
    grid: &Grid,
    (y_name, y): Named,
    x_name: &str,
    x: impl Fn(&Setting) -> f64,
) -> Result<Panel> {
    let mut panel = Panel::new()
        .x_label(x_name)
        .y_label(y_name)
        .x_scale(Scale::Log10);
    let lambdas = different(grid.settings.iter().map(|setting| setting.run.lambda));
    for (place, &lambda) in lambdas.iter().enumerate() {
        let line = grid.keep(|setting| setting.run.lambda == lambda).settings;
        let at: Vec<f64> = line.iter().map(&x).collect();
        let all = line.iter().map(|setting| setting.estimate(y));
        let all: Vec<Estimate> = all.collect::<Result<_>>()?;
        let low: Vec<f64> = all.iter().map(|of| of.interval.low).collect();
        let high: Vec<f64> = all.iter().map(|of| of.interval.high).collect();
        let value: Vec<f64> = all.iter().map(|of| of.value).collect();
        let style = Style::new(Color::sequence(place, lambdas.len()));
        let name = format!("λ = {lambda}");
        let bars = style.clone().width(1.0);
        panel = panel
            .error_bars(
                &at,
                &low,
                &high,
                bars.data_label(format!("{name}, 95 % interval")),
            )
            .line(&at, &value, style.label(name));
    }
    Ok(panel)
}

/// Median delays against the law with κ = 1, a colour for each m.
fn delays(grid: &Grid) -> Panel {
    let mut panel = Panel::new()
        .x_label("ln(‖θ_m‖/‖θ_g‖)/(ηλ)")
        .y_label("median of t_g − t_m")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    let samples = different(
        grid.settings
            .iter()
            .map(|setting| setting.run.samples as f64),
    );
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for (place, &samples_of) in samples.iter().enumerate() {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for setting in &grid.settings {
            let run = &setting.run;
            if run.samples as f64 != samples_of {
                continue;
            }
            let memorised = setting.ends.iter().filter_map(|ends| ends.memorised);
            let memorised = median(memorised.map(|at| at.norm)).unwrap_or(f64::NAN);
            let law = (memorised / setting.norm(&setting.all())).ln() / (run.eta * run.lambda);
            let delay = medians::median(&setting.delays());
            if law > 0.0 && delay.is_finite() {
                (least, most) = (least.min(law), most.max(law));
                x.push(law);
                y.push(delay);
            }
        }
        let style = Style::new(Color::sequence(place, samples.len()));
        panel = panel.points(&x, &y, style.label(format!("m = {samples_of}")));
    }
    let line = Style::new(Color::Grey).width(1.0).dashed();
    panel.line(&[least, most], &[least, most], line.label("κ = 1"))
}

/// The clamped runs by their norm.
fn by_norm(family: &Family) -> Vec<Sample> {
    let sample = |clamped: &Clamped| Sample {
        n: clamped.norm,
        times: clamped.times(),
    };
    let mut samples: Vec<Sample> = family.clamped.iter().map(sample).collect();
    samples.sort_by(|a, b| a.n.total_cmp(&b.n));
    samples.dedup_by(|a, b| a.n == b.n);
    samples
}

/// Times against the norm, clamped or at the generalisation with weight decay.
fn times(families: &[Family]) -> Result<Panel> {
    let mut panel = Panel::new()
        .x_label("‖θ‖")
        .y_label("median of t_g in updates")
        .y_scale(Scale::Log10);
    for (place, family) in families.iter().enumerate() {
        let color = Color::sequence(place, families.len());
        let name = format!("m = {}", family.samples);
        let style = Style::new(color).label(format!("{name}, clamped"));
        (panel, _) = with_medians(panel, &by_norm(family), style)?;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for setting in &family.free {
            let time = medians::median(&setting.times());
            if time.is_finite() {
                x.push(setting.norm(&setting.all()));
                y.push(time);
            }
        }
        let disc = Style::new(color).data_label(format!("{name}, weight decay"));
        panel = panel.points(&x, &y, disc);
    }
    let disc = Style::new(Color::Grey).label("weight decay, at ‖θ_g‖");
    Ok(panel.points(&[], &[], disc))
}

/// The share of the clamped runs that generalise within the budget, against the norm.
fn shares(families: &[Family]) -> Result<Panel> {
    let mut panel = Panel::new()
        .x_label("clamped ‖θ‖")
        .y_label("share that generalises")
        .y_range(0.0, 1.0);
    for (place, family) in families.iter().enumerate() {
        let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for sample in by_norm(family) {
            let share = sample.times.success_rate(0.95)?;
            x.push(sample.n);
            y.push(share.value);
            low.push(share.interval.low);
            high.push(share.interval.high);
        }
        let style = Style::new(Color::sequence(place, families.len()));
        let name = format!("m = {}", family.samples);
        let bars = style.clone().width(1.0);
        panel = panel
            .error_bars(
                &x,
                &low,
                &high,
                bars.data_label(format!("{name}, 95 % interval")),
            )
            .line(&x, &y, style.label(name));
    }
    Ok(panel)
}
