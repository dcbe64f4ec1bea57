//! [`Attrs`]: the options of a node, by the field names of its options table in the TFLite schema.
//!
//! Invariant: sorted by name and free of repetitions, so that equal options compare equal.

use super::GraphId;
use floe_graph::DType;

/// The value of one option.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Attr {
    /// An integer or the number of an enumeration.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A real number.
    Float(f32),
    /// An element type.
    Type(DType),
    /// Integers.
    Ints(Vec<i64>),
    /// Real numbers.
    Floats(Vec<f32>),
    /// Text.
    Text(String),
    /// Bytes: the options of a custom operator.
    Bytes(Vec<u8>),
    /// Another graph of the module.
    Graph(GraphId),
}

macro_rules! from {
    ($($t:ty => $variant:ident $(as $wide:ty)?;)*) => {$(
        impl From<$t> for Attr {
            fn from(x: $t) -> Self { Self::$variant(x $(as $wide)?) }
        }
    )*};
}
from! {
    i64 => Int;
    i32 => Int as i64;
    bool => Bool;
    f32 => Float;
    DType => Type;
    Vec<i64> => Ints;
    Vec<f32> => Floats;
    String => Text;
    GraphId => Graph;
}

/// The options of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attrs(Vec<(&'static str, Attr)>);

impl Attrs {
    /// No options.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Attr>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets `name` to `value`.
    pub fn set(&mut self, name: &'static str, value: impl Into<Attr>) {
        let value = value.into();
        match self.0.binary_search_by_key(&name, |(n, _)| n) {
            Ok(i) => {
                if let Some(slot) = self.0.get_mut(i) {
                    slot.1 = value;
                }
            }
            Err(i) => self.0.insert(i, (name, value)),
        }
    }

    /// The option `name`, when it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attr> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The integer `name`; 0, the schema's default, when it is not set.
    #[must_use]
    pub fn int(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(Attr::Int(n)) => *n,
            _ => 0,
        }
    }

    /// The truth value `name`; false when it is not set.
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Attr::Bool(true)))
    }

    /// The real number `name`; 0 when it is not set.
    #[must_use]
    pub fn float(&self, name: &str) -> f32 {
        match self.get(name) {
            Some(Attr::Float(x)) => *x,
            _ => 0.0,
        }
    }

    /// The element type `name`.
    #[must_use]
    pub fn dtype(&self, name: &str) -> Option<DType> {
        match self.get(name) {
            Some(Attr::Type(t)) => Some(*t),
            _ => None,
        }
    }

    /// The integers `name`; none when it is not set.
    #[must_use]
    pub fn ints(&self, name: &str) -> &[i64] {
        match self.get(name) {
            Some(Attr::Ints(v)) => v,
            _ => &[],
        }
    }

    /// The graph `name`.
    #[must_use]
    pub fn graph(&self, name: &str) -> Option<GraphId> {
        match self.get(name) {
            Some(Attr::Graph(g)) => Some(*g),
            _ => None,
        }
    }

    /// All options, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Attr)> {
        self.0.iter().map(|(n, v)| (*n, v))
    }

    /// Every graph that the options name.
    pub fn graphs(&self) -> impl Iterator<Item = GraphId> {
        self.0.iter().filter_map(|(_, v)| if let Attr::Graph(g) = v { Some(*g) } else { None })
    }

    /// Every graph that the options name, to change.
    pub fn graphs_mut(&mut self) -> impl Iterator<Item = &mut GraphId> {
        self.0.iter_mut().filter_map(|(_, v)| if let Attr::Graph(g) = v { Some(g) } else { None })
    }
}
