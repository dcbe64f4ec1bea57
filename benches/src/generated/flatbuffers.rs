//! Every table with what the `flatbuffers` crate is to visit in it.
//!
//! Made of `schemas/tflite.fbs` by `cargo run -p xtask -- codegen`.

use super::rival;
use flatbuffers::{ForwardsUOffset as To, Vector};

rival! {
    CustomQuantization {
        .visit_field::<To<Vector<'_, u8>>>("custom", 4, false)?
    }
    BlockwiseQuantization {
        .visit_field::<i32>("scales", 4, false)?
        .visit_field::<i32>("zero_points", 6, false)?
        .visit_field::<i32>("block_size", 8, false)?
        .visit_field::<To<Vector<'_, i32>>>("block_shape", 10, false)?
    }
    MultiAxisQuantization {
        .visit_field::<i32>("scales", 4, false)?
        .visit_field::<i32>("zero_points", 6, false)?
        .visit_field::<i32>("block_size", 8, false)?
        .visit_field::<To<Vector<'_, i32>>>("quantized_dimensions", 10, false)?
    }
    QuantizationParameters {
        .visit_field::<To<Vector<'_, f32>>>("min", 4, false)?
        .visit_field::<To<Vector<'_, f32>>>("max", 6, false)?
        .visit_field::<To<Vector<'_, f32>>>("scale", 8, false)?
        .visit_field::<To<Vector<'_, i64>>>("zero_point", 10, false)?
        .visit_union::<u8, _>("details", 12, "details", 14, false, |tag, v, at| match tag {
            1 => v.verify_union_variant::<To<CustomQuantization<'_>>>("CustomQuantization", at),
            2 => v.verify_union_variant::<To<BlockwiseQuantization<'_>>>("BlockwiseQuantization", at),
            3 => v.verify_union_variant::<To<MultiAxisQuantization<'_>>>("MultiAxisQuantization", at),
            _ => Ok(()),
        })?
        .visit_field::<i32>("quantized_dimension", 16, false)?
    }
    Int32Vector {
        .visit_field::<To<Vector<'_, i32>>>("values", 4, false)?
    }
    Uint16Vector {
        .visit_field::<To<Vector<'_, u16>>>("values", 4, false)?
    }
    Uint8Vector {
        .visit_field::<To<Vector<'_, u8>>>("values", 4, false)?
    }
    DimensionMetadata {
        .visit_field::<i8>("format", 4, false)?
        .visit_field::<i32>("dense_size", 6, false)?
        .visit_union::<u8, _>("array_segments", 8, "array_segments", 10, false, |tag, v, at| match tag {
            1 => v.verify_union_variant::<To<Int32Vector<'_>>>("Int32Vector", at),
            2 => v.verify_union_variant::<To<Uint16Vector<'_>>>("Uint16Vector", at),
            3 => v.verify_union_variant::<To<Uint8Vector<'_>>>("Uint8Vector", at),
            _ => Ok(()),
        })?
        .visit_union::<u8, _>("array_indices", 12, "array_indices", 14, false, |tag, v, at| match tag {
            1 => v.verify_union_variant::<To<Int32Vector<'_>>>("Int32Vector", at),
            2 => v.verify_union_variant::<To<Uint16Vector<'_>>>("Uint16Vector", at),
            3 => v.verify_union_variant::<To<Uint8Vector<'_>>>("Uint8Vector", at),
            _ => Ok(()),
        })?
    }
    SparsityParameters {
        .visit_field::<To<Vector<'_, i32>>>("traversal_order", 4, false)?
        .visit_field::<To<Vector<'_, i32>>>("block_map", 6, false)?
        .visit_field::<To<Vector<'_, To<DimensionMetadata<'_>>>>>("dim_metadata", 8, false)?
    }
    VariantSubType {
        .visit_field::<To<Vector<'_, i32>>>("shape", 4, false)?
        .visit_field::<i8>("type", 6, false)?
        .visit_field::<bool>("has_rank", 8, false)?
    }
    Tensor {
        .visit_field::<To<Vector<'_, i32>>>("shape", 4, false)?
        .visit_field::<i8>("type", 6, false)?
        .visit_field::<u32>("buffer", 8, false)?
        .visit_field::<To<&str>>("name", 10, false)?
        .visit_field::<To<QuantizationParameters<'_>>>("quantization", 12, false)?
        .visit_field::<bool>("is_variable", 14, false)?
        .visit_field::<To<SparsityParameters<'_>>>("sparsity", 16, false)?
        .visit_field::<To<Vector<'_, i32>>>("shape_signature", 18, false)?
        .visit_field::<bool>("has_rank", 20, false)?
        .visit_field::<To<Vector<'_, To<VariantSubType<'_>>>>>("variant_tensors", 22, false)?
        .visit_field::<u32>("external_buffer", 24, false)?
    }
    StablehloGatherOptions {
        .visit_field::<To<Vector<'_, i64>>>("offset_dims", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("collapsed_slice_dims", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("start_index_map", 8, false)?
        .visit_field::<i64>("index_vector_dim", 10, false)?
        .visit_field::<To<Vector<'_, i64>>>("slice_sizes", 12, false)?
        .visit_field::<bool>("indices_are_sorted", 14, false)?
    }
    StablehloTransposeOptions {
        .visit_field::<To<Vector<'_, i64>>>("permutation", 4, false)?
    }
    StablehloDotGeneralOptions {
        .visit_field::<To<Vector<'_, i64>>>("lhs_batching_dimensions", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("rhs_batching_dimensions", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("lhs_contracting_dimensions", 8, false)?
        .visit_field::<To<Vector<'_, i64>>>("rhs_contracting_dimensions", 10, false)?
        .visit_field::<To<Vector<'_, u32>>>("precision_config", 12, false)?
    }
    StablehloReduceWindowOptions {
        .visit_field::<To<Vector<'_, i64>>>("window_dimensions", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("window_strides", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("base_dilations", 8, false)?
        .visit_field::<To<Vector<'_, i64>>>("window_dilations", 10, false)?
        .visit_field::<To<Vector<'_, i64>>>("padding", 12, false)?
        .visit_field::<i32>("body_subgraph_index", 14, false)?
    }
    StablehloWhileOptions {
        .visit_field::<i32>("cond_subgraph_index", 4, false)?
        .visit_field::<i32>("body_subgraph_index", 6, false)?
    }
    StablehloSortOptions {
        .visit_field::<i64>("dimension", 4, false)?
        .visit_field::<bool>("is_stable", 6, false)?
        .visit_field::<i32>("comparator_subgraph_index", 8, false)?
    }
    StablehloConcatenateOptions {
        .visit_field::<i64>("dimension", 4, false)?
    }
    StablehloBroadcastInDimOptions {
        .visit_field::<To<Vector<'_, i64>>>("broadcast_dimensions", 4, false)?
    }
    StablehloCompareOptions {
        .visit_field::<u32>("comparison_direction", 4, false)?
        .visit_field::<u32>("compare_type", 6, false)?
    }
    StablehloDynamicSliceOptions {
        .visit_field::<To<Vector<'_, i64>>>("slice_sizes", 4, false)?
    }
    StablehloPadOptions {
        .visit_field::<To<Vector<'_, i64>>>("edge_padding_low", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("edge_padding_high", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("interior_padding", 8, false)?
    }
    StablehloIotaOptions {
        .visit_field::<i64>("iota_dimension", 4, false)?
    }
    StablehloCustomCallOptions {
        .visit_field::<To<&str>>("call_target_name", 4, false)?
        .visit_field::<bool>("has_side_effect", 6, false)?
        .visit_field::<To<&str>>("backend_config", 8, false)?
        .visit_field::<i32>("api_version", 10, false)?
        .visit_field::<To<Vector<'_, i32>>>("called_computations", 12, false)?
        .visit_field::<To<Vector<'_, u8>>>("custom_attributes", 14, false)?
    }
    StablehloReduceOptions {
        .visit_field::<To<Vector<'_, i64>>>("dimensions", 4, false)?
        .visit_field::<i32>("body_subgraph_index", 6, false)?
    }
    StablehloSliceOptions {
        .visit_field::<To<Vector<'_, i64>>>("start_indices", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("limit_indices", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("strides", 8, false)?
    }
    StablehloConvolutionOptions {
        .visit_field::<To<Vector<'_, i64>>>("window_strides", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("padding", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("lhs_dilation", 8, false)?
        .visit_field::<To<Vector<'_, i64>>>("rhs_dilation", 10, false)?
        .visit_field::<To<Vector<'_, bool>>>("window_reversal", 12, false)?
        .visit_field::<i64>("input_batch_dimension", 14, false)?
        .visit_field::<i64>("input_feature_dimension", 16, false)?
        .visit_field::<To<Vector<'_, i64>>>("input_spatial_dimensions", 18, false)?
        .visit_field::<i64>("kernel_input_feature_dimension", 20, false)?
        .visit_field::<i64>("kernel_output_feature_dimension", 22, false)?
        .visit_field::<To<Vector<'_, i64>>>("kernel_spatial_dimensions", 24, false)?
        .visit_field::<i64>("output_batch_dimension", 26, false)?
        .visit_field::<i64>("output_feature_dimension", 28, false)?
        .visit_field::<To<Vector<'_, i64>>>("output_spatial_dimensions", 30, false)?
        .visit_field::<i64>("feature_group_count", 32, false)?
        .visit_field::<i64>("batch_group_count", 34, false)?
        .visit_field::<To<Vector<'_, u32>>>("precision_config", 36, false)?
    }
    StablehloScatterOptions {
        .visit_field::<bool>("indices_are_sorted", 4, false)?
        .visit_field::<To<Vector<'_, i64>>>("update_window_dims", 6, false)?
        .visit_field::<To<Vector<'_, i64>>>("inserted_window_dims", 8, false)?
        .visit_field::<To<Vector<'_, i64>>>("scatter_dims_to_operand_dims", 10, false)?
        .visit_field::<i64>("index_vector_dim", 12, false)?
        .visit_field::<bool>("unique_indices", 14, false)?
        .visit_field::<i32>("update_computation_subgraph_index", 16, false)?
    }
    StablehloCaseOptions {
        .visit_field::<To<Vector<'_, i32>>>("branch_subgraph_indices", 4, false)?
    }
    StablehloRngBitGeneratorOptions {
        .visit_field::<i8>("algorithm", 4, false)?
    }
    Conv2DOptions {
        .visit_field::<i8>("padding", 4, false)?
        .visit_field::<i32>("stride_w", 6, false)?
        .visit_field::<i32>("stride_h", 8, false)?
        .visit_field::<i8>("fused_activation_function", 10, false)?
        .visit_field::<i32>("dilation_w_factor", 12, false)?
        .visit_field::<i32>("dilation_h_factor", 14, false)?
        .visit_field::<i8>("quantized_bias_type", 16, false)?
    }
    Conv3DOptions {
        .visit_field::<i8>("padding", 4, false)?
        .visit_field::<i32>("stride_d", 6, false)?
        .visit_field::<i32>("stride_w", 8, false)?
        .visit_field::<i32>("stride_h", 10, false)?
        .visit_field::<i8>("fused_activation_function", 12, false)?
        .visit_field::<i32>("dilation_d_factor", 14, false)?
        .visit_field::<i32>("dilation_w_factor", 16, false)?
        .visit_field::<i32>("dilation_h_factor", 18, false)?
    }
    Pool2DOptions {
        .visit_field::<i8>("padding", 4, false)?
        .visit_field::<i32>("stride_w", 6, false)?
        .visit_field::<i32>("stride_h", 8, false)?
        .visit_field::<i32>("filter_width", 10, false)?
        .visit_field::<i32>("filter_height", 12, false)?
        .visit_field::<i8>("fused_activation_function", 14, false)?
    }
    DepthwiseConv2DOptions {
        .visit_field::<i8>("padding", 4, false)?
        .visit_field::<i32>("stride_w", 6, false)?
        .visit_field::<i32>("stride_h", 8, false)?
        .visit_field::<i32>("depth_multiplier", 10, false)?
        .visit_field::<i8>("fused_activation_function", 12, false)?
        .visit_field::<i32>("dilation_w_factor", 14, false)?
        .visit_field::<i32>("dilation_h_factor", 16, false)?
    }
    ConcatEmbeddingsOptions {
        .visit_field::<i32>("num_channels", 4, false)?
        .visit_field::<To<Vector<'_, i32>>>("num_columns_per_channel", 6, false)?
        .visit_field::<To<Vector<'_, i32>>>("embedding_dim_per_channel", 8, false)?
    }
    LSHProjectionOptions {
        .visit_field::<i8>("type", 4, false)?
    }
    SVDFOptions {
        .visit_field::<i32>("rank", 4, false)?
        .visit_field::<i8>("fused_activation_function", 6, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 8, false)?
    }
    RNNOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 6, false)?
    }
    SequenceRNNOptions {
        .visit_field::<bool>("time_major", 4, false)?
        .visit_field::<i8>("fused_activation_function", 6, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 8, false)?
    }
    BidirectionalSequenceRNNOptions {
        .visit_field::<bool>("time_major", 4, false)?
        .visit_field::<i8>("fused_activation_function", 6, false)?
        .visit_field::<bool>("merge_outputs", 8, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 10, false)?
    }
    FullyConnectedOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<i8>("weights_format", 6, false)?
        .visit_field::<bool>("keep_num_dims", 8, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 10, false)?
        .visit_field::<i8>("quantized_bias_type", 12, false)?
        .visit_field::<To<Vector<'_, u8>>>("quant_spec", 14, false)?
    }
    SoftmaxOptions {
        .visit_field::<f32>("beta", 4, false)?
    }
    ConcatenationOptions {
        .visit_field::<i32>("axis", 4, false)?
        .visit_field::<i8>("fused_activation_function", 6, false)?
    }
    AddOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<bool>("pot_scale_int16", 6, false)?
    }
    MulOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
    }
    L2NormOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
    }
    LocalResponseNormalizationOptions {
        .visit_field::<i32>("radius", 4, false)?
        .visit_field::<f32>("bias", 6, false)?
        .visit_field::<f32>("alpha", 8, false)?
        .visit_field::<f32>("beta", 10, false)?
    }
    LSTMOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<f32>("cell_clip", 6, false)?
        .visit_field::<f32>("proj_clip", 8, false)?
        .visit_field::<i8>("kernel_type", 10, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 12, false)?
    }
    UnidirectionalSequenceLSTMOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<f32>("cell_clip", 6, false)?
        .visit_field::<f32>("proj_clip", 8, false)?
        .visit_field::<bool>("time_major", 10, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 12, false)?
        .visit_field::<bool>("diagonal_recurrent_tensors", 14, false)?
    }
    BidirectionalSequenceLSTMOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<f32>("cell_clip", 6, false)?
        .visit_field::<f32>("proj_clip", 8, false)?
        .visit_field::<bool>("merge_outputs", 10, false)?
        .visit_field::<bool>("time_major", 12, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 14, false)?
    }
    ResizeBilinearOptions {
        .visit_field::<i32>("new_height", 4, false)?
        .visit_field::<i32>("new_width", 6, false)?
        .visit_field::<bool>("align_corners", 8, false)?
        .visit_field::<bool>("half_pixel_centers", 10, false)?
    }
    ResizeNearestNeighborOptions {
        .visit_field::<bool>("align_corners", 4, false)?
        .visit_field::<bool>("half_pixel_centers", 6, false)?
    }
    CallOptions {
        .visit_field::<u32>("subgraph", 4, false)?
    }
    PadOptions {
    }
    PadV2Options {
    }
    ReshapeOptions {
        .visit_field::<To<Vector<'_, i32>>>("new_shape", 4, false)?
    }
    SpaceToBatchNDOptions {
    }
    BatchToSpaceNDOptions {
    }
    SkipGramOptions {
        .visit_field::<i32>("ngram_size", 4, false)?
        .visit_field::<i32>("max_skip_size", 6, false)?
        .visit_field::<bool>("include_all_ngrams", 8, false)?
    }
    SpaceToDepthOptions {
        .visit_field::<i32>("block_size", 4, false)?
    }
    DepthToSpaceOptions {
        .visit_field::<i32>("block_size", 4, false)?
    }
    SubOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
        .visit_field::<bool>("pot_scale_int16", 6, false)?
    }
    DivOptions {
        .visit_field::<i8>("fused_activation_function", 4, false)?
    }
    TopKV2Options {
    }
    EmbeddingLookupSparseOptions {
        .visit_field::<i8>("combiner", 4, false)?
    }
    GatherOptions {
        .visit_field::<i32>("axis", 4, false)?
        .visit_field::<i32>("batch_dims", 6, false)?
    }
    TransposeOptions {
    }
    ExpOptions {
    }
    CosOptions {
    }
    ReducerOptions {
        .visit_field::<bool>("keep_dims", 4, false)?
    }
    SqueezeOptions {
        .visit_field::<To<Vector<'_, i32>>>("squeeze_dims", 4, false)?
    }
    SplitOptions {
        .visit_field::<i32>("num_splits", 4, false)?
    }
    SplitVOptions {
        .visit_field::<i32>("num_splits", 4, false)?
    }
    StridedSliceOptions {
        .visit_field::<i32>("begin_mask", 4, false)?
        .visit_field::<i32>("end_mask", 6, false)?
        .visit_field::<i32>("ellipsis_mask", 8, false)?
        .visit_field::<i32>("new_axis_mask", 10, false)?
        .visit_field::<i32>("shrink_axis_mask", 12, false)?
        .visit_field::<bool>("offset", 14, false)?
    }
    LogSoftmaxOptions {
    }
    CastOptions {
        .visit_field::<i8>("in_data_type", 4, false)?
        .visit_field::<i8>("out_data_type", 6, false)?
    }
    DequantizeOptions {
    }
    MaximumMinimumOptions {
    }
    TileOptions {
    }
    ArgMaxOptions {
        .visit_field::<i8>("output_type", 4, false)?
    }
    ArgMinOptions {
        .visit_field::<i8>("output_type", 4, false)?
    }
    GreaterOptions {
    }
    GreaterEqualOptions {
    }
    LessOptions {
    }
    LessEqualOptions {
    }
    NegOptions {
    }
    SelectOptions {
    }
    SliceOptions {
    }
    TransposeConvOptions {
        .visit_field::<i8>("padding", 4, false)?
        .visit_field::<i32>("stride_w", 6, false)?
        .visit_field::<i32>("stride_h", 8, false)?
        .visit_field::<i8>("fused_activation_function", 10, false)?
        .visit_field::<i8>("quantized_bias_type", 12, false)?
    }
    ExpandDimsOptions {
    }
    SparseToDenseOptions {
        .visit_field::<bool>("validate_indices", 4, false)?
    }
    EqualOptions {
    }
    NotEqualOptions {
    }
    ShapeOptions {
        .visit_field::<i8>("out_type", 4, false)?
    }
    RankOptions {
    }
    PowOptions {
    }
    FakeQuantOptions {
        .visit_field::<f32>("min", 4, false)?
        .visit_field::<f32>("max", 6, false)?
        .visit_field::<i32>("num_bits", 8, false)?
        .visit_field::<bool>("narrow_range", 10, false)?
    }
    PackOptions {
        .visit_field::<i32>("values_count", 4, false)?
        .visit_field::<i32>("axis", 6, false)?
    }
    LogicalOrOptions {
    }
    OneHotOptions {
        .visit_field::<i32>("axis", 4, false)?
    }
    AbsOptions {
    }
    HardSwishOptions {
    }
    LogicalAndOptions {
    }
    LogicalNotOptions {
    }
    UnpackOptions {
        .visit_field::<i32>("num", 4, false)?
        .visit_field::<i32>("axis", 6, false)?
    }
    FloorDivOptions {
    }
    SquareOptions {
    }
    ZerosLikeOptions {
    }
    FillOptions {
    }
    FloorModOptions {
    }
    RangeOptions {
    }
    LeakyReluOptions {
        .visit_field::<f32>("alpha", 4, false)?
    }
    SquaredDifferenceOptions {
    }
    MirrorPadOptions {
        .visit_field::<i8>("mode", 4, false)?
    }
    UniqueOptions {
        .visit_field::<i8>("idx_out_type", 4, false)?
    }
    ReverseV2Options {
    }
    AddNOptions {
    }
    GatherNdOptions {
    }
    WhereOptions {
    }
    ReverseSequenceOptions {
        .visit_field::<i32>("seq_dim", 4, false)?
        .visit_field::<i32>("batch_dim", 6, false)?
    }
    MatrixDiagOptions {
    }
    QuantizeOptions {
    }
    MatrixSetDiagOptions {
    }
    IfOptions {
        .visit_field::<i32>("then_subgraph_index", 4, false)?
        .visit_field::<i32>("else_subgraph_index", 6, false)?
    }
    CallOnceOptions {
        .visit_field::<i32>("init_subgraph_index", 4, false)?
    }
    WhileOptions {
        .visit_field::<i32>("cond_subgraph_index", 4, false)?
        .visit_field::<i32>("body_subgraph_index", 6, false)?
    }
    NonMaxSuppressionV4Options {
    }
    NonMaxSuppressionV5Options {
    }
    ScatterNdOptions {
    }
    SelectV2Options {
    }
    DensifyOptions {
    }
    SegmentSumOptions {
    }
    BatchMatMulOptions {
        .visit_field::<bool>("adj_x", 4, false)?
        .visit_field::<bool>("adj_y", 6, false)?
        .visit_field::<bool>("asymmetric_quantize_inputs", 8, false)?
    }
    CumsumOptions {
        .visit_field::<bool>("exclusive", 4, false)?
        .visit_field::<bool>("reverse", 6, false)?
    }
    BroadcastToOptions {
    }
    Rfft2dOptions {
    }
    HashtableOptions {
        .visit_field::<i32>("table_id", 4, false)?
        .visit_field::<i8>("key_dtype", 6, false)?
        .visit_field::<i8>("value_dtype", 8, false)?
    }
    HashtableFindOptions {
    }
    HashtableImportOptions {
    }
    HashtableSizeOptions {
    }
    VarHandleOptions {
        .visit_field::<To<&str>>("container", 4, false)?
        .visit_field::<To<&str>>("shared_name", 6, false)?
    }
    ReadVariableOptions {
    }
    AssignVariableOptions {
    }
    RandomOptions {
        .visit_field::<i64>("seed", 4, false)?
        .visit_field::<i64>("seed2", 6, false)?
    }
    BucketizeOptions {
        .visit_field::<To<Vector<'_, f32>>>("boundaries", 4, false)?
    }
    GeluOptions {
        .visit_field::<bool>("approximate", 4, false)?
    }
    DynamicUpdateSliceOptions {
    }
    UnsortedSegmentProdOptions {
    }
    UnsortedSegmentMaxOptions {
    }
    UnsortedSegmentSumOptions {
    }
    ATan2Options {
    }
    UnsortedSegmentMinOptions {
    }
    SignOptions {
    }
    BitcastOptions {
    }
    BitwiseXorOptions {
    }
    RightShiftOptions {
    }
    DilateOptions {
    }
    ReduceWindowOptions {
        .visit_field::<i32>("reduce_function", 4, false)?
    }
    OperatorCode {
        .visit_field::<i8>("deprecated_builtin_code", 4, false)?
        .visit_field::<To<&str>>("custom_code", 6, false)?
        .visit_field::<i32>("version", 8, false)?
        .visit_field::<i32>("builtin_code", 10, false)?
    }
    StableHLOCompositeOptions {
        .visit_field::<To<&str>>("name", 4, false)?
        .visit_field::<i32>("decomposition_subgraph_index", 6, false)?
        .visit_field::<To<Vector<'_, u8>>>("composite_attributes", 8, false)?
        .visit_field::<i8>("composite_attributes_format", 10, false)?
        .visit_field::<i32>("version", 12, false)?
    }
    StablehloShiftLeftOptions {
    }
    Operator {
        .visit_field::<u32>("opcode_index", 4, false)?
        .visit_field::<To<Vector<'_, i32>>>("inputs", 6, false)?
        .visit_field::<To<Vector<'_, i32>>>("outputs", 8, false)?
        .visit_union::<u8, _>("builtin_options", 10, "builtin_options", 12, false, |tag, v, at| match tag {
            1 => v.verify_union_variant::<To<Conv2DOptions<'_>>>("Conv2DOptions", at),
            2 => v.verify_union_variant::<To<DepthwiseConv2DOptions<'_>>>("DepthwiseConv2DOptions", at),
            3 => v.verify_union_variant::<To<ConcatEmbeddingsOptions<'_>>>("ConcatEmbeddingsOptions", at),
            4 => v.verify_union_variant::<To<LSHProjectionOptions<'_>>>("LSHProjectionOptions", at),
            5 => v.verify_union_variant::<To<Pool2DOptions<'_>>>("Pool2DOptions", at),
            6 => v.verify_union_variant::<To<SVDFOptions<'_>>>("SVDFOptions", at),
            7 => v.verify_union_variant::<To<RNNOptions<'_>>>("RNNOptions", at),
            8 => v.verify_union_variant::<To<FullyConnectedOptions<'_>>>("FullyConnectedOptions", at),
            9 => v.verify_union_variant::<To<SoftmaxOptions<'_>>>("SoftmaxOptions", at),
            10 => v.verify_union_variant::<To<ConcatenationOptions<'_>>>("ConcatenationOptions", at),
            11 => v.verify_union_variant::<To<AddOptions<'_>>>("AddOptions", at),
            12 => v.verify_union_variant::<To<L2NormOptions<'_>>>("L2NormOptions", at),
            13 => v.verify_union_variant::<To<LocalResponseNormalizationOptions<'_>>>("LocalResponseNormalizationOptions", at),
            14 => v.verify_union_variant::<To<LSTMOptions<'_>>>("LSTMOptions", at),
            15 => v.verify_union_variant::<To<ResizeBilinearOptions<'_>>>("ResizeBilinearOptions", at),
            16 => v.verify_union_variant::<To<CallOptions<'_>>>("CallOptions", at),
            17 => v.verify_union_variant::<To<ReshapeOptions<'_>>>("ReshapeOptions", at),
            18 => v.verify_union_variant::<To<SkipGramOptions<'_>>>("SkipGramOptions", at),
            19 => v.verify_union_variant::<To<SpaceToDepthOptions<'_>>>("SpaceToDepthOptions", at),
            20 => v.verify_union_variant::<To<EmbeddingLookupSparseOptions<'_>>>("EmbeddingLookupSparseOptions", at),
            21 => v.verify_union_variant::<To<MulOptions<'_>>>("MulOptions", at),
            22 => v.verify_union_variant::<To<PadOptions<'_>>>("PadOptions", at),
            23 => v.verify_union_variant::<To<GatherOptions<'_>>>("GatherOptions", at),
            24 => v.verify_union_variant::<To<BatchToSpaceNDOptions<'_>>>("BatchToSpaceNDOptions", at),
            25 => v.verify_union_variant::<To<SpaceToBatchNDOptions<'_>>>("SpaceToBatchNDOptions", at),
            26 => v.verify_union_variant::<To<TransposeOptions<'_>>>("TransposeOptions", at),
            27 => v.verify_union_variant::<To<ReducerOptions<'_>>>("ReducerOptions", at),
            28 => v.verify_union_variant::<To<SubOptions<'_>>>("SubOptions", at),
            29 => v.verify_union_variant::<To<DivOptions<'_>>>("DivOptions", at),
            30 => v.verify_union_variant::<To<SqueezeOptions<'_>>>("SqueezeOptions", at),
            31 => v.verify_union_variant::<To<SequenceRNNOptions<'_>>>("SequenceRNNOptions", at),
            32 => v.verify_union_variant::<To<StridedSliceOptions<'_>>>("StridedSliceOptions", at),
            33 => v.verify_union_variant::<To<ExpOptions<'_>>>("ExpOptions", at),
            34 => v.verify_union_variant::<To<TopKV2Options<'_>>>("TopKV2Options", at),
            35 => v.verify_union_variant::<To<SplitOptions<'_>>>("SplitOptions", at),
            36 => v.verify_union_variant::<To<LogSoftmaxOptions<'_>>>("LogSoftmaxOptions", at),
            37 => v.verify_union_variant::<To<CastOptions<'_>>>("CastOptions", at),
            38 => v.verify_union_variant::<To<DequantizeOptions<'_>>>("DequantizeOptions", at),
            39 => v.verify_union_variant::<To<MaximumMinimumOptions<'_>>>("MaximumMinimumOptions", at),
            40 => v.verify_union_variant::<To<ArgMaxOptions<'_>>>("ArgMaxOptions", at),
            41 => v.verify_union_variant::<To<LessOptions<'_>>>("LessOptions", at),
            42 => v.verify_union_variant::<To<NegOptions<'_>>>("NegOptions", at),
            43 => v.verify_union_variant::<To<PadV2Options<'_>>>("PadV2Options", at),
            44 => v.verify_union_variant::<To<GreaterOptions<'_>>>("GreaterOptions", at),
            45 => v.verify_union_variant::<To<GreaterEqualOptions<'_>>>("GreaterEqualOptions", at),
            46 => v.verify_union_variant::<To<LessEqualOptions<'_>>>("LessEqualOptions", at),
            47 => v.verify_union_variant::<To<SelectOptions<'_>>>("SelectOptions", at),
            48 => v.verify_union_variant::<To<SliceOptions<'_>>>("SliceOptions", at),
            49 => v.verify_union_variant::<To<TransposeConvOptions<'_>>>("TransposeConvOptions", at),
            50 => v.verify_union_variant::<To<SparseToDenseOptions<'_>>>("SparseToDenseOptions", at),
            51 => v.verify_union_variant::<To<TileOptions<'_>>>("TileOptions", at),
            52 => v.verify_union_variant::<To<ExpandDimsOptions<'_>>>("ExpandDimsOptions", at),
            53 => v.verify_union_variant::<To<EqualOptions<'_>>>("EqualOptions", at),
            54 => v.verify_union_variant::<To<NotEqualOptions<'_>>>("NotEqualOptions", at),
            55 => v.verify_union_variant::<To<ShapeOptions<'_>>>("ShapeOptions", at),
            56 => v.verify_union_variant::<To<PowOptions<'_>>>("PowOptions", at),
            57 => v.verify_union_variant::<To<ArgMinOptions<'_>>>("ArgMinOptions", at),
            58 => v.verify_union_variant::<To<FakeQuantOptions<'_>>>("FakeQuantOptions", at),
            59 => v.verify_union_variant::<To<PackOptions<'_>>>("PackOptions", at),
            60 => v.verify_union_variant::<To<LogicalOrOptions<'_>>>("LogicalOrOptions", at),
            61 => v.verify_union_variant::<To<OneHotOptions<'_>>>("OneHotOptions", at),
            62 => v.verify_union_variant::<To<LogicalAndOptions<'_>>>("LogicalAndOptions", at),
            63 => v.verify_union_variant::<To<LogicalNotOptions<'_>>>("LogicalNotOptions", at),
            64 => v.verify_union_variant::<To<UnpackOptions<'_>>>("UnpackOptions", at),
            65 => v.verify_union_variant::<To<FloorDivOptions<'_>>>("FloorDivOptions", at),
            66 => v.verify_union_variant::<To<SquareOptions<'_>>>("SquareOptions", at),
            67 => v.verify_union_variant::<To<ZerosLikeOptions<'_>>>("ZerosLikeOptions", at),
            68 => v.verify_union_variant::<To<FillOptions<'_>>>("FillOptions", at),
            69 => v.verify_union_variant::<To<BidirectionalSequenceLSTMOptions<'_>>>("BidirectionalSequenceLSTMOptions", at),
            70 => v.verify_union_variant::<To<BidirectionalSequenceRNNOptions<'_>>>("BidirectionalSequenceRNNOptions", at),
            71 => v.verify_union_variant::<To<UnidirectionalSequenceLSTMOptions<'_>>>("UnidirectionalSequenceLSTMOptions", at),
            72 => v.verify_union_variant::<To<FloorModOptions<'_>>>("FloorModOptions", at),
            73 => v.verify_union_variant::<To<RangeOptions<'_>>>("RangeOptions", at),
            74 => v.verify_union_variant::<To<ResizeNearestNeighborOptions<'_>>>("ResizeNearestNeighborOptions", at),
            75 => v.verify_union_variant::<To<LeakyReluOptions<'_>>>("LeakyReluOptions", at),
            76 => v.verify_union_variant::<To<SquaredDifferenceOptions<'_>>>("SquaredDifferenceOptions", at),
            77 => v.verify_union_variant::<To<MirrorPadOptions<'_>>>("MirrorPadOptions", at),
            78 => v.verify_union_variant::<To<AbsOptions<'_>>>("AbsOptions", at),
            79 => v.verify_union_variant::<To<SplitVOptions<'_>>>("SplitVOptions", at),
            80 => v.verify_union_variant::<To<UniqueOptions<'_>>>("UniqueOptions", at),
            81 => v.verify_union_variant::<To<ReverseV2Options<'_>>>("ReverseV2Options", at),
            82 => v.verify_union_variant::<To<AddNOptions<'_>>>("AddNOptions", at),
            83 => v.verify_union_variant::<To<GatherNdOptions<'_>>>("GatherNdOptions", at),
            84 => v.verify_union_variant::<To<CosOptions<'_>>>("CosOptions", at),
            85 => v.verify_union_variant::<To<WhereOptions<'_>>>("WhereOptions", at),
            86 => v.verify_union_variant::<To<RankOptions<'_>>>("RankOptions", at),
            87 => v.verify_union_variant::<To<ReverseSequenceOptions<'_>>>("ReverseSequenceOptions", at),
            88 => v.verify_union_variant::<To<MatrixDiagOptions<'_>>>("MatrixDiagOptions", at),
            89 => v.verify_union_variant::<To<QuantizeOptions<'_>>>("QuantizeOptions", at),
            90 => v.verify_union_variant::<To<MatrixSetDiagOptions<'_>>>("MatrixSetDiagOptions", at),
            91 => v.verify_union_variant::<To<HardSwishOptions<'_>>>("HardSwishOptions", at),
            92 => v.verify_union_variant::<To<IfOptions<'_>>>("IfOptions", at),
            93 => v.verify_union_variant::<To<WhileOptions<'_>>>("WhileOptions", at),
            94 => v.verify_union_variant::<To<DepthToSpaceOptions<'_>>>("DepthToSpaceOptions", at),
            95 => v.verify_union_variant::<To<NonMaxSuppressionV4Options<'_>>>("NonMaxSuppressionV4Options", at),
            96 => v.verify_union_variant::<To<NonMaxSuppressionV5Options<'_>>>("NonMaxSuppressionV5Options", at),
            97 => v.verify_union_variant::<To<ScatterNdOptions<'_>>>("ScatterNdOptions", at),
            98 => v.verify_union_variant::<To<SelectV2Options<'_>>>("SelectV2Options", at),
            99 => v.verify_union_variant::<To<DensifyOptions<'_>>>("DensifyOptions", at),
            100 => v.verify_union_variant::<To<SegmentSumOptions<'_>>>("SegmentSumOptions", at),
            101 => v.verify_union_variant::<To<BatchMatMulOptions<'_>>>("BatchMatMulOptions", at),
            102 => v.verify_union_variant::<To<CumsumOptions<'_>>>("CumsumOptions", at),
            103 => v.verify_union_variant::<To<CallOnceOptions<'_>>>("CallOnceOptions", at),
            104 => v.verify_union_variant::<To<BroadcastToOptions<'_>>>("BroadcastToOptions", at),
            105 => v.verify_union_variant::<To<Rfft2dOptions<'_>>>("Rfft2dOptions", at),
            106 => v.verify_union_variant::<To<Conv3DOptions<'_>>>("Conv3DOptions", at),
            107 => v.verify_union_variant::<To<HashtableOptions<'_>>>("HashtableOptions", at),
            108 => v.verify_union_variant::<To<HashtableFindOptions<'_>>>("HashtableFindOptions", at),
            109 => v.verify_union_variant::<To<HashtableImportOptions<'_>>>("HashtableImportOptions", at),
            110 => v.verify_union_variant::<To<HashtableSizeOptions<'_>>>("HashtableSizeOptions", at),
            111 => v.verify_union_variant::<To<VarHandleOptions<'_>>>("VarHandleOptions", at),
            112 => v.verify_union_variant::<To<ReadVariableOptions<'_>>>("ReadVariableOptions", at),
            113 => v.verify_union_variant::<To<AssignVariableOptions<'_>>>("AssignVariableOptions", at),
            114 => v.verify_union_variant::<To<RandomOptions<'_>>>("RandomOptions", at),
            115 => v.verify_union_variant::<To<BucketizeOptions<'_>>>("BucketizeOptions", at),
            116 => v.verify_union_variant::<To<GeluOptions<'_>>>("GeluOptions", at),
            117 => v.verify_union_variant::<To<DynamicUpdateSliceOptions<'_>>>("DynamicUpdateSliceOptions", at),
            118 => v.verify_union_variant::<To<UnsortedSegmentProdOptions<'_>>>("UnsortedSegmentProdOptions", at),
            119 => v.verify_union_variant::<To<UnsortedSegmentMaxOptions<'_>>>("UnsortedSegmentMaxOptions", at),
            120 => v.verify_union_variant::<To<UnsortedSegmentMinOptions<'_>>>("UnsortedSegmentMinOptions", at),
            121 => v.verify_union_variant::<To<UnsortedSegmentSumOptions<'_>>>("UnsortedSegmentSumOptions", at),
            122 => v.verify_union_variant::<To<ATan2Options<'_>>>("ATan2Options", at),
            123 => v.verify_union_variant::<To<SignOptions<'_>>>("SignOptions", at),
            124 => v.verify_union_variant::<To<BitcastOptions<'_>>>("BitcastOptions", at),
            125 => v.verify_union_variant::<To<BitwiseXorOptions<'_>>>("BitwiseXorOptions", at),
            126 => v.verify_union_variant::<To<RightShiftOptions<'_>>>("RightShiftOptions", at),
            _ => Ok(()),
        })?
        .visit_field::<To<Vector<'_, u8>>>("custom_options", 14, false)?
        .visit_field::<i8>("custom_options_format", 16, false)?
        .visit_field::<To<Vector<'_, bool>>>("mutating_variable_inputs", 18, false)?
        .visit_field::<To<Vector<'_, i32>>>("intermediates", 20, false)?
        .visit_field::<u64>("large_custom_options_offset", 22, false)?
        .visit_field::<u64>("large_custom_options_size", 24, false)?
        .visit_union::<u8, _>("builtin_options_2", 26, "builtin_options_2", 28, false, |tag, v, at| match tag {
            1 => v.verify_union_variant::<To<StablehloConcatenateOptions<'_>>>("StablehloConcatenateOptions", at),
            2 => v.verify_union_variant::<To<StablehloBroadcastInDimOptions<'_>>>("StablehloBroadcastInDimOptions", at),
            3 => v.verify_union_variant::<To<StablehloSliceOptions<'_>>>("StablehloSliceOptions", at),
            4 => v.verify_union_variant::<To<StablehloConvolutionOptions<'_>>>("StablehloConvolutionOptions", at),
            5 => v.verify_union_variant::<To<StablehloCustomCallOptions<'_>>>("StablehloCustomCallOptions", at),
            6 => v.verify_union_variant::<To<StablehloReduceOptions<'_>>>("StablehloReduceOptions", at),
            7 => v.verify_union_variant::<To<StablehloScatterOptions<'_>>>("StablehloScatterOptions", at),
            8 => v.verify_union_variant::<To<StablehloCompareOptions<'_>>>("StablehloCompareOptions", at),
            9 => v.verify_union_variant::<To<StablehloDynamicSliceOptions<'_>>>("StablehloDynamicSliceOptions", at),
            10 => v.verify_union_variant::<To<StablehloPadOptions<'_>>>("StablehloPadOptions", at),
            11 => v.verify_union_variant::<To<StablehloIotaOptions<'_>>>("StablehloIotaOptions", at),
            12 => v.verify_union_variant::<To<StablehloDotGeneralOptions<'_>>>("StablehloDotGeneralOptions", at),
            13 => v.verify_union_variant::<To<StablehloReduceWindowOptions<'_>>>("StablehloReduceWindowOptions", at),
            14 => v.verify_union_variant::<To<StablehloSortOptions<'_>>>("StablehloSortOptions", at),
            15 => v.verify_union_variant::<To<StablehloWhileOptions<'_>>>("StablehloWhileOptions", at),
            16 => v.verify_union_variant::<To<StablehloGatherOptions<'_>>>("StablehloGatherOptions", at),
            17 => v.verify_union_variant::<To<StablehloTransposeOptions<'_>>>("StablehloTransposeOptions", at),
            18 => v.verify_union_variant::<To<DilateOptions<'_>>>("DilateOptions", at),
            19 => v.verify_union_variant::<To<StablehloRngBitGeneratorOptions<'_>>>("StablehloRngBitGeneratorOptions", at),
            20 => v.verify_union_variant::<To<ReduceWindowOptions<'_>>>("ReduceWindowOptions", at),
            21 => v.verify_union_variant::<To<StableHLOCompositeOptions<'_>>>("StableHLOCompositeOptions", at),
            22 => v.verify_union_variant::<To<StablehloShiftLeftOptions<'_>>>("StablehloShiftLeftOptions", at),
            23 => v.verify_union_variant::<To<StablehloCaseOptions<'_>>>("StablehloCaseOptions", at),
            _ => Ok(()),
        })?
        .visit_field::<i32>("debug_metadata_index", 30, false)?
    }
    SubGraph {
        .visit_field::<To<Vector<'_, To<Tensor<'_>>>>>("tensors", 4, false)?
        .visit_field::<To<Vector<'_, i32>>>("inputs", 6, false)?
        .visit_field::<To<Vector<'_, i32>>>("outputs", 8, false)?
        .visit_field::<To<Vector<'_, To<Operator<'_>>>>>("operators", 10, false)?
        .visit_field::<To<&str>>("name", 12, false)?
        .visit_field::<i32>("debug_metadata_index", 14, false)?
    }
    Buffer {
        .visit_field::<To<Vector<'_, u8>>>("data", 4, false)?
        .visit_field::<u64>("offset", 6, false)?
        .visit_field::<u64>("size", 8, false)?
    }
    ExternalBufferGroup {
        .visit_field::<To<&str>>("name", 4, false)?
    }
    ExternalBuffer {
        .visit_field::<u32>("id", 4, false)?
        .visit_field::<u32>("group", 6, false)?
        .visit_field::<u64>("offset", 8, false)?
        .visit_field::<u64>("length", 10, false)?
        .visit_field::<To<&str>>("packing", 12, false)?
    }
    Metadata {
        .visit_field::<To<&str>>("name", 4, false)?
        .visit_field::<u32>("buffer", 6, false)?
    }
    TensorMap {
        .visit_field::<To<&str>>("name", 4, false)?
        .visit_field::<u32>("tensor_index", 6, false)?
    }
    SignatureDef {
        .visit_field::<To<Vector<'_, To<TensorMap<'_>>>>>("inputs", 4, false)?
        .visit_field::<To<Vector<'_, To<TensorMap<'_>>>>>("outputs", 6, false)?
        .visit_field::<To<&str>>("signature_key", 8, false)?
        .visit_field::<To<&str>>("deprecated_tag", 10, false)?
        .visit_field::<u32>("subgraph_index", 12, false)?
    }
    Model {
        .visit_field::<u32>("version", 4, false)?
        .visit_field::<To<Vector<'_, To<OperatorCode<'_>>>>>("operator_codes", 6, false)?
        .visit_field::<To<Vector<'_, To<SubGraph<'_>>>>>("subgraphs", 8, false)?
        .visit_field::<To<&str>>("description", 10, false)?
        .visit_field::<To<Vector<'_, To<Buffer<'_>>>>>("buffers", 12, false)?
        .visit_field::<To<Vector<'_, i32>>>("metadata_buffer", 14, false)?
        .visit_field::<To<Vector<'_, To<Metadata<'_>>>>>("metadata", 16, false)?
        .visit_field::<To<Vector<'_, To<SignatureDef<'_>>>>>("signature_defs", 18, false)?
        .visit_field::<To<Vector<'_, To<ExternalBufferGroup<'_>>>>>("external_buffer_groups", 20, false)?
        .visit_field::<To<Vector<'_, To<ExternalBuffer<'_>>>>>("external_buffers", 22, false)?
    }
}
