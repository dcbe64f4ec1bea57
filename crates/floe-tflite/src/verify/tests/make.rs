//! Small models to be broken.

use crate::build::{ModelBuilder, OpSpec, QuantSpec, TensorSpec};
use crate::encode;
use crate::owned::Object;
use crate::schema::TableId;
use crate::schema::fields::{conv_2d_options, external_buffer, model, pool_2d_options, sub_graph};
use floe_graph::DType;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

/// What a change of the finished tables is.
pub(super) type Edit = fn(&mut Object<'static>);

/// One graph in the making.
pub(super) struct Make {
    pub(super) tensors: Vec<(TensorSpec<'static>, Option<Vec<u8>>)>,
    pub(super) ops: Vec<OpSpec<'static>>,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
    /// Graphs besides the main one.
    pub(super) others: Vec<Make>,
    pub(super) edit: Option<Edit>,
}

impl Make {
    pub(super) fn new() -> Self {
        Self {
            tensors: vec![],
            ops: vec![],
            inputs: vec![],
            outputs: vec![],
            others: vec![],
            edit: None,
        }
    }

    /// Adds a tensor, a constant when there is data.
    pub(super) fn tensor(&mut self, dtype: DType, shape: &[i32], data: Option<Vec<u8>>) -> i32 {
        let index = self.tensors.len() as i32;
        self.tensors.push((TensorSpec::new(std::format!("t{index}"), dtype, shape), data));
        index
    }

    pub(super) fn spec(&mut self, tensor: usize) -> &mut TensorSpec<'static> {
        &mut self.tensors[tensor].0
    }

    pub(super) fn data(&mut self, tensor: usize) -> &mut Option<Vec<u8>> {
        &mut self.tensors[tensor].1
    }

    pub(super) fn op(&mut self, index: usize) -> &mut OpSpec<'static> {
        &mut self.ops[index]
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn edited(mut self, edit: Edit) -> Self {
        self.edit = Some(edit);
        self
    }

    /// Types and shapes of inputs, constants, outputs; one operator over all of them in that order.
    pub(super) fn one(
        op: i32,
        inputs: &[(DType, &[i32])],
        constants: &[(DType, &[i32], Vec<u8>)],
        outputs: &[(DType, &[i32])],
        options: Option<Object<'static>>,
    ) -> Self {
        let mut make = Self::new();
        make.inputs = inputs.iter().map(|(t, s)| make.tensor(*t, s, None)).collect();
        let mut all = make.inputs.clone();
        all.extend(constants.iter().map(|(t, s, d)| make.tensor(*t, s, Some(d.clone()))));
        make.outputs = outputs.iter().map(|(t, s)| make.tensor(*t, s, None)).collect();
        let mut spec = OpSpec::new(op, &all, &make.outputs);
        spec.options = options;
        make.ops.push(spec);
        make
    }

    /// A real operator that keeps the shape.
    pub(super) fn unary(op: i32, shape: &[i32], options: Option<Object<'static>>) -> Self {
        Self::one(op, &[(DType::Float32, shape)], &[], &[(DType::Float32, shape)], options)
    }

    /// An operator over real data and integer constants.
    pub(super) fn indexed(
        op: i32,
        input: &[i32],
        numbers: &[&[i32]],
        output: &[i32],
        options: Option<Object<'static>>,
    ) -> Self {
        let constants: Vec<_> =
            numbers.iter().map(|n| (DType::Int32, vec![n.len() as i32], ints(n))).collect();
        let constants: Vec<_> =
            constants.iter().map(|(t, s, d)| (*t, s.as_slice(), d.clone())).collect();
        let output = [(DType::Float32, output)];
        Self::one(op, &[(DType::Float32, input)], &constants, &output, options)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        self.add_to(&mut builder);
        for other in &self.others {
            other.add_to(&mut builder);
        }
        let mut model = builder.finish();
        if let Some(edit) = self.edit {
            edit(&mut model);
        }
        encode(&model).unwrap()
    }

    fn add_to(&self, builder: &mut ModelBuilder<'static>) {
        let graph = builder.add_subgraph(self.tensors.len().to_string());
        for (spec, data) in &self.tensors {
            let buffer = data.clone().map_or(0, |data| builder.add_buffer(data));
            builder.add_tensor(graph, spec.clone().with_buffer(buffer));
        }
        for op in &self.ops {
            builder.add_op(graph, op.clone());
        }
        builder.set_ports(graph, &self.inputs, &self.outputs);
    }
}

/// The bytes of integers.
pub(super) fn ints(numbers: &[i32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// That many real ones.
pub(super) fn reals(count: usize) -> Vec<u8> {
    1f32.to_le_bytes().repeat(count)
}

/// The options table `id`, all defaults.
pub(super) fn options(id: TableId) -> Option<Object<'static>> {
    Some(Object::new(id))
}

/// `[2,6]` by `[4,6]` plus `[4]`.
pub(super) fn fully_connected() -> Make {
    Make::one(
        crate::op::FULLY_CONNECTED,
        &[(DType::Float32, &[2, 6])],
        &[(DType::Float32, &[4, 6], reals(24)), (DType::Float32, &[4], reals(4))],
        &[(DType::Float32, &[2, 4])],
        options(TableId::FULLY_CONNECTED_OPTIONS),
    )
}

/// The same in 8 bits.
pub(super) fn quantized() -> Make {
    let constants = [(DType::Int8, &[4, 6][..], vec![1; 24]), (DType::Int32, &[4], ints(&[1; 4]))];
    let output = [(DType::Int8, &[2, 4][..])];
    let id = TableId::FULLY_CONNECTED_OPTIONS;
    Make::one(
        crate::op::FULLY_CONNECTED,
        &[(DType::Int8, &[2, 6])],
        &constants,
        &output,
        options(id),
    )
    .with(|m| {
        for (tensor, scale) in [(0, 0.5), (1, 0.25), (2, 0.125), (3, 0.5)] {
            m.spec(tensor).quant = Some(QuantSpec::per_tensor(scale, 0));
        }
    })
}

/// `[1,4,4,2]` by three filters of `[3,3,2]`.
pub(super) fn conv() -> Make {
    let id = Object::new(TableId::CONV_2D_OPTIONS)
        .with(conv_2d_options::STRIDE_W, 1)
        .with(conv_2d_options::STRIDE_H, 1);
    Make::one(
        crate::op::CONV_2D,
        &[(DType::Float32, &[1, 4, 4, 2])],
        &[(DType::Float32, &[3, 3, 3, 2], reals(54)), (DType::Float32, &[3], reals(3))],
        &[(DType::Float32, &[1, 4, 4, 3])],
        Some(id),
    )
}

/// A 2 by 2 pool.
pub(super) fn pool() -> Make {
    let options = Object::new(TableId::POOL_2D_OPTIONS)
        .with(pool_2d_options::STRIDE_W, 2)
        .with(pool_2d_options::STRIDE_H, 2)
        .with(pool_2d_options::FILTER_WIDTH, 2)
        .with(pool_2d_options::FILTER_HEIGHT, 2);
    Make::one(
        crate::op::MAX_POOL_2D,
        &[(DType::Float32, &[1, 4, 4, 1])],
        &[],
        &[(DType::Float32, &[1, 2, 2, 1])],
        Some(options),
    )
}

/// External buffer 1 of the first 8 bytes of a file, and one more of 8.
pub(super) fn externals(m: &mut Object<'static>, id: u32, offset: u64) {
    m.tables_mut(model::EXTERNAL_BUFFER_GROUPS).push(Object::new(TableId::EXTERNAL_BUFFER_GROUP));
    for (id, offset) in [(1, 0), (id, offset)] {
        let buffer = Object::new(TableId::EXTERNAL_BUFFER)
            .with(external_buffer::ID, id)
            .with(external_buffer::OFFSET, offset)
            .with(external_buffer::LENGTH, 8);
        m.tables_mut(model::EXTERNAL_BUFFERS).push(buffer);
    }
}

/// The tables of operator `index` of the main graph.
pub(super) fn operator<'m>(m: &'m mut Object<'static>, index: usize) -> &'m mut Object<'static> {
    &mut m.tables_mut(model::SUBGRAPHS)[0].tables_mut(sub_graph::OPERATORS)[index]
}

/// The tables of tensor `index` of the main graph.
pub(super) fn tensor<'m>(m: &'m mut Object<'static>, index: usize) -> &'m mut Object<'static> {
    &mut m.tables_mut(model::SUBGRAPHS)[0].tables_mut(sub_graph::TENSORS)[index]
}
