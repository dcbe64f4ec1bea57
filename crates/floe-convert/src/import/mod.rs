//! Reading a GraphDef: nodes with resolved edges, in an order in which they can run.
//!
//! Facts: tensorflow-formats §9. In the main graph an edge is `node`, `node:k` or `^node`; in a
//! function it is `arg`, `node:output:k` or `^node`, where `output` is an output of the op's definition.
//!
//! Invariant: an edge of a [`TfGraph`] names a node or an argument that exists; the order holds only
//! what the results need, and no node before what it reads.

mod attr;
pub mod constant;

use crate::error::Error;
use floe_proto::tensorflow::{FunctionDef, GraphDef, NodeDef};
use std::collections::BTreeMap;

/// Where an edge starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Output of a node.
    Node(usize, usize),
    /// An argument of the function.
    Arg(usize),
}

/// A node with resolved edges.
#[derive(Clone, Debug)]
pub struct TfNode<'d> {
    /// The message.
    pub def: &'d NodeDef,
    /// Its data inputs.
    pub inputs: Vec<Edge>,
    /// The nodes that must run before.
    pub after: Vec<usize>,
}

/// A graph or a function's body.
#[derive(Clone, Debug, Default)]
pub struct TfGraph<'d> {
    /// All nodes, in the file's order.
    pub nodes: Vec<TfNode<'d>>,
    /// The nodes that the results need, each after what it reads.
    pub order: Vec<usize>,
    /// What comes out.
    pub results: Vec<Edge>,
}

/// Where nodes and arguments are, by name.
struct Names<'d> {
    nodes: BTreeMap<&'d str, usize>,
    args: BTreeMap<&'d str, usize>,
}

impl<'d> TfGraph<'d> {
    /// The main graph, as far as `results` (tensor names) need it.
    ///
    /// # Errors
    /// When an edge leads nowhere, or nodes form a cycle.
    pub fn main(graph: &'d GraphDef, results: &[String], also: &[String]) -> Result<Self, Error> {
        let names = Names::new(&graph.node, &[]);
        let nodes = connect(&graph.node, &names, &main_edge)?;
        let results: Vec<Edge> = results
            .iter()
            .map(|r| {
                main_edge(&names, &[], r)
                    .ok_or_else(|| Error::Request(format!("the graph has no tensor '{r}'")))
            })
            .collect::<Result<_, _>>()?;
        let mut roots: Vec<usize> = results.iter().filter_map(Edge::node).collect();
        roots.extend(also.iter().filter_map(|n| names.nodes.get(n.as_str()).copied()));
        let order = order(&nodes, &roots)?;
        Ok(Self { nodes, order, results })
    }

    /// The body of `function`.
    ///
    /// # Errors
    /// When an edge leads nowhere, or nodes form a cycle.
    pub fn function(function: &'d FunctionDef) -> Result<Self, Error> {
        let signature = function.signature.as_ref();
        let args: Vec<&str> =
            signature.iter().flat_map(|s| &s.input_arg).map(|a| a.name.as_str()).collect();
        let names = Names::new(&function.node_def, &args);
        let nodes = connect(&function.node_def, &names, &body_edge)?;
        let outputs = signature.iter().flat_map(|s| &s.output_arg);
        let results: Vec<Edge> = outputs
            .map(|o| {
                let from = function.ret.get(&o.name).map(String::as_str).unwrap_or_default();
                body_edge(&names, &function.node_def, from).ok_or_else(|| {
                    Error::Graph(format!("result '{}' of a function comes from nowhere", o.name))
                })
            })
            .collect::<Result<_, _>>()?;
        let mut roots: Vec<usize> = results.iter().filter_map(Edge::node).collect();
        roots.extend(
            function.control_ret.values().filter_map(|n| names.nodes.get(n.as_str()).copied()),
        );
        let order = order(&nodes, &roots)?;
        Ok(Self { nodes, order, results })
    }
}

impl Edge {
    const fn node(&self) -> Option<usize> {
        match self {
            Self::Node(n, _) => Some(*n),
            Self::Arg(_) => None,
        }
    }
}

impl<'d> Names<'d> {
    fn new(nodes: &'d [NodeDef], args: &[&'d str]) -> Self {
        Self {
            nodes: nodes.iter().enumerate().map(|(i, n)| (n.name.as_str(), i)).collect(),
            args: args.iter().enumerate().map(|(i, a)| (*a, i)).collect(),
        }
    }
}

type Resolve<'d> = dyn Fn(&Names<'d>, &'d [NodeDef], &str) -> Option<Edge>;

/// `node` or `node:k`.
fn main_edge<'d>(names: &Names<'d>, _: &'d [NodeDef], text: &str) -> Option<Edge> {
    let (node, k) = match text.rsplit_once(':') {
        Some((node, k)) => (node, k.parse().ok()?),
        None => (text, 0),
    };
    Some(Edge::Node(*names.nodes.get(node)?, k))
}

/// `arg`, `node:output:k`, or `node:output`.
fn body_edge<'d>(names: &Names<'d>, nodes: &'d [NodeDef], text: &str) -> Option<Edge> {
    let mut parts = text.split(':');
    let name = parts.next()?;
    let output = parts.next();
    if let (Some(&arg), None | Some("0")) = (names.args.get(name), output) {
        return Some(Edge::Arg(arg));
    }
    let at = *names.nodes.get(name)?;
    let k: usize = parts.next().unwrap_or("0").parse().ok()?;
    let first = match output {
        Some(o) => attr::output_start(nodes.get(at)?, o)?,
        None => 0,
    };
    Some(Edge::Node(at, first.checked_add(k)?))
}

fn connect<'d>(
    defs: &'d [NodeDef],
    names: &Names<'d>,
    resolve: &Resolve<'d>,
) -> Result<Vec<TfNode<'d>>, Error> {
    let nowhere = |n: &NodeDef, i: &str| {
        Error::Graph(format!("input '{i}' of node '{}' is not in the graph", n.name))
    };
    defs.iter()
        .map(|def| {
            let mut node = TfNode { def, inputs: Vec::new(), after: Vec::new() };
            for input in &def.input {
                if let Some(control) = input.strip_prefix('^') {
                    node.after.extend(names.nodes.get(control));
                } else {
                    node.inputs
                        .push(resolve(names, defs, input).ok_or_else(|| nowhere(def, input))?);
                }
            }
            Ok(node)
        })
        .collect()
}

/// The nodes that `roots` need, each after what it reads, in a depth-first order without recursion.
fn order(nodes: &[TfNode<'_>], roots: &[usize]) -> Result<Vec<usize>, Error> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nodes.len()];
    let mut out = Vec::new();
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for &root in roots {
        if marks.get(root) == Some(&Mark::New) {
            stack.push((root, 0));
        }
        while let Some((at, next)) = stack.pop() {
            let (Some(node), Some(mark)) = (nodes.get(at), marks.get_mut(at)) else { continue };
            if *mark == Mark::Done {
                continue;
            }
            *mark = Mark::Open;
            let data = node.inputs.get(next).map(|e| e.node());
            let control = || next.checked_sub(node.inputs.len()).and_then(|i| node.after.get(i));
            let step = match data {
                Some(from) => Some(from),
                None => control().map(|&n| Some(n)),
            };
            let Some(from) = step else {
                *mark = Mark::Done;
                out.push(at);
                continue;
            };
            stack.push((at, next + 1));
            let Some(from) = from else { continue };
            match marks.get(from) {
                Some(Mark::New) => stack.push((from, 0)),
                Some(Mark::Open) => {
                    return Err(Error::Graph(format!(
                        "node '{}' depends on itself",
                        node.def.name
                    )));
                }
                _ => {}
            }
        }
    }
    Ok(out)
}
