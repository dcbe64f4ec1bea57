//! [`DType`]: the element types of TensorFlow and TFLite, under one name each.
//!
//! Facts: the DataType numbers of TensorFlow (framework/types.proto) and the TensorType numbers of
//! the TFLite schema. The table below is the only place that knows either.

use core::fmt;

/// How wide one element is when stored unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// So many whole bytes.
    Bytes(u8),
    /// So many bits: one byte an element when unpacked, shared bytes (low bits first) when packed.
    Bits(u8),
    /// Strings: each element has its own length.
    Variable,
    /// Handles and variants: elements have no bytes a reader could use.
    Opaque,
}

macro_rules! dtypes {
    ($($(#[$doc:meta])* $name:ident $text:literal $tf:literal $lite:literal $width:expr;)*) => {
        /// The type of a tensor's elements.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum DType { $($(#[$doc])* $name,)* }

        impl DType {
            /// Every dtype, in TensorFlow's order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// TensorFlow's lower-case spelling: `float32`, `bfloat16`, `int4`, `resource` …
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The number in TensorFlow's `DataType`; 0 where TensorFlow has none.
            #[must_use]
            pub const fn tensorflow(self) -> u8 {
                match self { $(Self::$name => $tf,)* }
            }

            /// The number in TFLite's `TensorType`, where it has one.
            #[must_use]
            pub const fn tflite(self) -> Option<u8> {
                let code: i16 = match self { $(Self::$name => $lite,)* };
                if code < 0 { None } else { Some(code as u8) }
            }

            /// The width of one element.
            #[must_use]
            pub const fn width(self) -> Width {
                match self { $(Self::$name => $width,)* }
            }
        }
    };
}

use Width::{Bits, Bytes, Opaque, Variable};
dtypes! {
    /// IEEE 754 binary32.
    Float32 "float32" 1 0 Bytes(4);
    /// IEEE 754 binary64.
    Float64 "float64" 2 10 Bytes(8);
    /// Signed 32-bit integer.
    Int32 "int32" 3 2 Bytes(4);
    /// Unsigned 8-bit integer.
    Uint8 "uint8" 4 3 Bytes(1);
    /// Signed 16-bit integer.
    Int16 "int16" 5 7 Bytes(2);
    /// Signed 8-bit integer.
    Int8 "int8" 6 9 Bytes(1);
    /// A string of bytes, each element of its own length.
    String "string" 7 5 Variable;
    /// Two float32: real, imaginary.
    Complex64 "complex64" 8 8 Bytes(8);
    /// Signed 64-bit integer.
    Int64 "int64" 9 4 Bytes(8);
    /// One byte, 0 or 1.
    Bool "bool" 10 6 Bytes(1);
    /// TensorFlow's legacy quantized int8.
    Qint8 "qint8" 11 -1 Bytes(1);
    /// TensorFlow's legacy quantized uint8.
    Quint8 "quint8" 12 -1 Bytes(1);
    /// TensorFlow's legacy quantized int32.
    Qint32 "qint32" 13 -1 Bytes(4);
    /// The upper half of a float32.
    Bfloat16 "bfloat16" 14 18 Bytes(2);
    /// TensorFlow's legacy quantized int16.
    Qint16 "qint16" 15 -1 Bytes(2);
    /// TensorFlow's legacy quantized uint16.
    Quint16 "quint16" 16 -1 Bytes(2);
    /// Unsigned 16-bit integer.
    Uint16 "uint16" 17 16 Bytes(2);
    /// Two float64: real, imaginary.
    Complex128 "complex128" 18 11 Bytes(16);
    /// IEEE 754 binary16.
    Float16 "float16" 19 1 Bytes(2);
    /// A handle to a variable or a table.
    Resource "resource" 20 13 Opaque;
    /// An opaque value, such as a list of tensors.
    Variant "variant" 21 14 Opaque;
    /// Unsigned 32-bit integer.
    Uint32 "uint32" 22 15 Bytes(4);
    /// Unsigned 64-bit integer.
    Uint64 "uint64" 23 12 Bytes(8);
    /// 8-bit float, 5 exponent bits, infinities.
    Float8E5m2 "float8_e5m2" 24 22 Bytes(1);
    /// 8-bit float, 4 exponent bits, finite.
    Float8E4m3fn "float8_e4m3fn" 25 21 Bytes(1);
    /// 8-bit float, 4 exponent bits, no negative zero.
    Float8E4m3fnuz "float8_e4m3fnuz" 26 -1 Bytes(1);
    /// 8-bit float, 4 exponent bits with bias 11, no negative zero.
    Float8E4m3b11fnuz "float8_e4m3b11fnuz" 27 -1 Bytes(1);
    /// 8-bit float, 5 exponent bits, no negative zero.
    Float8E5m2fnuz "float8_e5m2fnuz" 28 -1 Bytes(1);
    /// Signed 4-bit integer.
    Int4 "int4" 29 17 Bits(4);
    /// Unsigned 4-bit integer.
    Uint4 "uint4" 30 20 Bits(4);
    /// Signed 2-bit integer.
    Int2 "int2" 31 19 Bits(2);
    /// Unsigned 2-bit integer.
    Uint2 "uint2" 32 -1 Bits(2);
    /// 4-bit float, 2 exponent bits.
    Float4E2m1fn "float4_e2m1fn" 33 -1 Bits(4);
}

impl DType {
    /// The dtype with this number in TensorFlow's `DataType`. Reference types (100 more) and 0 have none.
    #[must_use]
    pub fn from_tensorflow(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|d| i32::from(d.tensorflow()) == number)
    }

    /// The dtype with this number in TFLite's `TensorType`.
    #[must_use]
    pub fn from_tflite(number: i8) -> Option<Self> {
        // Asked for every tensor at every turn: by index, not by search.
        const BY_NUMBER: [Option<DType>; 32] = by_tflite_number();
        BY_NUMBER.get(usize::try_from(number).ok()?).copied().flatten()
    }

    /// The dtype with this name, in TensorFlow's lower-case spelling.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|d| d.name() == name)
    }

    /// Bytes of one element when stored unpacked (sub-byte types take one); `None` for strings and handles.
    #[must_use]
    pub const fn bytes(self) -> Option<usize> {
        match self.width() {
            Bytes(n) => Some(n as usize),
            Bits(_) => Some(1),
            Variable | Opaque => None,
        }
    }

    /// Bits of one element when stored packed; `None` for strings and handles.
    #[must_use]
    pub const fn bits(self) -> Option<usize> {
        match self.width() {
            #[expect(clippy::arithmetic_side_effects, reason = "at most 16 × 8")]
            Bytes(n) => Some(n as usize * 8),
            Bits(n) => Some(n as usize),
            Variable | Opaque => None,
        }
    }

    /// Whether elements are real floating-point numbers.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(
            self,
            Self::Float32
                | Self::Float64
                | Self::Float16
                | Self::Bfloat16
                | Self::Float8E5m2
                | Self::Float8E4m3fn
                | Self::Float8E4m3fnuz
                | Self::Float8E4m3b11fnuz
                | Self::Float8E5m2fnuz
                | Self::Float4E2m1fn
        )
    }

    /// Whether elements are signed integers of less than a byte (their unpacked byte is sign-extended).
    #[must_use]
    pub const fn is_signed_subbyte(self) -> bool {
        matches!(self, Self::Int4 | Self::Int2)
    }

    /// Bytes of one scalar inside an element, the unit of byte order: a complex64 is two of 4.
    #[must_use]
    pub const fn swap_unit(self) -> usize {
        match self {
            Self::Complex64 => 4,
            Self::Complex128 => 8,
            _ => match self.bytes() {
                Some(n) => n,
                None => 1,
            },
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The dtypes by their number in TFLite's `TensorType`.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler"
)]
const fn by_tflite_number() -> [Option<DType>; 32] {
    let mut table = [None; 32];
    let mut i = 0;
    while i < DType::ALL.len() {
        if let Some(number) = DType::ALL[i].tflite() {
            table[number as usize] = Some(DType::ALL[i]);
        }
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::DType;

    #[test]
    fn numbers_and_names_are_unique_and_go_both_ways() {
        for &d in DType::ALL {
            assert_eq!(DType::from_name(d.name()), Some(d));
            assert_eq!(DType::from_tensorflow(d.tensorflow().into()), Some(d));
            if let Some(n) = d.tflite() {
                assert_eq!(DType::from_tflite(n as i8), Some(d));
            }
        }
    }

    #[test]
    fn tensorflow_numbers_are_dense_from_one_to_33() {
        for (i, d) in DType::ALL.iter().enumerate() {
            assert_eq!(usize::from(d.tensorflow()), i + 1);
        }
        assert_eq!(DType::from_tensorflow(101), None, "reference types are not dtypes");
    }

    #[test]
    fn all_23_tflite_types_are_here() {
        assert_eq!(DType::ALL.iter().filter(|d| d.tflite().is_some()).count(), 23);
        assert!((0..23).all(|n| DType::from_tflite(n).is_some()));
    }
}
