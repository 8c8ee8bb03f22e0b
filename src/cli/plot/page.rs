//! One page of a sweep, for people.

use super::{Frame, Kind, View};
use crate::cli::{End, Result, Study};
use crate::experiment::Experiment;
use crate::sweep::{Survey, Sweep, SweepFile, replace};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

/// The most cells, runs without an outcome and files of which the page tells one by one.
const MOST_CELLS: usize = 500;
const MOST_FAILURES: usize = 100;
const MOST_FILES: usize = 100;
/// The most values of a setting that a picture tells apart.
const MOST_COLORS: usize = 8;
/// The most recorded runs that are drawn.
const MOST_CURVES: u64 = 200;

const STYLE: &str = "
body { font: 15px/1.5 'DejaVu Sans', Verdana, sans-serif; color: #222; max-width: 1080px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; font-size: 13px; } th, td { padding: 3px 10px; text-align: right; border-bottom: 1px solid #e4e4e4; }
th { background: #f3f3f3; } td.text, th.text { text-align: left; font-family: 'DejaVu Sans Mono', monospace; }
pre { background: #f6f6f6; padding: 1em; overflow-x: auto; } figure { margin: 1.5em 0; } svg { max-width: 100%; height: auto; }
figcaption { font-size: 13px; color: #555; } div.wide { overflow-x: auto; }
";

/// Writes the page.
pub(in crate::cli) fn report<E: Experiment>(study: &Study, out: &Path, to: &Path) -> Result<End> {
    if to.extension().is_none_or(|end| end != "html") {
        let to = to.display();
        return Err(format!("{to}: a page ends in .html; name it so").into());
    }
    let (file, sweep) = study.read::<E>()?;
    let survey = sweep.survey(out, |_, _| ())?;
    let (names, lines) = sweep.table(out)?;
    let page = Page {
        file: &file,
        sweep: &sweep,
        survey: &survey,
        frame: Frame { names, lines },
        out,
    };
    let text = page.html()?;
    replace(to, |file| -> Result {
        Ok(file.write_all(text.as_bytes())?)
    })?;
    writeln!(io::stdout(), "{}", to.display())?;
    Ok(match survey.missing() {
        0 => End::Complete,
        _ => End::Incomplete,
    })
}

struct Page<'a, E: Experiment> {
    file: &'a SweepFile<E>,
    sweep: &'a Sweep<E>,
    survey: &'a Survey,
    /// The rows.
    frame: Frame,
    out: &'a Path,
}

impl<E: Experiment> Page<'_, E> {
    fn html(&self) -> Result<String> {
        let title = format!("Sweep of {} runs of {}", self.sweep.len(), E::NAME);
        let mut html = String::new();
        write!(
            html,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
            escaped(&title)
        )?;
        self.summary(&mut html)?;
        self.settings(&mut html)?;
        self.results(&mut html)?;
        self.pictures(&mut html)?;
        self.failures(&mut html)?;
        self.origin(&mut html)?;
        html += "</body>\n</html>\n";
        Ok(html)
    }

    /// The texts of a column, if there is one of that very name.
    fn column(&self, name: &str) -> Option<usize> {
        self.frame.names.iter().position(|other| other == name)
    }

    fn summary(&self, html: &mut String) -> Result {
        let tally = self.survey.tally();
        let missing = self.survey.missing();
        let seconds = self.numbers("row.seconds").sum::<f64>();
        let failed = tally.refused + tally.panicked;
        let counted = [
            ("runs", self.sweep.len().to_string()),
            ("done", tally.done.to_string()),
            ("missing", missing.to_string()),
            ("without an outcome", failed.to_string()),
            ("processor time of the runs", format!("{seconds:.1} s")),
        ];
        html.push_str("<table>\n");
        for (name, value) in counted {
            writeln!(
                html,
                "<tr><th class=\"text\">{name}</th><td>{value}</td></tr>"
            )?;
        }
        html.push_str("</table>\n");
        Ok(())
    }

    /// The numbers in a column.
    fn numbers(&self, name: &str) -> impl Iterator<Item = f64> {
        let column = self.column(name);
        let lines = self.frame.lines.iter();
        lines.filter_map(move |line| line[column?].parse().ok())
    }

    fn settings(&self, html: &mut String) -> Result {
        html.push_str(
            "<h2>Settings</h2>\n<p>The sweep file; what it does not say has its usual value.</p>\n",
        );
        writeln!(html, "<pre>{}</pre>", escaped(&self.file.to_string()))?;
        Ok(())
    }

    fn results(&self, html: &mut String) -> Result {
        html.push_str("<h2>Results</h2>\n");
        let all = self.sweep.cells().len();
        let cells: Vec<usize> = (0..all.min(MOST_CELLS)).collect();
        let has_times = self.column("t").is_some();
        let mut head = vec!["cell", "settings", "runs", "done"];
        if has_times {
            head.extend([
                "solved",
                "share",
                "95 % interval",
                "median t",
                "95 % interval",
            ]);
        }
        html.push_str("<div class=\"wide\"><table>\n<tr>");
        for name in head {
            let class = if name == "settings" {
                " class=\"text\""
            } else {
                ""
            };
            write!(html, "<th{class}>{name}</th>")?;
        }
        html.push_str("</tr>\n");
        let outcomes = self.sweep.summaries(self.out, |_| ())?;
        for (&cell, name) in cells.iter().zip(self.sweep.names_of(&cells)) {
            let runs = self.sweep.cells()[cell].seeding.len();
            let done = self.sweep.done_of(self.survey, cell);
            write!(
                html,
                "<tr><td>{cell}</td><td class=\"text\">{}</td><td>{runs}</td><td>{done}</td>",
                escaped(&name)
            )?;
            let times = outcomes.times(cell);
            if has_times && times.runs() > 0 {
                let (share, median) = (times.success_rate(0.95)?, times.median(0.95)?);
                let reached = median.value.map_or("not reached".into(), |t| t.to_string());
                write!(
                    html,
                    "<td>{}</td><td>{:.2}</td><td>{:.2} to {:.2}</td><td>{reached}</td><td>{} to {}</td>",
                    times.solved(),
                    share.value,
                    share.interval.low,
                    share.interval.high,
                    bound(median.interval.low),
                    bound(median.interval.high),
                )?;
            }
            if has_times && times.runs() == 0 {
                html.push_str("<td colspan=\"5\" class=\"text\">no run has an outcome</td>");
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</table></div>\n");
        if all > MOST_CELLS {
            writeln!(
                html,
                "<p>and {} other cells; the gathered table has all.</p>",
                all - MOST_CELLS
            )?;
        }
        if has_times {
            html.push_str("<p>t is the number of updates until a run is solved. Runs that were not solved are later than all others.</p>\n");
        }
        Ok(())
    }

    fn pictures(&self, html: &mut String) -> Result {
        html.push_str("<h2>Pictures</h2>\n");
        let mut count = 0;
        for (view, caption) in self.views()? {
            self.picture(html, &view.draw(&self.frame)?.to_svg()?, &caption)?;
            count += 1;
        }
        if let Some(recording) = self.file.recording()? {
            let curves = self.sweep.count_curves(self.out, &recording)?;
            if (1..=MOST_CURVES).contains(&curves) {
                let (names, lines) = self.sweep.table_of_curves(self.out, &recording)?;
                let frame = Frame { names, lines };
                let cells = frame.values(frame.find("cell")?).len();
                let view = View {
                    color: (2..=MOST_COLORS).contains(&cells).then(|| "cell".into()),
                    ..View::of(Kind::Curve)
                };
                let svg = view.draw(&frame)?.to_svg()?;
                self.picture(html, &svg, "What was recorded, a line for each run.")?;
                count += 1;
            } else if curves > MOST_CURVES {
                writeln!(
                    html,
                    "<p>{curves} runs were recorded, which are too many for a picture: gather their curves.</p>"
                )?;
            }
        }
        if count == 0 {
            html.push_str(
                "<p>There is nothing to draw: no run has a time, or no setting varies.</p>\n",
            );
        }
        Ok(())
    }

    fn picture(&self, html: &mut String, svg: &str, caption: &str) -> Result {
        let svg = svg.find("<svg").map_or(svg, |begin| &svg[begin..]);
        let caption = escaped(caption);
        writeln!(
            html,
            "<figure>\n{svg}\n<figcaption>{caption}</figcaption>\n</figure>"
        )?;
        Ok(())
    }

    /// Pictures of the convergence times by the settings that vary.
    fn views(&self) -> Result<Vec<(View, String)>> {
        if self.column("t").is_none() || self.frame.lines.is_empty() {
            return Ok(Vec::new());
        }
        let mut varying = Vec::new();
        let first = self.column("label").map_or(0, |label| label + 1);
        let last = self.column("seeds.support").unwrap_or(first);
        for column in first..last {
            let values = self.frame.values(column);
            if values.len() > 1 {
                varying.push((self.frame.names[column].clone(), values));
            }
        }
        let is_number = |values: &[String]| values.iter().all(|value| value.parse::<f64>().is_ok());
        let x = varying.iter().filter(|(_, values)| is_number(values));
        let x = x.max_by_key(|(_, values)| values.len());
        let others = varying
            .iter()
            .filter(|(name, _)| Some(name) != x.map(|(name, _)| name));
        let few = others
            .clone()
            .filter(|(_, values)| values.len() <= MOST_COLORS);
        let few: Vec<&String> = few.map(|(name, _)| name).collect();
        let others: Vec<&String> = others.map(|(name, _)| name).collect();
        let mut views = Vec::new();
        if let Some((x, _)) = x {
            let view = View {
                x: Some(x.clone()),
                color: few.first().map(|name| name.to_string()),
                facet: few.get(1).map(|name| name.to_string()),
                ..View::of(Kind::Median)
            };
            let caption = match others.len() > 2 {
                true => {
                    "Median updates until solved with 95 % intervals. More settings vary than the picture shows; they are together in a point."
                }
                false => {
                    "Median updates until solved with 95 % intervals; an arrow goes beyond the budget."
                }
            };
            views.push((view, caption.to_owned()));
            if let Some(y) = few.first() {
                let view = View {
                    x: Some(x.clone()),
                    y: Some(y.to_string()),
                    facet: few.get(1).map(|name| name.to_string()),
                    ..View::of(Kind::Heat)
                };
                views.push((view, "Share of runs that were solved.".into()));
            }
        }
        let color = few.first().map(|name| name.to_string());
        let color = color.or_else(|| {
            let (name, values) = x?;
            (values.len() <= MOST_COLORS).then(|| name.clone())
        });
        let view = View {
            color,
            ..View::of(Kind::Survival)
        };
        let caption = "Kaplan-Meier curves with 95 % bands: the share of runs that are not solved after so many updates.";
        views.push((view, caption.into()));
        Ok(views)
    }

    fn failures(&self, html: &mut String) -> Result {
        html.push_str("<h2>Runs without an outcome</h2>\n");
        let mut reasons: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
        let error = self.column("error").unwrap_or(0);
        let [cell, run] = ["cell", "run"].map(|name| self.column(name).unwrap_or(0));
        for line in self
            .frame
            .lines
            .iter()
            .filter(|line| !line[error].is_empty())
        {
            let (count, places) = reasons.entry(&line[error]).or_default();
            *count += 1;
            if places.len() < 5 {
                places.push(format!("{}/{}", line[cell], line[run]));
            }
        }
        if reasons.is_empty() {
            html.push_str("<p>None.</p>\n");
        } else {
            html.push_str("<table>\n<tr><th>runs</th><th class=\"text\">reason</th><th class=\"text\">cell/run</th></tr>\n");
            for (reason, (count, places)) in reasons.iter().take(MOST_FAILURES) {
                let more = if *count > places.len() { ", …" } else { "" };
                writeln!(
                    html,
                    "<tr><td>{count}</td><td class=\"text\">{}</td><td class=\"text\">{}{more}</td></tr>",
                    escaped(reason),
                    places.join(", ")
                )?;
            }
            html.push_str("</table>\n");
            if reasons.len() > MOST_FAILURES {
                writeln!(
                    html,
                    "<p>and {} other reasons</p>",
                    reasons.len() - MOST_FAILURES
                )?;
            }
        }
        for fault in self.survey.faults() {
            writeln!(html, "<p>faulty: {}</p>", escaped(&fault.to_string()))?;
        }
        Ok(())
    }

    fn origin(&self, html: &mut String) -> Result {
        html.push_str("<h2>Origin</h2>\n<div class=\"wide\"><table>\n<tr><th class=\"text\">file</th><th>rows</th><th>seconds</th><th class=\"text\">version</th><th>revision</th><th class=\"text\">git</th><th class=\"text\">host</th><th class=\"text\">begin</th></tr>\n");
        let names = [
            "file", "seconds", "version", "revision", "git", "host", "begin",
        ];
        let places = names.map(|name| self.column(&format!("row.{name}")).unwrap_or(0));
        let [file, seconds, others @ ..] = places;
        let mut files: BTreeMap<&str, (usize, f64, Vec<&String>)> = BTreeMap::new();
        for line in &self.frame.lines {
            let of_file = files.entry(&line[file]).or_insert_with(|| {
                let others = others.iter().map(|place| &line[*place]);
                (0, 0.0, others.collect())
            });
            of_file.0 += 1;
            of_file.1 += line[seconds].parse().unwrap_or(0.0);
        }
        let count = files.len();
        for (file, (rows, seconds, others)) in files.into_iter().take(MOST_FILES) {
            let text = |text: &str| format!("<td class=\"text\">{}</td>", escaped(text));
            let others: String = others.into_iter().map(|other| text(other)).collect();
            writeln!(
                html,
                "<tr>{}<td>{rows}</td><td>{seconds:.1}</td>{others}</tr>",
                text(file)
            )?;
        }
        html.push_str("</table></div>\n");
        if count > MOST_FILES {
            writeln!(html, "<p>and {} other files</p>", count - MOST_FILES)?;
        }
        writeln!(
            html,
            "<p>Written by sparse-parity {}. The rows are reproducible: the same settings and seeds give the same outcomes.</p>",
            env!("CARGO_PKG_VERSION")
        )?;
        Ok(())
    }
}

/// The end of an interval.
fn bound(value: f64) -> String {
    match value.is_finite() {
        true => value.to_string(),
        false => "∞".into(),
    }
}

/// A text in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
