//! [`OpDef`] and [`Kernel`]: what the interpreter knows about an op.
//!
//! Ops are constants that the caller lists; a kernel nobody lists is never referenced, so the linker
//! drops it. Invariant: everything that can be wrong with an operator is found by `prepare`; `eval`
//! fails only when a kernel breaks its contract, or when values that only a run has are out of range.

use crate::error::{Fault, Operand, Result};
use crate::interpreter::Interpreter;
use crate::op::{Done, Op, Site};
use crate::plan::{Frame, Planner, Visit};
use crate::sweep::Sweep;

/// Which operator code of the file an op implements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A builtin's number in the schema.
    Builtin(i32),
    /// A custom op's name.
    Custom(&'static str),
}

/// One op: its code, and its kernels for different element types.
#[derive(Clone, Copy, Debug)]
pub struct OpDef {
    /// The operator code.
    pub code: Code,
    /// The newest version of the op that the kernels know.
    pub version: u8,
    /// The kernels, of which the first runs whose `prepare` does not refuse the types.
    pub kernels: &'static [Kernel],
}

impl OpDef {
    /// A builtin.
    #[must_use]
    pub const fn builtin(code: i32, version: u8, kernels: &'static [Kernel]) -> Self {
        Self { code: Code::Builtin(code), version, kernels }
    }

    /// A custom op.
    #[must_use]
    pub const fn custom(name: &'static str, kernels: &'static [Kernel]) -> Self {
        Self { code: Code::Custom(name), version: u8::MAX, kernels }
    }
}

/// One implementation of an op.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    pub(crate) prepare: fn(&mut Op<'_>) -> Done,
    pub(crate) run: Run,
    pub(crate) marks: u8,
    pub(crate) overlap: Overlap,
    /// Makes the task of an operator, when its kernel runs tasks.
    #[cfg(feature = "alloc")]
    pub(crate) make: Option<crate::task::Make>,
}

/// How a kernel's output 0 may overlap an input that nobody needs after it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Overlap {
    /// Not at all.
    Never,
    /// It may lie exactly where one of the first so many inputs does that takes as many bytes.
    Same(u16),
    /// Row by row over input 0.
    Rows(fn(&Op<'_>) -> Result<Sweep, Fault>),
}

/// How a kernel runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    Eval(fn(&mut Op<'_>) -> Done),
    Control(&'static Control, &'static Subgraphs),
}

/// What plans and runs subgraphs. Only kernels that run them refer to it, so only they link it.
pub(crate) struct Subgraphs {
    /// Prepares the next callee that needs it.
    pub(crate) callees:
        for<'p> fn(&mut Planner<'p>, &mut Frame, Site<'p>, &Control) -> Result<Visit>,
    /// Begins callee `number`.
    pub(crate) call: for<'a> fn(&mut Interpreter<'a>, &Control, usize) -> Result<()>,
    /// Ends it: its outputs become the operator's.
    pub(crate) leave: for<'a> fn(&mut Interpreter<'a>, Frame) -> Result<()>,
}

impl core::fmt::Debug for Subgraphs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Subgraphs")
    }
}

const SUBGRAPHS: Subgraphs = Subgraphs {
    callees: |planner, frame, site, control| planner.callees(frame, site, control),
    call: |interpreter, control, number| interpreter.call(control, number),
    leave: |interpreter, caller| interpreter.end_call(caller),
};

impl Kernel {
    pub(crate) const SHAPES_ONLY: u8 = 1;
    pub(crate) const IMPURE: u8 = 2;

    /// A kernel of two functions. `prepare` refuses element types that are not its own with
    /// [`Kind::Type`](crate::Kind::Type), checks everything else, sets the outputs' shapes and asks for
    /// scratch memory; `eval` computes.
    #[must_use]
    pub const fn new(prepare: fn(&mut Op<'_>) -> Done, eval: fn(&mut Op<'_>) -> Done) -> Self {
        Self {
            prepare,
            run: Run::Eval(eval),
            marks: 0,
            overlap: Overlap::Never,
            #[cfg(feature = "alloc")]
            make: None,
        }
    }

    /// A kernel that runs subgraphs.
    #[must_use]
    pub const fn control(prepare: fn(&mut Op<'_>) -> Done, control: &'static Control) -> Self {
        Self {
            prepare,
            run: Run::Control(control, &SUBGRAPHS),
            marks: Self::IMPURE,
            overlap: Overlap::Never,
            #[cfg(feature = "alloc")]
            make: None,
        }
    }

    /// The same kernel, which reads no input: its outputs follow from shapes and options alone, and are
    /// computed before the model runs when those are known.
    #[must_use]
    pub const fn shapes_only(mut self) -> Self {
        self.marks |= Self::SHAPES_ONLY;
        self
    }

    /// The same kernel, which does not give the same outputs for the same inputs each time.
    #[must_use]
    pub const fn impure(mut self) -> Self {
        self.marks |= Self::IMPURE;
        self
    }

    /// The same kernel, whose output 0 may lie where its input 0 does when they take as many bytes:
    /// [`Op::in_place`] says whether it does, and only the output can then be asked for.
    #[must_use]
    pub const fn in_place(self) -> Self {
        self.in_place_of(1)
    }

    /// As [`in_place`](Self::in_place) for any one of the first `inputs` inputs: [`Op::in_place_of`] says
    /// which.
    #[must_use]
    pub const fn in_place_of(mut self, inputs: u16) -> Self {
        self.overlap = Overlap::Same(inputs);
        self
    }

    /// The same kernel, whose output 0 may run over the rows of its input 0 that it no longer needs: `sweep`
    /// says which those are, and `eval` gets the memory of both by [`Op::sweep`].
    #[must_use]
    pub const fn sweeps(mut self, sweep: fn(&Op<'_>) -> Result<Sweep, Fault>) -> Self {
        self.overlap = Overlap::Rows(sweep);
        self
    }

    pub(crate) const fn has(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }
}

/// How an op runs subgraphs: the interpreter keeps the stack, the op says what comes next.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// Subgraph `i` that it may run; `None` beyond the last.
    pub callee: fn(&Op<'_>, usize) -> Result<Option<Callee>, Fault>,
    /// What to do at this turn.
    pub step: fn(&mut Op<'_>, Turn) -> Result<Flow, Fault>,
}

/// A subgraph as an op runs it.
#[derive(Clone, Copy, Debug)]
pub struct Callee {
    /// Its index.
    pub graph: usize,
    /// What its inputs are.
    pub args: Args,
    /// Whether its outputs become the op's.
    pub results: bool,
}

impl Callee {
    /// The operand that the subgraph's input `i` takes its value from.
    pub(crate) fn arg(&self, i: usize) -> Option<Operand> {
        let i = u16::try_from(i).ok()?;
        match self.args {
            Args::None => None,
            Args::Inputs(first) => Some(Operand::In(first.checked_add(i)?)),
            Args::Outputs => Some(Operand::Out(i)),
        }
    }
}

/// What a subgraph is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Args {
    /// Nothing.
    None,
    /// The op's inputs from this one on.
    Inputs(u16),
    /// The op's outputs, in which a loop keeps its variables.
    Outputs,
}

/// Where an op that runs subgraphs stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    /// How many subgraphs it has run since it began.
    pub number: u32,
    /// Which it ran last.
    pub last: usize,
    /// The first byte of the last one's first output, as a truth value.
    pub flag: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next operator.
    Done,
    /// Run callee `i`, and come back.
    Call(usize),
}
