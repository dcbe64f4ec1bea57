//! Which tensors and which part of them: a glob over names, TensorFlow's slice text over dimensions.

use floe::graph::{Error, ErrorKind, Strings, TensorView};
use std::str::FromStr;

/// Whether `name` matches `glob`: `*` any run of characters (also `/`), `?` any one, `[a-z]` and
/// `[!a-z]` one of a set.
pub(crate) fn matches(glob: &str, name: &str) -> bool {
    let (glob, name): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
    let (mut g, mut n) = (0, 0);
    // Where to go on when what follows the last `*` does not fit.
    let mut retry = None;
    loop {
        if glob.get(g) == Some(&'*') {
            retry = Some((g + 1, n));
            g += 1;
        } else if n < name.len()
            && let Some(next) = one(&glob, g, name[n])
        {
            (g, n) = (next, n + 1);
        } else if n == name.len() && g == glob.len() {
            return true;
        } else if let Some((after, start)) = retry.filter(|&(_, start)| start < name.len()) {
            retry = Some((after, start + 1));
            (g, n) = (after, start + 1);
        } else {
            return false;
        }
    }
}

/// Where the pattern goes on after matching one character at `g`, if it does.
fn one(glob: &[char], g: usize, c: char) -> Option<usize> {
    match *glob.get(g)? {
        '?' => Some(g + 1),
        '[' => match glob[g + 1..].iter().skip(1).position(|&x| x == ']') {
            Some(len) => set(&glob[g + 1..g + 2 + len], c).then_some(g + 3 + len),
            None => (c == '[').then_some(g + 1),
        },
        other => (other == c).then_some(g + 1),
    }
}

/// Whether `c` is in the set between the brackets.
fn set(body: &[char], c: char) -> bool {
    let (negated, body) = match body {
        ['!', rest @ ..] => (true, rest),
        _ => (false, body),
    };
    let mut found = false;
    let mut rest = body;
    while let [first, tail @ ..] = rest {
        (found, rest) = match tail {
            ['-', last, tail @ ..] => (found | (*first..=*last).contains(&c), tail),
            _ => (found | (*first == c), tail),
        };
    }
    found != negated
}

/// TensorFlow's slice text: `start,length` for each dimension, joined by `:`; `-` for a whole one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice(Vec<Option<(u64, u64)>>);

impl FromStr for Slice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let dimension = |part: &str| {
            if part == "-" {
                return Ok(None);
            }
            part.split_once(',')
                .and_then(|(start, length)| Some(Some((start.parse().ok()?, length.parse().ok()?))))
                .ok_or_else(|| format!("`{part}` is not `start,length` or `-`"))
        };
        text.split(':').map(dimension).collect::<Result<_, _>>().map(Self)
    }
}

/// A box of a tensor's elements.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    full: Vec<u64>,
    start: Vec<u64>,
    length: Vec<u64>,
}

impl Region {
    /// The box that `slice` cuts from `view`, all of it without one.
    pub(crate) fn new(view: &TensorView<'_>, slice: Option<&Slice>) -> Result<Self, String> {
        let full: Option<Vec<u64>> = view
            .shape
            .rank()
            .and_then(|_| view.shape.iter().map(|d| u64::try_from(d).ok()).collect());
        let full = full.ok_or_else(|| format!("its shape {} is not fully known", view.shape))?;
        view.shape.elements().map_err(|e| e.to_string())?;
        let Some(Slice(parts)) = slice else {
            return Ok(Self { start: vec![0; full.len()], length: full.clone(), full });
        };
        if parts.len() != full.len() {
            return Err(format!(
                "the slice has {} dimensions, its shape {} has {}",
                parts.len(),
                view.shape,
                full.len()
            ));
        }
        let mut region = Self { start: Vec::new(), length: Vec::new(), full };
        for (i, (part, &size)) in parts.iter().zip(&region.full).enumerate() {
            let (start, length) = part.unwrap_or((0, size));
            if start.checked_add(length).is_none_or(|end| end > size) {
                return Err(format!(
                    "the slice {start},{length} is outside dimension {i} of {}",
                    view.shape
                ));
            }
            region.start.push(start);
            region.length.push(length);
        }
        Ok(region)
    }

    /// Whether the box is the tensor.
    pub(crate) fn is_whole(&self) -> bool {
        self.length == self.full
    }

    /// The dimensions of the box.
    pub(crate) fn shape(&self) -> &[u64] {
        &self.length
    }

    /// How many elements are in the box.
    pub(crate) fn elements(&self) -> u64 {
        if self.length.contains(&0) { 0 } else { self.length.iter().product() }
    }

    /// Calls `f` with the raw form of the box piece by piece, in order.
    pub(crate) fn for_each_chunk<E: From<Error>>(
        &self,
        view: &TensorView<'_>,
        mut f: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_whole() {
            return view.for_each_chunk(f);
        }
        let width = view.dtype.bytes().ok_or(Error::new(ErrorKind::DTypeHasNoBytes, 0))?;
        let mut buffer = vec![0; 64 << 10];
        self.for_each_run(|first, count| {
            let overflow = || Error::new(ErrorKind::Overflow, 0);
            let mut at = usize::try_from(first)
                .ok()
                .and_then(|n| n.checked_mul(width))
                .ok_or_else(overflow)?;
            let mut left = usize::try_from(count)
                .ok()
                .and_then(|n| n.checked_mul(width))
                .ok_or_else(overflow)?;
            while left > 0 {
                let n = left.min(buffer.len());
                view.read_at(at, &mut buffer[..n])?;
                f(&buffer[..n])?;
                (at, left) = (at + n, left - n);
            }
            Ok(())
        })
    }

    /// Calls `f` with each string of the box, in order.
    pub(crate) fn for_each_string<E: From<Error>>(
        &self,
        strings: &Strings<'_>,
        mut f: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut next = 0;
        let mut iter = strings.iter();
        self.for_each_run(|first, count| {
            for i in next..first + count {
                let s = iter.next().ok_or(Error::new(ErrorKind::LengthMismatch, 0))??;
                if i >= first {
                    f(s)?;
                }
            }
            next = first + count;
            Ok(())
        })
    }

    /// Calls `f` with the first element and the length of each run that is contiguous in the tensor.
    fn for_each_run<E>(&self, mut f: impl FnMut(u64, u64) -> Result<(), E>) -> Result<(), E> {
        if self.elements() == 0 {
            return Ok(());
        }
        // Dimensions after `inner` are whole: a run covers them and a stretch of `inner`.
        let inner =
            (0..self.full.len()).rev().find(|&i| self.length[i] != self.full[i]).unwrap_or(0);
        let below: u64 = self.full.iter().skip(inner + 1).product();
        let run = self.length.get(inner).map_or(1, |n| n * below);
        let mut index = vec![0; inner];
        loop {
            let outer = index
                .iter()
                .zip(&self.start)
                .zip(&self.full)
                .fold(0, |at, ((i, s), n)| at * n + i + s);
            let first = match (self.full.get(inner), self.start.get(inner)) {
                (Some(n), Some(s)) => (outer * n + s) * below,
                _ => 0,
            };
            f(first, run)?;
            let Some(up) = (0..inner).rev().find(|&d| index[d] + 1 < self.length[d]) else {
                return Ok(());
            };
            index[up] += 1;
            index[up + 1..].fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Region, Slice, matches};
    use floe::graph::{DType, Error, Payload, Shape, TensorView};

    #[test]
    fn globs() {
        for (glob, name, want) in [
            ("*", "", true),
            ("a*c", "a/b/c", true),
            ("a*c", "a/b/cd", false),
            ("*kernel", "dense/kernel", true),
            ("a?c", "abc", true),
            ("a[b-d]", "ac", true),
            ("a[!b-d]", "ac", false),
            ("a[]]", "a]", true),
            ("a[", "a[", true),
            ("**a**", "bab", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(glob, name), want, "{glob} {name}");
        }
    }

    #[test]
    fn globs_of_many_stars_end_soon() {
        assert!(!matches(&("a*".repeat(60) + "z"), &"a".repeat(3000)));
    }

    fn cut(text: &str, dims: &[i64]) -> Result<Vec<u8>, String> {
        let n = dims.iter().product::<i64>() as u8;
        let data: Vec<u8> = (0..n).collect();
        let view = TensorView::new(DType::Uint8, Shape::I64(dims), Payload::Raw(&data));
        let region = Region::new(&view, Some(&text.parse::<Slice>()?))?;
        let mut got = Vec::new();
        region
            .for_each_chunk(&view, |c| {
                got.extend_from_slice(c);
                Ok::<_, Error>(())
            })
            .map_err(|e| e.to_string())?;
        assert_eq!(got.len() as u64, region.elements());
        Ok(got)
    }

    #[test]
    fn slices_are_boxes_in_row_major_order() {
        assert_eq!(cut("1,2:0,2", &[3, 4]).unwrap(), [4, 5, 8, 9]);
        assert_eq!(cut("-:3,1", &[3, 4]).unwrap(), [3, 7, 11]);
        assert_eq!(cut("2,1:-", &[3, 4]).unwrap(), [8, 9, 10, 11]);
        assert_eq!(cut("1,1:-:1,1", &[2, 3, 2]).unwrap(), [7, 9, 11]);
        assert_eq!(cut("0,0", &[3]).unwrap(), [0u8; 0]);
    }

    #[test]
    fn slices_that_do_not_fit_say_why() {
        assert!(cut("2,2:-", &[3, 4]).unwrap_err().contains("outside dimension 0"));
        assert!(cut("-", &[3, 4]).unwrap_err().contains("has 2"));
        assert!(cut("1", &[3]).unwrap_err().contains("start,length"));
        assert!(cut("18446744073709551615,2", &[3]).unwrap_err().contains("outside"));
    }
}
