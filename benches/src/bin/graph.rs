//! One job on graphs, timed from inside: what `against_tensorflow.py` sets beside TensorFlow's own calls.
//!
//! ```text
//! graph walk FROZEN.pb | freeze SAVED_MODEL OUT.pb
//! ```
//!
//! Prints one line of JSON, see [`floe_benches::job`].

use floe::checkpoint::Checkpoint;
use floe::graph::{GraphId, Model, TensorId, TensorSource, walk};
use floe::savedmodel::{Form, FreezeOptions, SavedModel, write};
use floe_benches::job::{Begun, Done, report, warm};
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match &args[..] {
        ["walk", path] => report(warm(|| walk(path))),
        ["freeze", folder, out] => report(warm(|| freeze(folder, out))),
        _ => {
            eprintln!("usage: graph walk FROZEN.pb | freeze SAVED_MODEL OUT.pb");
            ExitCode::from(2)
        }
    }
}

/// Opens the graph and looks at every node, its op, what it reads, and every constant's dtype and shape.
fn walk(path: &str) -> Result<Done> {
    let begun = Begun::now();
    let model = SavedModel::open(path)?;
    let graph = model.graph(&[])?;
    let mut count = 0;
    for id in walk::nodes(&graph, GraphId(0))? {
        black_box((graph.node_name(id)?, graph.node(id)?.op));
        for input in walk::inputs(&graph, id)? {
            black_box(input?);
        }
        count += 1;
    }
    for id in (0..graph.tensor_count()).map(TensorId) {
        black_box(graph.tensor_info(id)?.shape.rank());
    }
    Ok(Done::now(begun, count))
}

/// Loads the model with its variables, freezes it and writes the graph.
fn freeze(folder: &str, out: &str) -> Result<Done> {
    let begun = Begun::now();
    let model = SavedModel::open(folder)?;
    let variables =
        Checkpoint::open(model.variables_prefix().ok_or("the model has no variables")?)?;
    let frozen = model.freeze(Some(&&variables), &FreezeOptions::default())?;
    let mut file = BufWriter::new(File::create(out)?);
    write(&frozen.graph, Form::Binary, &mut file)?;
    file.flush()?;
    Ok(Done::now(begun, frozen.graph.node.len() as u64))
}
