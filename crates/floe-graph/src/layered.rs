//! [`Layered`]: a model and tensors that belong to it but lie in another file, as one.
//!
//! Invariant: the model's tensors keep their ids; those of the other source follow.

use crate::{
    Attr, Format, GraphId, GraphInfo, Input, Model, NodeId, NodeInfo, Port, Result, Side,
    Signature, SignatureId, TensorId, TensorSource, TensorView, ValueId, ValueInfo,
};

/// A model with the tensors of a second source: a SavedModel's graph with its variables.
#[derive(Clone, Copy, Debug)]
pub struct Layered<M, T> {
    /// The graphs, and the constants in them.
    pub model: M,
    /// What else belongs to it.
    pub tensors: T,
}

impl<M, T> Layered<M, T> {
    /// `model`, with `tensors` as more of its own.
    #[must_use]
    pub const fn new(model: M, tensors: T) -> Self {
        Self { model, tensors }
    }
}

impl<'data, M: TensorSource<'data>, T: TensorSource<'data>> Layered<M, T> {
    /// Asks the source that `id` belongs to.
    fn ask<R>(
        &self,
        id: TensorId,
        model: impl FnOnce(&M, TensorId) -> R,
        tensors: impl FnOnce(&T, TensorId) -> R,
    ) -> R {
        match id.0.checked_sub(self.model.tensor_count()) {
            None => model(&self.model, id),
            Some(rest) => tensors(&self.tensors, TensorId(rest)),
        }
    }
}

impl<'data, M: TensorSource<'data>, T: TensorSource<'data>> TensorSource<'data> for Layered<M, T> {
    fn tensor_count(&self) -> u32 {
        self.model.tensor_count().saturating_add(self.tensors.tensor_count())
    }

    fn tensor(&self, id: TensorId) -> Result<TensorView<'data>> {
        self.ask(id, M::tensor, T::tensor)
    }

    fn tensor_info(&self, id: TensorId) -> Result<TensorView<'data>> {
        self.ask(id, M::tensor_info, T::tensor_info)
    }

    fn tensor_name(&self, id: TensorId) -> Result<&'data str> {
        self.ask(id, M::tensor_name, T::tensor_name)
    }

    #[cfg(feature = "map")]
    fn share(&self, id: TensorId) -> Option<bytes::Bytes> {
        self.ask(id, M::share, T::share)
    }

    fn find_tensor(&self, name: &str) -> Option<TensorId> {
        let after = |id: TensorId| Some(TensorId(id.0.checked_add(self.model.tensor_count())?));
        self.model.find_tensor(name).or_else(|| self.tensors.find_tensor(name).and_then(after))
    }
}

/// Passes every question about graphs on to the model.
macro_rules! pass {
    ($($name:ident($($arg:ident: $t:ty),*) -> $r:ty;)*) => {
        $(fn $name(&self, $($arg: $t),*) -> $r {
            self.model.$name($($arg),*)
        })*
    };
}

impl<'data, M: Model<'data>, T: TensorSource<'data>> Model<'data> for Layered<M, T> {
    pass! {
        format() -> Format;
        graph_count() -> u16;
        graph(id: GraphId) -> Result<GraphInfo<'data>>;
        port(id: GraphId, side: Side, index: u32) -> Result<Port<'data>>;
        signature_count() -> u16;
        signature(id: SignatureId) -> Result<Signature<'data>>;
        signature_port(id: SignatureId, side: Side, index: u32) -> Result<Port<'data>>;
        node(id: NodeId) -> Result<NodeInfo<'data>>;
        input(id: NodeId, index: u32) -> Result<Input>;
        output(id: NodeId, index: u32) -> Result<ValueId>;
        attr(id: NodeId, index: u32) -> Result<Attr<'data>>;
        value(id: ValueId) -> Result<ValueInfo<'data>>;
        node_name(id: NodeId) -> Result<&'data str>;
        value_name(id: ValueId) -> Result<&'data str>;
    }
}

#[cfg(test)]
mod tests {
    use super::Layered;
    use crate::{
        DType, Error, ErrorKind, Payload, Result, Shape, TensorId, TensorSource, TensorView,
    };

    /// One tensor for each name, whose element is its index.
    struct Names(&'static [&'static str]);

    impl TensorSource<'static> for Names {
        fn tensor_count(&self) -> u32 {
            self.0.len() as u32
        }

        fn tensor(&self, id: TensorId) -> Result<TensorView<'static>> {
            const ELEMENTS: &[&[u8]] = &[&[0], &[1]];
            let no = Error::new(ErrorKind::NoSuchIndex, id.0 as usize);
            let element = ELEMENTS.get(id.0 as usize).ok_or(no)?;
            Ok(TensorView::new(DType::Uint8, Shape::SCALAR, Payload::Raw(element)))
        }

        fn tensor_name(&self, id: TensorId) -> Result<&'static str> {
            self.0
                .get(id.0 as usize)
                .copied()
                .ok_or(Error::new(ErrorKind::NoSuchIndex, id.0 as usize))
        }
    }

    #[test]
    fn the_second_source_follows_the_first() {
        let both = Layered::new(Names(&["a", "b"]), Names(&["c", "d"]));
        assert_eq!(both.tensor_count(), 4);
        assert_eq!(both.tensor_name(TensorId(1)), Ok("b"));
        assert_eq!(both.tensor_name(TensorId(2)), Ok("c"));
        assert_eq!(both.find_tensor("d"), Some(TensorId(3)));
        assert_eq!(both.tensor(TensorId(3)).unwrap().raw(), Some(&[1u8][..]));
        assert!(both.tensor(TensorId(4)).is_err());
    }
}
