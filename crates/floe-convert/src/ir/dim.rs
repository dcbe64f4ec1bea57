//! [`Dim`]: one dimension, or one element of a shape tensor, known or symbolic; [`Symbols`] names the
//! unknown ones.
//!
//! A dimension is a monomial: an integer times a product of symbols. What does not stay a monomial
//! (a sum of two symbols, a rounded quotient) becomes a new symbol, interned by its expression, so
//! that the same computation on the same dimensions gives the same symbol.
//!
//! Invariant: two equal `Dim`s of one [`Symbols`] are the same number at run time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// A symbol: an index into [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(u32);

/// An integer times a product of symbols.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dim {
    factor: i64,
    symbols: Vec<Sym>,
}

/// A computation whose result is not a monomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Calc {
    Add,
    FloorDiv,
    FloorMod,
    Min,
    Max,
    Broadcast,
}

/// Where a symbol comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Named(String),
    Calc(Calc, Dim, Dim),
}

/// The symbols of a module.
#[derive(Debug, Default)]
pub struct Symbols {
    inner: RefCell<Inner>,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    sources: Vec<Source>,
    index: BTreeMap<Source, Sym>,
}

impl Dim {
    /// The known number `n`.
    #[must_use]
    pub const fn known(n: i64) -> Self {
        Self { factor: n, symbols: Vec::new() }
    }

    /// The number, when it is known.
    #[must_use]
    pub fn get(&self) -> Option<i64> {
        self.symbols.is_empty().then_some(self.factor)
    }

    /// Whether this is the known number `n`.
    #[must_use]
    pub fn is(&self, n: i64) -> bool {
        self.get() == Some(n)
    }

    /// The number as a size; `None` when unknown or negative.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        self.get().and_then(|n| usize::try_from(n).ok())
    }

    /// As a file's signature holds it: -1 when unknown.
    #[must_use]
    pub fn signature(&self) -> i64 {
        self.get().unwrap_or(-1)
    }

    fn normal(factor: i64, mut symbols: Vec<Sym>) -> Self {
        if factor == 0 {
            symbols.clear();
        }
        symbols.sort_unstable();
        Self { factor, symbols }
    }

    /// The product; `None` on overflow.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Option<Self> {
        let factor = self.factor.checked_mul(other.factor)?;
        let symbols = self.symbols.iter().chain(&other.symbols).copied().collect();
        Some(Self::normal(factor, symbols))
    }

    /// What it is a product of: its number, where that is not 1, and its symbols.
    #[must_use]
    pub fn factors(&self) -> Vec<Self> {
        let number = (self.factor != 1).then(|| Self::known(self.factor));
        let symbols = self.symbols.iter().map(|&s| Self { factor: 1, symbols: vec![s] });
        number.into_iter().chain(symbols).collect()
    }

    /// The quotient, when it is exact whatever the symbols stand for.
    #[must_use]
    pub fn exact_div(&self, by: &Self) -> Option<Self> {
        if by.factor == 0 || self.factor.checked_rem(by.factor)? != 0 {
            return None;
        }
        let mut symbols = self.symbols.clone();
        for s in &by.symbols {
            symbols.swap_remove(symbols.iter().position(|x| x == s)?);
        }
        Some(Self::normal(self.factor.checked_div(by.factor)?, symbols))
    }
}

impl From<i64> for Dim {
    fn from(n: i64) -> Self {
        Self::known(n)
    }
}

impl From<i32> for Dim {
    fn from(n: i32) -> Self {
        Self::known(n.into())
    }
}

impl From<usize> for Dim {
    fn from(n: usize) -> Self {
        Self::known(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl Symbols {
    /// The same symbols again.
    #[must_use]
    pub(crate) fn copied(&self) -> Self {
        Self { inner: self.inner.clone() }
    }

    /// A symbol of its own: equal to no other.
    #[must_use]
    pub fn fresh(&self, name: &str) -> Dim {
        let mut inner = self.inner.borrow_mut();
        let sym = Sym(u32::try_from(inner.sources.len()).unwrap_or(u32::MAX));
        inner.sources.push(Source::Named(format!("{name}{}", sym.0)));
        Dim { factor: 1, symbols: vec![sym] }
    }

    fn intern(&self, calc: Calc, a: &Dim, b: &Dim) -> Dim {
        let source = Source::Calc(calc, a.clone(), b.clone());
        let mut inner = self.inner.borrow_mut();
        let next = Sym(u32::try_from(inner.sources.len()).unwrap_or(u32::MAX));
        let sym = *inner.index.entry(source.clone()).or_insert(next);
        if sym == next {
            inner.sources.push(source);
        }
        Dim { factor: 1, symbols: vec![sym] }
    }

    fn commutative(&self, calc: Calc, a: &Dim, b: &Dim) -> Dim {
        if a <= b { self.intern(calc, a, b) } else { self.intern(calc, b, a) }
    }

    /// `a + b`; `None` on overflow.
    #[must_use]
    pub fn add(&self, a: &Dim, b: &Dim) -> Option<Dim> {
        if a.symbols == b.symbols {
            return Some(Dim::normal(a.factor.checked_add(b.factor)?, a.symbols.clone()));
        }
        match (a.get(), b.get()) {
            (Some(0), _) => Some(b.clone()),
            (_, Some(0)) => Some(a.clone()),
            _ => Some(self.commutative(Calc::Add, a, b)),
        }
    }

    /// `a - b`; `None` on overflow.
    #[must_use]
    pub fn sub(&self, a: &Dim, b: &Dim) -> Option<Dim> {
        self.add(a, &b.mul(&Dim::known(-1))?)
    }

    /// `a / b` rounded down; `None` for a division by zero.
    #[must_use]
    pub fn floor_div(&self, a: &Dim, b: &Dim) -> Option<Dim> {
        if let (Some(x), Some(y)) = (a.get(), b.get()) {
            let (q, r) = (x.checked_div(y)?, x.checked_rem(y)?);
            return Some(Dim::known(if r != 0 && (r < 0) != (y < 0) {
                q.checked_sub(1)?
            } else {
                q
            }));
        }
        Some(a.exact_div(b).unwrap_or_else(|| self.intern(Calc::FloorDiv, a, b)))
    }

    /// `a` modulo `b`, with the sign of `b`; `None` for a division by zero.
    #[must_use]
    pub fn floor_mod(&self, a: &Dim, b: &Dim) -> Option<Dim> {
        if let (Some(x), Some(y)) = (a.get(), b.get()) {
            let r = x.checked_rem(y)?;
            return Some(Dim::known(if r != 0 && (r < 0) != (y < 0) {
                r.checked_add(y)?
            } else {
                r
            }));
        }
        if a.exact_div(b).is_some() {
            return Some(Dim::known(0));
        }
        Some(self.intern(Calc::FloorMod, a, b))
    }

    /// `a / b` rounded up; `None` for a division by zero or on overflow.
    #[must_use]
    pub fn ceil_div(&self, a: &Dim, b: &Dim) -> Option<Dim> {
        if let Some(q) = a.exact_div(b) {
            return Some(q);
        }
        self.floor_div(&self.add(a, &self.sub(b, &Dim::known(1))?)?, b)
    }

    /// The smaller one.
    #[must_use]
    pub fn min(&self, a: &Dim, b: &Dim) -> Dim {
        match (a.get(), b.get()) {
            (Some(x), Some(y)) => Dim::known(x.min(y)),
            _ if a == b => a.clone(),
            _ => self.commutative(Calc::Min, a, b),
        }
    }

    /// The larger one.
    #[must_use]
    pub fn max(&self, a: &Dim, b: &Dim) -> Dim {
        match (a.get(), b.get()) {
            (Some(x), Some(y)) => Dim::known(x.max(y)),
            _ if a == b => a.clone(),
            _ => self.commutative(Calc::Max, a, b),
        }
    }

    /// The dimension that two broadcast ones give; `None` when they cannot.
    #[must_use]
    pub fn broadcast(&self, a: &Dim, b: &Dim) -> Option<Dim> {
        if a == b || b.is(1) {
            return Some(a.clone());
        }
        match (a.get(), b.get()) {
            (Some(1), _) => Some(b.clone()),
            (Some(_), Some(_)) => None,
            // A valid graph cannot pair a known length above one with any other.
            (Some(_), None) => Some(a.clone()),
            (None, Some(_)) => Some(b.clone()),
            (None, None) => Some(self.commutative(Calc::Broadcast, a, b)),
        }
    }

    /// The product of `dims`; `None` on overflow.
    #[must_use]
    pub fn product(&self, dims: &[Dim]) -> Option<Dim> {
        dims.iter().try_fold(Dim::known(1), |a, d| a.mul(d))
    }

    /// `dim` as text.
    #[must_use]
    pub fn show(&self, dim: &Dim) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(dim, &mut text, 0);
        text
    }

    fn write(&self, dim: &Dim, out: &mut impl fmt::Write, depth: u32) -> fmt::Result {
        if dim.symbols.is_empty() || dim.factor != 1 {
            write!(out, "{}", dim.factor)?;
        }
        for (i, s) in dim.symbols.iter().enumerate() {
            if i > 0 || dim.factor != 1 {
                out.write_str("*")?;
            }
            let source = self.inner.borrow().sources.get(s.0 as usize).cloned();
            match source {
                Some(Source::Named(name)) => out.write_str(&name)?,
                Some(Source::Calc(calc, a, b)) if depth < 3 => {
                    write!(out, "{calc:?}(")?;
                    self.write(&a, out, depth.saturating_add(1))?;
                    out.write_str(",")?;
                    self.write(&b, out, depth.saturating_add(1))?;
                    out.write_str(")")?;
                }
                _ => write!(out, "s{}", s.0)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_quotients_stay_exact() {
        let s = Symbols::default();
        let n = s.fresh("n");
        let all = s.product(&[n.clone(), 28.into(), 28.into()]).unwrap();
        assert_eq!(all.exact_div(&Dim::known(784)).unwrap(), n);
        assert_eq!(all.exact_div(&n).unwrap(), Dim::known(784));
        assert_eq!(all.exact_div(&Dim::known(5)), None);
        assert_eq!(s.show(&all), "784*n0");
    }

    #[test]
    fn the_same_computation_gives_the_same_symbol() {
        let s = Symbols::default();
        let n = s.fresh("n");
        let half = |d: &Dim| s.ceil_div(d, &2.into()).unwrap();
        assert_eq!(half(&n), half(&n));
        assert_ne!(half(&n), n);
        assert_ne!(s.fresh("n"), n);
        assert_eq!(s.add(&n, &3.into()), s.add(&3.into(), &n));
        assert_eq!(s.sub(&n, &n), Some(Dim::known(0)));
    }

    #[test]
    fn division_rounds_down_as_the_format_does() {
        let s = Symbols::default();
        for (a, b) in [(7i64, 2i64), (-7, 2), (7, -2), (-7, -2)] {
            let (x, y) = (Dim::known(a), Dim::known(b));
            let want = (a as f64 / b as f64).floor() as i64;
            assert_eq!(s.floor_div(&x, &y).unwrap().get(), Some(want));
            assert_eq!(s.floor_mod(&x, &y).unwrap().get(), Some(a - b * want));
        }
        assert_eq!(s.floor_div(&1.into(), &0.into()), None);
    }

    #[test]
    fn broadcasting_refuses_what_cannot_be() {
        let s = Symbols::default();
        let n = s.fresh("n");
        assert_eq!(s.broadcast(&n, &1.into()), Some(n.clone()));
        assert_eq!(s.broadcast(&n, &4.into()), Some(Dim::known(4)));
        assert_eq!(s.broadcast(&3.into(), &4.into()), None);
    }
}
