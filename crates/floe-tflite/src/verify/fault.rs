//! [`Fault`], [`Rule`] and [`Path`]: what is wrong, by which rule, where.
//!
//! Invariant: `Copy`, no allocation: a chip can verify too. A fault's text is made when it is shown.

use crate::schema::TableId;
use core::fmt;
use floe_graph::ErrorKind;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Runs, but is not as it should be, or not everywhere.
    Warning,
    /// Some runtime refuses it, computes nonsense or does worse.
    Error,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $id:literal $severity:ident $text:literal;)*) => {
        /// The rules of a valid model. The list grows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            /// The file's structure, see the kind.
            Structure(ErrorKind),
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule about the model's meaning.
            pub const MEANING: &'static [Self] = &[$(Self::$name,)*];

            /// Its name for programs and for `--allow`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { Self::Structure(_) => "structure", $(Self::$name => $id,)* }
            }

            /// How bad it is to break it.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { Self::Structure(_) => Severity::Error, $(Self::$name => Severity::$severity,)* }
            }

            /// The fault in words; `{0}` and `{1}` stand for its numbers.
            const fn text(self) -> &'static str {
                match self { Self::Structure(kind) => kind.message(), $(Self::$name => $text,)* }
            }
        }
    };
}

rules! {
    // Indices.
    /// There is a graph to run.
    NoSubgraph "no-subgraph" Error "the model has no subgraph";
    /// Names are UTF-8.
    NotUtf8 "utf-8" Warning "the name is not UTF-8";
    /// Tensor indices lie in the graph.
    TensorIndex "tensor-index" Error "tensor {0} does not exist: the graph has {1}";
    /// Inputs are left out only where the operator allows it.
    MissingInput "missing-input" Error "input {0} is not optional";
    /// Every output is given.
    MissingOutput "missing-output" Error "an output cannot be left out";
    /// Operator codes lie in their table.
    OpcodeIndex "opcode-index" Error "operator code {0} does not exist: the model has {1}";
    /// Buffer indices lie in their table.
    BufferIndex "buffer-index" Error "buffer {0} does not exist: the model has {1}";
    /// Subgraph indices lie in the model.
    SubgraphIndex "subgraph-index" Error "subgraph {0} does not exist: the model has {1}";
    /// Metadata entries have a name.
    MetadataName "metadata-name" Error "the metadata entry has no name";
    /// External buffer ids are listed.
    ExternalBuffer "external-buffer" Error "no external buffer has the id {0}";
    /// External buffer ids differ.
    ExternalId "external-id" Error "two external buffers have the id {0}";
    /// External buffers are the same bytes or others.
    ExternalOverlap "external-overlap" Warning "the {1} bytes from {0} on are partly those of another external buffer";
    /// External buffer groups are listed.
    ExternalGroup "external-group" Error "external buffer group {0} does not exist: the model has {1}";
    /// A group's file lies beside the model.
    ExternalPath "external-path" Warning "the group's name is a path out of the model's folder";
    /// Data lies in one place.
    TwoSources "two-sources" Error "the tensor has both buffer {0} and external buffer {1}";
    /// Signature keys differ.
    SignatureKey "signature-key" Error "two signatures have the same key";
    /// Control dependencies name operators.
    ControlIndex "control-index" Error "operator {0} of a control dependency does not exist: the graph has {1}";
    /// The dependency list can be read.
    ControlFormat "control-format" Error "the control dependencies cannot be read";

    // The graph.
    /// A tensor is written once.
    TwoWriters "two-writers" Error "tensor {0} is written before";
    /// What is read was written before.
    ReadBeforeWrite "read-before-write" Error "tensor {0} is read before it is written";
    /// What is read has elements from somewhere.
    NeverWritten "never-written" Error "nothing writes tensor {0}, and it has no data";
    /// Constants stay what they are.
    WritesConstant "writes-constant" Error "tensor {0} is a constant and cannot be written";
    /// Variables are written by their own operators.
    WritesVariable "writes-variable" Warning "tensor {0} is a variable and an output: it is zeroed by a reset";
    /// Graph inputs are the caller's.
    WritesInput "writes-input" Error "tensor {0} is an input of the graph and cannot be written";
    /// An operator does not write over what it reads.
    ReadsOwnOutput "reads-own-output" Error "tensor {0} is both an input and an output of the operator";
    /// A graph input is listed once.
    SameInput "same-input" Warning "tensor {0} is an input twice";
    /// Graphs do not call each other in a circle.
    Recursion "recursion" Error "subgraph {0} calls itself, or calls nest deeper than any runtime goes";
    /// Called graphs take what they are given.
    CalleeInputs "callee-inputs" Error "the called graph takes {0} inputs, the operator gives {1}";
    /// Called graphs give what is expected.
    CalleeOutputs "callee-outputs" Error "the called graph gives {0} outputs, the operator expects {1}";
    /// Called graphs agree on types.
    CalleeType "callee-type" Error "the called graph has element type {0} here, the operator {1}";
    /// A loop's condition is one truth value.
    Condition "condition" Error "the condition's type is {0}, not BOOL";
    /// The condition and the body of a loop are two graphs.
    SameSubgraph "same-subgraph" Error "condition and body are the same subgraph {0}";

    // Data.
    /// Dimensions are not negative.
    NegativeDimension "negative-dimension" Error "dimension {0} is {1}";
    /// Signatures agree with shapes.
    ShapeSignature "shape-signature" Error "the shape signature has rank {0}, the shape {1}";
    /// Sizes can be computed.
    TooManyElements "too-many-elements" Error "the shape has more elements than a runtime can count";
    /// Data is as long as the shape says.
    DataLength "data-length" Error "{0} bytes of data, the shape and type need {1}";
    /// Variables start empty.
    VariableData "variable-data" Error "a variable has data";
    /// Element types are known.
    UnknownType "unknown-type" Error "element type {0} is unknown";
    /// Buffer 0 stands for no data.
    BufferZero "buffer-zero" Warning "buffer 0 is to be empty and holds {0} bytes";
    /// Constants lie in the file.
    BufferRange "buffer-range" Error "{1} bytes from {0} on are outside the file";
    /// Constants behind the FlatBuffer do not overlap it.
    BufferOverlap "buffer-overlap" Warning "byte {0} lies inside the FlatBuffer";
    /// Constants start where their elements can be loaded in place.
    BufferAlign "buffer-align" Warning "the data starts at byte {0}, not on a boundary of its {1}-byte elements";
    /// String tables can be read.
    StringTable "string-table" Error "string {0} of the table is out of bounds or order";
    /// String tables have as many strings as the shape.
    StringCount "string-count" Error "{0} strings, the shape has {1} elements";
    /// Sparse storage fits the shape.
    SparseOrder "sparse-order" Error "the traversal order has {0} entries and is to be a permutation of {1}";
    /// Sparse blocks name dimensions and divide them.
    SparseBlock "sparse-block" Error "block dimension {0} does not fit its tensor: {1}";
    /// Sparse dimensions are described.
    SparseDimension "sparse-dimension" Error "sparse dimension {0} is wrong: {1}";
    /// Sparse segments rise and end at the indices.
    SparseSegments "sparse-segments" Error "the segments of dimension {0} are wrong at {1}";
    /// Sparse indices lie in their dimension.
    SparseIndices "sparse-indices" Error "an index of dimension {0} is out of range or order at {1}";

    // Quantization.
    /// Scales and zero points come in pairs.
    ZeroPointCount "zero-point-count" Error "{0} scales, {1} zero points";
    /// Scales are positive.
    Scale "scale" Error "the scale is not a positive number";
    /// Scales are not zero.
    ZeroScale "zero-scale" Warning "the scale is 0: all elements stand for 0";
    /// Operators divide by scales.
    ZeroScaleUsed "zero-scale-used" Error "the operator computes with a scale of 0";
    /// Zero points fit their type.
    ZeroPoint "zero-point" Error "zero point {0} does not fit element type {1}";
    /// Wide integers are symmetric.
    ZeroPointNotZero "zero-point-not-zero" Warning "zero point {0}: kernels want 0 for element type {1}";
    /// Kernels of 16-bit integers are symmetric.
    ZeroPointUsed "zero-point-used" Error "zero point {0}: the operator's kernel for element type {1} needs 0";
    /// The axis lies in the shape.
    QuantAxis "quant-axis" Error "quantized dimension {0} of rank {1}";
    /// A useless axis lies in the shape too.
    QuantAxisUnused "quant-axis-unused" Warning "quantized dimension {0} of rank {1}, not needed here, but LiteRT refuses it";
    /// One scale for each slice.
    ScaleCount "scale-count" Error "{0} scales along a dimension of {1}";
    /// Quantized arithmetic knows its scales.
    NoQuantization "no-quantization" Error "element type {0} without quantization";
    /// A bias has the scale of input times weights.
    BiasScale "bias-scale" Error "the bias' scale is not the product of input's and weights'";
    /// A bias of a convolution by channel has the scale of input times channel's weights.
    BiasScaleAxis "bias-scale-axis" Warning "the scale of the bias' channel {0} is not the product of input's and weights'";
    /// Some operators do not rescale.
    SameScale "same-scale" Warning "input and output are quantized differently, and the operator does not rescale";
    /// Some operators look whether they would have to rescale.
    SameScaleAsked "same-scale-asked" Error "input and output are quantized differently, which the operator refuses";
    /// Some operators have one output scale.
    FixedScale "fixed-scale" Error "the operator's output has a fixed scale and zero point, not these";
    /// Blocks divide what they cut.
    BlockSize "block-size" Error "block size {0} along a dimension of {1}";

    // Operators.
    /// The operator is known.
    UnknownOp "unknown-op" Error "operator {0} is unknown";
    /// Somebody can run the operator.
    NoKernel "no-kernel" Error "no runtime has a kernel for operator {0}";
    /// The version is known.
    UnknownVersion "unknown-version" Error "version {0} is unknown, the highest is {1}";
    /// Custom operators have names.
    CustomName "custom-name" Error "a custom operator without a name";
    /// Options are those of the operator.
    WrongOptions "wrong-options" Error "the options are of another operator and would be ignored";
    /// Options are given where the defaults are of no use.
    NoOptions "no-options" Error "the operator has no options";
    /// Operators have the inputs they need.
    InputCount "input-count" Error "{0} inputs, the operator takes {1}";
    /// Operators have the outputs they need.
    OutputCount "output-count" Error "{0} outputs, the operator gives {1}";
    /// Operators get types they can compute with.
    OperandType "operand-type" Error "the operator does not take element type {0} here";
    /// Operators give the types they compute.
    ResultType "result-type" Error "element type {0} for a result that is {1}";
    /// LiteRT sets the types of most results, whatever the file says; others trust the file.
    ResultTypeGiven "result-type-given" Warning "element type {0} for a result that is {1}, which not every runtime puts right";
    /// Operators get shapes they can compute with.
    OperandRank "operand-rank" Error "rank {0}, the operator takes {1}";
    /// Shapes agree.
    OperandShape "operand-shape" Error "dimension {0} does not fit {1}";
    /// Shapes broadcast.
    Broadcast "broadcast" Error "dimensions {0} and {1} do not broadcast";
    /// The element count stays.
    ReshapeCount "reshape-count" Error "{0} elements do not fit the new shape's {1}";
    /// Numbers such as strides are positive.
    NotPositive "not-positive" Error "is {0} and must be positive";
    /// Numbers are not negative.
    Negative "negative" Error "is {0} and must not be negative";
    /// Axes lie in the shape.
    Axis "axis" Error "axis {0} of rank {1}";
    /// Indices lie in the dimension.
    IndexRange "index-range" Error "index {0} along a dimension of {1}";
    /// Segment ids rise from 0.
    SegmentOrder "segment-order" Error "segment id {0} after {1}";
    /// Axes are named once.
    Permutation "permutation" Error "{0} twice, or out of rank {1}: no permutation";
    /// Whole numbers are not divided by 0.
    ZeroDivisor "zero-divisor" Error "element {0} of the divisor is 0";
    /// Options that exclude each other are not set together.
    Exclusive "exclusive-options" Error "half_pixel_centers and align_corners exclude each other";
    /// Sizes divide.
    Divides "divides" Error "{0} does not divide {1}";
    /// Enumerations have known numbers.
    UnknownNumber "unknown-number" Error "number {0} is unknown";

    // Resources and targets.
    /// The arena fits.
    Arena "arena" Error "{0} bytes for tensors at once, {1} allowed";
    /// The target has the operator.
    TargetOp "target-op" Error "the target has no operator {0}";
    /// The target reads such files.
    TargetOffsets "target-offsets" Error "the target does not read constants behind the FlatBuffer";
    /// The target takes such quantization.
    TargetAxis "target-axis" Error "the target refuses quantized dimension {0} of rank {1}";
    /// The target's kernel takes the element type.
    TargetType "target-type" Error "the target's kernel does not take element type {0}";
    /// The target's kernel can do without what is left out.
    TargetInput "target-input" Error "the target's kernel needs input {0}";
    /// The target reads such shapes.
    TargetDynamic "target-dynamic" Error "the target needs static shapes";
}

/// Where in the file's tables: `subgraphs[0].operators[3].inputs[1]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    steps: [Step; 7],
    len: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Step {
    table: TableId,
    slot: u8,
    index: Option<u32>,
}

impl Default for Path {
    fn default() -> Self {
        let step = Step { table: TableId::MODEL, slot: 0, index: None };
        Self { steps: [step; 7], len: 0 }
    }
}

impl Path {
    /// The path one step on: into slot `slot` of `table`, element `index` of it.
    #[must_use]
    pub fn then(mut self, table: TableId, slot: u8, index: Option<u32>) -> Self {
        self.push(table, slot, index);
        self
    }

    /// Goes one step on, as [`then`](Self::then).
    pub(crate) fn push(&mut self, table: TableId, slot: u8, index: Option<u32>) {
        if let Some(step) = self.steps.get_mut(usize::from(self.len)) {
            *step = Step { table, slot, index };
            self.len = self.len.saturating_add(1);
        }
    }

    /// Goes one step back.
    pub(crate) const fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps.iter().take(self.len.into());
        for (i, Step { table, slot, index }) in steps.enumerate() {
            let dot = if i == 0 { "" } else { "." };
            write!(f, "{dot}{}", table.field(*slot).map_or("?", |field| field.name()))?;
            if let Some(index) = index {
                write!(f, "[{index}]")?;
            }
        }
        if self.len == 0 { f.write_str("the file") } else { Ok(()) }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where in the tables.
    pub path: Path,
    /// Where in the file, in bytes.
    pub at: usize,
    /// The numbers that the text speaks of.
    pub numbers: [i64; 2],
    /// The operator that the place belongs to, when it does: its number in the schema.
    pub op: Option<i32>,
}

impl Fault {
    pub(crate) const fn new(rule: Rule, path: Path, at: usize, numbers: [i64; 2]) -> Self {
        Self { rule, path, at, numbers, op: None }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.rule.severity()
    }
}

/// `PATH (OP): what is wrong (byte N)`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(name) = self.op.and_then(crate::schema::op_name) {
            write!(f, " ({name})")?;
        }
        f.write_str(": ")?;
        let mut rest = self.rule.text();
        while let Some((before, after)) = rest.split_once('{') {
            f.write_str(before)?;
            let (which, after) = after.split_once('}').unwrap_or(("0", after));
            write!(f, "{}", if which == "1" { self.numbers[1] } else { self.numbers[0] })?;
            rest = after;
        }
        write!(f, "{rest} (byte {})", self.at)
    }
}
