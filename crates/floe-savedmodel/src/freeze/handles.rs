//! Where each variable's handle goes, through identities, loops, conditions and functions, and what is
//! done to the variable there.
//!
//! Invariant: every place that a handle reaches belongs to exactly one class; handles that meet in
//! one place, or that have the same value, share their class. A class is frozen as a whole or not at
//! all.

use super::live::Live;
use super::program::{Body, Program, functional};
use super::values::{Binding, Values};
use crate::{Result, ops};
use std::collections::{BTreeMap, HashMap};

/// A node: its body, and its number there.
pub(super) type At = (usize, usize);
/// A place: body, node, port.
pub(super) type Place = (usize, usize, usize);

/// What is known of one class of handles.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// The nodes that make the handles, in order.
    pub(super) handles: Vec<At>,
    pub(super) binding: Option<Binding>,
    /// Assignments of a whole value.
    pub(super) assigns: Vec<At>,
    /// The first other use that a value cannot stand in for.
    pub(super) other_use: Option<At>,
}

/// All classes of a program.
#[derive(Debug, Default)]
pub(super) struct Handles {
    places: HashMap<Place, usize>,
    parents: Vec<usize>,
    pub(super) classes: BTreeMap<usize, Class>,
}

/// What an op does with a handle at one of its inputs.
enum Use {
    /// The handle itself comes out at these ports.
    Through(Vec<usize>),
    /// The value is read, or something about it that a value tells as well.
    Read,
    Assign,
    /// The functions of the op take it.
    Functions,
    Other,
}

/// Whether `op` makes a variable's handle, and whether that is a reference.
pub(super) fn makes_handle(op: &str) -> Option<bool> {
    match op {
        "VarHandleOp" => Some(false),
        "VariableV2" | "Variable" => Some(true),
        _ => None,
    }
}

/// Ops that read a resource variable in a way that [`rewrite`](super::rewrite) knows.
const READS: &[&str] = &[
    "DisableCopyOnRead",
    "IsVariableInitialized",
    "ReadVariableOp",
    "ResourceGather",
    "ResourceGatherNd",
    "VarIsInitializedOp",
    "VariableShape",
];

fn use_of(program: &Program<'_>, body: &Body, node: usize, input: usize, is_ref: bool) -> Use {
    let Some(node) = body.get(node) else { return Use::Other };
    let op = node.op();
    let plain = op.strip_prefix("Ref").unwrap_or(op);
    // Without `Ref` an op takes the value of a reference, not the reference.
    let through = !is_ref || plain.len() != op.len();
    match (plain, input) {
        ("Identity" | "Enter" | "Exit" | "NextIteration", 0) | ("Merge", _) if through => {
            Use::Through(vec![0])
        }
        ("IdentityN", i) if through => Use::Through(vec![i]),
        ("Switch", 0) if through => Use::Through(vec![0, 1]),
        ("Assign" | "AssignVariableOp", 0) => Use::Assign,
        _ if READS.contains(&op) && input == 0 => Use::Read,
        _ if functional(op).is_some_and(|f| input >= f.skip) && !is_ref => Use::Functions,
        _ if is_ref && !takes_reference(program, body, node, input) => Use::Read,
        _ => Use::Other,
    }
}

/// Whether input `input` of `node` is a reference, which the node may change.
fn takes_reference(
    program: &Program<'_>,
    _: &Body,
    node: &super::program::Node,
    input: usize,
) -> bool {
    let Some(definition) = program.graph.ops().get(node.op()) else { return true };
    let Some(arguments) = ops::inputs(&node.def, &definition) else { return true };
    let holds = |a: &&ops::Argument<'_>| {
        input.checked_sub(a.start as usize).is_some_and(|i| i < a.count as usize)
    };
    arguments.iter().find(holds).is_none_or(|a| a.def.is_ref)
}

impl Handles {
    /// Follows every handle among the needed nodes.
    pub(super) fn follow(
        program: &Program<'_>,
        live: &Live,
        values: &Values<'_, '_>,
    ) -> Result<Self> {
        let uses: Vec<_> = (0..program.bodies.len()).map(|id| uses(program, live, id)).collect();
        let mut all = Self::default();
        let mut work = all.makers(program, live, values)?;
        while let Some((id, node, port, is_ref)) = work.pop() {
            let place = (id, node, port);
            let list = uses.get(id).and_then(|u| u.get(&(node, port)));
            for &(user, input) in list.into_iter().flatten() {
                let body = program.body(id)?;
                let reached = match use_of(program, body, user, input, is_ref) {
                    Use::Through(ports) => ports.into_iter().map(|p| (id, user, p)).collect(),
                    Use::Functions => arguments(program, (id, user), input)?,
                    Use::Read => continue,
                    Use::Assign => {
                        all.class_mut(place).assigns.push((id, user));
                        continue;
                    }
                    Use::Other => {
                        all.class_mut(place).other_use.get_or_insert((id, user));
                        continue;
                    }
                };
                all.reach(place, reached, is_ref, &mut work);
            }
            let reached = returned(program, place)?;
            all.reach(place, reached, is_ref, &mut work);
        }
        Ok(all)
    }

    /// A class for every node that makes a handle; one for all of the same name or value. Returns
    /// the handles and whether they are references.
    fn makers(
        &mut self,
        program: &Program<'_>,
        live: &Live,
        values: &Values<'_, '_>,
    ) -> Result<Vec<(usize, usize, usize, bool)>> {
        let mut work = Vec::new();
        let mut by_binding: HashMap<(Binding, bool), usize> = HashMap::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for id in 0..program.bodies.len() {
            for node in live.nodes(id) {
                let def = &program.node(id, node)?.def;
                let Some(is_ref) = makes_handle(&def.op) else { continue };
                let class = self.class((id, node, 0));
                let binding = values.find(def);
                let shared = super::values::text(def, "shared_name").filter(|s| !s.is_empty());
                let name = shared.unwrap_or(&def.name).to_owned();
                let name_class = *by_name.entry(name).or_insert(class);
                let entry = self.classes.entry(class).or_default();
                entry.handles.push((id, node));
                entry.binding.clone_from(&binding);
                self.join(class, name_class);
                if let Some(binding) = binding {
                    let same = *by_binding.entry((binding, is_ref)).or_insert(class);
                    self.join(class, same);
                }
                work.push((id, node, 0, is_ref));
            }
        }
        Ok(work)
    }

    /// The class of `place`, if a handle reaches it.
    pub(super) fn class_at(&self, place: Place) -> Option<usize> {
        self.places.get(&place).map(|&c| self.root(c))
    }

    fn reach(
        &mut self,
        from: Place,
        places: Vec<Place>,
        is_ref: bool,
        work: &mut Vec<(usize, usize, usize, bool)>,
    ) {
        let class = self.class(from);
        for place in places {
            match self.places.get(&place) {
                Some(&other) => self.join(class, other),
                None => {
                    self.places.insert(place, self.root(class));
                    work.push((place.0, place.1, place.2, is_ref));
                }
            }
        }
    }

    fn class(&mut self, place: Place) -> usize {
        if let Some(class) = self.class_at(place) {
            return class;
        }
        let class = self.parents.len();
        self.parents.push(class);
        self.classes.insert(class, Class::default());
        self.places.insert(place, class);
        class
    }

    fn class_mut(&mut self, place: Place) -> &mut Class {
        let class = self.class(place);
        self.classes.entry(class).or_default()
    }

    fn root(&self, mut class: usize) -> usize {
        while let Some(&parent) = self.parents.get(class)
            && parent != class
        {
            class = parent;
        }
        class
    }

    /// Makes two classes one; the older one stays, so that chains are short and the order is the
    /// file's.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (keep, gone) = (a.min(b), a.max(b));
        if keep == gone {
            return;
        }
        if let Some(parent) = self.parents.get_mut(gone) {
            *parent = keep;
        }
        let Some(mut gone) = self.classes.remove(&gone) else { return };
        let kept = self.classes.entry(keep).or_default();
        kept.handles.append(&mut gone.handles);
        kept.assigns.append(&mut gone.assigns);
        kept.other_use = kept.other_use.or(gone.other_use);
        kept.binding = kept.binding.take().or(gone.binding);
    }
}

/// Which needed nodes use each output of a body's nodes.
fn uses(
    program: &Program<'_>,
    live: &Live,
    id: usize,
) -> HashMap<(usize, usize), Vec<(usize, usize)>> {
    let mut uses: HashMap<_, Vec<_>> = HashMap::new();
    for user in live.nodes(id) {
        let Ok(node) = program.node(id, user) else { continue };
        for (input, src) in node.inputs.iter().enumerate() {
            uses.entry((src.node, src.port)).or_default().push((user, input));
        }
    }
    uses
}

/// The arguments that input `input` of a functional op becomes.
fn arguments(program: &Program<'_>, (id, node): At, input: usize) -> Result<Vec<Place>> {
    let node = program.node(id, node)?;
    let skip = functional(node.op()).map_or(0, |f| f.skip);
    let Some(arg) = input.checked_sub(skip) else { return Ok(Vec::new()) };
    Ok(node.children.iter().map(|&child| (child, arg, 0)).collect())
}

/// Where a handle goes that a function returns: the op's output, and in a loop the next arguments.
fn returned(program: &Program<'_>, (id, node, port): Place) -> Result<Vec<Place>> {
    let body = program.body(id)?;
    let Some((parent_body, parent, number)) = body.parent else { return Ok(Vec::new()) };
    let op = program.node(parent_body, parent)?;
    let is_loop = functional(op.op()).is_some_and(|f| f.is_loop);
    if is_loop && number == 0 {
        return Ok(Vec::new());
    }
    let mut places = Vec::new();
    let rets =
        body.rets.iter().enumerate().filter(|(_, r)| (r.src.node, r.src.port) == (node, port));
    for (i, _) in rets {
        places.push((parent_body, parent, i));
        if is_loop {
            places.extend(op.children.iter().map(|&child| (child, i, 0)));
        }
    }
    Ok(places)
}
