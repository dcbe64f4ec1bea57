//! Passes over a lowered module. A rule looks at one node and proposes a [`Patch`]; the engine applies
//! patches until no rule has one.
//!
//! Invariant: a pass keeps what the module computes, up to rounding; each pass is a file, listed in
//! [`PASSES`] in the order in which they run.

mod activation;
mod affine;
mod cell;
mod dense;
mod erf;
mod looped;
mod norm;
mod prune;
mod recurrent;
mod share;
mod swish;
mod tidy;
mod view;
mod window;

use crate::ir::{Graph, GraphId, Module, NodeId, Patch, Printed, Symbols};
use view::View;

/// How one pass changes a module.
pub(crate) struct Pass {
    /// Its name, as `--print-after` takes it.
    pub(crate) name: &'static str,
    /// Its rules, tried on each node in order.
    pub(crate) rules: &'static [Rule],
}

/// Looks at a node and may propose a change that ends in replacing its results.
pub(crate) type Rule = for<'g> fn(&View<'g>) -> Option<Patch<'g>>;

/// One step over a module.
enum Step {
    /// Rules on each node.
    Rules(Pass),
    /// Something that looks at several graphs at once.
    Module(&'static str, fn(&mut Module)),
}

/// All passes, in order.
const PASSES: &[Step] = &[
    Step::Module("share", share::all),
    Step::Rules(tidy::PASS),
    Step::Module("recurrent", recurrent::run),
    Step::Module("loops", prune::variables),
    Step::Rules(tidy::PASS),
    Step::Module("share", share::all),
    Step::Rules(swish::PASS),
    Step::Rules(dense::PASS),
    Step::Rules(window::PASS),
    Step::Rules(affine::PASS),
    Step::Rules(window::PASS),
    Step::Rules(activation::PASS),
    Step::Rules(erf::PASS),
    Step::Rules(tidy::PASS),
    Step::Module("share", share::all),
    Step::Module("graphs", prune::graphs),
];

/// Patches after which a pass stops: more than any graph needs, so that two rules that undo each
/// other end.
fn budget(graph: &Graph) -> usize {
    graph.value_count().saturating_mul(8).saturating_add(64)
}

/// What is told of a pass: its name, the part of all passes that is done, and the module as text on request.
pub(crate) type After<'a> = &'a mut dyn FnMut(&str, f32, &dyn Fn() -> String);

/// Turns the operators that only passes know into others, and changes nothing else.
pub(crate) fn composites(module: &mut Module) {
    for graph in &mut module.graphs {
        graph.sweep();
        run_pass(&erf::PASS, graph, &module.symbols);
    }
}

/// Runs all passes; `after` is told of each.
pub(crate) fn run(module: &mut Module, after: After<'_>) {
    for graph in &mut module.graphs {
        graph.sweep();
    }
    after("lower", 0.0, &|| Printed(module).to_string());
    let integers = module.graphs.iter().any(|g| g.quantized().is_some());
    for (i, step) in (1u16..).zip(PASSES) {
        // Rules count with real numbers: integers that stand for such are not theirs.
        if integers && !matches!(step, Step::Module("graphs", _)) {
            continue;
        }
        let name = match step {
            Step::Rules(pass) => {
                for graph in &mut module.graphs {
                    run_pass(pass, graph, &module.symbols);
                    graph.sweep();
                }
                pass.name
            }
            Step::Module(name, run) => {
                run(module);
                module.graphs.iter_mut().for_each(Graph::sweep);
                name
            }
        };
        let part = f32::from(i) / PASSES.len() as f32;
        after(name, part, &|| Printed(module).to_string());
    }
}

/// Takes out the graphs that nothing names.
pub(crate) fn unused_graphs(module: &mut Module) {
    prune::graphs(module);
}

/// Lets graphs `a` and `b` change places.
pub(crate) fn swap_graphs(module: &mut Module, a: GraphId, b: GraphId) {
    prune::swap(module, a, b);
}

fn run_pass(pass: &Pass, graph: &mut Graph, symbols: &Symbols) {
    let mut left = budget(graph);
    loop {
        let mut changed = false;
        for id in graph.node_ids() {
            for rule in pass.rules {
                if left == 0 {
                    return;
                }
                if apply(*rule, graph, symbols, id) {
                    changed = true;
                    left -= 1;
                    break;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Applies what `rule` proposes for node `id`; false when it proposes nothing.
fn apply(rule: Rule, graph: &mut Graph, symbols: &Symbols, id: NodeId) -> bool {
    let change = {
        let Some(node) = graph.node(id) else { return false };
        let Some(patch) = rule(&View { graph, symbols, node }) else { return false };
        patch.into_change()
    };
    change.apply(graph, id);
    true
}
