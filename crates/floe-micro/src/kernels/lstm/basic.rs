//! LSTM in its basic form: one step, one matrix for all gates, the states as inputs and outputs.
//!
//! float32. Inputs: x `[batch, input]`, h `[batch, n]`, weights `[4n, input + n]`, bias `[4n]`, c `[batch, n]`. Outputs: h, c, x beside
//! h, and the gates before their functions, in the order i, g, f, o.

use crate::data::{View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::kernels::common::types;
use crate::kernels::recurrent::check_dims;
use crate::num::float::{logistic, tanh};
use crate::{Done, Kernel, Op};
use floe_graph::DType;
use floe_tflite::fields::lstm_options::KERNEL_TYPE;

pub(super) const KERNEL: Kernel = Kernel::new(prepare, eval);

const BASIC: i8 = 1;

fn prepare(op: &mut Op<'_>) -> Done {
    if op.option(KERNEL_TYPE) != BASIC {
        return Err(Kind::Type.at(In(0)));
    }
    types(op, [0, 1, 2, 3, 4].map(|i| (In(i), DType::Float32)))?;
    types(op, [0, 1, 2, 3].map(|i| (Out(i), DType::Float32)))?;
    let (x, state) = (op.shape(In(0))?, op.shape(In(4))?);
    let (batches, input, units) = (x.dim(0), x.last(), state.last());
    if x.rank() != 2 || state.rank() != 2 || op.outputs() != 4 {
        return Err(Kind::Shape.at(In(0)));
    }
    check_dims(op, In(1), &[batches, units])?;
    check_dims(op, In(2), &[4 * units, input + units])?;
    check_dims(op, In(3), &[4 * units])?;
    check_dims(op, In(4), &[batches, units])?;
    if let Some(missing) = [In(1), In(2), In(3)].into_iter().find(|&i| !op.has(i)) {
        return Err(Kind::Missing.at(missing));
    }
    for (out, width) in
        [(Out(0), units), (Out(1), units), (Out(2), input + units), (Out(3), 4 * units)]
    {
        op.set_dims(out, &[batches, width])?;
    }
    Ok(())
}

fn eval(op: &mut Op<'_>) -> Done {
    let (input, units) = (op.shape(In(0))?.last(), op.shape(In(4))?.last());
    let ([x, h, w, b, c], [new_h, new_c, both, gates]) =
        op.io([In(0), In(1), In(2), In(3), In(4)], [Out(0), Out(1), Out(2), Out(3)])?;
    let [x, h, w, b, c] = [x, h, w, b, c].map(View::<f32>::new);
    let [mut new_h, mut new_c, mut both, mut gates] =
        [new_h, new_c, both, gates].map(ViewMut::<f32>::new);
    let rows = x.pieces(input).zip(h.pieces(units)).zip(c.pieces(units));
    for (row, ((x, h), c)) in rows.enumerate() {
        let mut both = both.part(row * (input + units), input + units);
        both.write(x.iter().chain(h.iter()));
        let mut gates = gates.part(row * 4 * units, 4 * units);
        gates.write(w.pieces(input + units).zip(b.iter()).map(|(w, b)| {
            let products = w.iter().zip(both.view().iter()).map(|(w, x)| w * x);
            products.fold(0.0, |sum, x| sum + x) + b
        }));
        for k in 0..units {
            let gate = |g: usize| gates.at(g * units + k);
            let cell = logistic(gate(0)) * tanh(gate(1)) + logistic(gate(2)) * c.at(k);
            new_c.set(row * units + k, cell);
            new_h.set(row * units + k, logistic(gate(3)) * tanh(cell));
        }
    }
    Ok(())
}
