//! IF, WHILE and CALL_ONCE: operators that run subgraphs.
//!
//! The interpreter keeps the stack and moves arguments and results; what is here says which subgraph comes
//! next. WHILE keeps its variables in its outputs.

use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::kernel::{Args, Callee, Control, Flow, Turn};
use crate::{Done, Kernel, Op, OpDef, Operand};
use floe_graph::DType;
use floe_tflite::fields::{call_once_options, if_options, while_options};
use floe_tflite::op;
use floe_tflite::schema::Field;

/// IF.
pub static IF: OpDef = OpDef::builtin(
    op::IF,
    1,
    &[Kernel::control(prepare_if, &Control { callee: callee_if, step: step_if })],
);
/// WHILE.
pub static WHILE: OpDef = OpDef::builtin(
    op::WHILE,
    1,
    &[Kernel::control(prepare_while, &Control { callee: callee_while, step: step_while })],
);
/// CALL_ONCE.
pub static CALL_ONCE: OpDef = OpDef::builtin(
    op::CALL_ONCE,
    1,
    &[Kernel::control(prepare_once, &Control { callee: callee_once, step: step_once })],
);

/// The subgraph that an option names.
fn graph(op: &Op<'_>, field: Field<i32>) -> Result<usize, Fault> {
    let index = usize::try_from(op.option(field)).ok();
    index.filter(|&i| i < op.subgraphs()).ok_or(Kind::Option.at(Operand::None))
}

fn prepare_if(op: &mut Op<'_>) -> Done {
    if op.dtype(In(0))? != DType::Bool || op.shape(In(0))?.len() != 1 {
        return Err(Kind::Type.at(In(0)));
    }
    graph(op, if_options::THEN_SUBGRAPH_INDEX)?;
    graph(op, if_options::ELSE_SUBGRAPH_INDEX).map(|_| ())
}

fn callee_if(op: &Op<'_>, i: usize) -> Result<Option<Callee>, Fault> {
    let field = match i {
        0 => if_options::THEN_SUBGRAPH_INDEX,
        1 => if_options::ELSE_SUBGRAPH_INDEX,
        _ => return Ok(None),
    };
    Ok(Some(Callee { graph: graph(op, field)?, args: Args::Inputs(1), results: true }))
}

fn step_if(op: &mut Op<'_>, turn: Turn) -> Result<Flow, Fault> {
    if turn.number > 0 {
        return Ok(Flow::Done);
    }
    let yes = op.read::<bool>(In(0))?.at(0);
    Ok(Flow::Call(usize::from(!yes)))
}

fn prepare_while(op: &mut Op<'_>) -> Done {
    graph(op, while_options::COND_SUBGRAPH_INDEX)?;
    graph(op, while_options::BODY_SUBGRAPH_INDEX)?;
    if op.inputs() != op.outputs() {
        return Err(Kind::Missing.at(Operand::None));
    }
    for i in 0..op.inputs() as u16 {
        if op.dtype(In(i))? != op.dtype(Out(i))? {
            return Err(Kind::Type.at(Out(i)));
        }
        let shape = op.shape(In(i))?;
        op.set_shape(Out(i), &shape)?;
    }
    Ok(())
}

fn callee_while(op: &Op<'_>, i: usize) -> Result<Option<Callee>, Fault> {
    let (field, results) = match i {
        0 => (while_options::COND_SUBGRAPH_INDEX, false),
        1 => (while_options::BODY_SUBGRAPH_INDEX, true),
        _ => return Ok(None),
    };
    Ok(Some(Callee { graph: graph(op, field)?, args: Args::Outputs, results }))
}

fn step_while(op: &mut Op<'_>, turn: Turn) -> Result<Flow, Fault> {
    if turn.number == 0 {
        for i in 0..op.inputs() as u16 {
            op.copy(In(i), Out(i))?;
        }
        return Ok(Flow::Call(0));
    }
    match (turn.last, turn.flag) {
        (0, false) => Ok(Flow::Done),
        (0, true) => Ok(Flow::Call(1)),
        _ => Ok(Flow::Call(0)),
    }
}

fn prepare_once(op: &mut Op<'_>) -> Done {
    graph(op, call_once_options::INIT_SUBGRAPH_INDEX)?;
    // Whether it has run is part of the state, so that a snapshot holds it.
    op.state(4)
}

fn callee_once(op: &Op<'_>, i: usize) -> Result<Option<Callee>, Fault> {
    if i > 0 {
        return Ok(None);
    }
    let graph = graph(op, call_once_options::INIT_SUBGRAPH_INDEX)?;
    Ok(Some(Callee { graph, args: Args::None, results: false }))
}

fn step_once(op: &mut Op<'_>, turn: Turn) -> Result<Flow, Fault> {
    let ([], [state]) = op.io([], [Operand::State])?;
    if turn.number > 0 || state.first().is_none_or(|&done| done != 0) {
        return Ok(Flow::Done);
    }
    state.fill(1);
    Ok(Flow::Call(0))
}
