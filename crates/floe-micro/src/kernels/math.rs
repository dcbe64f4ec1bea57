//! SIN, COS, SQUARE, CEIL, FLOOR, ROUND: functions of floats alone.
//!
//! float32. ROUND takes halves to the even neighbour.

use super::function::{Function, float};
use crate::error::Fault;
use crate::num::float as num;
use crate::{Op, OpDef};
use floe_tflite::op;

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $function:ident $version:literal |$x:ident| $value:expr;)*) => {$(
        $(#[$doc])*
        pub static $name: OpDef = OpDef::builtin(op::$name, $version, &[float::<$function>()]);

        struct $function;

        impl Function for $function {
            fn new(_: &Op<'_>) -> Result<Self, Fault> {
                Ok(Self)
            }
            #[inline(always)]
            fn at(&self, $x: f32) -> f32 {
                $value
            }
        }
    )*};
}

functions! {
    /// SIN.
    SIN Sin 1 |x| num::sin(x);
    /// COS.
    COS Cos 1 |x| num::cos(x);
    /// SQUARE.
    SQUARE Square 1 |x| x * x;
    /// CEIL.
    CEIL Ceil 1 |x| num::ceil(x);
    /// FLOOR.
    FLOOR Floor 1 |x| num::floor(x);
    /// ROUND.
    ROUND Round 1 |x| num::round_even(x);
}

#[cfg(test)]
mod tests {
    use super::{Ceil, Function, Round, Square};

    #[test]
    fn roundings_are_those_of_the_names() {
        let all = |f: &dyn Fn(f32) -> f32| [-2.5, -0.5, 0.5, 1.5, 2.25].map(f);
        assert_eq!(all(&|x| Round.at(x)), [-2.0, -0.0, 0.0, 2.0, 2.0]);
        assert_eq!(all(&|x| Ceil.at(x)), [-2.0, -0.0, 1.0, 2.0, 3.0]);
        assert_eq!(all(&|x| Square.at(x)), [6.25, 0.25, 0.25, 2.25, 5.0625]);
    }
}
