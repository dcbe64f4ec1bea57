//! `floe graph rename`: other names for nodes.

use crate::failure::{At, Outcome};
use crate::{graphs, human, out};
use floe::savedmodel::edit::rename;
use std::io::Write;
use std::path::PathBuf;

/// Rename nodes, and all that refers to them
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A GraphDef, binary or text
    input: PathBuf,
    /// A node, or a scope with all that is in it, and its new name; the first that fits a node counts
    #[arg(value_name = "OLD=NEW", value_parser = super::pair)]
    names: Vec<(String, String)>,
    /// Put this and a slash before every name
    #[arg(long, value_name = "SCOPE", required_unless_present = "names")]
    prefix: Option<String>,
    /// The graph with the new names: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let mut graph = graphs::read(&self.input)?;
        let changed = graph.node.iter().filter(|n| self.new_name(&n.name) != n.name).count();
        rename(&mut graph, &|name| self.new_name(name)).at(&self.input)?;
        graphs::write(&self.output, &graph)?;
        let mut out = out::stdout();
        let (changed, all) = (changed as u64, graph.node.len() as u64);
        writeln!(
            out,
            "{}: {} of {} renamed",
            self.output.display(),
            human::plural(changed, "node"),
            human::count(all)
        )?;
        Ok(out.flush()?)
    }

    fn new_name(&self, name: &str) -> String {
        let fits = |(old, new): &(String, String)| {
            let rest = name.strip_prefix(old.as_str())?;
            // A scope's new name may be empty: its nodes move up.
            let rest = if new.is_empty() { rest.trim_start_matches('/') } else { rest };
            (name == old || name[old.len()..].starts_with('/')).then(|| format!("{new}{rest}"))
        };
        let renamed = self.names.iter().find_map(fits).unwrap_or_else(|| name.to_owned());
        match &self.prefix {
            Some(prefix) => format!("{}/{renamed}", prefix.trim_end_matches('/')),
            None => renamed,
        }
    }
}
