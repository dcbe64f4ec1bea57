//! The cases, by the kind of harm.

use super::make::{
    Make, conv, externals, fully_connected, ints, operator, options, pool, quantized, reals, tensor,
};
use crate::build::{OpSpec, QuantSpec};
use crate::op;
use crate::owned::Object;
use crate::schema::TableId;
use crate::schema::enums::dimension_type;
use crate::schema::fields::{
    batch_mat_mul_options, blockwise_quantization, buffer, concatenation_options, conv_2d_options,
    depth_to_space_options, dimension_metadata, external_buffer, external_buffer_group,
    gather_options, if_options, int32_vector, metadata, model, operator as op_fields,
    operator_code, pack_options, pool_2d_options, quantization_parameters, signature_def,
    space_to_depth_options, sparsity_parameters, split_options, svdf_options, tensor as tensor_f,
    tensor_map, unpack_options, while_options,
};
use floe_graph::DType::{Bool, Float32, Int8, Int32, String};
use std::vec;
use std::vec::Vec;

/// Name and model.
type Sound = (&'static str, fn() -> Make);

/// Models without a fault.
pub(super) const SOUND: &[Sound] = &[
    ("fully connected", fully_connected),
    ("quantized", quantized),
    ("conv", conv),
    ("pool", pool),
    ("loop", || while_loop(1, 2)),
    ("branch", || branch(1, 1)),
    ("strings", strings),
    ("sparse", sparse),
    ("split", || split(2)),
    ("svdf", svdf),
    ("gather", || gather(&[0, 2])),
    ("segments", || segments(&[0, 0, 1])),
    ("transpose", || transpose(&[1, 0])),
    ("blockwise", || blockwise(4)),
];

/// Name, the rule that is broken, where, and the model.
pub(super) type Case = (&'static str, &'static str, &'static str, fn() -> Make);

const IN: &str = "subgraphs[0].operators[0].inputs";

#[rustfmt::skip]
pub(super) const BROKEN: &[Case] = &[
    // Indices (class 4: reads and writes out of bounds).
    ("input -5", "tensor-index", "subgraphs[0].operators[0].inputs[1]", || fully_connected().with(|m| m.op(0).inputs[1] = -5)),
    ("input beyond", "tensor-index", "subgraphs[0].operators[0].inputs[1]", || fully_connected().with(|m| m.op(0).inputs[1] = 4)),
    ("input -1, not optional", "missing-input", "subgraphs[0].operators[0].inputs[0]", || fully_connected().with(|m| m.op(0).inputs[0] = -1)),
    ("output -1", "missing-output", "subgraphs[0].operators[0].outputs[0]", || fully_connected().with(|m| m.op(0).outputs[0] = -1)),
    ("output beyond", "tensor-index", "subgraphs[0].operators[0].outputs[0]", || fully_connected().with(|m| m.op(0).outputs[0] = 77)),
    ("graph input beyond", "tensor-index", "subgraphs[0].inputs[0]", || fully_connected().with(|m| m.inputs = vec![12])),
    ("graph output beyond", "tensor-index", "subgraphs[0].outputs[0]", || fully_connected().with(|m| m.outputs = vec![12])),
    ("too few inputs", "input-count", IN, || fully_connected().with(|m| m.op(0).inputs.truncate(1))),
    ("no output", "output-count", "subgraphs[0].operators[0].outputs", || fully_connected().with(|m| m.op(0).outputs.clear())),
    ("opcode beyond", "opcode-index", "subgraphs[0].operators[0].opcode_index", || fully_connected().edited(|m| operator(m, 0).set(op_fields::OPCODE_INDEX, 3))),
    ("buffer beyond", "buffer-index", "subgraphs[0].tensors[1].buffer", || fully_connected().edited(|m| tensor(m, 1).set(tensor_f::BUFFER, 9))),
    // What LiteRT lets through (class 20).
    ("signature tensor beyond", "tensor-index", "signature_defs[0].inputs[0].tensor_index", || fully_connected().edited(|m| signature(m, 0, 99))),
    ("signature graph beyond", "subgraph-index", "signature_defs[0].subgraph_index", || fully_connected().edited(|m| signature(m, 7, 0))),
    ("metadata buffer beyond", "buffer-index", "metadata[0].buffer", || fully_connected().edited(|m| entry(m, Some("x"), 99))),
    ("metadata without a name", "metadata-name", "metadata[0]", || fully_connected().edited(|m| entry(m, None, 1))),
    ("offset that wraps", "buffer-range", "buffers[1].offset", || fully_connected().edited(|m| offset(m, u64::MAX - 7, 96))),
    ("offset beyond the file", "buffer-range", "buffers[1].offset", || fully_connected().edited(|m| offset(m, 1 << 40, 96))),
    ("offset into the tables", "buffer-overlap", "buffers[1].offset", || fully_connected().edited(|m| offset(m, 16, 96))),
    ("blockwise scales beyond", "tensor-index", "subgraphs[0].tensors[1].quantization.details.scales", || blockwise(4).edited(|m| {
        details(m).set(blockwise_quantization::SCALES, 99);
    })),
    ("blocks do not divide", "block-size", "subgraphs[0].tensors[1].quantization.details.block_size", || blockwise(5)),
    ("scale of 0 divides", "zero-scale-used", "subgraphs[0].operators[0].outputs[0]", || quantized().with(|m| m.spec(3).quant = Some(QuantSpec::per_tensor(0.0, 0)))),
    ("permutation repeats", "permutation", "subgraphs[0].operators[0].inputs[1]", || transpose(&[0, 0])),
    ("dense layer without units", "not-positive", "subgraphs[0].operators[0].inputs[1]", || fully_connected().with(|m| {
        m.spec(1).shape = vec![4, 0];
        *m.data(1) = None;
    })),
    ("external id not listed", "external-buffer", "subgraphs[0].tensors[1].external_buffer", || fully_connected().edited(|m| tensor(m, 1).set(tensor_f::EXTERNAL_BUFFER, 5))),
    ("both buffers", "two-sources", "subgraphs[0].tensors[1].external_buffer", || fully_connected().edited(|m| tensor(m, 1).set(tensor_f::EXTERNAL_BUFFER, 5))),
    ("external group beyond", "external-group", "external_buffers[0].group", || fully_connected().edited(|m| {
        m.tables_mut(model::EXTERNAL_BUFFERS).push(Object::new(TableId::EXTERNAL_BUFFER).with(external_buffer::GROUP, 4));
    })),
    ("external id twice", "external-id", "external_buffers[1].id", || fully_connected().edited(|m| externals(m, 1, 8))),
    ("external ranges overlap", "external-overlap", "external_buffers[1].offset", || fully_connected().edited(|m| externals(m, 2, 4))),
    ("external path climbs", "external-path", "external_buffer_groups[0].name", || fully_connected().edited(|m| {
        let mut group = Object::new(TableId::EXTERNAL_BUFFER_GROUP);
        group.set_string(external_buffer_group::NAME, "../../etc/passwd");
        m.tables_mut(model::EXTERNAL_BUFFER_GROUPS).push(group);
    })),
    // The flow of elements (class 5 and more).
    ("reads its output", "reads-own-output", "subgraphs[0].operators[0].outputs[0]", || fully_connected().with(|m| m.op(0).inputs[0] = 3)),
    ("two writers", "two-writers", "subgraphs[0].operators[1].outputs[0]", || fully_connected().with(|m| m.ops.push(m.ops[0].clone()))),
    ("reads before it is written", "read-before-write", "subgraphs[0].operators[0].inputs[0]", || fully_connected().with(|m| {
        let later = m.tensor(Float32, &[2, 6], None);
        let out = m.tensor(Float32, &[2, 6], None);
        m.op(0).inputs[0] = later;
        m.ops.push(OpSpec::new(op::RELU, &[0], &[later]));
        m.ops.push(OpSpec::new(op::RELU, &[later], &[out]));
    })),
    ("weights without data", "never-written", "subgraphs[0].operators[0].inputs[1]", || fully_connected().with(|m| *m.data(1) = None)),
    ("output never written", "never-written", "subgraphs[0].outputs[0]", || fully_connected().with(|m| m.ops.clear())),
    ("writes a constant", "writes-constant", "subgraphs[0].operators[0].outputs[0]", || fully_connected().with(|m| {
        m.op(0).inputs.truncate(2);
        m.op(0).outputs[0] = 2;
    })),
    ("writes an input", "writes-input", "subgraphs[0].operators[0].outputs[0]", || fully_connected().with(|m| {
        let input = m.tensor(Float32, &[2, 4], None);
        m.inputs.push(input);
        m.op(0).outputs[0] = input;
    })),
    // Calls (class 16: the stack overflows).
    ("loop runs itself", "recursion", "subgraphs[0]", || while_loop(0, 0)),
    ("loop with one graph", "same-subgraph", "subgraphs[0].operators[0]", || while_loop(1, 1)),
    ("body runs the body", "recursion", "subgraphs[2]", || while_loop(1, 2).with(|m| {
        let inner = m.ops[0].clone();
        m.others[1].ops = vec![inner];
        m.others[1].tensor(Int32, &[1], None);
        m.others[1].outputs = vec![1];
    })),
    ("branch beyond", "subgraph-index", "subgraphs[0].operators[0].builtin_options.then_subgraph_index", || branch(5, 1)),
    ("condition of another type", "condition", "subgraphs[0].operators[0]", || while_loop(2, 1)),
    ("callee takes more", "callee-inputs", "subgraphs[0].operators[0]", || branch(1, 1).with(|m| {
        let more = m.others[0].tensor(Float32, &[1], None);
        m.others[0].inputs.push(more);
    })),
    ("callee gives less", "callee-outputs", "subgraphs[0].operators[0]", || branch(1, 1).with(|m| m.others[0].outputs.clear())),
    ("callee of another type", "callee-type", "subgraphs[0].operators[0].inputs[1]", || branch(1, 1).with(|m| m.others[0].spec(0).dtype = Int32)),
    // Missing tables (class 6) and sizes (class 14).
    ("no subgraph", "no-subgraph", "subgraphs", || Make::new().edited(|m| m.tables_mut(model::SUBGRAPHS).clear())),
    ("custom without a name", "custom-name", "operator_codes[0].custom_code", || Make::unary(op::CUSTOM, &[1], None)),
    ("operator beyond", "unknown-op", "operator_codes[0]", || Make::unary(500, &[1], None)),
    ("operator of no runtime", "no-kernel", "operator_codes[0]", || Make::unary(op::DELEGATE, &[1], None)),
    ("version beyond", "unknown-version", "operator_codes[0].version", || fully_connected().edited(|m| m.tables_mut(model::OPERATOR_CODES)[0].set(operator_code::VERSION, 99))),
    ("negative dimension", "negative-dimension", "subgraphs[0].tensors[1].shape[1]", || fully_connected().with(|m| m.spec(1).shape = vec![4, -6])),
    ("elements overflow", "too-many-elements", "subgraphs[0].tensors[3].shape", || fully_connected().with(|m| m.spec(3).shape = vec![i32::MAX, i32::MAX])),
    ("elements of an input overflow", "too-many-elements", "subgraphs[0].tensors[0].shape", || fully_connected().with(|m| m.spec(0).shape = vec![65536; 4])),
    ("data too short", "data-length", "subgraphs[0].tensors[1].buffer", || fully_connected().with(|m| *m.data(1) = Some(reals(22)))),
    ("data too long", "data-length", "subgraphs[0].tensors[1].buffer", || fully_connected().with(|m| *m.data(1) = Some(reals(26)))),
    ("variable with data", "variable-data", "subgraphs[0].tensors[1].buffer", || fully_connected().with(|m| m.spec(1).is_variable = true)),
    ("type beyond", "unknown-type", "subgraphs[0].tensors[1].type", || fully_connected().edited(|m| tensor(m, 1).set(tensor_f::TYPE, 99))),
    ("signature of another rank", "shape-signature", "subgraphs[0].tensors[0].shape_signature", || fully_connected().with(|m| m.spec(0).signature = Some(vec![-1, -1, 6]))),
    // String tables: LiteRT compares offsets with the header only.
    ("string offsets fall", "string-table", "subgraphs[0].tensors[0].buffer", || strings().with(|m| *m.data(0) = Some(string_table(&[20, 23, 21, 24], 4)))),
    ("string offsets leave", "string-table", "subgraphs[0].tensors[0].buffer", || strings().with(|m| *m.data(0) = Some(string_table(&[20, 22, 23, 99], 4)))),
    ("strings for another shape", "string-count", "subgraphs[0].tensors[0].buffer", || strings().with(|m| m.spec(0).shape = vec![2])),
    // Operands that do not go together (classes 7, 8, 17, 18).
    ("shapes do not broadcast", "broadcast", "subgraphs[0].operators[0].inputs[1]", || {
        Make::one(op::ADD, &[(Float32, &[2, 3]), (Float32, &[2, 4])], &[], &[(Float32, &[2, 4])], options(TableId::ADD_OPTIONS))
    }),
    ("types differ", "operand-type", "subgraphs[0].operators[0].inputs[1]", || {
        Make::one(op::ADD, &[(Float32, &[2]), (Int32, &[2])], &[], &[(Float32, &[2])], options(TableId::ADD_OPTIONS))
    }),
    ("negative axis too far", "axis", "subgraphs[0].operators[0].inputs[1]", || Make::indexed(op::MEAN, &[2, 3], &[&[-3]], &[3], options(TableId::REDUCER_OPTIONS))),
    ("bias of another length", "operand-shape", "subgraphs[0].operators[0].inputs[2]", || fully_connected().with(|m| {
        m.spec(2).shape = vec![3];
        *m.data(2) = Some(reals(3));
    })),
    ("weights of another depth", "operand-shape", "subgraphs[0].operators[0].inputs[1]", || fully_connected().with(|m| {
        m.spec(1).shape = vec![4, 7];
        *m.data(1) = Some(reals(28));
    })),
    ("weights of another type", "operand-type", "subgraphs[0].operators[0].inputs[1]", || fully_connected().with(|m| {
        m.spec(1).dtype = Bool;
        *m.data(1) = Some(vec![1; 24]);
    })),
    ("conv bias of another length", "operand-shape", "subgraphs[0].operators[0].inputs[2]", || conv().with(|m| {
        m.spec(2).shape = vec![2];
        *m.data(2) = Some(reals(2));
    })),
    ("expand axis too far", "axis", "subgraphs[0].operators[0].inputs[1]", || Make::indexed(op::EXPAND_DIMS, &[2], &[&[3]], &[2, 1], options(TableId::EXPAND_DIMS_OPTIONS))),
    ("argument of two axes", "operand-shape", "subgraphs[0].operators[0].inputs[1]", || Make::indexed(op::ARG_MAX, &[2, 3], &[&[0, 1]], &[2], options(TableId::ARG_MAX_OPTIONS))),
    ("sizes do not sum up", "operand-shape", "subgraphs[0].operators[0].inputs[1]", || {
        let mut m = Make::indexed(op::SPLIT_V, &[4], &[&[1, 2], &[0]], &[1], None);
        let second = m.tensor(Float32, &[2], None);
        m.op(0).outputs.push(second);
        m.op(0).options = Some(Object::new(TableId::SPLIT_V_OPTIONS).with(crate::schema::fields::split_v_options::NUM_SPLITS, 2));
        m
    }),
    ("inner dimensions differ", "operand-shape", "subgraphs[0].operators[0].inputs[1]", || {
        let adj = Object::new(TableId::BATCH_MAT_MUL_OPTIONS).with(batch_mat_mul_options::ADJ_Y, true);
        Make::one(op::BATCH_MATMUL, &[(Float32, &[2, 3]), (Float32, &[3, 2])], &[], &[(Float32, &[2, 3])], Some(adj))
    }),
    ("joined shapes differ", "operand-shape", "subgraphs[0].operators[0].inputs[1]", || {
        let axis = Object::new(TableId::CONCATENATION_OPTIONS).with(concatenation_options::AXIS, 1);
        Make::one(op::CONCATENATION, &[(Float32, &[2, 3]), (Float32, &[3, 3])], &[], &[(Float32, &[2, 6])], Some(axis))
    }),
    ("joined along no axis", "axis", "subgraphs[0].operators[0].builtin_options.axis", || {
        let axis = Object::new(TableId::CONCATENATION_OPTIONS).with(concatenation_options::AXIS, 2);
        Make::one(op::CONCATENATION, &[(Float32, &[2, 3]), (Float32, &[2, 3])], &[], &[(Float32, &[2, 6])], Some(axis))
    }),
    ("new shape of another size", "reshape-count", "subgraphs[0].operators[0].inputs[1]", || Make::indexed(op::RESHAPE, &[2, 3], &[&[7]], &[7], options(TableId::RESHAPE_OPTIONS))),
    ("two open dimensions", "reshape-count", "subgraphs[0].operators[0].inputs[1]", || Make::indexed(op::RESHAPE, &[2, 3], &[&[-1, -1]], &[6], options(TableId::RESHAPE_OPTIONS))),
    // Indices in constants (classes 9, 12).
    ("gather beyond", "index-range", "subgraphs[0].operators[0].inputs[1]", || gather(&[0, 1_000_000])),
    ("gather before", "index-range", "subgraphs[0].operators[0].inputs[1]", || gather(&[0, -1])),
    ("gather along no axis", "axis", "subgraphs[0].operators[0].builtin_options.axis", || gather(&[0]).with(|m| {
        m.op(0).options = Some(Object::new(TableId::GATHER_OPTIONS).with(gather_options::AXIS, 2));
    })),
    ("gather_nd beyond", "index-range", "subgraphs[0].operators[0].inputs[1]", || {
        Make::indexed(op::GATHER_ND, &[3, 2], &[&[1, 2]], &[1], options(TableId::GATHER_ND_OPTIONS)).with(|m| m.spec(1).shape = vec![1, 2])
    }),
    ("segments fall", "segment-order", "subgraphs[0].operators[0].inputs[1]", || segments(&[0, 1, 0])),
    ("negative segment", "segment-order", "subgraphs[0].operators[0].inputs[1]", || segments(&[-1, 0, 1])),
    ("segment that fills the memory", "index-range", "subgraphs[0].operators[0].inputs[1]", || segments(&[0, 1, i32::MAX])),
    ("slice beyond", "index-range", "subgraphs[0].operators[0].inputs[2]", || Make::indexed(op::SLICE, &[4], &[&[2], &[3]], &[3], options(TableId::SLICE_OPTIONS))),
    ("negative pad", "negative", "subgraphs[0].operators[0].inputs[1]", || pads(op::PAD, &[-1, 0])),
    ("mirror wider than the image", "index-range", "subgraphs[0].operators[0].inputs[1]", || pads(op::MIRROR_PAD, &[4, 0])),
    ("embedding beyond", "index-range", "subgraphs[0].operators[0].inputs[0]", || {
        let rows = (Float32, &[3, 2][..], reals(6));
        Make::one(op::EMBEDDING_LOOKUP, &[], &[(Int32, &[1], ints(&[3])), rows], &[(Float32, &[1, 2])], None)
    }),
    // Divisions by zero (class 10) and endless loops (class 11).
    ("stride 0", "not-positive", "subgraphs[0].operators[0].builtin_options.stride_w", || conv().with(|m| set(m, |o| o.set(conv_2d_options::STRIDE_W, 0)))),
    ("dilation 0", "not-positive", "subgraphs[0].operators[0].builtin_options.dilation_h_factor", || conv().with(|m| set(m, |o| o.set(conv_2d_options::DILATION_H_FACTOR, 0)))),
    ("filter without height", "not-positive", "subgraphs[0].operators[0].inputs[1]", || conv().with(|m| {
        m.spec(1).shape = vec![3, 0, 3, 2];
        *m.data(1) = None;
    })),
    ("groups do not divide", "operand-shape", "subgraphs[0].operators[0].inputs[1]", || conv().with(|m| {
        m.spec(1).shape = vec![2, 3, 3, 3];
    })),
    ("pool without a window", "not-positive", "subgraphs[0].operators[0].builtin_options.filter_width", || pool().with(|m| set(m, |o| o.set(pool_2d_options::FILTER_WIDTH, 0)))),
    ("pool without options", "no-options", "subgraphs[0].operators[0].builtin_options", || pool().with(|m| m.op(0).options = None)),
    ("options of another operator", "wrong-options", "subgraphs[0].operators[0].builtin_options", || conv().with(|m| m.op(0).options = options(TableId::POOL_2D_OPTIONS))),
    ("block 0 into depth", "not-positive", "subgraphs[0].operators[0].builtin_options.block_size", || {
        Make::unary(op::SPACE_TO_DEPTH, &[1, 4, 4, 1], Some(Object::new(TableId::SPACE_TO_DEPTH_OPTIONS).with(space_to_depth_options::BLOCK_SIZE, 0)))
    }),
    ("block does not divide", "divides", "subgraphs[0].operators[0].builtin_options.block_size", || {
        Make::unary(op::DEPTH_TO_SPACE, &[1, 2, 2, 6], Some(Object::new(TableId::DEPTH_TO_SPACE_OPTIONS).with(depth_to_space_options::BLOCK_SIZE, 2)))
    }),
    ("block 0 in a batch", "not-positive", "subgraphs[0].operators[0].inputs[1]", || {
        Make::indexed(op::BATCH_TO_SPACE_ND, &[4, 2, 2, 1], &[&[2, 0], &[0, 0, 0, 0]], &[1, 4, 4, 1], options(TableId::BATCH_TO_SPACE_ND_OPTIONS))
    }),
    ("no parts (class 19)", "not-positive", "subgraphs[0].operators[0].builtin_options.num_splits", || split(0)),
    ("parts do not divide", "divides", "subgraphs[0].operators[0].builtin_options.num_splits", || split(3)),
    ("negative depth", "negative", "subgraphs[0].operators[0].inputs[1]", || {
        let one = |n| (Int32, &[1][..], ints(&[n]));
        Make::one(op::ONE_HOT, &[(Int32, &[2])], &[one(-4), one(1), one(0)], &[(Int32, &[2, 4])], options(TableId::ONE_HOT_OPTIONS))
    }),
    ("SVDF of rank 0", "not-positive", "subgraphs[0].operators[0].builtin_options.rank", || svdf().with(|m| set(m, |o| o.set(svdf_options::RANK, 0)))),
    ("SVDF state too small", "operand-shape", "subgraphs[0].operators[0].inputs[4]", || svdf().with(|m| m.spec(4).shape = vec![1, 9])),
    ("slice that never ends", "not-positive", "subgraphs[0].operators[0].inputs[3]", || {
        Make::indexed(op::STRIDED_SLICE, &[4], &[&[0], &[4], &[0]], &[4], options(TableId::STRIDED_SLICE_OPTIONS))
    }),
    ("parts besides the outputs", "output-count", "subgraphs[0].operators[0].builtin_options.num", || {
        Make::one(op::UNPACK, &[(Float32, &[2])], &[], &[(Float32, &[]), (Float32, &[])], Some(Object::new(TableId::UNPACK_OPTIONS).with(unpack_options::NUM, 3)))
    }),
    ("parts besides the inputs", "input-count", "subgraphs[0].operators[0].builtin_options.values_count", || {
        Make::one(op::PACK, &[(Float32, &[2])], &[], &[(Float32, &[1, 2])], Some(Object::new(TableId::PACK_OPTIONS).with(pack_options::VALUES_COUNT, 4)))
    }),
    // Quantization (class 13).
    ("8 bits without scales", "no-quantization", "subgraphs[0].operators[0].inputs[0]", || quantized().with(|m| m.spec(0).quant = None)),
    ("result without scales", "no-quantization", "subgraphs[0].operators[0].outputs[0]", || quantized().with(|m| m.spec(3).quant = None)),
    ("scale is no number", "scale", "subgraphs[0].tensors[0].quantization.scale[0]", || quantized().with(|m| m.spec(0).quant = Some(QuantSpec::per_tensor(f32::NAN, 0)))),
    ("scale is negative", "scale", "subgraphs[0].tensors[0].quantization.scale[0]", || quantized().with(|m| m.spec(0).quant = Some(QuantSpec::per_tensor(-1.0, 0)))),
    ("zero point beyond", "zero-point", "subgraphs[0].tensors[0].quantization.zero_point[0]", || quantized().with(|m| m.spec(0).quant = Some(QuantSpec::per_tensor(0.5, 128)))),
    ("zero points missing", "zero-point-count", "subgraphs[0].tensors[0].quantization.zero_point", || quantized().edited(|m| {
        tensor(m, 0).table_mut(tensor_f::QUANTIZATION).unwrap().clear(quantization_parameters::ZERO_POINT);
    })),
    ("scales for another dimension", "scale-count", "subgraphs[0].tensors[1].quantization.scale", || quantized().with(|m| m.spec(1).quant = Some(QuantSpec::per_axis(vec![0.25; 4], 1)))),
    ("quantized along no axis", "quant-axis", "subgraphs[0].tensors[1].quantization.quantized_dimension", || quantized().with(|m| m.spec(1).quant = Some(QuantSpec::per_axis(vec![0.25; 4], 2)))),
    ("bias of another scale", "bias-scale", "subgraphs[0].operators[0].inputs[2]", || quantized().with(|m| m.spec(2).quant = Some(QuantSpec::per_tensor(1.0, 0)))),
    ("bias of another scale in one channel", "bias-scale-axis", "subgraphs[0].operators[0].inputs[2]", || quantized().with(|m| {
        m.spec(1).quant = Some(QuantSpec::per_axis(vec![0.25; 4], 0));
        m.spec(2).quant = Some(QuantSpec::per_axis(vec![0.125, 0.125, 0.5, 0.125], 0));
    })),
    ("softmax of another scale", "fixed-scale", "subgraphs[0].operators[0].outputs[0]", || {
        Make::one(op::SOFTMAX, &[(Int8, &[1, 4])], &[], &[(Int8, &[1, 4])], options(TableId::SOFTMAX_OPTIONS)).with(|m| {
            m.spec(0).quant = Some(QuantSpec::per_tensor(0.1, 0));
            m.spec(1).quant = Some(QuantSpec::per_tensor(0.1, 0));
        })
    }),
    ("pool that would rescale", "same-scale", "subgraphs[0].operators[0].outputs[0]", || pool().with(|m| {
        for (tensor, scale) in [(0, 0.5), (1, 0.25)] {
            m.spec(tensor).dtype = Int8;
            m.spec(tensor).quant = Some(QuantSpec::per_tensor(scale, 0));
        }
    })),
    // Sparse constants (class 15).
    ("traversal of another rank", "sparse-order", "subgraphs[0].tensors[1].sparsity.traversal_order", || sparse().edited(|m| {
        sparsity(m).set_vector(sparsity_parameters::TRAVERSAL_ORDER, &[0]);
    })),
    ("dense size of another shape", "sparse-dimension", "subgraphs[0].tensors[1].sparsity.dim_metadata[0].dense_size", || sparse().edited(|m| {
        sparsity(m).tables_mut(sparsity_parameters::DIM_METADATA)[0].set(dimension_metadata::DENSE_SIZE, 400);
    })),
    ("segments that fall", "sparse-segments", "subgraphs[0].tensors[1].sparsity.dim_metadata[1].array_segments", || sparse().edited(|m| {
        compressed(m, &[0, 2, 1, 3, 4], &[0, 3, 1, 5]);
    })),
    ("segments beyond the indices", "sparse-indices", "subgraphs[0].tensors[1].sparsity.dim_metadata[1].array_indices", || sparse().edited(|m| {
        compressed(m, &[0, 2, 3, 4, 9], &[0, 3, 1, 5]);
    })),
    ("index beyond the row", "sparse-indices", "subgraphs[0].tensors[1].sparsity.dim_metadata[1].array_indices", || sparse().edited(|m| {
        compressed(m, &[0, 1, 2, 3, 4], &[0, 3, 1, 6]);
    })),
    // What is odd rather than wrong, and the rest of the rules.
    ("two signatures of one name", "signature-key", "signature_defs[1].signature_key", || fully_connected().edited(|m| {
        signature(m, 0, 0);
        signature(m, 0, 0);
    })),
    ("dependency on no operator", "control-index", "metadata[0].buffer", || fully_connected().edited(|m| control(m, &[1, 1, 1, 0, 2]))),
    ("dependency list cut", "control-format", "metadata[0].buffer", || fully_connected().edited(|m| control(m, &[1, 1, 1, 0]))),
    ("dependency list of version 2", "control-format", "metadata[0].buffer", || fully_connected().edited(|m| control(m, &[2, 1, 0]))),
    ("writes a variable", "writes-variable", "subgraphs[0].operators[0].outputs[0]", || fully_connected().with(|m| m.spec(3).is_variable = true)),
    ("name of no text", "utf-8", "subgraphs[0].tensors[0].name", || fully_connected().edited(|m| {
        tensor(m, 0).insert(tensor_f::NAME.slot(), crate::owned::Value::String(vec![0xff].into()));
    })),
    ("one input twice", "same-input", "subgraphs[0].inputs[1]", || fully_connected().with(|m| m.inputs = vec![0, 0])),
    ("buffer 0 with data", "buffer-zero", "buffers[0]", || fully_connected().edited(|m| {
        m.tables_mut(model::BUFFERS)[0].set_vector(buffer::DATA, &[1u8]);
    })),
    ("data between boundaries", "buffer-align", "subgraphs[0].tensors[1].buffer", || fully_connected().edited(|m| offset(m, 17, 96))),
    ("blocks of no dimension", "sparse-block", "subgraphs[0].tensors[1].sparsity.block_map[0]", || sparse().edited(|m| {
        let s = sparsity(m);
        s.set_vector(sparsity_parameters::TRAVERSAL_ORDER, &[0, 1, 2]);
        s.set_vector(sparsity_parameters::BLOCK_MAP, &[7]);
        let all = s.tables_mut(sparsity_parameters::DIM_METADATA);
        all[1] = all[0].clone().with(dimension_metadata::DENSE_SIZE, 6);
        all.push(all[0].clone());
    })),
    ("scale of 0 that nobody divides by", "zero-scale", "subgraphs[0].tensors[1].quantization.scale[0]", || quantized().with(|m| m.spec(1).quant = Some(QuantSpec::per_tensor(0.0, 0)))),
    ("bias with a zero point", "zero-point-not-zero", "subgraphs[0].tensors[2].quantization.zero_point[0]", || quantized().with(|m| m.spec(2).quant = Some(QuantSpec::per_tensor(0.125, 3)))),
    ("axis for one scale", "quant-axis-unused", "subgraphs[0].tensors[2].quantization.quantized_dimension", || quantized().with(|m| m.spec(2).quant = Some(QuantSpec { axis: 3, ..QuantSpec::per_tensor(0.125, 0) }))),
    ("result of another type", "result-type", "subgraphs[0].operators[0].outputs[0]", || Make::unary(op::RELU, &[2], None).with(|m| m.spec(1).dtype = Int32)),
    ("image of three dimensions", "operand-rank", "subgraphs[0].operators[0].inputs[0]", || pool().with(|m| m.spec(0).shape = vec![4, 4, 1])),
    ("padding of no kind", "unknown-number", "subgraphs[0].operators[0].builtin_options.padding", || conv().with(|m| set(m, |o| o.set(conv_2d_options::PADDING, 9)))),
];

fn set(m: &mut Make, change: impl FnOnce(&mut Object<'static>)) {
    change(m.op(0).options.as_mut().unwrap());
}

fn signature(m: &mut Object<'static>, graph: u32, tensor: u32) {
    let mut port = Object::new(TableId::TENSOR_MAP).with(tensor_map::TENSOR_INDEX, tensor);
    port.set_string(tensor_map::NAME, "x");
    let mut object = Object::new(TableId::SIGNATURE_DEF).with(signature_def::SUBGRAPH_INDEX, graph);
    object.tables_mut(signature_def::INPUTS).push(port);
    m.tables_mut(model::SIGNATURE_DEFS).push(object);
}

fn entry(m: &mut Object<'static>, name: Option<&'static str>, buffer: u32) {
    let mut object = Object::new(TableId::METADATA).with(metadata::BUFFER, buffer);
    if let Some(name) = name {
        object.set_string(metadata::NAME, name);
    }
    m.tables_mut(model::METADATA).push(object);
}

fn control(m: &mut Object<'static>, bytes: &'static [u8]) {
    crate::edit::set_metadata(m, "model_control_dependencies", bytes);
}

fn offset(m: &mut Object<'static>, at: u64, size: u64) {
    m.tables_mut(model::BUFFERS)[1] =
        Object::new(TableId::BUFFER).with(buffer::OFFSET, at).with(buffer::SIZE, size);
}

/// A loop over one number; condition and body by subgraph index. Graph 1 gives a truth value, graph
/// 2 a number.
fn while_loop(cond: i32, body: i32) -> Make {
    let options = Object::new(TableId::WHILE_OPTIONS)
        .with(while_options::COND_SUBGRAPH_INDEX, cond)
        .with(while_options::BODY_SUBGRAPH_INDEX, body);
    let mut m = Make::one(op::WHILE, &[(Int32, &[1])], &[], &[(Int32, &[1])], Some(options));
    let limit = [(Int32, &[1][..], ints(&[10]))];
    m.others.push(Make::one(op::LESS, &[(Int32, &[1])], &limit, &[(Bool, &[1])], None));
    m.others.push(Make::one(op::ADD, &[(Int32, &[1])], &limit, &[(Int32, &[1])], None));
    m
}

/// A branch; both sides by subgraph index. Graph 1 is a RELU.
fn branch(then: i32, otherwise: i32) -> Make {
    let options = Object::new(TableId::IF_OPTIONS)
        .with(if_options::THEN_SUBGRAPH_INDEX, then)
        .with(if_options::ELSE_SUBGRAPH_INDEX, otherwise);
    let inputs = [(Bool, &[1][..]), (Float32, &[1])];
    let mut m = Make::one(op::IF, &inputs, &[], &[(Float32, &[1])], Some(options));
    m.others.push(Make::unary(op::RELU, &[1], None));
    m
}

/// The count, the offsets, and that many bytes.
fn string_table(offsets: &[i32], bytes: usize) -> Vec<u8> {
    let mut all = ints(&[offsets.len() as i32 - 1]);
    all.extend(ints(offsets));
    all.resize(all.len() + bytes, b'a');
    all
}

/// Three strings of 2, 1 and 1 bytes.
fn strings() -> Make {
    let data = string_table(&[20, 22, 23, 24], 4);
    let again = data.clone();
    let pair = [(String, &[3][..], data), (String, &[3], again)];
    Make::one(op::EQUAL, &[], &pair, &[(Bool, &[3])], options(TableId::EQUAL_OPTIONS))
}

fn sparse() -> Make {
    let mut m = fully_connected();
    *m.data(1) = Some(reals(4));
    m.edited(|m| compressed(m, &[0, 1, 2, 3, 4], &[0, 3, 1, 5]))
}

/// `[4,6]` with dense rows of compressed columns.
fn compressed(m: &mut Object<'static>, segments: &[i32], indices: &[i32]) {
    let vector =
        |n: &[i32]| Object::new(TableId::INT32_VECTOR).with_vector(int32_vector::VALUES, n);
    let rows = Object::new(TableId::DIMENSION_METADATA).with(dimension_metadata::DENSE_SIZE, 4);
    let mut columns = Object::new(TableId::DIMENSION_METADATA)
        .with(dimension_metadata::FORMAT, dimension_type::SPARSE_CSR);
    columns.set_table(dimension_metadata::ARRAY_SEGMENTS, vector(segments));
    columns.set_table(dimension_metadata::ARRAY_INDICES, vector(indices));
    let mut all = Object::new(TableId::SPARSITY_PARAMETERS)
        .with_vector(sparsity_parameters::TRAVERSAL_ORDER, &[0, 1]);
    *all.tables_mut(sparsity_parameters::DIM_METADATA) = vec![rows, columns];
    tensor(m, 1).set_table(tensor_f::SPARSITY, all);
}

fn sparsity<'m>(m: &'m mut Object<'static>) -> &'m mut Object<'static> {
    compressed(m, &[0, 1, 2, 3, 4], &[0, 3, 1, 5]);
    tensor(m, 1).table_mut(tensor_f::SPARSITY).unwrap()
}

/// Two halves of four numbers, in so many parts.
fn split(parts: i32) -> Make {
    let options = Object::new(TableId::SPLIT_OPTIONS).with(split_options::NUM_SPLITS, parts);
    let axis = (Int32, &[1][..], ints(&[0]));
    let halves = [(Float32, &[2][..]), (Float32, &[2])];
    let mut m = Make::one(op::SPLIT, &[(Float32, &[4])], &[axis], &halves, Some(options));
    m.op(0).inputs.swap(0, 1);
    m
}

/// Two units of rank 1 that remember three steps.
fn svdf() -> Make {
    let options = Object::new(TableId::SVDF_OPTIONS).with(svdf_options::RANK, 1);
    let weights =
        [(Float32, &[2, 4][..], reals(8)), (Float32, &[2, 3], reals(6)), (Float32, &[2], reals(2))];
    let mut m =
        Make::one(op::SVDF, &[(Float32, &[1, 4])], &weights, &[(Float32, &[1, 2])], Some(options));
    // The state is the fifth input, before the output.
    m.tensors.insert(4, m.tensors[4].clone());
    m.spec(4).shape = vec![1, 6];
    m.spec(4).is_variable = true;
    m.op(0).inputs.push(4);
    m.op(0).outputs = vec![5];
    m.outputs = vec![5];
    m
}

fn gather(indices: &[i32]) -> Make {
    let shape = [indices.len() as i32, 2];
    Make::indexed(op::GATHER, &[3, 2], &[indices], &shape, options(TableId::GATHER_OPTIONS))
}

fn segments(ids: &[i32]) -> Make {
    Make::indexed(op::SEGMENT_SUM, &[3, 2], &[ids], &[2, 2], options(TableId::SEGMENT_SUM_OPTIONS))
}

fn transpose(order: &[i32]) -> Make {
    Make::indexed(op::TRANSPOSE, &[2, 3], &[order], &[3, 2], options(TableId::TRANSPOSE_OPTIONS))
}

fn pads(op: i32, pads: &[i32]) -> Make {
    Make::indexed(op, &[4], &[pads], &[8], None).with(|m| m.spec(1).shape = vec![1, 2])
}

/// Weights in blocks of `size` along the last dimension, their scales in a tensor of their own.
fn blockwise(size: i32) -> Make {
    let mut m = fully_connected();
    m.spec(0).shape = vec![2, 8];
    m.spec(1).shape = vec![4, 8];
    *m.data(1) = Some(reals(32));
    m.tensor(Float32, &[4, 2], Some(reals(8)));
    let edit: super::make::Edit = if size == 4 { |m| block(m, 4) } else { |m| block(m, 5) };
    m.edited(edit)
}

fn block(m: &mut Object<'static>, size: i32) {
    let details = Object::new(TableId::BLOCKWISE_QUANTIZATION)
        .with(blockwise_quantization::SCALES, 4)
        .with(blockwise_quantization::ZERO_POINTS, -1)
        .with(blockwise_quantization::BLOCK_SIZE, size);
    let mut quant = Object::new(TableId::QUANTIZATION_PARAMETERS);
    quant.set_table(quantization_parameters::DETAILS, details);
    tensor(m, 1).set_table(tensor_f::QUANTIZATION, quant);
}

fn details<'m>(m: &'m mut Object<'static>) -> &'m mut Object<'static> {
    block(m, 4);
    let quant = tensor(m, 1).table_mut(tensor_f::QUANTIZATION).unwrap();
    quant.table_mut(quantization_parameters::DETAILS).unwrap()
}
