//! What ops of two inputs share: element types, broadcasting, refusing divisors of zero.
//!
//! Invariant: nothing here knows an op.

use super::common::{set_broadcast, types};
use crate::data::Scalar;
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Op};

/// Checks that both inputs have elements `T` and the output has elements `U`, and gives the output the shape
/// that the inputs broadcast to.
///
/// # Errors
/// [`Kind::Type`], [`Kind::Shape`].
pub fn pair<T: Scalar, U: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE), (Out(0), U::DTYPE)])?;
    set_broadcast(op)
}

/// Refuses the run when input 1 holds `zero`.
///
/// # Errors
/// [`Kind::Value`].
pub fn no_divisor<T: Scalar>(op: &Op<'_>, zero: T) -> Done {
    let found = op.read::<T>(In(1))?.iter().any(|x| x == zero);
    if found { Err(Kind::Value.at(In(1))) } else { Ok(()) }
}
