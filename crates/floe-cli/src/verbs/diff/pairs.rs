//! Which tensor of one artefact is which of the other.
//!
//! Invariant: a tensor is in one pair at most, and a surer sign is followed before a weaker one.

use floe::graph::{Error, Payload, Result, TensorId, TensorSource, TensorView};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A tensor with its name.
#[derive(Clone, Copy)]
pub(super) struct Named<'d> {
    /// Its name.
    pub(super) name: &'d str,
    /// What it is, and where its elements are.
    pub(super) view: TensorView<'d>,
}

/// The tensors of two artefacts.
pub(super) struct Pairs<'a, 'b> {
    /// Those that are on both sides, by the first's name.
    pub(super) both: Vec<(Named<'a>, Named<'b>)>,
    /// Those of the first alone.
    pub(super) only_a: Vec<Named<'a>>,
    /// Those of the second alone.
    pub(super) only_b: Vec<Named<'b>>,
}

/// The tensors that a file holds elements of, sorted by name.
pub(super) fn held<'d>(tensors: &dyn TensorSource<'d>) -> Result<Vec<Named<'d>>> {
    let mut all = Vec::new();
    for id in (0..tensors.tensor_count()).map(TensorId) {
        let (name, view) = (tensors.tensor_name(id)?, tensors.tensor(id)?);
        // What a checkpoint says of its own structure is not a tensor of the model.
        if !view.payload.is_absent() && name != "_CHECKPOINTABLE_OBJECT_GRAPH" {
            all.push(Named { name, view });
        }
    }
    all.sort_by_key(|t| t.name);
    Ok(all)
}

/// Pairs `a` with `b`: by name, then by bare name, then by content.
pub(super) fn pair<'a, 'b>(a: &[Named<'a>], b: &[Named<'b>]) -> Pairs<'a, 'b> {
    let mut pairs = Pairs { both: Vec::new(), only_a: a.to_vec(), only_b: b.to_vec() };
    pairs.by(|t| Some(t.name.to_owned()), |t| Some(t.name.to_owned()));
    pairs.by(|t| Some(bare(t.name).to_owned()), |t| Some(bare(t.name).to_owned()));
    pairs.by(digest, digest);
    pairs.both.sort_by_key(|(a, _)| a.name);
    pairs
}

impl<'a, 'b> Pairs<'a, 'b> {
    /// Pairs what has the same key, when it is the only one with it on either side.
    fn by<K: Ord>(
        &mut self,
        key_a: impl Fn(&Named<'a>) -> Option<K>,
        key_b: impl Fn(&Named<'b>) -> Option<K>,
    ) {
        if self.only_a.is_empty() || self.only_b.is_empty() {
            return;
        }
        let mut keys: BTreeMap<K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (i, k) in self.only_a.iter().enumerate().filter_map(|(i, t)| Some((i, key_a(t)?))) {
            keys.entry(k).or_default().0.push(i);
        }
        for (i, k) in self.only_b.iter().enumerate().filter_map(|(i, t)| Some((i, key_b(t)?))) {
            keys.entry(k).or_default().1.push(i);
        }
        let matched: Vec<_> =
            keys.into_values().filter_map(|(a, b)| Some((one(&a)?, one(&b)?))).collect();
        self.both.extend(matched.iter().map(|&(i, j)| (self.only_a[i], self.only_b[j])));
        remove(&mut self.only_a, matched.iter().map(|m| m.0));
        remove(&mut self.only_b, matched.iter().map(|m| m.1));
    }
}

fn one(indices: &[usize]) -> Option<usize> {
    match *indices {
        [i] => Some(i),
        _ => None,
    }
}

fn remove<T>(from: &mut Vec<T>, indices: impl Iterator<Item = usize>) {
    let gone: std::collections::BTreeSet<_> = indices.collect();
    let mut index = 0..;
    from.retain(|_| index.next().is_none_or(|i| !gone.contains(&i)));
}

/// A variable's name without what savers and graphs add to it.
fn bare(name: &str) -> &str {
    ["/.ATTRIBUTES/VARIABLE_VALUE", "/ReadVariableOp/resource", "/ReadVariableOp", "/read", ":0"]
        .iter()
        .fold(name, |n, suffix| n.strip_suffix(suffix).unwrap_or(n))
}

/// What two equal tensors have in common. Nothing for one element, which many have by chance.
fn digest(t: &Named<'_>) -> Option<[u8; 32]> {
    let elements = t.view.shape.elements().ok().flatten()?;
    if elements < 2 || matches!(t.view.payload, Payload::Strings(_) | Payload::Fill(_)) {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update(format!("{} {}", t.view.dtype, t.view.shape));
    t.view
        .for_each_chunk(|c| {
            hash.update(c);
            Ok::<_, Error>(())
        })
        .ok()?;
    Some(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::{Named, bare, pair};
    use floe::graph::{DType, Payload, Shape, TensorView};

    fn tensor<'a>(name: &'a str, data: &'a [u8], dims: &'a [i64]) -> Named<'a> {
        Named { name, view: TensorView::new(DType::Uint8, Shape::I64(dims), Payload::Raw(data)) }
    }

    #[test]
    fn names_come_before_content() {
        let a =
            [tensor("x", &[1, 2], &[2]), tensor("y", &[3, 4], &[2]), tensor("z", &[5, 6], &[2])];
        let b = [
            tensor("q", &[5, 6], &[2]),
            tensor("x", &[3, 4], &[2]),
            tensor("y/.ATTRIBUTES/VARIABLE_VALUE", &[1, 2], &[2]),
        ];
        let pairs = pair(&a, &b);
        let names: Vec<_> = pairs.both.iter().map(|(a, b)| (a.name, b.name)).collect();
        assert_eq!(names, [("x", "x"), ("y", "y/.ATTRIBUTES/VARIABLE_VALUE"), ("z", "q")]);
        assert!(pairs.only_a.is_empty() && pairs.only_b.is_empty());
    }

    #[test]
    fn what_could_be_several_is_none() {
        let a = [tensor("x", &[1, 2], &[2])];
        let b = [tensor("p", &[1, 2], &[2]), tensor("q", &[1, 2], &[2])];
        assert_eq!(pair(&a, &b).both.len(), 0);
        assert_eq!(bare("dense/kernel:0"), "dense/kernel");
    }
}
