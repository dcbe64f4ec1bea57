//! Computing what does not depend on any input: a graph of constants, converted and run by the
//! micro-interpreter.
//!
//! Invariant: one set of kernels. What a constant folds to is what `run` would give for it.

use floe_convert::{Options, Signature, Source, convert};
use floe_graph::{DType, Payload, Shape, TensorView};
use floe_micro::{Session, SessionOptions};
use floe_proto::tensorflow::{GraphDef, TensorProto};
use floe_savedmodel::optimize::Evaluate;
use floe_savedmodel::to_proto;

/// Computes tensors of graphs that need nothing fed, such as [`optimize`](floe_savedmodel::optimize)
/// folds.
///
/// ```
/// use floe::savedmodel::Builder;
///
/// let g = Builder::new();
/// let y = (g.floats("x", &[3], &[1.0, 2.0, 3.0]) * 2.0).name();
/// assert_eq!(floe::Evaluator::default().floats(&g.finish()?, &y)?, [2.0, 4.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evaluator {
    /// The most bytes that the interpreter may take.
    pub max_arena: usize,
}

impl Default for Evaluator {
    fn default() -> Self {
        Self { max_arena: 1 << 30 }
    }
}

impl Evaluator {
    /// The elements of `tensor`, which is of float32 and needs nothing fed, row-major.
    ///
    /// # Errors
    /// Why it cannot be computed.
    pub fn floats(&self, graph: &GraphDef, tensor: &str) -> Result<Vec<f32>, String> {
        let values = self.evaluate(graph, &[tensor.to_owned()])?;
        match values.as_slice() {
            [value] if value.dtype == i32::from(DType::Float32.tensorflow()) => {
                let (words, _) = value.tensor_content.as_chunks();
                Ok(words.iter().map(|w| f32::from_le_bytes(*w)).collect())
            }
            _ => Err(format!("`{tensor}` is not of float32")),
        }
    }
}

impl Evaluate for Evaluator {
    fn evaluate(&self, graph: &GraphDef, tensors: &[String]) -> Result<Vec<TensorProto>, String> {
        let named: Vec<_> =
            (0..).map(|i: u32| i.to_string()).zip(tensors.iter().cloned()).collect();
        let signatures = [Signature { outputs: named, ..Signature::default() }];
        let source = Source { graph, signatures: &signatures, init: &[], files: &[] };
        let mut options = Options::default();
        options.exact_types = true;
        let converted = convert(&source, &options).map_err(|e| e.to_string())?;
        let file = converted.to_vec().map_err(|e| e.to_string())?;
        let mut options = SessionOptions::default();
        options.max_arena = self.max_arena;
        let mut session = Session::new(&file, options).map_err(|e| e.to_string())?;
        session.invoke().map_err(|e| e.to_string())?;
        let ports = session.outputs().map_err(|e| e.to_string())?;
        let take = |(i, dtype): (usize, DType)| {
            let (shape, bytes) = session.output(i).map_err(|e| e.to_string())?;
            let dims: Vec<i64> = shape.dims().iter().map(|&d| d.into()).collect();
            let payload = match dtype {
                DType::String => Payload::Strings(floe_graph::Strings::Offsets(bytes)),
                _ => Payload::Raw(bytes),
            };
            let view = TensorView::new(dtype, Shape::I64(&dims), payload);
            to_proto("", &view, None).map_err(|e| e.to_string())
        };
        ports.iter().map(|p| p.dtype).enumerate().map(take).collect()
    }
}
