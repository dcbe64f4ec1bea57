//! The schema as static tables.
//!
//! Made of `schemas/tflite.fbs` by `cargo run -p xtask -- codegen`.

use super::TableId;

/// The index in [`KINDS`] of each table's first field.
pub(crate) static FIRST: [u16; 171] = [
    0, 1, 5, 9, 16, 17, 18, 19, 25, 28, 31, 42, 48, 49, 54, 60,
    62, 65, 66, 67, 69, 70, 73, 74, 80, 82, 85, 102, 109, 110, 111, 118,
    126, 132, 139, 142, 143, 146, 148, 151, 155, 161, 162, 164, 166, 167, 168, 172,
    177, 183, 189, 193, 195, 196, 196, 196, 197, 197, 197, 200, 201, 202, 204, 205,
    205, 206, 208, 208, 208, 208, 209, 210, 211, 212, 218, 218, 220, 220, 220, 220,
    221, 222, 222, 222, 222, 222, 222, 222, 222, 227, 227, 228, 228, 228, 229, 229,
    229, 233, 235, 235, 236, 236, 236, 236, 236, 238, 238, 238, 238, 238, 238, 238,
    239, 239, 240, 241, 241, 241, 241, 241, 243, 243, 243, 243, 245, 246, 248, 248,
    248, 248, 248, 248, 248, 251, 253, 253, 253, 256, 256, 256, 256, 258, 258, 258,
    260, 261, 262, 262, 262, 262, 262, 262, 262, 262, 262, 262, 262, 262, 263, 267,
    272, 272, 286, 292, 295, 296, 301, 303, 305, 310, 320,
];

/// The kind of every field of every table.
pub(crate) static KINDS: [u16; 320] = [
    0x4c00, 0x0500, 0x0500, 0x0500, 0x0f00, 0x0500, 0x0500, 0x0500, 0x0f00, 0x1300, 0x1300, 0x1300,
    0x1100, 0x1700, 0x1800, 0x0500, 0x0f00, 0x2e00, 0x2c00, 0x0102, 0x0500, 0x1701, 0x1801, 0x1701,
    0x1801, 0x0f00, 0x0f00, 0x1607, 0x0f00, 0x0101, 0x0000, 0x0f00, 0x0101, 0x0600, 0x1400, 0x1503,
    0x0000, 0x1508, 0x0f00, 0x0000, 0x1609, 0x0600, 0x1100, 0x1100, 0x1100, 0x0700, 0x1100, 0x0000,
    0x1100, 0x1100, 0x1100, 0x1100, 0x1100, 0x1004, 0x1100, 0x1100, 0x1100, 0x1100, 0x1100, 0x0500,
    0x0500, 0x0500, 0x0700, 0x0000, 0x0500, 0x0700, 0x1100, 0x0605, 0x0606, 0x1100, 0x1100, 0x1100,
    0x1100, 0x0700, 0x1400, 0x0000, 0x1400, 0x0500, 0x0f00, 0x0c00, 0x1100, 0x0500, 0x1100, 0x1100,
    0x1100, 0x1100, 0x1100, 0x1100, 0x1100, 0x0a00, 0x0700, 0x0700, 0x1100, 0x0700, 0x0700, 0x1100,
    0x0700, 0x0700, 0x1100, 0x0700, 0x0700, 0x1004, 0x0000, 0x1100, 0x1100, 0x1100, 0x0700, 0x0000,
    0x0500, 0x0f00, 0x0107, 0x0108, 0x0500, 0x0500, 0x0109, 0x0500, 0x0500, 0x0101, 0x0108, 0x0500,
    0x0500, 0x0500, 0x0109, 0x0500, 0x0500, 0x0500, 0x0108, 0x0500, 0x0500, 0x0500, 0x0500, 0x0109,
    0x0108, 0x0500, 0x0500, 0x0500, 0x0109, 0x0500, 0x0500, 0x0500, 0x0f00, 0x0f00, 0x010a, 0x0500,
    0x0109, 0x0000, 0x0109, 0x0000, 0x0000, 0x0109, 0x0000, 0x0000, 0x0109, 0x0000, 0x0000, 0x0109,
    0x010b, 0x0000, 0x0000, 0x0101, 0x0c00, 0x0900, 0x0500, 0x0109, 0x0109, 0x0000, 0x0109, 0x0109,
    0x0500, 0x0900, 0x0900, 0x0900, 0x0109, 0x0900, 0x0900, 0x010c, 0x0000, 0x0109, 0x0900, 0x0900,
    0x0000, 0x0000, 0x0000, 0x0109, 0x0900, 0x0900, 0x0000, 0x0000, 0x0000, 0x0500, 0x0500, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0600, 0x0f00, 0x0500, 0x0500, 0x0000, 0x0500, 0x0500, 0x0109, 0x0000,
    0x0109, 0x010d, 0x0500, 0x0500, 0x0000, 0x0f00, 0x0500, 0x0500, 0x0500, 0x0500, 0x0500, 0x0500,
    0x0500, 0x0000, 0x0101, 0x0101, 0x0101, 0x0101, 0x0108, 0x0500, 0x0500, 0x0109, 0x0101, 0x0000,
    0x0101, 0x0900, 0x0900, 0x0500, 0x0000, 0x0500, 0x0500, 0x0500, 0x0500, 0x0500, 0x0900, 0x010e,
    0x0101, 0x0500, 0x0500, 0x0500, 0x0500, 0x0500, 0x0500, 0x0500, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x0500, 0x0101, 0x0101, 0x1400, 0x1400, 0x0700, 0x0700, 0x1300, 0x0000, 0x050f, 0x0100,
    0x1400, 0x0500, 0x0503, 0x1400, 0x0500, 0x0c00, 0x0110, 0x0500, 0x0600, 0x0f00, 0x0f00, 0x1702,
    0x1802, 0x0c00, 0x0110, 0x0a00, 0x0f00, 0x0800, 0x0800, 0x1703, 0x1803, 0x0500, 0x160a, 0x0f00,
    0x0f00, 0x16a1, 0x1400, 0x0500, 0x4c00, 0x0800, 0x0800, 0x1400, 0x0600, 0x0600, 0x0800, 0x0800,
    0x1400, 0x1400, 0x0600, 0x1400, 0x0600, 0x16a7, 0x16a7, 0x1400, 0x1400, 0x0600, 0x0600, 0x169e,
    0x16a2, 0x1400, 0x16a3, 0x0f00, 0x16a6, 0x16a8, 0x16a4, 0x16a5,
];

/// Defaults other than zero.
pub(crate) static DEFAULTS: [(u16, i8); 14] = [
    (115, 1), (116, 1), (123, 1), (124, 1), (125, 1), (137, 1), (138, 1), (165, 1),
    (187, 1), (203, 1), (240, 2), (265, 1), (285, -1), (291, -1),
];

/// Marks: 1 subgraph index, 2 tensor index, 4 deprecated.
pub(crate) static MARKS: [(u16, u8); 23] = [
    (1, 2), (2, 2), (5, 2), (6, 2), (59, 1), (60, 1), (61, 1), (64, 1),
    (78, 1), (81, 1), (108, 1), (109, 1), (189, 4), (190, 4), (195, 1), (243, 1),
    (244, 1), (245, 1), (246, 1), (247, 1), (268, 1), (304, 2), (308, 4),
];

/// The names of the tables.
pub(crate) static TABLE_NAMES: [&str; 170] = [
    "CustomQuantization", "BlockwiseQuantization", "MultiAxisQuantization",
    "QuantizationParameters", "Int32Vector", "Uint16Vector",
    "Uint8Vector", "DimensionMetadata", "SparsityParameters",
    "VariantSubType", "Tensor", "StablehloGatherOptions",
    "StablehloTransposeOptions", "StablehloDotGeneralOptions", "StablehloReduceWindowOptions",
    "StablehloWhileOptions", "StablehloSortOptions", "StablehloConcatenateOptions",
    "StablehloBroadcastInDimOptions", "StablehloCompareOptions", "StablehloDynamicSliceOptions",
    "StablehloPadOptions", "StablehloIotaOptions", "StablehloCustomCallOptions",
    "StablehloReduceOptions", "StablehloSliceOptions", "StablehloConvolutionOptions",
    "StablehloScatterOptions", "StablehloCaseOptions", "StablehloRngBitGeneratorOptions",
    "Conv2DOptions", "Conv3DOptions", "Pool2DOptions",
    "DepthwiseConv2DOptions", "ConcatEmbeddingsOptions", "LSHProjectionOptions",
    "SVDFOptions", "RNNOptions", "SequenceRNNOptions",
    "BidirectionalSequenceRNNOptions", "FullyConnectedOptions", "SoftmaxOptions",
    "ConcatenationOptions", "AddOptions", "MulOptions",
    "L2NormOptions", "LocalResponseNormalizationOptions", "LSTMOptions",
    "UnidirectionalSequenceLSTMOptions", "BidirectionalSequenceLSTMOptions", "ResizeBilinearOptions",
    "ResizeNearestNeighborOptions", "CallOptions", "PadOptions",
    "PadV2Options", "ReshapeOptions", "SpaceToBatchNDOptions",
    "BatchToSpaceNDOptions", "SkipGramOptions", "SpaceToDepthOptions",
    "DepthToSpaceOptions", "SubOptions", "DivOptions",
    "TopKV2Options", "EmbeddingLookupSparseOptions", "GatherOptions",
    "TransposeOptions", "ExpOptions", "CosOptions",
    "ReducerOptions", "SqueezeOptions", "SplitOptions",
    "SplitVOptions", "StridedSliceOptions", "LogSoftmaxOptions",
    "CastOptions", "DequantizeOptions", "MaximumMinimumOptions",
    "TileOptions", "ArgMaxOptions", "ArgMinOptions",
    "GreaterOptions", "GreaterEqualOptions", "LessOptions",
    "LessEqualOptions", "NegOptions", "SelectOptions",
    "SliceOptions", "TransposeConvOptions", "ExpandDimsOptions",
    "SparseToDenseOptions", "EqualOptions", "NotEqualOptions",
    "ShapeOptions", "RankOptions", "PowOptions",
    "FakeQuantOptions", "PackOptions", "LogicalOrOptions",
    "OneHotOptions", "AbsOptions", "HardSwishOptions",
    "LogicalAndOptions", "LogicalNotOptions", "UnpackOptions",
    "FloorDivOptions", "SquareOptions", "ZerosLikeOptions",
    "FillOptions", "FloorModOptions", "RangeOptions",
    "LeakyReluOptions", "SquaredDifferenceOptions", "MirrorPadOptions",
    "UniqueOptions", "ReverseV2Options", "AddNOptions",
    "GatherNdOptions", "WhereOptions", "ReverseSequenceOptions",
    "MatrixDiagOptions", "QuantizeOptions", "MatrixSetDiagOptions",
    "IfOptions", "CallOnceOptions", "WhileOptions",
    "NonMaxSuppressionV4Options", "NonMaxSuppressionV5Options", "ScatterNdOptions",
    "SelectV2Options", "DensifyOptions", "SegmentSumOptions",
    "BatchMatMulOptions", "CumsumOptions", "BroadcastToOptions",
    "Rfft2dOptions", "HashtableOptions", "HashtableFindOptions",
    "HashtableImportOptions", "HashtableSizeOptions", "VarHandleOptions",
    "ReadVariableOptions", "AssignVariableOptions", "RandomOptions",
    "BucketizeOptions", "GeluOptions", "DynamicUpdateSliceOptions",
    "UnsortedSegmentProdOptions", "UnsortedSegmentMaxOptions", "UnsortedSegmentSumOptions",
    "ATan2Options", "UnsortedSegmentMinOptions", "SignOptions",
    "BitcastOptions", "BitwiseXorOptions", "RightShiftOptions",
    "DilateOptions", "ReduceWindowOptions", "OperatorCode",
    "StableHLOCompositeOptions", "StablehloShiftLeftOptions", "Operator",
    "SubGraph", "Buffer", "ExternalBufferGroup",
    "ExternalBuffer", "Metadata", "TensorMap",
    "SignatureDef", "Model",
];

/// The names of the fields, as [`KINDS`].
pub(crate) static FIELD_NAMES: [&str; 320] = [
    "custom", "scales", "zero_points", "block_size",
    "block_shape", "scales", "zero_points", "block_size",
    "quantized_dimensions", "min", "max", "scale",
    "zero_point", "details_type", "details", "quantized_dimension",
    "values", "values", "values", "format",
    "dense_size", "array_segments_type", "array_segments", "array_indices_type",
    "array_indices", "traversal_order", "block_map", "dim_metadata",
    "shape", "type", "has_rank", "shape",
    "type", "buffer", "name", "quantization",
    "is_variable", "sparsity", "shape_signature", "has_rank",
    "variant_tensors", "external_buffer", "offset_dims", "collapsed_slice_dims",
    "start_index_map", "index_vector_dim", "slice_sizes", "indices_are_sorted",
    "permutation", "lhs_batching_dimensions", "rhs_batching_dimensions", "lhs_contracting_dimensions",
    "rhs_contracting_dimensions", "precision_config", "window_dimensions", "window_strides",
    "base_dilations", "window_dilations", "padding", "body_subgraph_index",
    "cond_subgraph_index", "body_subgraph_index", "dimension", "is_stable",
    "comparator_subgraph_index", "dimension", "broadcast_dimensions", "comparison_direction",
    "compare_type", "slice_sizes", "edge_padding_low", "edge_padding_high",
    "interior_padding", "iota_dimension", "call_target_name", "has_side_effect",
    "backend_config", "api_version", "called_computations", "custom_attributes",
    "dimensions", "body_subgraph_index", "start_indices", "limit_indices",
    "strides", "window_strides", "padding", "lhs_dilation",
    "rhs_dilation", "window_reversal", "input_batch_dimension", "input_feature_dimension",
    "input_spatial_dimensions", "kernel_input_feature_dimension", "kernel_output_feature_dimension", "kernel_spatial_dimensions",
    "output_batch_dimension", "output_feature_dimension", "output_spatial_dimensions", "feature_group_count",
    "batch_group_count", "precision_config", "indices_are_sorted", "update_window_dims",
    "inserted_window_dims", "scatter_dims_to_operand_dims", "index_vector_dim", "unique_indices",
    "update_computation_subgraph_index", "branch_subgraph_indices", "algorithm", "padding",
    "stride_w", "stride_h", "fused_activation_function", "dilation_w_factor",
    "dilation_h_factor", "quantized_bias_type", "padding", "stride_d",
    "stride_w", "stride_h", "fused_activation_function", "dilation_d_factor",
    "dilation_w_factor", "dilation_h_factor", "padding", "stride_w",
    "stride_h", "filter_width", "filter_height", "fused_activation_function",
    "padding", "stride_w", "stride_h", "depth_multiplier",
    "fused_activation_function", "dilation_w_factor", "dilation_h_factor", "num_channels",
    "num_columns_per_channel", "embedding_dim_per_channel", "type", "rank",
    "fused_activation_function", "asymmetric_quantize_inputs", "fused_activation_function", "asymmetric_quantize_inputs",
    "time_major", "fused_activation_function", "asymmetric_quantize_inputs", "time_major",
    "fused_activation_function", "merge_outputs", "asymmetric_quantize_inputs", "fused_activation_function",
    "weights_format", "keep_num_dims", "asymmetric_quantize_inputs", "quantized_bias_type",
    "quant_spec", "beta", "axis", "fused_activation_function",
    "fused_activation_function", "pot_scale_int16", "fused_activation_function", "fused_activation_function",
    "radius", "bias", "alpha", "beta",
    "fused_activation_function", "cell_clip", "proj_clip", "kernel_type",
    "asymmetric_quantize_inputs", "fused_activation_function", "cell_clip", "proj_clip",
    "time_major", "asymmetric_quantize_inputs", "diagonal_recurrent_tensors", "fused_activation_function",
    "cell_clip", "proj_clip", "merge_outputs", "time_major",
    "asymmetric_quantize_inputs", "new_height", "new_width", "align_corners",
    "half_pixel_centers", "align_corners", "half_pixel_centers", "subgraph",
    "new_shape", "ngram_size", "max_skip_size", "include_all_ngrams",
    "block_size", "block_size", "fused_activation_function", "pot_scale_int16",
    "fused_activation_function", "combiner", "axis", "batch_dims",
    "keep_dims", "squeeze_dims", "num_splits", "num_splits",
    "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask",
    "shrink_axis_mask", "offset", "in_data_type", "out_data_type",
    "output_type", "output_type", "padding", "stride_w",
    "stride_h", "fused_activation_function", "quantized_bias_type", "validate_indices",
    "out_type", "min", "max", "num_bits",
    "narrow_range", "values_count", "axis", "axis",
    "num", "axis", "alpha", "mode",
    "idx_out_type", "seq_dim", "batch_dim", "then_subgraph_index",
    "else_subgraph_index", "init_subgraph_index", "cond_subgraph_index", "body_subgraph_index",
    "adj_x", "adj_y", "asymmetric_quantize_inputs", "exclusive",
    "reverse", "table_id", "key_dtype", "value_dtype",
    "container", "shared_name", "seed", "seed2",
    "boundaries", "approximate", "reduce_function", "deprecated_builtin_code",
    "custom_code", "version", "builtin_code", "name",
    "decomposition_subgraph_index", "composite_attributes", "composite_attributes_format", "version",
    "opcode_index", "inputs", "outputs", "builtin_options_type",
    "builtin_options", "custom_options", "custom_options_format", "mutating_variable_inputs",
    "intermediates", "large_custom_options_offset", "large_custom_options_size", "builtin_options_2_type",
    "builtin_options_2", "debug_metadata_index", "tensors", "inputs",
    "outputs", "operators", "name", "debug_metadata_index",
    "data", "offset", "size", "name",
    "id", "group", "offset", "length",
    "packing", "name", "buffer", "name",
    "tensor_index", "inputs", "outputs", "signature_key",
    "deprecated_tag", "subgraph_index", "version", "operator_codes",
    "subgraphs", "description", "buffers", "metadata_buffer",
    "metadata", "signature_defs", "external_buffer_groups", "external_buffers",
];

/// The enumerations and the names of their numbers.
pub(crate) static ENUMS: [(&str, &[&str]); 16] = [
    ("TensorType", &["FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "STRING", "BOOL", "INT16", "COMPLEX64", "INT8", "FLOAT64", "COMPLEX128", "UINT64", "RESOURCE", "VARIANT", "UINT32", "UINT16", "INT4", "BFLOAT16", "INT2", "UINT4", "FLOAT8_E4M3FN", "FLOAT8_E5M2"]),
    ("DimensionType", &["DENSE", "SPARSE_CSR"]),
    ("BuiltinOperator", &["ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "EMBEDDING_LOOKUP", "FLOOR", "FULLY_CONNECTED", "HASHTABLE_LOOKUP", "L2_NORMALIZATION", "L2_POOL_2D", "LOCAL_RESPONSE_NORMALIZATION", "LOGISTIC", "LSH_PROJECTION", "LSTM", "MAX_POOL_2D", "MUL", "RELU", "RELU_N1_TO_1", "RELU6", "RESHAPE", "RESIZE_BILINEAR", "RNN", "SOFTMAX", "SPACE_TO_DEPTH", "SVDF", "TANH", "CONCAT_EMBEDDINGS", "SKIP_GRAM", "CALL", "CUSTOM", "EMBEDDING_LOOKUP_SPARSE", "PAD", "UNIDIRECTIONAL_SEQUENCE_RNN", "GATHER", "BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND", "TRANSPOSE", "MEAN", "SUB", "DIV", "SQUEEZE", "UNIDIRECTIONAL_SEQUENCE_LSTM", "STRIDED_SLICE", "BIDIRECTIONAL_SEQUENCE_RNN", "EXP", "TOPK_V2", "SPLIT", "LOG_SOFTMAX", "DELEGATE", "BIDIRECTIONAL_SEQUENCE_LSTM", "CAST", "PRELU", "MAXIMUM", "ARG_MAX", "MINIMUM", "LESS", "NEG", "PADV2", "GREATER", "GREATER_EQUAL", "LESS_EQUAL", "SELECT", "SLICE", "SIN", "TRANSPOSE_CONV", "SPARSE_TO_DENSE", "TILE", "EXPAND_DIMS", "EQUAL", "NOT_EQUAL", "LOG", "SUM", "SQRT", "RSQRT", "SHAPE", "POW", "ARG_MIN", "FAKE_QUANT", "REDUCE_PROD", "REDUCE_MAX", "PACK", "LOGICAL_OR", "ONE_HOT", "LOGICAL_AND", "LOGICAL_NOT", "UNPACK", "REDUCE_MIN", "FLOOR_DIV", "REDUCE_ANY", "SQUARE", "ZEROS_LIKE", "FILL", "FLOOR_MOD", "RANGE", "RESIZE_NEAREST_NEIGHBOR", "LEAKY_RELU", "SQUARED_DIFFERENCE", "MIRROR_PAD", "ABS", "SPLIT_V", "UNIQUE", "CEIL", "REVERSE_V2", "ADD_N", "GATHER_ND", "COS", "WHERE", "RANK", "ELU", "REVERSE_SEQUENCE", "MATRIX_DIAG", "QUANTIZE", "MATRIX_SET_DIAG", "ROUND", "HARD_SWISH", "IF", "WHILE", "NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", "SCATTER_ND", "SELECT_V2", "DENSIFY", "SEGMENT_SUM", "BATCH_MATMUL", "PLACEHOLDER_FOR_GREATER_OP_CODES", "CUMSUM", "CALL_ONCE", "BROADCAST_TO", "RFFT2D", "CONV_3D", "IMAG", "REAL", "COMPLEX_ABS", "HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT", "HASHTABLE_SIZE", "REDUCE_ALL", "CONV_3D_TRANSPOSE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "BROADCAST_ARGS", "RANDOM_STANDARD_NORMAL", "BUCKETIZE", "RANDOM_UNIFORM", "MULTINOMIAL", "GELU", "DYNAMIC_UPDATE_SLICE", "RELU_0_TO_1", "UNSORTED_SEGMENT_PROD", "UNSORTED_SEGMENT_MAX", "UNSORTED_SEGMENT_SUM", "ATAN2", "UNSORTED_SEGMENT_MIN", "SIGN", "BITCAST", "BITWISE_XOR", "RIGHT_SHIFT", "STABLEHLO_LOGISTIC", "STABLEHLO_ADD", "STABLEHLO_DIVIDE", "STABLEHLO_MULTIPLY", "STABLEHLO_MAXIMUM", "STABLEHLO_RESHAPE", "STABLEHLO_CLAMP", "STABLEHLO_CONCATENATE", "STABLEHLO_BROADCAST_IN_DIM", "STABLEHLO_CONVOLUTION", "STABLEHLO_SLICE", "STABLEHLO_CUSTOM_CALL", "STABLEHLO_REDUCE", "STABLEHLO_ABS", "STABLEHLO_AND", "STABLEHLO_COSINE", "STABLEHLO_EXPONENTIAL", "STABLEHLO_FLOOR", "STABLEHLO_LOG", "STABLEHLO_MINIMUM", "STABLEHLO_NEGATE", "STABLEHLO_OR", "STABLEHLO_POWER", "STABLEHLO_REMAINDER", "STABLEHLO_RSQRT", "STABLEHLO_SELECT", "STABLEHLO_SUBTRACT", "STABLEHLO_TANH", "STABLEHLO_SCATTER", "STABLEHLO_COMPARE", "STABLEHLO_CONVERT", "STABLEHLO_DYNAMIC_SLICE", "STABLEHLO_DYNAMIC_UPDATE_SLICE", "STABLEHLO_PAD", "STABLEHLO_IOTA", "STABLEHLO_DOT_GENERAL", "STABLEHLO_REDUCE_WINDOW", "STABLEHLO_SORT", "STABLEHLO_WHILE", "STABLEHLO_GATHER", "STABLEHLO_TRANSPOSE", "DILATE", "STABLEHLO_RNG_BIT_GENERATOR", "REDUCE_WINDOW", "STABLEHLO_COMPOSITE", "STABLEHLO_SHIFT_LEFT", "STABLEHLO_CBRT", "STABLEHLO_CASE"]),
    ("StablehloPrecisionConfig", &["DEFAULT", "HIGH", "HIGHEST"]),
    ("StablehloComparisonDirection", &["STABLEHLO_COMPARISON_DIRECTION_EQ", "STABLEHLO_COMPARISON_DIRECTION_NE", "STABLEHLO_COMPARISON_DIRECTION_GE", "STABLEHLO_COMPARISON_DIRECTION_GT", "STABLEHLO_COMPARISON_DIRECTION_LE", "STABLEHLO_COMPARISON_DIRECTION_LT"]),
    ("StablehloComparisonType", &["STABLEHLO_COMPARISON_TYPE_NOTYPE", "STABLEHLO_COMPARISON_TYPE_FLOAT", "STABLEHLO_COMPARISON_TYPE_FLOAT_TOTAL_ORDER", "STABLEHLO_COMPARISON_TYPE_SIGNED", "STABLEHLO_COMPARISON_TYPE_UNSIGNED"]),
    ("RngAlgorithm", &["DEFAULT", "PHILOX", "THREEFRY"]),
    ("Padding", &["SAME", "VALID"]),
    ("ActivationFunctionType", &["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"]),
    ("LSHProjectionType", &["UNKNOWN", "SPARSE", "DENSE"]),
    ("FullyConnectedOptionsWeightsFormat", &["DEFAULT", "SHUFFLED4x16INT8"]),
    ("LSTMKernelType", &["FULL", "BASIC"]),
    ("CombinerType", &["SUM", "MEAN", "SQRTN"]),
    ("MirrorPadMode", &["REFLECT", "SYMMETRIC"]),
    ("ReduceWindowFunction", &["UNSUPPORTED", "ADD", "MUL", "MINIMUM", "MAXIMUM", "ALL", "ANY"]),
    ("CustomOptionsFormat", &["FLEXBUFFERS"]),
];

/// The unions and the tables that their types 1, 2 … are.
pub(crate) static UNIONS: [(&str, &[u8]); 4] = [
    ("QuantizationDetails", &[0, 1, 2]),
    ("SparseIndexVector", &[4, 5, 6]),
    ("BuiltinOptions", &[30, 33, 34, 35, 32, 36, 37, 40, 41, 42, 43, 45, 46, 47, 50, 52, 55, 58, 59, 64, 44, 53, 65, 57, 56, 66, 69, 61, 62, 70, 38, 73, 67, 63, 71, 74, 75, 76, 77, 79, 83, 85, 54, 81, 82, 84, 86, 87, 88, 90, 78, 89, 91, 92, 93, 95, 80, 96, 97, 98, 99, 102, 103, 104, 105, 106, 107, 108, 49, 39, 48, 109, 110, 51, 111, 112, 113, 100, 72, 114, 115, 116, 117, 68, 118, 94, 119, 120, 121, 122, 101, 123, 125, 60, 126, 127, 128, 129, 130, 131, 132, 133, 124, 134, 135, 31, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 151, 149, 150, 152, 153, 154, 155]),
    ("BuiltinOptions2", &[17, 18, 25, 26, 23, 24, 27, 19, 20, 21, 22, 13, 14, 16, 15, 11, 12, 156, 29, 157, 159, 160, 28]),
];

/// The options table of each operator; 255 for none.
pub(crate) static OP_OPTIONS: [u8; 210] = [
    43, 32, 42, 30, 33, 60, 76, 255, 255, 40, 255, 45, 32, 46, 255, 35, 47, 32, 44, 255,
    255, 255, 55, 50, 37, 41, 59, 36, 255, 34, 58, 52, 255, 64, 53, 38, 65, 57, 56, 66,
    69, 61, 62, 70, 48, 73, 39, 67, 63, 71, 74, 255, 49, 75, 255, 77, 79, 77, 83, 85,
    54, 81, 82, 84, 86, 87, 255, 88, 90, 78, 89, 91, 92, 255, 69, 255, 255, 93, 95, 80,
    96, 69, 69, 97, 98, 99, 102, 103, 104, 69, 105, 69, 106, 107, 108, 109, 110, 51, 111, 112,
    113, 100, 72, 114, 255, 115, 116, 117, 68, 118, 94, 255, 119, 120, 121, 122, 255, 101, 123, 125,
    126, 127, 128, 129, 130, 131, 132, 255, 133, 124, 134, 135, 31, 255, 255, 255, 136, 137, 138, 139,
    69, 31, 140, 141, 142, 255, 143, 144, 143, 143, 145, 146, 255, 147, 148, 149, 150, 151, 152, 153,
    154, 155, 255, 255, 255, 255, 255, 255, 255, 17, 18, 26, 25, 23, 24, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 27, 19, 255, 20, 255, 21, 22, 13, 14, 16,
    15, 11, 12, 156, 29, 157, 159, 160, 255, 28,
];

/// The highest known version of each operator; 0 for none.
pub(crate) static OP_VERSIONS: [u8; 210] = [
    6, 3, 7, 8, 7, 2, 9, 5, 1, 14, 1, 2, 1, 1, 3, 1, 5, 3, 8, 3,
    1, 3, 1, 4, 3, 4, 2, 4, 3, 0, 1, 0, 0, 1, 6, 3, 8, 4, 4, 9,
    3, 5, 2, 2, 5, 8, 3, 2, 3, 5, 2, 0, 3, 9, 1, 4, 3, 4, 3, 1,
    6, 2, 3, 2, 4, 8, 2, 5, 3, 3, 1, 5, 4, 2, 2, 2, 3, 1, 1, 3,
    2, 2, 3, 5, 1, 1, 1, 1, 6, 3, 3, 1, 1, 1, 5, 2, 2, 4, 2, 2,
    3, 5, 3, 1, 1, 4, 1, 6, 2, 2, 1, 1, 1, 1, 6, 1, 1, 1, 1, 1,
    1, 1, 1, 2, 1, 1, 4, 0, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 6, 1, 1, 1, 1, 1, 1, 2, 1,
    1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
    0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0,
    0, 1, 0, 1, 1, 1, 1, 1, 1, 1,
];

impl TableId {
    /// `CustomQuantization`.
    pub const CUSTOM_QUANTIZATION: Self = Self(0);
    /// `BlockwiseQuantization`.
    pub const BLOCKWISE_QUANTIZATION: Self = Self(1);
    /// `MultiAxisQuantization`.
    pub const MULTI_AXIS_QUANTIZATION: Self = Self(2);
    /// `QuantizationParameters`.
    pub const QUANTIZATION_PARAMETERS: Self = Self(3);
    /// `Int32Vector`.
    pub const INT32_VECTOR: Self = Self(4);
    /// `Uint16Vector`.
    pub const UINT16_VECTOR: Self = Self(5);
    /// `Uint8Vector`.
    pub const UINT8_VECTOR: Self = Self(6);
    /// `DimensionMetadata`.
    pub const DIMENSION_METADATA: Self = Self(7);
    /// `SparsityParameters`.
    pub const SPARSITY_PARAMETERS: Self = Self(8);
    /// `VariantSubType`.
    pub const VARIANT_SUB_TYPE: Self = Self(9);
    /// `Tensor`.
    pub const TENSOR: Self = Self(10);
    /// `StablehloGatherOptions`.
    pub const STABLEHLO_GATHER_OPTIONS: Self = Self(11);
    /// `StablehloTransposeOptions`.
    pub const STABLEHLO_TRANSPOSE_OPTIONS: Self = Self(12);
    /// `StablehloDotGeneralOptions`.
    pub const STABLEHLO_DOT_GENERAL_OPTIONS: Self = Self(13);
    /// `StablehloReduceWindowOptions`.
    pub const STABLEHLO_REDUCE_WINDOW_OPTIONS: Self = Self(14);
    /// `StablehloWhileOptions`.
    pub const STABLEHLO_WHILE_OPTIONS: Self = Self(15);
    /// `StablehloSortOptions`.
    pub const STABLEHLO_SORT_OPTIONS: Self = Self(16);
    /// `StablehloConcatenateOptions`.
    pub const STABLEHLO_CONCATENATE_OPTIONS: Self = Self(17);
    /// `StablehloBroadcastInDimOptions`.
    pub const STABLEHLO_BROADCAST_IN_DIM_OPTIONS: Self = Self(18);
    /// `StablehloCompareOptions`.
    pub const STABLEHLO_COMPARE_OPTIONS: Self = Self(19);
    /// `StablehloDynamicSliceOptions`.
    pub const STABLEHLO_DYNAMIC_SLICE_OPTIONS: Self = Self(20);
    /// `StablehloPadOptions`.
    pub const STABLEHLO_PAD_OPTIONS: Self = Self(21);
    /// `StablehloIotaOptions`.
    pub const STABLEHLO_IOTA_OPTIONS: Self = Self(22);
    /// `StablehloCustomCallOptions`.
    pub const STABLEHLO_CUSTOM_CALL_OPTIONS: Self = Self(23);
    /// `StablehloReduceOptions`.
    pub const STABLEHLO_REDUCE_OPTIONS: Self = Self(24);
    /// `StablehloSliceOptions`.
    pub const STABLEHLO_SLICE_OPTIONS: Self = Self(25);
    /// `StablehloConvolutionOptions`.
    pub const STABLEHLO_CONVOLUTION_OPTIONS: Self = Self(26);
    /// `StablehloScatterOptions`.
    pub const STABLEHLO_SCATTER_OPTIONS: Self = Self(27);
    /// `StablehloCaseOptions`.
    pub const STABLEHLO_CASE_OPTIONS: Self = Self(28);
    /// `StablehloRngBitGeneratorOptions`.
    pub const STABLEHLO_RNG_BIT_GENERATOR_OPTIONS: Self = Self(29);
    /// `Conv2DOptions`.
    pub const CONV_2D_OPTIONS: Self = Self(30);
    /// `Conv3DOptions`.
    pub const CONV_3D_OPTIONS: Self = Self(31);
    /// `Pool2DOptions`.
    pub const POOL_2D_OPTIONS: Self = Self(32);
    /// `DepthwiseConv2DOptions`.
    pub const DEPTHWISE_CONV_2D_OPTIONS: Self = Self(33);
    /// `ConcatEmbeddingsOptions`.
    pub const CONCAT_EMBEDDINGS_OPTIONS: Self = Self(34);
    /// `LSHProjectionOptions`.
    pub const LSH_PROJECTION_OPTIONS: Self = Self(35);
    /// `SVDFOptions`.
    pub const SVDF_OPTIONS: Self = Self(36);
    /// `RNNOptions`.
    pub const RNN_OPTIONS: Self = Self(37);
    /// `SequenceRNNOptions`.
    pub const SEQUENCE_RNN_OPTIONS: Self = Self(38);
    /// `BidirectionalSequenceRNNOptions`.
    pub const BIDIRECTIONAL_SEQUENCE_RNN_OPTIONS: Self = Self(39);
    /// `FullyConnectedOptions`.
    pub const FULLY_CONNECTED_OPTIONS: Self = Self(40);
    /// `SoftmaxOptions`.
    pub const SOFTMAX_OPTIONS: Self = Self(41);
    /// `ConcatenationOptions`.
    pub const CONCATENATION_OPTIONS: Self = Self(42);
    /// `AddOptions`.
    pub const ADD_OPTIONS: Self = Self(43);
    /// `MulOptions`.
    pub const MUL_OPTIONS: Self = Self(44);
    /// `L2NormOptions`.
    pub const L2_NORM_OPTIONS: Self = Self(45);
    /// `LocalResponseNormalizationOptions`.
    pub const LOCAL_RESPONSE_NORMALIZATION_OPTIONS: Self = Self(46);
    /// `LSTMOptions`.
    pub const LSTM_OPTIONS: Self = Self(47);
    /// `UnidirectionalSequenceLSTMOptions`.
    pub const UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS: Self = Self(48);
    /// `BidirectionalSequenceLSTMOptions`.
    pub const BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS: Self = Self(49);
    /// `ResizeBilinearOptions`.
    pub const RESIZE_BILINEAR_OPTIONS: Self = Self(50);
    /// `ResizeNearestNeighborOptions`.
    pub const RESIZE_NEAREST_NEIGHBOR_OPTIONS: Self = Self(51);
    /// `CallOptions`.
    pub const CALL_OPTIONS: Self = Self(52);
    /// `PadOptions`.
    pub const PAD_OPTIONS: Self = Self(53);
    /// `PadV2Options`.
    pub const PAD_V2_OPTIONS: Self = Self(54);
    /// `ReshapeOptions`.
    pub const RESHAPE_OPTIONS: Self = Self(55);
    /// `SpaceToBatchNDOptions`.
    pub const SPACE_TO_BATCH_ND_OPTIONS: Self = Self(56);
    /// `BatchToSpaceNDOptions`.
    pub const BATCH_TO_SPACE_ND_OPTIONS: Self = Self(57);
    /// `SkipGramOptions`.
    pub const SKIP_GRAM_OPTIONS: Self = Self(58);
    /// `SpaceToDepthOptions`.
    pub const SPACE_TO_DEPTH_OPTIONS: Self = Self(59);
    /// `DepthToSpaceOptions`.
    pub const DEPTH_TO_SPACE_OPTIONS: Self = Self(60);
    /// `SubOptions`.
    pub const SUB_OPTIONS: Self = Self(61);
    /// `DivOptions`.
    pub const DIV_OPTIONS: Self = Self(62);
    /// `TopKV2Options`.
    pub const TOP_K_V2_OPTIONS: Self = Self(63);
    /// `EmbeddingLookupSparseOptions`.
    pub const EMBEDDING_LOOKUP_SPARSE_OPTIONS: Self = Self(64);
    /// `GatherOptions`.
    pub const GATHER_OPTIONS: Self = Self(65);
    /// `TransposeOptions`.
    pub const TRANSPOSE_OPTIONS: Self = Self(66);
    /// `ExpOptions`.
    pub const EXP_OPTIONS: Self = Self(67);
    /// `CosOptions`.
    pub const COS_OPTIONS: Self = Self(68);
    /// `ReducerOptions`.
    pub const REDUCER_OPTIONS: Self = Self(69);
    /// `SqueezeOptions`.
    pub const SQUEEZE_OPTIONS: Self = Self(70);
    /// `SplitOptions`.
    pub const SPLIT_OPTIONS: Self = Self(71);
    /// `SplitVOptions`.
    pub const SPLIT_V_OPTIONS: Self = Self(72);
    /// `StridedSliceOptions`.
    pub const STRIDED_SLICE_OPTIONS: Self = Self(73);
    /// `LogSoftmaxOptions`.
    pub const LOG_SOFTMAX_OPTIONS: Self = Self(74);
    /// `CastOptions`.
    pub const CAST_OPTIONS: Self = Self(75);
    /// `DequantizeOptions`.
    pub const DEQUANTIZE_OPTIONS: Self = Self(76);
    /// `MaximumMinimumOptions`.
    pub const MAXIMUM_MINIMUM_OPTIONS: Self = Self(77);
    /// `TileOptions`.
    pub const TILE_OPTIONS: Self = Self(78);
    /// `ArgMaxOptions`.
    pub const ARG_MAX_OPTIONS: Self = Self(79);
    /// `ArgMinOptions`.
    pub const ARG_MIN_OPTIONS: Self = Self(80);
    /// `GreaterOptions`.
    pub const GREATER_OPTIONS: Self = Self(81);
    /// `GreaterEqualOptions`.
    pub const GREATER_EQUAL_OPTIONS: Self = Self(82);
    /// `LessOptions`.
    pub const LESS_OPTIONS: Self = Self(83);
    /// `LessEqualOptions`.
    pub const LESS_EQUAL_OPTIONS: Self = Self(84);
    /// `NegOptions`.
    pub const NEG_OPTIONS: Self = Self(85);
    /// `SelectOptions`.
    pub const SELECT_OPTIONS: Self = Self(86);
    /// `SliceOptions`.
    pub const SLICE_OPTIONS: Self = Self(87);
    /// `TransposeConvOptions`.
    pub const TRANSPOSE_CONV_OPTIONS: Self = Self(88);
    /// `ExpandDimsOptions`.
    pub const EXPAND_DIMS_OPTIONS: Self = Self(89);
    /// `SparseToDenseOptions`.
    pub const SPARSE_TO_DENSE_OPTIONS: Self = Self(90);
    /// `EqualOptions`.
    pub const EQUAL_OPTIONS: Self = Self(91);
    /// `NotEqualOptions`.
    pub const NOT_EQUAL_OPTIONS: Self = Self(92);
    /// `ShapeOptions`.
    pub const SHAPE_OPTIONS: Self = Self(93);
    /// `RankOptions`.
    pub const RANK_OPTIONS: Self = Self(94);
    /// `PowOptions`.
    pub const POW_OPTIONS: Self = Self(95);
    /// `FakeQuantOptions`.
    pub const FAKE_QUANT_OPTIONS: Self = Self(96);
    /// `PackOptions`.
    pub const PACK_OPTIONS: Self = Self(97);
    /// `LogicalOrOptions`.
    pub const LOGICAL_OR_OPTIONS: Self = Self(98);
    /// `OneHotOptions`.
    pub const ONE_HOT_OPTIONS: Self = Self(99);
    /// `AbsOptions`.
    pub const ABS_OPTIONS: Self = Self(100);
    /// `HardSwishOptions`.
    pub const HARD_SWISH_OPTIONS: Self = Self(101);
    /// `LogicalAndOptions`.
    pub const LOGICAL_AND_OPTIONS: Self = Self(102);
    /// `LogicalNotOptions`.
    pub const LOGICAL_NOT_OPTIONS: Self = Self(103);
    /// `UnpackOptions`.
    pub const UNPACK_OPTIONS: Self = Self(104);
    /// `FloorDivOptions`.
    pub const FLOOR_DIV_OPTIONS: Self = Self(105);
    /// `SquareOptions`.
    pub const SQUARE_OPTIONS: Self = Self(106);
    /// `ZerosLikeOptions`.
    pub const ZEROS_LIKE_OPTIONS: Self = Self(107);
    /// `FillOptions`.
    pub const FILL_OPTIONS: Self = Self(108);
    /// `FloorModOptions`.
    pub const FLOOR_MOD_OPTIONS: Self = Self(109);
    /// `RangeOptions`.
    pub const RANGE_OPTIONS: Self = Self(110);
    /// `LeakyReluOptions`.
    pub const LEAKY_RELU_OPTIONS: Self = Self(111);
    /// `SquaredDifferenceOptions`.
    pub const SQUARED_DIFFERENCE_OPTIONS: Self = Self(112);
    /// `MirrorPadOptions`.
    pub const MIRROR_PAD_OPTIONS: Self = Self(113);
    /// `UniqueOptions`.
    pub const UNIQUE_OPTIONS: Self = Self(114);
    /// `ReverseV2Options`.
    pub const REVERSE_V2_OPTIONS: Self = Self(115);
    /// `AddNOptions`.
    pub const ADD_N_OPTIONS: Self = Self(116);
    /// `GatherNdOptions`.
    pub const GATHER_ND_OPTIONS: Self = Self(117);
    /// `WhereOptions`.
    pub const WHERE_OPTIONS: Self = Self(118);
    /// `ReverseSequenceOptions`.
    pub const REVERSE_SEQUENCE_OPTIONS: Self = Self(119);
    /// `MatrixDiagOptions`.
    pub const MATRIX_DIAG_OPTIONS: Self = Self(120);
    /// `QuantizeOptions`.
    pub const QUANTIZE_OPTIONS: Self = Self(121);
    /// `MatrixSetDiagOptions`.
    pub const MATRIX_SET_DIAG_OPTIONS: Self = Self(122);
    /// `IfOptions`.
    pub const IF_OPTIONS: Self = Self(123);
    /// `CallOnceOptions`.
    pub const CALL_ONCE_OPTIONS: Self = Self(124);
    /// `WhileOptions`.
    pub const WHILE_OPTIONS: Self = Self(125);
    /// `NonMaxSuppressionV4Options`.
    pub const NON_MAX_SUPPRESSION_V4_OPTIONS: Self = Self(126);
    /// `NonMaxSuppressionV5Options`.
    pub const NON_MAX_SUPPRESSION_V5_OPTIONS: Self = Self(127);
    /// `ScatterNdOptions`.
    pub const SCATTER_ND_OPTIONS: Self = Self(128);
    /// `SelectV2Options`.
    pub const SELECT_V2_OPTIONS: Self = Self(129);
    /// `DensifyOptions`.
    pub const DENSIFY_OPTIONS: Self = Self(130);
    /// `SegmentSumOptions`.
    pub const SEGMENT_SUM_OPTIONS: Self = Self(131);
    /// `BatchMatMulOptions`.
    pub const BATCH_MAT_MUL_OPTIONS: Self = Self(132);
    /// `CumsumOptions`.
    pub const CUMSUM_OPTIONS: Self = Self(133);
    /// `BroadcastToOptions`.
    pub const BROADCAST_TO_OPTIONS: Self = Self(134);
    /// `Rfft2dOptions`.
    pub const RFFT2D_OPTIONS: Self = Self(135);
    /// `HashtableOptions`.
    pub const HASHTABLE_OPTIONS: Self = Self(136);
    /// `HashtableFindOptions`.
    pub const HASHTABLE_FIND_OPTIONS: Self = Self(137);
    /// `HashtableImportOptions`.
    pub const HASHTABLE_IMPORT_OPTIONS: Self = Self(138);
    /// `HashtableSizeOptions`.
    pub const HASHTABLE_SIZE_OPTIONS: Self = Self(139);
    /// `VarHandleOptions`.
    pub const VAR_HANDLE_OPTIONS: Self = Self(140);
    /// `ReadVariableOptions`.
    pub const READ_VARIABLE_OPTIONS: Self = Self(141);
    /// `AssignVariableOptions`.
    pub const ASSIGN_VARIABLE_OPTIONS: Self = Self(142);
    /// `RandomOptions`.
    pub const RANDOM_OPTIONS: Self = Self(143);
    /// `BucketizeOptions`.
    pub const BUCKETIZE_OPTIONS: Self = Self(144);
    /// `GeluOptions`.
    pub const GELU_OPTIONS: Self = Self(145);
    /// `DynamicUpdateSliceOptions`.
    pub const DYNAMIC_UPDATE_SLICE_OPTIONS: Self = Self(146);
    /// `UnsortedSegmentProdOptions`.
    pub const UNSORTED_SEGMENT_PROD_OPTIONS: Self = Self(147);
    /// `UnsortedSegmentMaxOptions`.
    pub const UNSORTED_SEGMENT_MAX_OPTIONS: Self = Self(148);
    /// `UnsortedSegmentSumOptions`.
    pub const UNSORTED_SEGMENT_SUM_OPTIONS: Self = Self(149);
    /// `ATan2Options`.
    pub const A_TAN2_OPTIONS: Self = Self(150);
    /// `UnsortedSegmentMinOptions`.
    pub const UNSORTED_SEGMENT_MIN_OPTIONS: Self = Self(151);
    /// `SignOptions`.
    pub const SIGN_OPTIONS: Self = Self(152);
    /// `BitcastOptions`.
    pub const BITCAST_OPTIONS: Self = Self(153);
    /// `BitwiseXorOptions`.
    pub const BITWISE_XOR_OPTIONS: Self = Self(154);
    /// `RightShiftOptions`.
    pub const RIGHT_SHIFT_OPTIONS: Self = Self(155);
    /// `DilateOptions`.
    pub const DILATE_OPTIONS: Self = Self(156);
    /// `ReduceWindowOptions`.
    pub const REDUCE_WINDOW_OPTIONS: Self = Self(157);
    /// `OperatorCode`.
    pub const OPERATOR_CODE: Self = Self(158);
    /// `StableHLOCompositeOptions`.
    pub const STABLE_HLO_COMPOSITE_OPTIONS: Self = Self(159);
    /// `StablehloShiftLeftOptions`.
    pub const STABLEHLO_SHIFT_LEFT_OPTIONS: Self = Self(160);
    /// `Operator`.
    pub const OPERATOR: Self = Self(161);
    /// `SubGraph`.
    pub const SUB_GRAPH: Self = Self(162);
    /// `Buffer`.
    pub const BUFFER: Self = Self(163);
    /// `ExternalBufferGroup`.
    pub const EXTERNAL_BUFFER_GROUP: Self = Self(164);
    /// `ExternalBuffer`.
    pub const EXTERNAL_BUFFER: Self = Self(165);
    /// `Metadata`.
    pub const METADATA: Self = Self(166);
    /// `TensorMap`.
    pub const TENSOR_MAP: Self = Self(167);
    /// `SignatureDef`.
    pub const SIGNATURE_DEF: Self = Self(168);
    /// `Model`.
    pub const MODEL: Self = Self(169);
}
