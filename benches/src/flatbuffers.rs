//! A `.tflite` by the crate `flatbuffers` with its verifier.
//!
//! The calls of the verifier are those that flatc writes for each table, made here of our schema; the
//! accessors are the few that the benches need. Unlike flatc's, no type is made of an enumeration, which
//! changes nothing for the machine.
#![allow(unsafe_code, reason = "the crate's accessors and its trait Follow are unsafe")]

use flatbuffers::{
    Follow, ForwardsUOffset as To, InvalidFlatbuffer, Table, Vector, Verifiable, Verifier,
    VerifierOptions,
};

#[allow(missing_docs, reason = "the names of the schema")]
#[rustfmt::skip]
#[path = "generated/flatbuffers.rs"]
mod generated;

macro_rules! rival {
    ($($name:ident { $($visits:tt)* })*) => {$(
        pub(crate) struct $name<'a>(core::marker::PhantomData<&'a ()>);

        impl<'a> flatbuffers::Follow<'a> for $name<'a> {
            type Inner = flatbuffers::Table<'a>;
            #[inline]
            unsafe fn follow(buf: &'a [u8], loc: usize) -> Self::Inner {
                // SAFETY: the caller's promise is the one asked for.
                unsafe { flatbuffers::Table::new(buf, loc) }
            }
        }

        impl flatbuffers::Verifiable for $name<'_> {
            #[inline]
            fn run_verifier(
                v: &mut flatbuffers::Verifier,
                at: usize,
            ) -> Result<(), flatbuffers::InvalidFlatbuffer> {
                v.visit_table(at)?$($visits)*.finish();
                Ok(())
            }
        }
    )*};
}
use rival;

/// A verified model.
#[derive(Clone, Copy)]
pub struct Model<'a>(Table<'a>);

/// Checks the structure, alignment, and that names are UTF-8.
///
/// # Errors
/// The first fault.
pub fn verify(data: &[u8]) -> Result<(), InvalidFlatbuffer> {
    let options = VerifierOptions { max_tables: 100_000_000, ..VerifierOptions::default() };
    <To<generated::Model<'_>>>::run_verifier(&mut Verifier::new(&options, data), 0)
}

/// The model, checked.
///
/// # Errors
/// As [`verify`].
pub fn parse(data: &[u8]) -> Result<Model<'_>, InvalidFlatbuffer> {
    verify(data)?;
    Ok(trusted(data))
}

/// The model, unchecked: `data` must be one.
#[must_use]
pub fn trusted(data: &[u8]) -> Model<'_> {
    // SAFETY: the benches read files that were verified.
    Model(unsafe { <To<generated::Model<'_>>>::follow(data, 0) })
}

/// Tables of any kind: what their type says is only for the verifier.
type TableVector<'a> = Vector<'a, To<generated::Model<'a>>>;

fn field<'a, T: Follow<'a> + 'a>(table: Table<'a>, slot: u16) -> Option<T::Inner> {
    // SAFETY: the callers name slots with their types of the schema, and the file was verified.
    unsafe { table.get::<T>(4 + 2 * slot, None) }
}

fn tables(table: Table<'_>, slot: u16) -> impl Iterator<Item = Table<'_>> {
    field::<To<TableVector<'_>>>(table, slot).into_iter().flatten()
}

fn element(table: Table<'_>, slot: u16, index: usize) -> Option<Table<'_>> {
    let all = field::<To<TableVector<'_>>>(table, slot)?;
    (index < all.len()).then(|| all.get(index))
}

/// Sum of an operator's code and operands: slots of `Operator` 0 to 2, of `OperatorCode` 0 and 3.
fn operator(model: Model<'_>, op: Table<'_>) -> u64 {
    let index = field::<u32>(op, 0).unwrap_or(0);
    let code = element(model.0, 1, index as usize).map_or(0, |code| {
        let old = field::<i8>(code, 0).unwrap_or(0);
        field::<i32>(code, 3).unwrap_or(0).max(old.into())
    });
    let operands = |slot| field::<To<Vector<'_, i32>>>(op, slot).into_iter().flatten();
    let sum = operands(1)
        .chain(operands(2))
        .fold(0u64, |n, i| n.wrapping_add(u64::from(i.cast_unsigned())));
    sum.wrapping_add(u64::from(code.cast_unsigned()))
}

/// What the first operator sums to.
#[must_use]
pub fn first(model: Model<'_>) -> u64 {
    let op = tables(model.0, 2).next().and_then(|graph| element(graph, 3, 0));
    op.map_or(0, |op| operator(model, op))
}

/// What all operators and tensors sum to.
#[must_use]
pub fn all(model: Model<'_>) -> u64 {
    let mut sum = 0u64;
    for graph in tables(model.0, 2) {
        for op in tables(graph, 3) {
            sum = sum.wrapping_add(operator(model, op));
        }
        for tensor in tables(graph, 0) {
            sum = sum.wrapping_add(self::tensor(model, tensor));
        }
    }
    sum
}

/// Sum of a tensor's shape, type, and lengths of name and data: slots of `Tensor` 0 to 3.
fn tensor(model: Model<'_>, tensor: Table<'_>) -> u64 {
    let shape = field::<To<Vector<'_, i32>>>(tensor, 0).into_iter().flatten();
    let shape = shape.fold(0u64, |n, d| n.wrapping_add(u64::from(d.cast_unsigned())));
    let dtype = field::<i8>(tensor, 1).unwrap_or(0);
    let buffer = field::<u32>(tensor, 2).unwrap_or(0) as usize;
    let data = element(model.0, 4, buffer).filter(|_| buffer != 0).map_or(0, |buffer| {
        let inside = field::<To<Vector<'_, u8>>>(buffer, 0).map_or(0, |v| v.len() as u64);
        inside.max(field::<u64>(buffer, 2).unwrap_or(0))
    });
    let name = field::<To<&str>>(tensor, 3).map_or(0, str::len) as u64;
    shape.wrapping_add(u64::from(dtype.cast_unsigned())).wrapping_add(data).wrapping_add(name)
}
