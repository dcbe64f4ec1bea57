//! The first level: the structural walk with paths, all faults instead of the first.

use super::fault::{Fault, Path, Rule};
use crate::schema::{TableId, fields::model};
use crate::structure::{Sink, walk};
use crate::table::Table;
use floe_graph::{Error, ErrorKind, Result};

/// Reports what is wrong with the structure of `data`; whether the rest may be looked at.
pub(super) fn check(data: &[u8], report: &mut dyn FnMut(Fault)) -> bool {
    let mut all = All { path: Path::default(), report, sound: true };
    if let Err(end) = walk(data, &mut all) {
        // The budget is used up: not collected, because the walk cannot go on.
        all.sound = false;
        let path = all.path;
        (all.report)(Fault::new(Rule::Structure(end.kind), path, end.at, [0; 2]));
    }
    let sound = all.sound;
    sound && version(data, report)
}

fn version(data: &[u8], report: &mut dyn FnMut(Fault)) -> bool {
    let Some(root) = Table::root(data) else { return false };
    if crate::structure::known_version(root.get(model::VERSION)) {
        return true;
    }
    let slot = model::VERSION.slot();
    let path = Path::default().then(TableId::MODEL, slot, None);
    let at = root.find(slot).unwrap_or(root.offset());
    report(Fault::new(Rule::Structure(ErrorKind::BadVersion), path, at, [0; 2]));
    false
}

struct All<'r> {
    path: Path,
    report: &'r mut dyn FnMut(Fault),
    sound: bool,
}

impl Sink for All<'_> {
    const STRICT: bool = true;

    fn fault(&mut self, error: Error) -> Result<()> {
        self.sound = false;
        (self.report)(Fault::new(Rule::Structure(error.kind), self.path, error.at, [0; 2]));
        Ok(())
    }

    fn enter(&mut self, table: TableId, slot: u8, index: Option<u32>) {
        self.path.push(table, slot, index);
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}
