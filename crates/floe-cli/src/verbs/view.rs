//! `floe view`: one self-contained page to look at a model's graph, or at the tensors of what has none.
//!
//! Invariant: the page asks no network, and no text of the file can act in it: all of it is data in one
//! JSON element, put on the page as text.

use super::convert::report::Story;
use crate::failure::{At, Outcome};
use crate::human;
use crate::look::{attribute, quant_text, shape_dims, shape_text};
use crate::numbers::{Summary, for_each, show};
use crate::out::NewFile;
use floe::graph::{
    GraphId, Input, Model, NodeId, Result, Side, TensorId, TensorSource, TensorView, ValueId, walk,
};
use floe::{Kind, View};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Write one self-contained page to look at a model's graph or a checkpoint's tensors
#[derive(clap::Args)]
#[command(after_help = "\
In the page: drag to move, wheel to zoom, click a folded scope to open it and a node for its attributes
and weights, `/` to search. Of a checkpoint, which has no graph, it shows the tensors.")]
pub(crate) struct Args {
    /// A model or a checkpoint of any format
    path: PathBuf,
    /// The page
    #[arg(short, long, value_name = "PAGE.html")]
    output: PathBuf,
}

/// Histograms of larger tensors would take longer than the page is worth.
const LARGEST: u64 = 1 << 26;

/// What the page shows.
#[derive(Default, Serialize)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) kind: &'static str,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) ops: Vec<(String, u32)>,
    pub(crate) graphs: Vec<Graph>,
    /// All tensors, sorted by name, where there is no graph.
    pub(crate) tensors: Vec<Constant>,
    /// What a conversion's page tells beside its graphs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<Story>,
}

#[derive(Serialize)]
pub(crate) struct Graph {
    pub(crate) name: String,
    nodes: Vec<Node>,
}

impl Graph {
    /// The number of nodes and ports.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
}

/// A node, or a port of the graph.
#[derive(Default, Serialize)]
struct Node {
    name: String,
    op: String,
    /// The nodes that its inputs come from, by number.
    from: Vec<usize>,
    port: bool,
    outputs: Vec<(String, String)>,
    attrs: Vec<(String, String)>,
    constants: Vec<Constant>,
}

/// A tensor that the file holds.
#[derive(Serialize)]
pub(crate) struct Constant {
    name: String,
    /// Its shape, as the card of the node that takes it says it.
    short: String,
    bytes: u64,
    facts: Vec<(&'static str, String)>,
    #[serde(flatten)]
    histogram: Option<Histogram>,
}

/// How many elements lie in each of 32 equal steps of a range.
#[derive(Serialize)]
struct Histogram {
    range: [f64; 2],
    histogram: [u64; 32],
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let artefact = floe::open(&self.path).at(&self.path)?;
        let view = artefact.view().at(&self.path)?;
        let page = self.page(artefact.kind(), &view).at(&self.path)?;
        page.write(&self.output)
    }

    fn page(&self, kind: Kind, view: &View<'_>) -> Result<Page> {
        let mut facts = vec![("kind", kind.describe().to_owned())];
        let file = fs::metadata(&self.path).ok().filter(fs::Metadata::is_file);
        facts.extend(file.map(|m| ("file", human::bytes(m.len()))));
        let tensors = view.tensors();
        let mut weights = Vec::new();
        for id in (0..tensors.tensor_count()).map(TensorId) {
            let info = tensors.tensor_info(id)?;
            if view.holds(id, &info) {
                weights.push((tensors.tensor_name(id)?, id, info.shape.elements()?.unwrap_or(0)));
            }
        }
        facts.push(("tensors", human::count(weights.len() as u64)));
        facts.push(("elements", human::count(weights.iter().map(|w| w.2).sum())));
        let mut page = Page {
            title: self.path.display().to_string(),
            kind: kind.describe(),
            facts,
            ..Page::default()
        };
        if let Some(model) = view.model() {
            page.ops = ops(model)?;
            page.graphs = graphs(model)?;
        } else {
            weights.sort_unstable();
            page.tensors = weights.iter().map(|w| constant(tensors, w.1)).collect::<Result<_>>()?;
        }
        Ok(page)
    }
}

impl Page {
    /// Writes the page as one file.
    pub(crate) fn write(&self, output: &Path) -> Outcome {
        let data = serde_json::to_string(self).at(output)?;
        // In JSON, `<` occurs only inside strings; escaped, no text can end the element.
        let html = include_str!("view/page.html")
            .replace("@STYLE@", include_str!("view/page.css"))
            .replace("@SCRIPT@", include_str!("view/page.js"))
            .replace("@DATA@", &data.replace('<', "\\u003c"));
        NewFile::write(output, html.as_bytes())
    }
}

/// Every graph of `model`.
pub(crate) fn graphs(model: &dyn Model<'_>) -> Result<Vec<Graph>> {
    walk::graphs(model).map(|g| graph(model, g)).collect()
}

/// How often each op occurs, the commonest first.
pub(crate) fn ops(model: &dyn Model<'_>) -> Result<Vec<(String, u32)>> {
    let mut ops: Vec<_> = walk::op_histogram(model)?.into_iter().collect();
    ops.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    Ok(ops.into_iter().map(|(name, n)| (name.to_owned(), n)).collect())
}

fn graph(model: &dyn Model<'_>, id: GraphId) -> Result<Graph> {
    let name = match model.graph(id)?.name {
        "" if id.0 == 0 => "main".to_owned(),
        "" => format!("graph {}", id.0),
        name => name.to_owned(),
    };
    let mut nodes = Vec::new();
    // Which node of the page makes a value.
    let mut makers: BTreeMap<ValueId, usize> = BTreeMap::new();
    for port in walk::ports(model, id, Side::Input)? {
        let port = port?;
        makers.insert(port.value, nodes.len());
        let outputs = vec![(String::new(), type_text(model, port.value)?)];
        nodes.push(Node {
            name: clean(port.name),
            op: "input".into(),
            port: true,
            outputs,
            ..Node::default()
        });
    }
    let mut places = BTreeMap::new();
    for node in walk::nodes(model, id)? {
        // Placeholders are on the page as inputs, constants with the nodes that take them.
        let is_port = walk::outputs(model, node)?.flatten().any(|v| makers.contains_key(&v));
        if is_port || is_constant(model, node)? {
            continue;
        }
        for value in walk::outputs(model, node)? {
            makers.insert(value?, nodes.len());
        }
        places.insert(node, nodes.len());
        nodes.push(describe(model, node)?);
    }
    let all: Vec<_> = places.iter().map(|(node, place)| (*node, *place)).collect();
    for (node, place) in all {
        let mut from = Vec::new();
        for input in walk::inputs(model, node)? {
            from.extend(match input? {
                Input::Value(value) => makers.get(&value).copied(),
                Input::Control(before) => places.get(&before).copied(),
                Input::None => None,
            });
        }
        from.sort_unstable();
        from.dedup();
        nodes[place].from = from;
    }
    for port in walk::ports(model, id, Side::Output)? {
        let Ok(port) = port else { continue };
        let from = makers.get(&port.value).copied().into_iter().collect();
        let outputs = vec![(String::new(), type_text(model, port.value)?)];
        nodes.push(Node {
            name: clean(port.name),
            op: "output".into(),
            port: true,
            from,
            outputs,
            ..Node::default()
        });
    }
    Ok(Graph { name, nodes })
}

/// The first of several names that a fused operator carries.
fn clean(name: &str) -> String {
    name.split(';').next().unwrap_or(name).to_owned()
}

fn is_constant(model: &dyn Model<'_>, node: NodeId) -> Result<bool> {
    let info = model.node(node)?;
    Ok(info.inputs == 0
        && info.outputs == 1
        && model.value(model.output(node, 0)?)?.constant.is_some())
}

fn type_text(model: &dyn Model<'_>, value: ValueId) -> Result<String> {
    let info = model.value(value)?;
    let shape = shape_dims(&info.shape).map_or("?".to_owned(), |s| shape_text(&s));
    let quant =
        info.quant.as_ref().map_or_else(String::new, |q| format!(", scale {}", quant_text(q)));
    Ok(format!("{} {shape}{quant}", info.dtype.map_or("?", |d| d.name())))
}

fn describe(model: &dyn Model<'_>, node: NodeId) -> Result<Node> {
    let info = model.node(node)?;
    let mut outputs = Vec::new();
    for (i, value) in walk::outputs(model, node)?.enumerate() {
        outputs.push((i.to_string(), type_text(model, value?)?));
    }
    let name = match model.node_name(node)? {
        "" if info.outputs > 0 => clean(model.value_name(model.output(node, 0)?)?),
        "" => format!("operator {}", node.index),
        name => name.to_owned(),
    };
    let mut attrs = Vec::new();
    for i in 0..info.attrs {
        let attr = model.attr(node, i)?;
        attrs.push((attr.name.to_owned(), attribute(&attr.value)));
    }
    let mut constants = Vec::new();
    for input in walk::inputs(model, node)? {
        if let Input::Value(value) = input?
            && let Some(id) = model.value(value)?.constant
        {
            constants.push(constant(model, id)?);
        }
    }
    Ok(Node { name, op: info.op.name().to_owned(), outputs, attrs, constants, ..Node::default() })
}

fn constant<'d>(source: &(impl TensorSource<'d> + ?Sized), id: TensorId) -> Result<Constant> {
    let view = source.tensor(id)?;
    let dims = shape_dims(&view.shape);
    let mut facts = vec![(
        "type",
        format!("{} {}", view.dtype, dims.as_deref().map_or("?".to_owned(), shape_text)),
    )];
    let bits = view.dtype.bits().unwrap_or(0) as u64;
    let bytes = view.shape.elements()?.unwrap_or(0).saturating_mul(bits).div_ceil(8);
    facts.push(("bytes", human::count(bytes)));
    facts.extend(view.quant.as_ref().map(|q| ("scale", quant_text(q))));
    let histogram = statistics(&view, &mut facts)?;
    let short: Vec<_> = dims.unwrap_or_default().iter().map(ToString::to_string).collect();
    Ok(Constant {
        name: source.tensor_name(id)?.to_owned(),
        short: short.join("×"),
        bytes,
        facts,
        histogram,
    })
}

fn statistics(
    view: &TensorView<'_>,
    facts: &mut Vec<(&'static str, String)>,
) -> Result<Option<Histogram>> {
    let Ok(Some(elements)) = view.shape.elements() else { return Ok(None) };
    if elements > LARGEST || view.dtype.bytes().is_none() || view.payload.is_absent() {
        return Ok(None);
    }
    let (mut summary, mut first) = (Summary::new(), Vec::new());
    for_each(view, |x| {
        if first.len() < 8 {
            first.push(show(x));
        }
        summary.add(x);
    })?;
    if summary.count <= 8 {
        facts.push(("values", first.join(" ")));
        return Ok(None);
    }
    facts.push(("range", format!("{} to {}", show(summary.min), show(summary.max))));
    facts.push(("mean", format!("{} ± {}", show(summary.mean()), show(summary.std()))));
    facts.push(("zeros", human::count(summary.zeros)));
    if summary.not_finite > 0 {
        facts.push(("not finite", human::count(summary.not_finite)));
    }
    if summary.finite() == 0 {
        return Ok(None);
    }
    Ok(Some(Histogram { range: [summary.min, summary.max], histogram: summary.histogram(view)? }))
}
