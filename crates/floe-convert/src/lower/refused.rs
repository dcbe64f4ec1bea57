//! Ops that TFLite cannot have: why, and what would make a graph with them work. The command says it for each node.
//!
//! Invariant: no op here has a lowering; a name ends in `*` where it stands for all that begin with it.

/// What is said of an op that is not here.
const UNKNOWN: &str =
    "TFLite has no operator for it, and the converter knows no other way to compute it";

/// Families of ops, and what is said of them.
const FAMILIES: &[(&[&str], &str)] = &[
    (
        &[
            "AsString",
            "DecodeBase64",
            "EncodeBase64",
            "ReduceJoin",
            "Regex*",
            "StaticRegex*",
            "StringFormat",
            "StringJoin",
            "StringLength",
            "StringLower",
            "StringNGrams",
            "StringSplit*",
            "StringStrip",
            "StringToHashBucket*",
            "StringToNumber",
            "StringUpper",
            "Substr",
            "Unicode*",
            "UnsortedSegmentJoin",
        ],
        "TFLite has no operator on text but tables, equality and moves: prepare the text before the model, and convert a signature (or --inputs) that begins at the numbers",
    ),
    (
        &[
            "DecodeAndCropJpeg",
            "DecodeBmp",
            "DecodeCSV",
            "DecodeCompressed",
            "DecodeGif",
            "DecodeImage",
            "DecodeJSONExample",
            "DecodeJpeg",
            "DecodePng",
            "DecodeProto*",
            "DecodeRaw",
            "DecodeWav",
            "DecodeWebP",
            "DecodePaddedRaw",
            "EncodeJpeg*",
            "EncodePng",
            "EncodeProto",
            "EncodeWav",
            "ExtractJpegShape",
            "ParseExample*",
            "ParseSequenceExample*",
            "ParseSingleExample",
            "ParseTensor",
            "SerializeTensor",
        ],
        "TFLite reads no file formats: decode before the model, and begin at the decoded tensor with --inputs",
    ),
    (
        &[
            "ApplyAdam*",
            "ApplyGradientDescent",
            "ApplyMomentum",
            "ApplyRMSProp",
            "AvgPool3DGrad",
            "AvgPoolGrad",
            "Conv2DBackpropFilter*",
            "Conv3DBackpropFilter*",
            "DepthwiseConv2dNativeBackpropFilter",
            "DepthwiseConv2dNativeBackpropInput",
            "FusedBatchNormGrad*",
            "LRNGrad",
            "MaxPool3DGrad*",
            "MaxPoolGrad*",
            "ResizeBilinearGrad",
            "ResizeNearestNeighborGrad",
            "ResourceApply*",
            "ResourceSparseApply*",
            "SparseApply*",
            "StridedSliceGrad",
        ],
        "it belongs to training, for which TFLite has no operator: convert a signature that infers",
    ),
    (
        &[
            "Dataset*",
            "EagerPyFunc",
            "Iterator*",
            "LMDBReader",
            "MatchingFiles",
            "OneShotIterator",
            "PyFunc",
            "PyFuncStateless",
            "Queue*",
            "RandomDataset*",
            "ReadFile",
            "RestoreV2",
            "SaveV2",
            "Stage",
            "TFRecord*",
            "TensorDataset",
            "WriteFile",
        ],
        "it works with files, queues or Python, which a .tflite has not: leave it out of the signature, or feed what it gives with --inputs",
    ),
    (
        &[
            "BatchCholesky",
            "BatchMatrix*",
            "Cholesky*",
            "Eig",
            "LogMatrixDeterminant",
            "Lu",
            "MatrixDeterminant",
            "MatrixExponential",
            "MatrixInverse",
            "MatrixLogarithm",
            "MatrixSolve*",
            "MatrixSquareRoot",
            "MatrixTriangularSolve",
            "Qr",
            "SelfAdjointEig*",
            "Svd",
            "TridiagonalSolve",
        ],
        "TFLite has no decompositions of matrices: compute it before the model; where it reads constants only, store its result as a variable",
    ),
    (
        &[
            "ParameterizedTruncatedNormal",
            "RandomGamma*",
            "RandomPoisson*",
            "RandomShuffle",
            "RandomUniformInt",
            "StatefulStandardNormal*",
            "StatefulTruncatedNormal",
            "StatefulRandomBinomial",
            "StatefulUniform*",
            "StatelessRandom*",
            "StatelessTruncatedNormal*",
            "TruncatedNormal",
        ],
        "TFLite draws float32 from the uniform and the normal distribution only: feed the numbers, or use tf.random.uniform or tf.random.normal",
    ),
    (
        &[
            "DeserializeSparse",
            "RaggedGather",
            "RaggedRange",
            "RaggedTensor*",
            "SerializeSparse",
            "SparseAdd*",
            "SparseConcat",
            "SparseCross*",
            "SparseFillEmptyRows",
            "SparseMatMul",
            "SparseMatrix*",
            "SparseReduce*",
            "SparseReorder",
            "SparseReshape",
            "SparseSegment*",
            "SparseSlice",
            "SparseTensor*",
        ],
        "TFLite has no sparse or ragged tensors: make it dense (tf.sparse.to_dense, RaggedTensor.to_tensor) before",
    ),
    (
        &[
            "CombinedNonMaxSuppression",
            "GenerateBoundingBoxProposals",
            "NonMaxSuppressionWithOverlaps",
        ],
        "TFLite suppresses the boxes of one class at a time: use tf.image.non_max_suppression_with_scores for each",
    ),
    (
        &["Betainc", "Bessel*", "Igamma*", "Igammac", "Ndtri", "Polygamma", "Zeta"],
        "TFLite has no such function, and no short formula gives it in float32: compute it before the model",
    ),
    (
        &["Collective*", "Nccl*", "TPU*", "XlaLaunch", "_TPU*"],
        "it belongs to several devices: convert the graph that was made for one",
    ),
];

/// Why `op` has no lowering, and what would make it work.
pub(super) fn reason(op: &str) -> String {
    let fits = |name: &str| match name.strip_suffix('*') {
        Some(start) => op.starts_with(start),
        None => name == op,
    };
    let why = FAMILIES
        .iter()
        .find(|(names, _)| names.iter().any(|n| fits(n)))
        .map_or(UNKNOWN, |(_, why)| *why);
    format!("{why}; --allow-custom keeps it as a custom operator")
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, reason};

    #[test]
    fn nothing_that_is_lowered_is_refused() {
        let all = crate::lower::supported();
        for name in FAMILIES.iter().flat_map(|(names, _)| *names) {
            let of = |op: &&&str| match name.strip_suffix('*') {
                Some(start) => op.starts_with(start),
                None => **op == *name,
            };
            assert_eq!(all.iter().find(of), None, "{name}");
        }
        assert!(reason("StringToHashBucketFast").contains("text"));
        assert!(reason("Whatever").contains("--allow-custom"));
    }
}
