//! A table in memory, from a file or from the rows of a sweep.

use crate::cli::Result;
use crate::error::near;
use crate::stats::Time;
use crate::tables::{Take, read};
use std::error::Error;
use std::path::Path;

/// The names of the columns and the texts of the lines; a value that is missing is empty.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) names: Vec<String>,
    pub(super) lines: Vec<Vec<String>>,
}

/// The texts of a line.
type Line = [String];

impl Frame {
    /// Reads a table by the end of its name.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut taken = Taken::default();
        read(path, &mut taken)?;
        Ok(taken.frame)
    }

    /// The place of a column: its name, the last part of it such as `width` for `learner.width`, or the name in front of
    /// the last part such as `rate` for `rate.constant`.
    pub(super) fn find(&self, name: &str) -> Result<usize> {
        let name = name.replace('-', "_");
        let place = |is: &dyn Fn(&str) -> bool| {
            let mut found =
                (0..self.names.len()).filter(|i| is(&self.names[*i]) && self.is_filled(*i));
            found.next().filter(|_| found.next().is_none())
        };
        let constant = format!("{name}.constant");
        let found = place(&|other| other == name)
            .or_else(|| place(&|other| other == constant))
            .or_else(|| place(&|other| other.rsplit('.').next() == Some(&name)));
        let found = found.or_else(|| self.names.iter().position(|other| *other == name));
        found.ok_or_else(|| {
            let nearest = near(&name, self.names.iter().map(String::as_str));
            let nearest =
                nearest.map_or(String::new(), |name| format!("the nearest is {name}, and "));
            let all = self.names.join(", ");
            format!("the table has no column {name:?}; {nearest}all are {all}").into()
        })
    }

    fn is_filled(&self, column: usize) -> bool {
        self.lines.iter().any(|line| !line[column].is_empty())
    }

    /// Whether there is a column of that very name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|other| other == name)
    }

    /// The number in a column; `None` if there is none.
    pub(super) fn number(&self, line: &Line, column: usize) -> Result<Option<f64>> {
        match line[column].as_str() {
            "" => Ok(None),
            "true" => Ok(Some(1.0)),
            "false" => Ok(Some(0.0)),
            text => text.parse().map(Some).map_err(|_| {
                let name = &self.names[column];
                format!("{name} is {text:?}, which is no number; plot another column, or use it for --color or --facet").into()
            }),
        }
    }

    /// The convergence time of a run by its columns `status`, `t` and `steps`; `None` if it has no outcome.
    pub(super) fn time(&self, line: &Line) -> Result<Option<Time>> {
        let [status, t, steps] = ["status", "t", "steps"].map(|name| self.find(name));
        let (status, t, steps) = (status?, t?, steps?);
        let whole = |column: usize| {
            let text = &line[column];
            text.parse::<u64>().map_err(|_| {
                let name = &self.names[column];
                Box::<dyn Error>::from(format!("{name} is {text:?}, which is no number of updates"))
            })
        };
        Ok(match line[status].as_str() {
            "solved" => Some(Time::Solved(whole(t)?)),
            "unsolved" => Some(Time::Censored(whole(steps)?)),
            "diverged" => Some(Time::Never),
            _ => None,
        })
    }

    /// The lines that have these values.
    pub(super) fn filtered(mut self, wanted: &[(String, String)]) -> Result<Self> {
        for (name, value) in wanted {
            let column = self.find(name)?;
            let is_same = |text: &str| match (text.parse::<f64>(), value.parse::<f64>()) {
                (Ok(a), Ok(b)) => a == b,
                _ => text == value,
            };
            let before = self.lines.len();
            self.lines.retain(|line| is_same(&line[column]));
            if self.lines.is_empty() && before > 0 {
                return Err(format!(
                    "no line has {name} = {value}; leave it out, or give a value of the table"
                )
                .into());
            }
        }
        Ok(self)
    }

    /// The values of a column, each once, numbers by their size.
    pub(super) fn values(&self, column: usize) -> Vec<String> {
        let mut values: Vec<String> = self.lines.iter().map(|line| line[column].clone()).collect();
        let number = |text: &String| text.parse::<f64>().unwrap_or(f64::INFINITY);
        values.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| a.cmp(b)));
        values.dedup();
        values
    }
}

/// A table as it is read.
#[derive(Debug, Default)]
struct Taken {
    frame: Frame,
    line: Vec<String>,
}

impl Take for Taken {
    type Error = crate::Error;

    fn head(&mut self, names: Vec<String>) -> crate::Result<()> {
        self.frame.names = names;
        Ok(())
    }

    fn value(&mut self, _: usize, text: &str) -> crate::Result<()> {
        self.line.push(text.into());
        Ok(())
    }

    fn end(&mut self) -> crate::Result<()> {
        self.frame.lines.push(std::mem::take(&mut self.line));
        Ok(())
    }
}
