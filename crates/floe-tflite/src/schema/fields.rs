//! One module of typed constants for each table that has fields.
//!
//! Made of `schemas/tflite.fbs` by `cargo run -p xtask -- codegen`.

/// Fields of `CustomQuantization`.
pub mod custom_quantization {
    use super::super::{Field, TableId};
    /// `custom`: `[ubyte]`.
    pub const CUSTOM: Field<[u8]> = Field::new(TableId::CUSTOM_QUANTIZATION, 0, ());
}

/// Fields of `BlockwiseQuantization`.
pub mod blockwise_quantization {
    use super::super::{Field, TableId};
    /// `scales`: int.
    pub const SCALES: Field<i32> = Field::new(TableId::BLOCKWISE_QUANTIZATION, 0, 0);
    /// `zero_points`: int.
    pub const ZERO_POINTS: Field<i32> = Field::new(TableId::BLOCKWISE_QUANTIZATION, 1, 0);
    /// `block_size`: int.
    pub const BLOCK_SIZE: Field<i32> = Field::new(TableId::BLOCKWISE_QUANTIZATION, 2, 0);
    /// `block_shape`: `[int]`.
    pub const BLOCK_SHAPE: Field<[i32]> = Field::new(TableId::BLOCKWISE_QUANTIZATION, 3, ());
}

/// Fields of `MultiAxisQuantization`.
pub mod multi_axis_quantization {
    use super::super::{Field, TableId};
    /// `scales`: int.
    pub const SCALES: Field<i32> = Field::new(TableId::MULTI_AXIS_QUANTIZATION, 0, 0);
    /// `zero_points`: int.
    pub const ZERO_POINTS: Field<i32> = Field::new(TableId::MULTI_AXIS_QUANTIZATION, 1, 0);
    /// `block_size`: int.
    pub const BLOCK_SIZE: Field<i32> = Field::new(TableId::MULTI_AXIS_QUANTIZATION, 2, 0);
    /// `quantized_dimensions`: `[int]`.
    pub const QUANTIZED_DIMENSIONS: Field<[i32]> = Field::new(TableId::MULTI_AXIS_QUANTIZATION, 3, ());
}

/// Fields of `QuantizationParameters`.
pub mod quantization_parameters {
    use super::super::{Field, TableId};
    /// `min`: `[float]`.
    pub const MIN: Field<[f32]> = Field::new(TableId::QUANTIZATION_PARAMETERS, 0, ());
    /// `max`: `[float]`.
    pub const MAX: Field<[f32]> = Field::new(TableId::QUANTIZATION_PARAMETERS, 1, ());
    /// `scale`: `[float]`.
    pub const SCALE: Field<[f32]> = Field::new(TableId::QUANTIZATION_PARAMETERS, 2, ());
    /// `zero_point`: `[long]`.
    pub const ZERO_POINT: Field<[i64]> = Field::new(TableId::QUANTIZATION_PARAMETERS, 3, ());
    /// `details_type`: QuantizationDetails.
    pub const DETAILS_TYPE: Field<u8> = Field::new(TableId::QUANTIZATION_PARAMETERS, 4, 0);
    /// `details`: QuantizationDetails.
    pub const DETAILS: Field<super::super::Sub> = Field::new(TableId::QUANTIZATION_PARAMETERS, 5, ());
    /// `quantized_dimension`: int.
    pub const QUANTIZED_DIMENSION: Field<i32> = Field::new(TableId::QUANTIZATION_PARAMETERS, 6, 0);
}

/// Fields of `Int32Vector`.
pub mod int32_vector {
    use super::super::{Field, TableId};
    /// `values`: `[int]`.
    pub const VALUES: Field<[i32]> = Field::new(TableId::INT32_VECTOR, 0, ());
}

/// Fields of `Uint16Vector`.
pub mod uint16_vector {
    use super::super::{Field, TableId};
    /// `values`: `[ushort]`.
    pub const VALUES: Field<[u16]> = Field::new(TableId::UINT16_VECTOR, 0, ());
}

/// Fields of `Uint8Vector`.
pub mod uint8_vector {
    use super::super::{Field, TableId};
    /// `values`: `[ubyte]`.
    pub const VALUES: Field<[u8]> = Field::new(TableId::UINT8_VECTOR, 0, ());
}

/// Fields of `DimensionMetadata`.
pub mod dimension_metadata {
    use super::super::{Field, TableId};
    /// `format`: DimensionType.
    pub const FORMAT: Field<i8> = Field::new(TableId::DIMENSION_METADATA, 0, 0);
    /// `dense_size`: int.
    pub const DENSE_SIZE: Field<i32> = Field::new(TableId::DIMENSION_METADATA, 1, 0);
    /// `array_segments_type`: SparseIndexVector.
    pub const ARRAY_SEGMENTS_TYPE: Field<u8> = Field::new(TableId::DIMENSION_METADATA, 2, 0);
    /// `array_segments`: SparseIndexVector.
    pub const ARRAY_SEGMENTS: Field<super::super::Sub> = Field::new(TableId::DIMENSION_METADATA, 3, ());
    /// `array_indices_type`: SparseIndexVector.
    pub const ARRAY_INDICES_TYPE: Field<u8> = Field::new(TableId::DIMENSION_METADATA, 4, 0);
    /// `array_indices`: SparseIndexVector.
    pub const ARRAY_INDICES: Field<super::super::Sub> = Field::new(TableId::DIMENSION_METADATA, 5, ());
}

/// Fields of `SparsityParameters`.
pub mod sparsity_parameters {
    use super::super::{Field, TableId};
    /// `traversal_order`: `[int]`.
    pub const TRAVERSAL_ORDER: Field<[i32]> = Field::new(TableId::SPARSITY_PARAMETERS, 0, ());
    /// `block_map`: `[int]`.
    pub const BLOCK_MAP: Field<[i32]> = Field::new(TableId::SPARSITY_PARAMETERS, 1, ());
    /// `dim_metadata`: `[DimensionMetadata]`.
    pub const DIM_METADATA: Field<[super::super::Sub]> = Field::new(TableId::SPARSITY_PARAMETERS, 2, ());
}

/// Fields of `VariantSubType`.
pub mod variant_sub_type {
    use super::super::{Field, TableId};
    /// `shape`: `[int]`.
    pub const SHAPE: Field<[i32]> = Field::new(TableId::VARIANT_SUB_TYPE, 0, ());
    /// `type`: TensorType.
    pub const TYPE: Field<i8> = Field::new(TableId::VARIANT_SUB_TYPE, 1, 0);
    /// `has_rank`: bool.
    pub const HAS_RANK: Field<bool> = Field::new(TableId::VARIANT_SUB_TYPE, 2, false);
}

/// Fields of `Tensor`.
pub mod tensor {
    use super::super::{Field, TableId};
    /// `shape`: `[int]`.
    pub const SHAPE: Field<[i32]> = Field::new(TableId::TENSOR, 0, ());
    /// `type`: TensorType.
    pub const TYPE: Field<i8> = Field::new(TableId::TENSOR, 1, 0);
    /// `buffer`: uint.
    pub const BUFFER: Field<u32> = Field::new(TableId::TENSOR, 2, 0);
    /// `name`: string.
    pub const NAME: Field<str> = Field::new(TableId::TENSOR, 3, ());
    /// `quantization`: QuantizationParameters.
    pub const QUANTIZATION: Field<super::super::Sub> = Field::new(TableId::TENSOR, 4, ());
    /// `is_variable`: bool.
    pub const IS_VARIABLE: Field<bool> = Field::new(TableId::TENSOR, 5, false);
    /// `sparsity`: SparsityParameters.
    pub const SPARSITY: Field<super::super::Sub> = Field::new(TableId::TENSOR, 6, ());
    /// `shape_signature`: `[int]`.
    pub const SHAPE_SIGNATURE: Field<[i32]> = Field::new(TableId::TENSOR, 7, ());
    /// `has_rank`: bool.
    pub const HAS_RANK: Field<bool> = Field::new(TableId::TENSOR, 8, false);
    /// `variant_tensors`: `[VariantSubType]`.
    pub const VARIANT_TENSORS: Field<[super::super::Sub]> = Field::new(TableId::TENSOR, 9, ());
    /// `external_buffer`: uint.
    pub const EXTERNAL_BUFFER: Field<u32> = Field::new(TableId::TENSOR, 10, 0);
}

/// Fields of `StablehloGatherOptions`.
pub mod stablehlo_gather_options {
    use super::super::{Field, TableId};
    /// `offset_dims`: `[long]`.
    pub const OFFSET_DIMS: Field<[i64]> = Field::new(TableId::STABLEHLO_GATHER_OPTIONS, 0, ());
    /// `collapsed_slice_dims`: `[long]`.
    pub const COLLAPSED_SLICE_DIMS: Field<[i64]> = Field::new(TableId::STABLEHLO_GATHER_OPTIONS, 1, ());
    /// `start_index_map`: `[long]`.
    pub const START_INDEX_MAP: Field<[i64]> = Field::new(TableId::STABLEHLO_GATHER_OPTIONS, 2, ());
    /// `index_vector_dim`: long.
    pub const INDEX_VECTOR_DIM: Field<i64> = Field::new(TableId::STABLEHLO_GATHER_OPTIONS, 3, 0);
    /// `slice_sizes`: `[long]`.
    pub const SLICE_SIZES: Field<[i64]> = Field::new(TableId::STABLEHLO_GATHER_OPTIONS, 4, ());
    /// `indices_are_sorted`: bool.
    pub const INDICES_ARE_SORTED: Field<bool> = Field::new(TableId::STABLEHLO_GATHER_OPTIONS, 5, false);
}

/// Fields of `StablehloTransposeOptions`.
pub mod stablehlo_transpose_options {
    use super::super::{Field, TableId};
    /// `permutation`: `[long]`.
    pub const PERMUTATION: Field<[i64]> = Field::new(TableId::STABLEHLO_TRANSPOSE_OPTIONS, 0, ());
}

/// Fields of `StablehloDotGeneralOptions`.
pub mod stablehlo_dot_general_options {
    use super::super::{Field, TableId};
    /// `lhs_batching_dimensions`: `[long]`.
    pub const LHS_BATCHING_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_DOT_GENERAL_OPTIONS, 0, ());
    /// `rhs_batching_dimensions`: `[long]`.
    pub const RHS_BATCHING_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_DOT_GENERAL_OPTIONS, 1, ());
    /// `lhs_contracting_dimensions`: `[long]`.
    pub const LHS_CONTRACTING_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_DOT_GENERAL_OPTIONS, 2, ());
    /// `rhs_contracting_dimensions`: `[long]`.
    pub const RHS_CONTRACTING_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_DOT_GENERAL_OPTIONS, 3, ());
    /// `precision_config`: `[StablehloPrecisionConfig]`.
    pub const PRECISION_CONFIG: Field<[u32]> = Field::new(TableId::STABLEHLO_DOT_GENERAL_OPTIONS, 4, ());
}

/// Fields of `StablehloReduceWindowOptions`.
pub mod stablehlo_reduce_window_options {
    use super::super::{Field, TableId};
    /// `window_dimensions`: `[long]`.
    pub const WINDOW_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_REDUCE_WINDOW_OPTIONS, 0, ());
    /// `window_strides`: `[long]`.
    pub const WINDOW_STRIDES: Field<[i64]> = Field::new(TableId::STABLEHLO_REDUCE_WINDOW_OPTIONS, 1, ());
    /// `base_dilations`: `[long]`.
    pub const BASE_DILATIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_REDUCE_WINDOW_OPTIONS, 2, ());
    /// `window_dilations`: `[long]`.
    pub const WINDOW_DILATIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_REDUCE_WINDOW_OPTIONS, 3, ());
    /// `padding`: `[long]`.
    pub const PADDING: Field<[i64]> = Field::new(TableId::STABLEHLO_REDUCE_WINDOW_OPTIONS, 4, ());
    /// `body_subgraph_index`: int.
    pub const BODY_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLEHLO_REDUCE_WINDOW_OPTIONS, 5, 0);
}

/// Fields of `StablehloWhileOptions`.
pub mod stablehlo_while_options {
    use super::super::{Field, TableId};
    /// `cond_subgraph_index`: int.
    pub const COND_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLEHLO_WHILE_OPTIONS, 0, 0);
    /// `body_subgraph_index`: int.
    pub const BODY_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLEHLO_WHILE_OPTIONS, 1, 0);
}

/// Fields of `StablehloSortOptions`.
pub mod stablehlo_sort_options {
    use super::super::{Field, TableId};
    /// `dimension`: long.
    pub const DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_SORT_OPTIONS, 0, 0);
    /// `is_stable`: bool.
    pub const IS_STABLE: Field<bool> = Field::new(TableId::STABLEHLO_SORT_OPTIONS, 1, false);
    /// `comparator_subgraph_index`: int.
    pub const COMPARATOR_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLEHLO_SORT_OPTIONS, 2, 0);
}

/// Fields of `StablehloConcatenateOptions`.
pub mod stablehlo_concatenate_options {
    use super::super::{Field, TableId};
    /// `dimension`: long.
    pub const DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONCATENATE_OPTIONS, 0, 0);
}

/// Fields of `StablehloBroadcastInDimOptions`.
pub mod stablehlo_broadcast_in_dim_options {
    use super::super::{Field, TableId};
    /// `broadcast_dimensions`: `[long]`.
    pub const BROADCAST_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_BROADCAST_IN_DIM_OPTIONS, 0, ());
}

/// Fields of `StablehloCompareOptions`.
pub mod stablehlo_compare_options {
    use super::super::{Field, TableId};
    /// `comparison_direction`: StablehloComparisonDirection.
    pub const COMPARISON_DIRECTION: Field<u32> = Field::new(TableId::STABLEHLO_COMPARE_OPTIONS, 0, 0);
    /// `compare_type`: StablehloComparisonType.
    pub const COMPARE_TYPE: Field<u32> = Field::new(TableId::STABLEHLO_COMPARE_OPTIONS, 1, 0);
}

/// Fields of `StablehloDynamicSliceOptions`.
pub mod stablehlo_dynamic_slice_options {
    use super::super::{Field, TableId};
    /// `slice_sizes`: `[long]`.
    pub const SLICE_SIZES: Field<[i64]> = Field::new(TableId::STABLEHLO_DYNAMIC_SLICE_OPTIONS, 0, ());
}

/// Fields of `StablehloPadOptions`.
pub mod stablehlo_pad_options {
    use super::super::{Field, TableId};
    /// `edge_padding_low`: `[long]`.
    pub const EDGE_PADDING_LOW: Field<[i64]> = Field::new(TableId::STABLEHLO_PAD_OPTIONS, 0, ());
    /// `edge_padding_high`: `[long]`.
    pub const EDGE_PADDING_HIGH: Field<[i64]> = Field::new(TableId::STABLEHLO_PAD_OPTIONS, 1, ());
    /// `interior_padding`: `[long]`.
    pub const INTERIOR_PADDING: Field<[i64]> = Field::new(TableId::STABLEHLO_PAD_OPTIONS, 2, ());
}

/// Fields of `StablehloIotaOptions`.
pub mod stablehlo_iota_options {
    use super::super::{Field, TableId};
    /// `iota_dimension`: long.
    pub const IOTA_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_IOTA_OPTIONS, 0, 0);
}

/// Fields of `StablehloCustomCallOptions`.
pub mod stablehlo_custom_call_options {
    use super::super::{Field, TableId};
    /// `call_target_name`: string.
    pub const CALL_TARGET_NAME: Field<str> = Field::new(TableId::STABLEHLO_CUSTOM_CALL_OPTIONS, 0, ());
    /// `has_side_effect`: bool.
    pub const HAS_SIDE_EFFECT: Field<bool> = Field::new(TableId::STABLEHLO_CUSTOM_CALL_OPTIONS, 1, false);
    /// `backend_config`: string.
    pub const BACKEND_CONFIG: Field<str> = Field::new(TableId::STABLEHLO_CUSTOM_CALL_OPTIONS, 2, ());
    /// `api_version`: int.
    pub const API_VERSION: Field<i32> = Field::new(TableId::STABLEHLO_CUSTOM_CALL_OPTIONS, 3, 0);
    /// `called_computations`: `[int]`.
    pub const CALLED_COMPUTATIONS: Field<[i32]> = Field::new(TableId::STABLEHLO_CUSTOM_CALL_OPTIONS, 4, ());
    /// `custom_attributes`: `[ubyte]`.
    pub const CUSTOM_ATTRIBUTES: Field<[u8]> = Field::new(TableId::STABLEHLO_CUSTOM_CALL_OPTIONS, 5, ());
}

/// Fields of `StablehloReduceOptions`.
pub mod stablehlo_reduce_options {
    use super::super::{Field, TableId};
    /// `dimensions`: `[long]`.
    pub const DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_REDUCE_OPTIONS, 0, ());
    /// `body_subgraph_index`: int.
    pub const BODY_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLEHLO_REDUCE_OPTIONS, 1, 0);
}

/// Fields of `StablehloSliceOptions`.
pub mod stablehlo_slice_options {
    use super::super::{Field, TableId};
    /// `start_indices`: `[long]`.
    pub const START_INDICES: Field<[i64]> = Field::new(TableId::STABLEHLO_SLICE_OPTIONS, 0, ());
    /// `limit_indices`: `[long]`.
    pub const LIMIT_INDICES: Field<[i64]> = Field::new(TableId::STABLEHLO_SLICE_OPTIONS, 1, ());
    /// `strides`: `[long]`.
    pub const STRIDES: Field<[i64]> = Field::new(TableId::STABLEHLO_SLICE_OPTIONS, 2, ());
}

/// Fields of `StablehloConvolutionOptions`.
pub mod stablehlo_convolution_options {
    use super::super::{Field, TableId};
    /// `window_strides`: `[long]`.
    pub const WINDOW_STRIDES: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 0, ());
    /// `padding`: `[long]`.
    pub const PADDING: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 1, ());
    /// `lhs_dilation`: `[long]`.
    pub const LHS_DILATION: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 2, ());
    /// `rhs_dilation`: `[long]`.
    pub const RHS_DILATION: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 3, ());
    /// `window_reversal`: `[bool]`.
    pub const WINDOW_REVERSAL: Field<[u8]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 4, ());
    /// `input_batch_dimension`: long.
    pub const INPUT_BATCH_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 5, 0);
    /// `input_feature_dimension`: long.
    pub const INPUT_FEATURE_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 6, 0);
    /// `input_spatial_dimensions`: `[long]`.
    pub const INPUT_SPATIAL_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 7, ());
    /// `kernel_input_feature_dimension`: long.
    pub const KERNEL_INPUT_FEATURE_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 8, 0);
    /// `kernel_output_feature_dimension`: long.
    pub const KERNEL_OUTPUT_FEATURE_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 9, 0);
    /// `kernel_spatial_dimensions`: `[long]`.
    pub const KERNEL_SPATIAL_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 10, ());
    /// `output_batch_dimension`: long.
    pub const OUTPUT_BATCH_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 11, 0);
    /// `output_feature_dimension`: long.
    pub const OUTPUT_FEATURE_DIMENSION: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 12, 0);
    /// `output_spatial_dimensions`: `[long]`.
    pub const OUTPUT_SPATIAL_DIMENSIONS: Field<[i64]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 13, ());
    /// `feature_group_count`: long.
    pub const FEATURE_GROUP_COUNT: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 14, 0);
    /// `batch_group_count`: long.
    pub const BATCH_GROUP_COUNT: Field<i64> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 15, 0);
    /// `precision_config`: `[StablehloPrecisionConfig]`.
    pub const PRECISION_CONFIG: Field<[u32]> = Field::new(TableId::STABLEHLO_CONVOLUTION_OPTIONS, 16, ());
}

/// Fields of `StablehloScatterOptions`.
pub mod stablehlo_scatter_options {
    use super::super::{Field, TableId};
    /// `indices_are_sorted`: bool.
    pub const INDICES_ARE_SORTED: Field<bool> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 0, false);
    /// `update_window_dims`: `[long]`.
    pub const UPDATE_WINDOW_DIMS: Field<[i64]> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 1, ());
    /// `inserted_window_dims`: `[long]`.
    pub const INSERTED_WINDOW_DIMS: Field<[i64]> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 2, ());
    /// `scatter_dims_to_operand_dims`: `[long]`.
    pub const SCATTER_DIMS_TO_OPERAND_DIMS: Field<[i64]> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 3, ());
    /// `index_vector_dim`: long.
    pub const INDEX_VECTOR_DIM: Field<i64> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 4, 0);
    /// `unique_indices`: bool.
    pub const UNIQUE_INDICES: Field<bool> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 5, false);
    /// `update_computation_subgraph_index`: int.
    pub const UPDATE_COMPUTATION_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLEHLO_SCATTER_OPTIONS, 6, 0);
}

/// Fields of `StablehloCaseOptions`.
pub mod stablehlo_case_options {
    use super::super::{Field, TableId};
    /// `branch_subgraph_indices`: `[int]`.
    pub const BRANCH_SUBGRAPH_INDICES: Field<[i32]> = Field::new(TableId::STABLEHLO_CASE_OPTIONS, 0, ());
}

/// Fields of `StablehloRngBitGeneratorOptions`.
pub mod stablehlo_rng_bit_generator_options {
    use super::super::{Field, TableId};
    /// `algorithm`: RngAlgorithm.
    pub const ALGORITHM: Field<i8> = Field::new(TableId::STABLEHLO_RNG_BIT_GENERATOR_OPTIONS, 0, 0);
}

/// Fields of `Conv2DOptions`.
pub mod conv_2d_options {
    use super::super::{Field, TableId};
    /// `padding`: Padding.
    pub const PADDING: Field<i8> = Field::new(TableId::CONV_2D_OPTIONS, 0, 0);
    /// `stride_w`: int.
    pub const STRIDE_W: Field<i32> = Field::new(TableId::CONV_2D_OPTIONS, 1, 0);
    /// `stride_h`: int.
    pub const STRIDE_H: Field<i32> = Field::new(TableId::CONV_2D_OPTIONS, 2, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::CONV_2D_OPTIONS, 3, 0);
    /// `dilation_w_factor`: int.
    pub const DILATION_W_FACTOR: Field<i32> = Field::new(TableId::CONV_2D_OPTIONS, 4, 1);
    /// `dilation_h_factor`: int.
    pub const DILATION_H_FACTOR: Field<i32> = Field::new(TableId::CONV_2D_OPTIONS, 5, 1);
    /// `quantized_bias_type`: TensorType.
    pub const QUANTIZED_BIAS_TYPE: Field<i8> = Field::new(TableId::CONV_2D_OPTIONS, 6, 0);
}

/// Fields of `Conv3DOptions`.
pub mod conv_3d_options {
    use super::super::{Field, TableId};
    /// `padding`: Padding.
    pub const PADDING: Field<i8> = Field::new(TableId::CONV_3D_OPTIONS, 0, 0);
    /// `stride_d`: int.
    pub const STRIDE_D: Field<i32> = Field::new(TableId::CONV_3D_OPTIONS, 1, 0);
    /// `stride_w`: int.
    pub const STRIDE_W: Field<i32> = Field::new(TableId::CONV_3D_OPTIONS, 2, 0);
    /// `stride_h`: int.
    pub const STRIDE_H: Field<i32> = Field::new(TableId::CONV_3D_OPTIONS, 3, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::CONV_3D_OPTIONS, 4, 0);
    /// `dilation_d_factor`: int.
    pub const DILATION_D_FACTOR: Field<i32> = Field::new(TableId::CONV_3D_OPTIONS, 5, 1);
    /// `dilation_w_factor`: int.
    pub const DILATION_W_FACTOR: Field<i32> = Field::new(TableId::CONV_3D_OPTIONS, 6, 1);
    /// `dilation_h_factor`: int.
    pub const DILATION_H_FACTOR: Field<i32> = Field::new(TableId::CONV_3D_OPTIONS, 7, 1);
}

/// Fields of `Pool2DOptions`.
pub mod pool_2d_options {
    use super::super::{Field, TableId};
    /// `padding`: Padding.
    pub const PADDING: Field<i8> = Field::new(TableId::POOL_2D_OPTIONS, 0, 0);
    /// `stride_w`: int.
    pub const STRIDE_W: Field<i32> = Field::new(TableId::POOL_2D_OPTIONS, 1, 0);
    /// `stride_h`: int.
    pub const STRIDE_H: Field<i32> = Field::new(TableId::POOL_2D_OPTIONS, 2, 0);
    /// `filter_width`: int.
    pub const FILTER_WIDTH: Field<i32> = Field::new(TableId::POOL_2D_OPTIONS, 3, 0);
    /// `filter_height`: int.
    pub const FILTER_HEIGHT: Field<i32> = Field::new(TableId::POOL_2D_OPTIONS, 4, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::POOL_2D_OPTIONS, 5, 0);
}

/// Fields of `DepthwiseConv2DOptions`.
pub mod depthwise_conv_2d_options {
    use super::super::{Field, TableId};
    /// `padding`: Padding.
    pub const PADDING: Field<i8> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 0, 0);
    /// `stride_w`: int.
    pub const STRIDE_W: Field<i32> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 1, 0);
    /// `stride_h`: int.
    pub const STRIDE_H: Field<i32> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 2, 0);
    /// `depth_multiplier`: int.
    pub const DEPTH_MULTIPLIER: Field<i32> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 3, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 4, 0);
    /// `dilation_w_factor`: int.
    pub const DILATION_W_FACTOR: Field<i32> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 5, 1);
    /// `dilation_h_factor`: int.
    pub const DILATION_H_FACTOR: Field<i32> = Field::new(TableId::DEPTHWISE_CONV_2D_OPTIONS, 6, 1);
}

/// Fields of `ConcatEmbeddingsOptions`.
pub mod concat_embeddings_options {
    use super::super::{Field, TableId};
    /// `num_channels`: int.
    pub const NUM_CHANNELS: Field<i32> = Field::new(TableId::CONCAT_EMBEDDINGS_OPTIONS, 0, 0);
    /// `num_columns_per_channel`: `[int]`.
    pub const NUM_COLUMNS_PER_CHANNEL: Field<[i32]> = Field::new(TableId::CONCAT_EMBEDDINGS_OPTIONS, 1, ());
    /// `embedding_dim_per_channel`: `[int]`.
    pub const EMBEDDING_DIM_PER_CHANNEL: Field<[i32]> = Field::new(TableId::CONCAT_EMBEDDINGS_OPTIONS, 2, ());
}

/// Fields of `LSHProjectionOptions`.
pub mod lsh_projection_options {
    use super::super::{Field, TableId};
    /// `type`: LSHProjectionType.
    pub const TYPE: Field<i8> = Field::new(TableId::LSH_PROJECTION_OPTIONS, 0, 0);
}

/// Fields of `SVDFOptions`.
pub mod svdf_options {
    use super::super::{Field, TableId};
    /// `rank`: int.
    pub const RANK: Field<i32> = Field::new(TableId::SVDF_OPTIONS, 0, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::SVDF_OPTIONS, 1, 0);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::SVDF_OPTIONS, 2, false);
}

/// Fields of `RNNOptions`.
pub mod rnn_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::RNN_OPTIONS, 0, 0);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::RNN_OPTIONS, 1, false);
}

/// Fields of `SequenceRNNOptions`.
pub mod sequence_rnn_options {
    use super::super::{Field, TableId};
    /// `time_major`: bool.
    pub const TIME_MAJOR: Field<bool> = Field::new(TableId::SEQUENCE_RNN_OPTIONS, 0, false);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::SEQUENCE_RNN_OPTIONS, 1, 0);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::SEQUENCE_RNN_OPTIONS, 2, false);
}

/// Fields of `BidirectionalSequenceRNNOptions`.
pub mod bidirectional_sequence_rnn_options {
    use super::super::{Field, TableId};
    /// `time_major`: bool.
    pub const TIME_MAJOR: Field<bool> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_RNN_OPTIONS, 0, false);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_RNN_OPTIONS, 1, 0);
    /// `merge_outputs`: bool.
    pub const MERGE_OUTPUTS: Field<bool> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_RNN_OPTIONS, 2, false);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_RNN_OPTIONS, 3, false);
}

/// Fields of `FullyConnectedOptions`.
pub mod fully_connected_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::FULLY_CONNECTED_OPTIONS, 0, 0);
    /// `weights_format`: FullyConnectedOptionsWeightsFormat.
    pub const WEIGHTS_FORMAT: Field<i8> = Field::new(TableId::FULLY_CONNECTED_OPTIONS, 1, 0);
    /// `keep_num_dims`: bool.
    pub const KEEP_NUM_DIMS: Field<bool> = Field::new(TableId::FULLY_CONNECTED_OPTIONS, 2, false);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::FULLY_CONNECTED_OPTIONS, 3, false);
    /// `quantized_bias_type`: TensorType.
    pub const QUANTIZED_BIAS_TYPE: Field<i8> = Field::new(TableId::FULLY_CONNECTED_OPTIONS, 4, 0);
    /// `quant_spec`: `[ubyte]`.
    pub const QUANT_SPEC: Field<[u8]> = Field::new(TableId::FULLY_CONNECTED_OPTIONS, 5, ());
}

/// Fields of `SoftmaxOptions`.
pub mod softmax_options {
    use super::super::{Field, TableId};
    /// `beta`: float.
    pub const BETA: Field<f32> = Field::new(TableId::SOFTMAX_OPTIONS, 0, 0.0);
}

/// Fields of `ConcatenationOptions`.
pub mod concatenation_options {
    use super::super::{Field, TableId};
    /// `axis`: int.
    pub const AXIS: Field<i32> = Field::new(TableId::CONCATENATION_OPTIONS, 0, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::CONCATENATION_OPTIONS, 1, 0);
}

/// Fields of `AddOptions`.
pub mod add_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::ADD_OPTIONS, 0, 0);
    /// `pot_scale_int16`: bool.
    pub const POT_SCALE_INT16: Field<bool> = Field::new(TableId::ADD_OPTIONS, 1, true);
}

/// Fields of `MulOptions`.
pub mod mul_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::MUL_OPTIONS, 0, 0);
}

/// Fields of `L2NormOptions`.
pub mod l2_norm_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::L2_NORM_OPTIONS, 0, 0);
}

/// Fields of `LocalResponseNormalizationOptions`.
pub mod local_response_normalization_options {
    use super::super::{Field, TableId};
    /// `radius`: int.
    pub const RADIUS: Field<i32> = Field::new(TableId::LOCAL_RESPONSE_NORMALIZATION_OPTIONS, 0, 0);
    /// `bias`: float.
    pub const BIAS: Field<f32> = Field::new(TableId::LOCAL_RESPONSE_NORMALIZATION_OPTIONS, 1, 0.0);
    /// `alpha`: float.
    pub const ALPHA: Field<f32> = Field::new(TableId::LOCAL_RESPONSE_NORMALIZATION_OPTIONS, 2, 0.0);
    /// `beta`: float.
    pub const BETA: Field<f32> = Field::new(TableId::LOCAL_RESPONSE_NORMALIZATION_OPTIONS, 3, 0.0);
}

/// Fields of `LSTMOptions`.
pub mod lstm_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::LSTM_OPTIONS, 0, 0);
    /// `cell_clip`: float.
    pub const CELL_CLIP: Field<f32> = Field::new(TableId::LSTM_OPTIONS, 1, 0.0);
    /// `proj_clip`: float.
    pub const PROJ_CLIP: Field<f32> = Field::new(TableId::LSTM_OPTIONS, 2, 0.0);
    /// `kernel_type`: LSTMKernelType.
    pub const KERNEL_TYPE: Field<i8> = Field::new(TableId::LSTM_OPTIONS, 3, 0);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::LSTM_OPTIONS, 4, false);
}

/// Fields of `UnidirectionalSequenceLSTMOptions`.
pub mod unidirectional_sequence_lstm_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 0, 0);
    /// `cell_clip`: float.
    pub const CELL_CLIP: Field<f32> = Field::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 1, 0.0);
    /// `proj_clip`: float.
    pub const PROJ_CLIP: Field<f32> = Field::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 2, 0.0);
    /// `time_major`: bool.
    pub const TIME_MAJOR: Field<bool> = Field::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 3, false);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 4, false);
    /// `diagonal_recurrent_tensors`: bool.
    pub const DIAGONAL_RECURRENT_TENSORS: Field<bool> = Field::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 5, false);
}

/// Fields of `BidirectionalSequenceLSTMOptions`.
pub mod bidirectional_sequence_lstm_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 0, 0);
    /// `cell_clip`: float.
    pub const CELL_CLIP: Field<f32> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 1, 0.0);
    /// `proj_clip`: float.
    pub const PROJ_CLIP: Field<f32> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 2, 0.0);
    /// `merge_outputs`: bool.
    pub const MERGE_OUTPUTS: Field<bool> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 3, false);
    /// `time_major`: bool.
    pub const TIME_MAJOR: Field<bool> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 4, true);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::BIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS, 5, false);
}

/// Fields of `ResizeBilinearOptions`.
pub mod resize_bilinear_options {
    use super::super::{Field, TableId};
    /// `new_height`: int.
    pub const NEW_HEIGHT: Field<i32> = Field::new(TableId::RESIZE_BILINEAR_OPTIONS, 0, 0);
    /// `new_width`: int.
    pub const NEW_WIDTH: Field<i32> = Field::new(TableId::RESIZE_BILINEAR_OPTIONS, 1, 0);
    /// `align_corners`: bool.
    pub const ALIGN_CORNERS: Field<bool> = Field::new(TableId::RESIZE_BILINEAR_OPTIONS, 2, false);
    /// `half_pixel_centers`: bool.
    pub const HALF_PIXEL_CENTERS: Field<bool> = Field::new(TableId::RESIZE_BILINEAR_OPTIONS, 3, false);
}

/// Fields of `ResizeNearestNeighborOptions`.
pub mod resize_nearest_neighbor_options {
    use super::super::{Field, TableId};
    /// `align_corners`: bool.
    pub const ALIGN_CORNERS: Field<bool> = Field::new(TableId::RESIZE_NEAREST_NEIGHBOR_OPTIONS, 0, false);
    /// `half_pixel_centers`: bool.
    pub const HALF_PIXEL_CENTERS: Field<bool> = Field::new(TableId::RESIZE_NEAREST_NEIGHBOR_OPTIONS, 1, false);
}

/// Fields of `CallOptions`.
pub mod call_options {
    use super::super::{Field, TableId};
    /// `subgraph`: uint.
    pub const SUBGRAPH: Field<u32> = Field::new(TableId::CALL_OPTIONS, 0, 0);
}

/// Fields of `ReshapeOptions`.
pub mod reshape_options {
    use super::super::{Field, TableId};
    /// `new_shape`: `[int]`.
    pub const NEW_SHAPE: Field<[i32]> = Field::new(TableId::RESHAPE_OPTIONS, 0, ());
}

/// Fields of `SkipGramOptions`.
pub mod skip_gram_options {
    use super::super::{Field, TableId};
    /// `ngram_size`: int.
    pub const NGRAM_SIZE: Field<i32> = Field::new(TableId::SKIP_GRAM_OPTIONS, 0, 0);
    /// `max_skip_size`: int.
    pub const MAX_SKIP_SIZE: Field<i32> = Field::new(TableId::SKIP_GRAM_OPTIONS, 1, 0);
    /// `include_all_ngrams`: bool.
    pub const INCLUDE_ALL_NGRAMS: Field<bool> = Field::new(TableId::SKIP_GRAM_OPTIONS, 2, false);
}

/// Fields of `SpaceToDepthOptions`.
pub mod space_to_depth_options {
    use super::super::{Field, TableId};
    /// `block_size`: int.
    pub const BLOCK_SIZE: Field<i32> = Field::new(TableId::SPACE_TO_DEPTH_OPTIONS, 0, 0);
}

/// Fields of `DepthToSpaceOptions`.
pub mod depth_to_space_options {
    use super::super::{Field, TableId};
    /// `block_size`: int.
    pub const BLOCK_SIZE: Field<i32> = Field::new(TableId::DEPTH_TO_SPACE_OPTIONS, 0, 0);
}

/// Fields of `SubOptions`.
pub mod sub_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::SUB_OPTIONS, 0, 0);
    /// `pot_scale_int16`: bool.
    pub const POT_SCALE_INT16: Field<bool> = Field::new(TableId::SUB_OPTIONS, 1, true);
}

/// Fields of `DivOptions`.
pub mod div_options {
    use super::super::{Field, TableId};
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::DIV_OPTIONS, 0, 0);
}

/// Fields of `EmbeddingLookupSparseOptions`.
pub mod embedding_lookup_sparse_options {
    use super::super::{Field, TableId};
    /// `combiner`: CombinerType.
    pub const COMBINER: Field<i8> = Field::new(TableId::EMBEDDING_LOOKUP_SPARSE_OPTIONS, 0, 0);
}

/// Fields of `GatherOptions`.
pub mod gather_options {
    use super::super::{Field, TableId};
    /// `axis`: int.
    pub const AXIS: Field<i32> = Field::new(TableId::GATHER_OPTIONS, 0, 0);
    /// `batch_dims`: int.
    pub const BATCH_DIMS: Field<i32> = Field::new(TableId::GATHER_OPTIONS, 1, 0);
}

/// Fields of `ReducerOptions`.
pub mod reducer_options {
    use super::super::{Field, TableId};
    /// `keep_dims`: bool.
    pub const KEEP_DIMS: Field<bool> = Field::new(TableId::REDUCER_OPTIONS, 0, false);
}

/// Fields of `SqueezeOptions`.
pub mod squeeze_options {
    use super::super::{Field, TableId};
    /// `squeeze_dims`: `[int]`.
    pub const SQUEEZE_DIMS: Field<[i32]> = Field::new(TableId::SQUEEZE_OPTIONS, 0, ());
}

/// Fields of `SplitOptions`.
pub mod split_options {
    use super::super::{Field, TableId};
    /// `num_splits`: int.
    pub const NUM_SPLITS: Field<i32> = Field::new(TableId::SPLIT_OPTIONS, 0, 0);
}

/// Fields of `SplitVOptions`.
pub mod split_v_options {
    use super::super::{Field, TableId};
    /// `num_splits`: int.
    pub const NUM_SPLITS: Field<i32> = Field::new(TableId::SPLIT_V_OPTIONS, 0, 0);
}

/// Fields of `StridedSliceOptions`.
pub mod strided_slice_options {
    use super::super::{Field, TableId};
    /// `begin_mask`: int.
    pub const BEGIN_MASK: Field<i32> = Field::new(TableId::STRIDED_SLICE_OPTIONS, 0, 0);
    /// `end_mask`: int.
    pub const END_MASK: Field<i32> = Field::new(TableId::STRIDED_SLICE_OPTIONS, 1, 0);
    /// `ellipsis_mask`: int.
    pub const ELLIPSIS_MASK: Field<i32> = Field::new(TableId::STRIDED_SLICE_OPTIONS, 2, 0);
    /// `new_axis_mask`: int.
    pub const NEW_AXIS_MASK: Field<i32> = Field::new(TableId::STRIDED_SLICE_OPTIONS, 3, 0);
    /// `shrink_axis_mask`: int.
    pub const SHRINK_AXIS_MASK: Field<i32> = Field::new(TableId::STRIDED_SLICE_OPTIONS, 4, 0);
    /// `offset`: bool.
    pub const OFFSET: Field<bool> = Field::new(TableId::STRIDED_SLICE_OPTIONS, 5, false);
}

/// Fields of `CastOptions`.
pub mod cast_options {
    use super::super::{Field, TableId};
    /// `in_data_type`: TensorType.
    pub const IN_DATA_TYPE: Field<i8> = Field::new(TableId::CAST_OPTIONS, 0, 0);
    /// `out_data_type`: TensorType.
    pub const OUT_DATA_TYPE: Field<i8> = Field::new(TableId::CAST_OPTIONS, 1, 0);
}

/// Fields of `ArgMaxOptions`.
pub mod arg_max_options {
    use super::super::{Field, TableId};
    /// `output_type`: TensorType.
    pub const OUTPUT_TYPE: Field<i8> = Field::new(TableId::ARG_MAX_OPTIONS, 0, 0);
}

/// Fields of `ArgMinOptions`.
pub mod arg_min_options {
    use super::super::{Field, TableId};
    /// `output_type`: TensorType.
    pub const OUTPUT_TYPE: Field<i8> = Field::new(TableId::ARG_MIN_OPTIONS, 0, 0);
}

/// Fields of `TransposeConvOptions`.
pub mod transpose_conv_options {
    use super::super::{Field, TableId};
    /// `padding`: Padding.
    pub const PADDING: Field<i8> = Field::new(TableId::TRANSPOSE_CONV_OPTIONS, 0, 0);
    /// `stride_w`: int.
    pub const STRIDE_W: Field<i32> = Field::new(TableId::TRANSPOSE_CONV_OPTIONS, 1, 0);
    /// `stride_h`: int.
    pub const STRIDE_H: Field<i32> = Field::new(TableId::TRANSPOSE_CONV_OPTIONS, 2, 0);
    /// `fused_activation_function`: ActivationFunctionType.
    pub const FUSED_ACTIVATION_FUNCTION: Field<i8> = Field::new(TableId::TRANSPOSE_CONV_OPTIONS, 3, 0);
    /// `quantized_bias_type`: TensorType.
    pub const QUANTIZED_BIAS_TYPE: Field<i8> = Field::new(TableId::TRANSPOSE_CONV_OPTIONS, 4, 0);
}

/// Fields of `SparseToDenseOptions`.
pub mod sparse_to_dense_options {
    use super::super::{Field, TableId};
    /// `validate_indices`: bool.
    pub const VALIDATE_INDICES: Field<bool> = Field::new(TableId::SPARSE_TO_DENSE_OPTIONS, 0, false);
}

/// Fields of `ShapeOptions`.
pub mod shape_options {
    use super::super::{Field, TableId};
    /// `out_type`: TensorType.
    pub const OUT_TYPE: Field<i8> = Field::new(TableId::SHAPE_OPTIONS, 0, 0);
}

/// Fields of `FakeQuantOptions`.
pub mod fake_quant_options {
    use super::super::{Field, TableId};
    /// `min`: float.
    pub const MIN: Field<f32> = Field::new(TableId::FAKE_QUANT_OPTIONS, 0, 0.0);
    /// `max`: float.
    pub const MAX: Field<f32> = Field::new(TableId::FAKE_QUANT_OPTIONS, 1, 0.0);
    /// `num_bits`: int.
    pub const NUM_BITS: Field<i32> = Field::new(TableId::FAKE_QUANT_OPTIONS, 2, 0);
    /// `narrow_range`: bool.
    pub const NARROW_RANGE: Field<bool> = Field::new(TableId::FAKE_QUANT_OPTIONS, 3, false);
}

/// Fields of `PackOptions`.
pub mod pack_options {
    use super::super::{Field, TableId};
    /// `values_count`: int.
    pub const VALUES_COUNT: Field<i32> = Field::new(TableId::PACK_OPTIONS, 0, 0);
    /// `axis`: int.
    pub const AXIS: Field<i32> = Field::new(TableId::PACK_OPTIONS, 1, 0);
}

/// Fields of `OneHotOptions`.
pub mod one_hot_options {
    use super::super::{Field, TableId};
    /// `axis`: int.
    pub const AXIS: Field<i32> = Field::new(TableId::ONE_HOT_OPTIONS, 0, 0);
}

/// Fields of `UnpackOptions`.
pub mod unpack_options {
    use super::super::{Field, TableId};
    /// `num`: int.
    pub const NUM: Field<i32> = Field::new(TableId::UNPACK_OPTIONS, 0, 0);
    /// `axis`: int.
    pub const AXIS: Field<i32> = Field::new(TableId::UNPACK_OPTIONS, 1, 0);
}

/// Fields of `LeakyReluOptions`.
pub mod leaky_relu_options {
    use super::super::{Field, TableId};
    /// `alpha`: float.
    pub const ALPHA: Field<f32> = Field::new(TableId::LEAKY_RELU_OPTIONS, 0, 0.0);
}

/// Fields of `MirrorPadOptions`.
pub mod mirror_pad_options {
    use super::super::{Field, TableId};
    /// `mode`: MirrorPadMode.
    pub const MODE: Field<i8> = Field::new(TableId::MIRROR_PAD_OPTIONS, 0, 0);
}

/// Fields of `UniqueOptions`.
pub mod unique_options {
    use super::super::{Field, TableId};
    /// `idx_out_type`: TensorType.
    pub const IDX_OUT_TYPE: Field<i8> = Field::new(TableId::UNIQUE_OPTIONS, 0, 2);
}

/// Fields of `ReverseSequenceOptions`.
pub mod reverse_sequence_options {
    use super::super::{Field, TableId};
    /// `seq_dim`: int.
    pub const SEQ_DIM: Field<i32> = Field::new(TableId::REVERSE_SEQUENCE_OPTIONS, 0, 0);
    /// `batch_dim`: int.
    pub const BATCH_DIM: Field<i32> = Field::new(TableId::REVERSE_SEQUENCE_OPTIONS, 1, 0);
}

/// Fields of `IfOptions`.
pub mod if_options {
    use super::super::{Field, TableId};
    /// `then_subgraph_index`: int.
    pub const THEN_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::IF_OPTIONS, 0, 0);
    /// `else_subgraph_index`: int.
    pub const ELSE_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::IF_OPTIONS, 1, 0);
}

/// Fields of `CallOnceOptions`.
pub mod call_once_options {
    use super::super::{Field, TableId};
    /// `init_subgraph_index`: int.
    pub const INIT_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::CALL_ONCE_OPTIONS, 0, 0);
}

/// Fields of `WhileOptions`.
pub mod while_options {
    use super::super::{Field, TableId};
    /// `cond_subgraph_index`: int.
    pub const COND_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::WHILE_OPTIONS, 0, 0);
    /// `body_subgraph_index`: int.
    pub const BODY_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::WHILE_OPTIONS, 1, 0);
}

/// Fields of `BatchMatMulOptions`.
pub mod batch_mat_mul_options {
    use super::super::{Field, TableId};
    /// `adj_x`: bool.
    pub const ADJ_X: Field<bool> = Field::new(TableId::BATCH_MAT_MUL_OPTIONS, 0, false);
    /// `adj_y`: bool.
    pub const ADJ_Y: Field<bool> = Field::new(TableId::BATCH_MAT_MUL_OPTIONS, 1, false);
    /// `asymmetric_quantize_inputs`: bool.
    pub const ASYMMETRIC_QUANTIZE_INPUTS: Field<bool> = Field::new(TableId::BATCH_MAT_MUL_OPTIONS, 2, false);
}

/// Fields of `CumsumOptions`.
pub mod cumsum_options {
    use super::super::{Field, TableId};
    /// `exclusive`: bool.
    pub const EXCLUSIVE: Field<bool> = Field::new(TableId::CUMSUM_OPTIONS, 0, false);
    /// `reverse`: bool.
    pub const REVERSE: Field<bool> = Field::new(TableId::CUMSUM_OPTIONS, 1, false);
}

/// Fields of `HashtableOptions`.
pub mod hashtable_options {
    use super::super::{Field, TableId};
    /// `table_id`: int.
    pub const TABLE_ID: Field<i32> = Field::new(TableId::HASHTABLE_OPTIONS, 0, 0);
    /// `key_dtype`: TensorType.
    pub const KEY_DTYPE: Field<i8> = Field::new(TableId::HASHTABLE_OPTIONS, 1, 0);
    /// `value_dtype`: TensorType.
    pub const VALUE_DTYPE: Field<i8> = Field::new(TableId::HASHTABLE_OPTIONS, 2, 0);
}

/// Fields of `VarHandleOptions`.
pub mod var_handle_options {
    use super::super::{Field, TableId};
    /// `container`: string.
    pub const CONTAINER: Field<str> = Field::new(TableId::VAR_HANDLE_OPTIONS, 0, ());
    /// `shared_name`: string.
    pub const SHARED_NAME: Field<str> = Field::new(TableId::VAR_HANDLE_OPTIONS, 1, ());
}

/// Fields of `RandomOptions`.
pub mod random_options {
    use super::super::{Field, TableId};
    /// `seed`: long.
    pub const SEED: Field<i64> = Field::new(TableId::RANDOM_OPTIONS, 0, 0);
    /// `seed2`: long.
    pub const SEED2: Field<i64> = Field::new(TableId::RANDOM_OPTIONS, 1, 0);
}

/// Fields of `BucketizeOptions`.
pub mod bucketize_options {
    use super::super::{Field, TableId};
    /// `boundaries`: `[float]`.
    pub const BOUNDARIES: Field<[f32]> = Field::new(TableId::BUCKETIZE_OPTIONS, 0, ());
}

/// Fields of `GeluOptions`.
pub mod gelu_options {
    use super::super::{Field, TableId};
    /// `approximate`: bool.
    pub const APPROXIMATE: Field<bool> = Field::new(TableId::GELU_OPTIONS, 0, false);
}

/// Fields of `ReduceWindowOptions`.
pub mod reduce_window_options {
    use super::super::{Field, TableId};
    /// `reduce_function`: ReduceWindowFunction.
    pub const REDUCE_FUNCTION: Field<i32> = Field::new(TableId::REDUCE_WINDOW_OPTIONS, 0, 0);
}

/// Fields of `OperatorCode`.
pub mod operator_code {
    use super::super::{Field, TableId};
    /// `deprecated_builtin_code`: byte.
    pub const DEPRECATED_BUILTIN_CODE: Field<i8> = Field::new(TableId::OPERATOR_CODE, 0, 0);
    /// `custom_code`: string.
    pub const CUSTOM_CODE: Field<str> = Field::new(TableId::OPERATOR_CODE, 1, ());
    /// `version`: int.
    pub const VERSION: Field<i32> = Field::new(TableId::OPERATOR_CODE, 2, 1);
    /// `builtin_code`: BuiltinOperator.
    pub const BUILTIN_CODE: Field<i32> = Field::new(TableId::OPERATOR_CODE, 3, 0);
}

/// Fields of `StableHLOCompositeOptions`.
pub mod stable_hlo_composite_options {
    use super::super::{Field, TableId};
    /// `name`: string.
    pub const NAME: Field<str> = Field::new(TableId::STABLE_HLO_COMPOSITE_OPTIONS, 0, ());
    /// `decomposition_subgraph_index`: int.
    pub const DECOMPOSITION_SUBGRAPH_INDEX: Field<i32> = Field::new(TableId::STABLE_HLO_COMPOSITE_OPTIONS, 1, 0);
    /// `composite_attributes`: `[ubyte]`.
    pub const COMPOSITE_ATTRIBUTES: Field<[u8]> = Field::new(TableId::STABLE_HLO_COMPOSITE_OPTIONS, 2, ());
    /// `composite_attributes_format`: CustomOptionsFormat.
    pub const COMPOSITE_ATTRIBUTES_FORMAT: Field<i8> = Field::new(TableId::STABLE_HLO_COMPOSITE_OPTIONS, 3, 0);
    /// `version`: int.
    pub const VERSION: Field<i32> = Field::new(TableId::STABLE_HLO_COMPOSITE_OPTIONS, 4, 0);
}

/// Fields of `Operator`.
pub mod operator {
    use super::super::{Field, TableId};
    /// `opcode_index`: uint.
    pub const OPCODE_INDEX: Field<u32> = Field::new(TableId::OPERATOR, 0, 0);
    /// `inputs`: `[int]`.
    pub const INPUTS: Field<[i32]> = Field::new(TableId::OPERATOR, 1, ());
    /// `outputs`: `[int]`.
    pub const OUTPUTS: Field<[i32]> = Field::new(TableId::OPERATOR, 2, ());
    /// `builtin_options_type`: BuiltinOptions.
    pub const BUILTIN_OPTIONS_TYPE: Field<u8> = Field::new(TableId::OPERATOR, 3, 0);
    /// `builtin_options`: BuiltinOptions.
    pub const BUILTIN_OPTIONS: Field<super::super::Sub> = Field::new(TableId::OPERATOR, 4, ());
    /// `custom_options`: `[ubyte]`.
    pub const CUSTOM_OPTIONS: Field<[u8]> = Field::new(TableId::OPERATOR, 5, ());
    /// `custom_options_format`: CustomOptionsFormat.
    pub const CUSTOM_OPTIONS_FORMAT: Field<i8> = Field::new(TableId::OPERATOR, 6, 0);
    /// `mutating_variable_inputs`: `[bool]`.
    pub const MUTATING_VARIABLE_INPUTS: Field<[u8]> = Field::new(TableId::OPERATOR, 7, ());
    /// `intermediates`: `[int]`.
    pub const INTERMEDIATES: Field<[i32]> = Field::new(TableId::OPERATOR, 8, ());
    /// `large_custom_options_offset`: ulong.
    pub const LARGE_CUSTOM_OPTIONS_OFFSET: Field<u64> = Field::new(TableId::OPERATOR, 9, 0);
    /// `large_custom_options_size`: ulong.
    pub const LARGE_CUSTOM_OPTIONS_SIZE: Field<u64> = Field::new(TableId::OPERATOR, 10, 0);
    /// `builtin_options_2_type`: BuiltinOptions2.
    pub const BUILTIN_OPTIONS_2_TYPE: Field<u8> = Field::new(TableId::OPERATOR, 11, 0);
    /// `builtin_options_2`: BuiltinOptions2.
    pub const BUILTIN_OPTIONS_2: Field<super::super::Sub> = Field::new(TableId::OPERATOR, 12, ());
    /// `debug_metadata_index`: int.
    pub const DEBUG_METADATA_INDEX: Field<i32> = Field::new(TableId::OPERATOR, 13, -1);
}

/// Fields of `SubGraph`.
pub mod sub_graph {
    use super::super::{Field, TableId};
    /// `tensors`: `[Tensor]`.
    pub const TENSORS: Field<[super::super::Sub]> = Field::new(TableId::SUB_GRAPH, 0, ());
    /// `inputs`: `[int]`.
    pub const INPUTS: Field<[i32]> = Field::new(TableId::SUB_GRAPH, 1, ());
    /// `outputs`: `[int]`.
    pub const OUTPUTS: Field<[i32]> = Field::new(TableId::SUB_GRAPH, 2, ());
    /// `operators`: `[Operator]`.
    pub const OPERATORS: Field<[super::super::Sub]> = Field::new(TableId::SUB_GRAPH, 3, ());
    /// `name`: string.
    pub const NAME: Field<str> = Field::new(TableId::SUB_GRAPH, 4, ());
    /// `debug_metadata_index`: int.
    pub const DEBUG_METADATA_INDEX: Field<i32> = Field::new(TableId::SUB_GRAPH, 5, -1);
}

/// Fields of `Buffer`.
pub mod buffer {
    use super::super::{Field, TableId};
    /// `data`: `[ubyte]`.
    pub const DATA: Field<[u8]> = Field::new(TableId::BUFFER, 0, ());
    /// `offset`: ulong.
    pub const OFFSET: Field<u64> = Field::new(TableId::BUFFER, 1, 0);
    /// `size`: ulong.
    pub const SIZE: Field<u64> = Field::new(TableId::BUFFER, 2, 0);
}

/// Fields of `ExternalBufferGroup`.
pub mod external_buffer_group {
    use super::super::{Field, TableId};
    /// `name`: string.
    pub const NAME: Field<str> = Field::new(TableId::EXTERNAL_BUFFER_GROUP, 0, ());
}

/// Fields of `ExternalBuffer`.
pub mod external_buffer {
    use super::super::{Field, TableId};
    /// `id`: uint.
    pub const ID: Field<u32> = Field::new(TableId::EXTERNAL_BUFFER, 0, 0);
    /// `group`: uint.
    pub const GROUP: Field<u32> = Field::new(TableId::EXTERNAL_BUFFER, 1, 0);
    /// `offset`: ulong.
    pub const OFFSET: Field<u64> = Field::new(TableId::EXTERNAL_BUFFER, 2, 0);
    /// `length`: ulong.
    pub const LENGTH: Field<u64> = Field::new(TableId::EXTERNAL_BUFFER, 3, 0);
    /// `packing`: string.
    pub const PACKING: Field<str> = Field::new(TableId::EXTERNAL_BUFFER, 4, ());
}

/// Fields of `Metadata`.
pub mod metadata {
    use super::super::{Field, TableId};
    /// `name`: string.
    pub const NAME: Field<str> = Field::new(TableId::METADATA, 0, ());
    /// `buffer`: uint.
    pub const BUFFER: Field<u32> = Field::new(TableId::METADATA, 1, 0);
}

/// Fields of `TensorMap`.
pub mod tensor_map {
    use super::super::{Field, TableId};
    /// `name`: string.
    pub const NAME: Field<str> = Field::new(TableId::TENSOR_MAP, 0, ());
    /// `tensor_index`: uint.
    pub const TENSOR_INDEX: Field<u32> = Field::new(TableId::TENSOR_MAP, 1, 0);
}

/// Fields of `SignatureDef`.
pub mod signature_def {
    use super::super::{Field, TableId};
    /// `inputs`: `[TensorMap]`.
    pub const INPUTS: Field<[super::super::Sub]> = Field::new(TableId::SIGNATURE_DEF, 0, ());
    /// `outputs`: `[TensorMap]`.
    pub const OUTPUTS: Field<[super::super::Sub]> = Field::new(TableId::SIGNATURE_DEF, 1, ());
    /// `signature_key`: string.
    pub const SIGNATURE_KEY: Field<str> = Field::new(TableId::SIGNATURE_DEF, 2, ());
    /// `deprecated_tag`: string.
    pub const DEPRECATED_TAG: Field<str> = Field::new(TableId::SIGNATURE_DEF, 3, ());
    /// `subgraph_index`: uint.
    pub const SUBGRAPH_INDEX: Field<u32> = Field::new(TableId::SIGNATURE_DEF, 4, 0);
}

/// Fields of `Model`.
pub mod model {
    use super::super::{Field, TableId};
    /// `version`: uint.
    pub const VERSION: Field<u32> = Field::new(TableId::MODEL, 0, 0);
    /// `operator_codes`: `[OperatorCode]`.
    pub const OPERATOR_CODES: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 1, ());
    /// `subgraphs`: `[SubGraph]`.
    pub const SUBGRAPHS: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 2, ());
    /// `description`: string.
    pub const DESCRIPTION: Field<str> = Field::new(TableId::MODEL, 3, ());
    /// `buffers`: `[Buffer]`.
    pub const BUFFERS: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 4, ());
    /// `metadata_buffer`: `[int]`.
    pub const METADATA_BUFFER: Field<[i32]> = Field::new(TableId::MODEL, 5, ());
    /// `metadata`: `[Metadata]`.
    pub const METADATA: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 6, ());
    /// `signature_defs`: `[SignatureDef]`.
    pub const SIGNATURE_DEFS: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 7, ());
    /// `external_buffer_groups`: `[ExternalBufferGroup]`.
    pub const EXTERNAL_BUFFER_GROUPS: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 8, ());
    /// `external_buffers`: `[ExternalBuffer]`.
    pub const EXTERNAL_BUFFERS: Field<[super::super::Sub]> = Field::new(TableId::MODEL, 9, ());
}
