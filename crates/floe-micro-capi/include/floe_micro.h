/* floe_micro.h: a micro-interpreter for TFLite models, in C99.
 *
 * Link with libfloe_micro_capi.a and --gc-sections: what the op list does not name is left out. No function
 * allocates, prints or fails otherwise than by the error that it returns. Different interpreters may be used
 * from different threads at the same time, one interpreter from one thread at a time.
 *
 * Written by `cargo run -p xtask -- codegen`. */

#ifndef FLOE_MICRO_H
#define FLOE_MICRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An op: its kernels. The constants FLOE_ADD, FLOE_CONV_2D_I8 and so on, at the end of this file, are all there are. */
typedef struct floe_op floe_op;

// Bytes that are enough for an interpreter, for memory that is laid out when the program is compiled.
#define FLOE_INTERPRETER_SIZE 512

// No error.
#define FLOE_OK 0

// A pointer that must not be null is.
#define FLOE_ERROR_NULL 254

// The memory for the interpreter is too small, or its address is no multiple of 8.
#define FLOE_ERROR_MEMORY 255

// The model file is damaged.
#define FLOE_ERROR_FILE 1

// The arena is too small.
#define FLOE_ERROR_ARENA 2

// The operator is not in the op list.
#define FLOE_ERROR_OP 3

// The operator's version is not supported.
#define FLOE_ERROR_VERSION 4

// The operator does not support this element type.
#define FLOE_ERROR_TYPE 5

// The shape does not fit the operator.
#define FLOE_ERROR_SHAPE 6

// The tensor is too large.
#define FLOE_ERROR_SIZE 7

// An option of the operator is not supported or makes no sense.
#define FLOE_ERROR_OPTION 8

// Quantization parameters are missing or make no sense.
#define FLOE_ERROR_QUANT 9

// A required tensor is missing.
#define FLOE_ERROR_MISSING 10

// A value is out of range.
#define FLOE_ERROR_VALUE 11

// The tensor must be constant.
#define FLOE_ERROR_NOT_CONSTANT 12

// The tensor is larger than planned for.
#define FLOE_ERROR_GROW 13

// Subgraphs are nested too deeply.
#define FLOE_ERROR_DEPTH 14

// A tensor is read before it is written, or written twice.
#define FLOE_ERROR_ORDER 15

// There is none with this index.
#define FLOE_ERROR_NO_SUCH_INDEX 16

// The data's length is not the tensor's.
#define FLOE_ERROR_LENGTH 17

// A kernel breaks its contract.
#define FLOE_ERROR_CONTRACT 18

// This is not supported.
#define FLOE_ERROR_UNSUPPORTED 19

// The element type float32.
#define FLOE_FLOAT32 0

// The element type float64.
#define FLOE_FLOAT64 10

// The element type int32.
#define FLOE_INT32 2

// The element type uint8.
#define FLOE_UINT8 3

// The element type int16.
#define FLOE_INT16 7

// The element type int8.
#define FLOE_INT8 9

// The element type string.
#define FLOE_STRING 5

// The element type complex64.
#define FLOE_COMPLEX64 8

// The element type int64.
#define FLOE_INT64 4

// The element type bool.
#define FLOE_BOOL 6

// The element type bfloat16.
#define FLOE_BFLOAT16 18

// The element type uint16.
#define FLOE_UINT16 16

// The element type complex128.
#define FLOE_COMPLEX128 11

// The element type float16.
#define FLOE_FLOAT16 1

// The element type resource.
#define FLOE_RESOURCE 13

// The element type variant.
#define FLOE_VARIANT 14

// The element type uint32.
#define FLOE_UINT32 15

// The element type uint64.
#define FLOE_UINT64 12

// The element type float8_e5m2.
#define FLOE_FLOAT8_E5M2 22

// The element type float8_e4m3fn.
#define FLOE_FLOAT8_E4M3FN 21

// The element type int4.
#define FLOE_INT4 17

// The element type uint4.
#define FLOE_UINT4 20

// The element type int2.
#define FLOE_INT2 19

// The most dimensions that a tensor has.
#define FLOE_MAX_RANK 8

// An interpreter, in the memory that was given to floe_open.
typedef struct floe_interpreter floe_interpreter;

// What went wrong, and where. kind 0 is success.
typedef struct floe_error {
  // FLOE_OK or one of FLOE_ERROR_….
  uint8_t kind;
  // The subgraph.
  uint8_t graph;
  // The operator in the subgraph; 65535 for none.
  uint16_t op;
  // A tensor's index, bytes needed, a byte offset: floe_error_text says which.
  uint32_t at;
} floe_error;

// What floe_open takes. All of it must stay in place as long as the interpreter is used.
typedef struct floe_setup {
  // A .tflite file; in flash, on a chip. No alignment is asked for.
  const void *model;
  // Its bytes.
  size_t model_size;
  // The ops to run it with, such as { &FLOE_CONV_2D_I8, &FLOE_SOFTMAX_I8 }. None may be null.
  const floe_op *const *ops;
  // How many there are.
  size_t op_count;
  // Memory for the model's tables, state and activations. A multiple of 8 is the fastest address.
  void *arena;
  // Its bytes.
  size_t arena_size;
  // Whose integers to reproduce to the bit: 0 for LiteRT's, 1 for TensorFlow Lite Micro's.
  uint8_t numerics;
} floe_setup;

// An input or output of the model.
typedef struct floe_tensor {
  // Its elements, little-endian, row-major, at any alignment. Write those of inputs alone.
  void *data;
  // The bytes of them.
  size_t size;
  // The signature's name for it, else the tensor's; not ended by a zero.
  const char *name;
  // The bytes of the name.
  size_t name_size;
  // What one step of an integer stands for; 0 where the integers stand for themselves.
  float scale;
  // The integer that stands for 0.
  int32_t zero_point;
  // The dimensions.
  int32_t shape[FLOE_MAX_RANK];
  // How many dimensions there are.
  uint8_t rank;
  // The element type, FLOE_INT8 or another; the numbers are TFLite's.
  uint8_t dtype;
} floe_tensor;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// ABS.
extern const floe_op FLOE_ABS;

// ADD.
extern const floe_op FLOE_ADD;

// SUB.
extern const floe_op FLOE_SUB;

// ADD_I8.
extern const floe_op FLOE_ADD_I8;

// ADD_N.
extern const floe_op FLOE_ADD_N;

// ARG_MAX.
extern const floe_op FLOE_ARG_MAX;

// ARG_MIN.
extern const floe_op FLOE_ARG_MIN;

// ATAN2.
extern const floe_op FLOE_ATAN2;

// BATCH_MATMUL.
extern const floe_op FLOE_BATCH_MATMUL;

// BIDIRECTIONAL_SEQUENCE_RNN.
extern const floe_op FLOE_BIDIRECTIONAL_SEQUENCE_RNN;

// BITCAST.
extern const floe_op FLOE_BITCAST;

// BITWISE_XOR.
extern const floe_op FLOE_BITWISE_XOR;

// RIGHT_SHIFT.
extern const floe_op FLOE_RIGHT_SHIFT;

// BROADCAST_ARGS.
extern const floe_op FLOE_BROADCAST_ARGS;

// BROADCAST_TO.
extern const floe_op FLOE_BROADCAST_TO;

// BUCKETIZE.
extern const floe_op FLOE_BUCKETIZE;

// CAST.
extern const floe_op FLOE_CAST;

// EQUAL.
extern const floe_op FLOE_EQUAL;

// NOT_EQUAL.
extern const floe_op FLOE_NOT_EQUAL;

// LESS.
extern const floe_op FLOE_LESS;

// LESS_EQUAL.
extern const floe_op FLOE_LESS_EQUAL;

// GREATER.
extern const floe_op FLOE_GREATER;

// GREATER_EQUAL.
extern const floe_op FLOE_GREATER_EQUAL;

// COMPLEX_ABS.
extern const floe_op FLOE_COMPLEX_ABS;

// REAL.
extern const floe_op FLOE_REAL;

// IMAG.
extern const floe_op FLOE_IMAG;

// CONCATENATION.
extern const floe_op FLOE_CONCATENATION;

// CALL_ONCE.
extern const floe_op FLOE_CALL_ONCE;

// IF.
extern const floe_op FLOE_IF;

// WHILE.
extern const floe_op FLOE_WHILE;

// CONV_2D.
extern const floe_op FLOE_CONV_2D;

// CONV_2D_I8.
extern const floe_op FLOE_CONV_2D_I8;

// CONV_2D_F32.
extern const floe_op FLOE_CONV_2D_F32;

// CONV_3D.
extern const floe_op FLOE_CONV_3D;

// CONV_3D_TRANSPOSE.
extern const floe_op FLOE_CONV_3D_TRANSPOSE;

// CUMSUM.
extern const floe_op FLOE_CUMSUM;

// DEPTHWISE_CONV_2D.
extern const floe_op FLOE_DEPTHWISE_CONV_2D;

// DEPTHWISE_CONV_2D_I8.
extern const floe_op FLOE_DEPTHWISE_CONV_2D_I8;

// DEPTHWISE_CONV_2D_F32.
extern const floe_op FLOE_DEPTHWISE_CONV_2D_F32;

// DETECTION_POSTPROCESS.
extern const floe_op FLOE_DETECTION_POSTPROCESS;

// DILATE.
extern const floe_op FLOE_DILATE;

// DIV.
extern const floe_op FLOE_DIV;

// DYNAMIC_UPDATE_SLICE.
extern const floe_op FLOE_DYNAMIC_UPDATE_SLICE;

// ELU.
extern const floe_op FLOE_ELU;

// EMBEDDING_LOOKUP_SPARSE.
extern const floe_op FLOE_EMBEDDING_LOOKUP_SPARSE;

// EXP.
extern const floe_op FLOE_EXP;

// EXPAND_DIMS.
extern const floe_op FLOE_EXPAND_DIMS;

// RANK.
extern const floe_op FLOE_RANK;

// SQUEEZE.
extern const floe_op FLOE_SQUEEZE;

// FAKE_QUANT.
extern const floe_op FLOE_FAKE_QUANT;

// FILL.
extern const floe_op FLOE_FILL;

// ZEROS_LIKE.
extern const floe_op FLOE_ZEROS_LIKE;

// FLOOR_DIV.
extern const floe_op FLOE_FLOOR_DIV;

// FLOOR_MOD.
extern const floe_op FLOE_FLOOR_MOD;

// FULLY_CONNECTED.
extern const floe_op FLOE_FULLY_CONNECTED;

// FULLY_CONNECTED_I8.
extern const floe_op FLOE_FULLY_CONNECTED_I8;

// FULLY_CONNECTED_F32.
extern const floe_op FLOE_FULLY_CONNECTED_F32;

// EMBEDDING_LOOKUP.
extern const floe_op FLOE_EMBEDDING_LOOKUP;

// GATHER.
extern const floe_op FLOE_GATHER;

// GATHER_ND.
extern const floe_op FLOE_GATHER_ND;

// SCATTER_ND.
extern const floe_op FLOE_SCATTER_ND;

// GELU.
extern const floe_op FLOE_GELU;

// HARD_SWISH.
extern const floe_op FLOE_HARD_SWISH;

// L2_NORMALIZATION.
extern const floe_op FLOE_L2_NORMALIZATION;

// LEAKY_RELU.
extern const floe_op FLOE_LEAKY_RELU;

// LOCAL_RESPONSE_NORMALIZATION.
extern const floe_op FLOE_LOCAL_RESPONSE_NORMALIZATION;

// LOG.
extern const floe_op FLOE_LOG;

// LOG_SOFTMAX.
extern const floe_op FLOE_LOG_SOFTMAX;

// LOGICAL_AND.
extern const floe_op FLOE_LOGICAL_AND;

// LOGICAL_OR.
extern const floe_op FLOE_LOGICAL_OR;

// LOGICAL_NOT.
extern const floe_op FLOE_LOGICAL_NOT;

// LOGISTIC.
extern const floe_op FLOE_LOGISTIC;

// TANH.
extern const floe_op FLOE_TANH;

// BIDIRECTIONAL_SEQUENCE_LSTM.
extern const floe_op FLOE_BIDIRECTIONAL_SEQUENCE_LSTM;

// LSTM.
extern const floe_op FLOE_LSTM;

// UNIDIRECTIONAL_SEQUENCE_LSTM.
extern const floe_op FLOE_UNIDIRECTIONAL_SEQUENCE_LSTM;

// SIN.
extern const floe_op FLOE_SIN;

// COS.
extern const floe_op FLOE_COS;

// SQUARE.
extern const floe_op FLOE_SQUARE;

// CEIL.
extern const floe_op FLOE_CEIL;

// FLOOR.
extern const floe_op FLOE_FLOOR;

// ROUND.
extern const floe_op FLOE_ROUND;

// MATRIX_DIAG.
extern const floe_op FLOE_MATRIX_DIAG;

// MATRIX_SET_DIAG.
extern const floe_op FLOE_MATRIX_SET_DIAG;

// MAXIMUM.
extern const floe_op FLOE_MAXIMUM;

// MINIMUM.
extern const floe_op FLOE_MINIMUM;

// MIRROR_PAD.
extern const floe_op FLOE_MIRROR_PAD;

// MUL.
extern const floe_op FLOE_MUL;

// MUL_I8.
extern const floe_op FLOE_MUL_I8;

// NEG.
extern const floe_op FLOE_NEG;

// NON_MAX_SUPPRESSION_V4.
extern const floe_op FLOE_NON_MAX_SUPPRESSION_V4;

// NON_MAX_SUPPRESSION_V5.
extern const floe_op FLOE_NON_MAX_SUPPRESSION_V5;

// ONE_HOT.
extern const floe_op FLOE_ONE_HOT;

// PACK.
extern const floe_op FLOE_PACK;

// PAD.
extern const floe_op FLOE_PAD;

// PADV2.
extern const floe_op FLOE_PADV2;

// AVERAGE_POOL_2D.
extern const floe_op FLOE_AVERAGE_POOL_2D;

// L2_POOL_2D.
extern const floe_op FLOE_L2_POOL_2D;

// MAX_POOL_2D.
extern const floe_op FLOE_MAX_POOL_2D;

// AVERAGE_POOL_2D_I8.
extern const floe_op FLOE_AVERAGE_POOL_2D_I8;

// MAX_POOL_2D_I8.
extern const floe_op FLOE_MAX_POOL_2D_I8;

// POW.
extern const floe_op FLOE_POW;

// PRELU.
extern const floe_op FLOE_PRELU;

// DEQUANTIZE.
extern const floe_op FLOE_DEQUANTIZE;

// QUANTIZE.
extern const floe_op FLOE_QUANTIZE;

// DEQUANTIZE_I8.
extern const floe_op FLOE_DEQUANTIZE_I8;

// QUANTIZE_F32_I8.
extern const floe_op FLOE_QUANTIZE_F32_I8;

// QUANTIZE_I8.
extern const floe_op FLOE_QUANTIZE_I8;

// RANGE.
extern const floe_op FLOE_RANGE;

// SUM.
extern const floe_op FLOE_SUM;

// MEAN.
extern const floe_op FLOE_MEAN;

// REDUCE_PROD.
extern const floe_op FLOE_REDUCE_PROD;

// REDUCE_MAX.
extern const floe_op FLOE_REDUCE_MAX;

// REDUCE_MIN.
extern const floe_op FLOE_REDUCE_MIN;

// REDUCE_ANY.
extern const floe_op FLOE_REDUCE_ANY;

// REDUCE_ALL.
extern const floe_op FLOE_REDUCE_ALL;

// RELU.
extern const floe_op FLOE_RELU;

// RELU6.
extern const floe_op FLOE_RELU6;

// RELU_0_TO_1.
extern const floe_op FLOE_RELU_0_TO_1;

// RELU_N1_TO_1.
extern const floe_op FLOE_RELU_N1_TO_1;

// RESHAPE.
extern const floe_op FLOE_RESHAPE;

// RESIZE_BILINEAR.
extern const floe_op FLOE_RESIZE_BILINEAR;

// RESIZE_NEAREST_NEIGHBOR.
extern const floe_op FLOE_RESIZE_NEAREST_NEIGHBOR;

// REVERSE_SEQUENCE.
extern const floe_op FLOE_REVERSE_SEQUENCE;

// REVERSE_V2.
extern const floe_op FLOE_REVERSE_V2;

// RFFT2D.
extern const floe_op FLOE_RFFT2D;

// RNN.
extern const floe_op FLOE_RNN;

// UNIDIRECTIONAL_SEQUENCE_RNN.
extern const floe_op FLOE_UNIDIRECTIONAL_SEQUENCE_RNN;

// RSQRT.
extern const floe_op FLOE_RSQRT;

// SEGMENT_SUM.
extern const floe_op FLOE_SEGMENT_SUM;

// UNSORTED_SEGMENT_SUM.
extern const floe_op FLOE_UNSORTED_SEGMENT_SUM;

// UNSORTED_SEGMENT_PROD.
extern const floe_op FLOE_UNSORTED_SEGMENT_PROD;

// UNSORTED_SEGMENT_MAX.
extern const floe_op FLOE_UNSORTED_SEGMENT_MAX;

// UNSORTED_SEGMENT_MIN.
extern const floe_op FLOE_UNSORTED_SEGMENT_MIN;

// SELECT.
extern const floe_op FLOE_SELECT;

// SELECT_V2.
extern const floe_op FLOE_SELECT_V2;

// SHAPE.
extern const floe_op FLOE_SHAPE;

// SIGN.
extern const floe_op FLOE_SIGN;

// CIRCULAR_BUFFER.
extern const floe_op FLOE_CIRCULAR_BUFFER;

// SIGNAL_DELAY.
extern const floe_op FLOE_SIGNAL_DELAY;

// SIGNAL_ENERGY.
extern const floe_op FLOE_SIGNAL_ENERGY;

// SIGNAL_FFT_AUTO_SCALE.
extern const floe_op FLOE_SIGNAL_FFT_AUTO_SCALE;

// SIGNAL_FILTER_BANK.
extern const floe_op FLOE_SIGNAL_FILTER_BANK;

// SIGNAL_FILTER_BANK_LOG.
extern const floe_op FLOE_SIGNAL_FILTER_BANK_LOG;

// SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION.
extern const floe_op FLOE_SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION;

// SIGNAL_FILTER_BANK_SQUARE_ROOT.
extern const floe_op FLOE_SIGNAL_FILTER_BANK_SQUARE_ROOT;

// SIGNAL_FRAMER.
extern const floe_op FLOE_SIGNAL_FRAMER;

// SIGNAL_OVERLAP_ADD.
extern const floe_op FLOE_SIGNAL_OVERLAP_ADD;

// SIGNAL_PCAN.
extern const floe_op FLOE_SIGNAL_PCAN;

// SIGNAL_STACKER.
extern const floe_op FLOE_SIGNAL_STACKER;

// SIGNAL_WINDOW.
extern const floe_op FLOE_SIGNAL_WINDOW;

// SLICE.
extern const floe_op FLOE_SLICE;

// SOFTMAX.
extern const floe_op FLOE_SOFTMAX;

// SOFTMAX_I8.
extern const floe_op FLOE_SOFTMAX_I8;

// SOFTMAX_F32.
extern const floe_op FLOE_SOFTMAX_F32;

// BATCH_TO_SPACE_ND.
extern const floe_op FLOE_BATCH_TO_SPACE_ND;

// DEPTH_TO_SPACE.
extern const floe_op FLOE_DEPTH_TO_SPACE;

// SPACE_TO_BATCH_ND.
extern const floe_op FLOE_SPACE_TO_BATCH_ND;

// SPACE_TO_DEPTH.
extern const floe_op FLOE_SPACE_TO_DEPTH;

// HASHTABLE_LOOKUP.
extern const floe_op FLOE_HASHTABLE_LOOKUP;

// SPARSE_TO_DENSE.
extern const floe_op FLOE_SPARSE_TO_DENSE;

// SPLIT.
extern const floe_op FLOE_SPLIT;

// SPLIT_V.
extern const floe_op FLOE_SPLIT_V;

// UNPACK.
extern const floe_op FLOE_UNPACK;

// SQRT.
extern const floe_op FLOE_SQRT;

// SQUARED_DIFFERENCE.
extern const floe_op FLOE_SQUARED_DIFFERENCE;

// STABLEHLO_ADD.
extern const floe_op FLOE_STABLEHLO_ADD;

// STABLEHLO_MAXIMUM.
extern const floe_op FLOE_STABLEHLO_MAXIMUM;

// STABLEHLO_MINIMUM.
extern const floe_op FLOE_STABLEHLO_MINIMUM;

// STABLEHLO_MULTIPLY.
extern const floe_op FLOE_STABLEHLO_MULTIPLY;

// STABLEHLO_PAD.
extern const floe_op FLOE_STABLEHLO_PAD;

// STRIDED_SLICE.
extern const floe_op FLOE_STRIDED_SLICE;

// SVDF.
extern const floe_op FLOE_SVDF;

// TILE.
extern const floe_op FLOE_TILE;

// TOPK_V2.
extern const floe_op FLOE_TOPK_V2;

// TRANSPOSE.
extern const floe_op FLOE_TRANSPOSE;

// TRANSPOSE_CONV.
extern const floe_op FLOE_TRANSPOSE_CONV;

// TRANSPOSE_CONV_I8.
extern const floe_op FLOE_TRANSPOSE_CONV_I8;

// UNIQUE.
extern const floe_op FLOE_UNIQUE;

// ASSIGN_VARIABLE.
extern const floe_op FLOE_ASSIGN_VARIABLE;

// READ_VARIABLE.
extern const floe_op FLOE_READ_VARIABLE;

// VAR_HANDLE.
extern const floe_op FLOE_VAR_HANDLE;

// WHERE.
extern const floe_op FLOE_WHERE;

// The bytes that an interpreter takes, which floe_open is to be given, at an address that is a multiple of 8.
// FLOE_INTERPRETER_SIZE is enough on every machine.
size_t floe_interpreter_size(void);

// Plans a model and makes an interpreter for it in memory, of memory_size bytes. On success *interpreter is
// that; there is nothing to close. Kind FLOE_ERROR_ARENA means that the arena is too small: error.at
// is the number of bytes that it must have, once it is large enough for the planner's own tables.
//
// # Safety
// Every pointer is null or points to as many bytes as is said, which stay there while the interpreter is used.
struct floe_error floe_open(const struct floe_setup *setup,
                            void *memory,
                            size_t memory_size,
                            struct floe_interpreter **interpreter);

// The bytes of arena that the model takes, exactly: floe_open works with so many and not with one less.
// 0 for a null pointer.
//
// # Safety
// The interpreter is null or comes from floe_open.
size_t floe_arena_size(struct floe_interpreter *interpreter);

// How many inputs the model has; 0 for a null pointer.
//
// # Safety
// The interpreter is null or comes from floe_open.
size_t floe_input_count(struct floe_interpreter *interpreter);

// How many outputs the model has; 0 for a null pointer.
//
// # Safety
// The interpreter is null or comes from floe_open.
size_t floe_output_count(struct floe_interpreter *interpreter);

// Describes input number index, to write its data. It stays where it is; a run may overwrite it: write
// all inputs before each.
//
// # Safety
// The interpreter comes from floe_open, and tensor points to a floe_tensor; either may be null.
struct floe_error floe_input(struct floe_interpreter *interpreter,
                             size_t index,
                             struct floe_tensor *tensor);

// Describes output number index, whose data the last run left.
//
// # Safety
// As floe_input.
struct floe_error floe_output(struct floe_interpreter *interpreter,
                              size_t index,
                              struct floe_tensor *tensor);

// As floe_input, by name: the signature's, or the tensor's.
//
// # Safety
// As floe_input; name is null or ends with a zero byte.
struct floe_error floe_input_named(struct floe_interpreter *interpreter,
                                   const char *name,
                                   struct floe_tensor *tensor);

// As floe_output, by name: the signature's, or the tensor's.
//
// # Safety
// As floe_input_named.
struct floe_error floe_output_named(struct floe_interpreter *interpreter,
                                    const char *name,
                                    struct floe_tensor *tensor);

// Runs the model once.
//
// # Safety
// The interpreter is null or comes from floe_open.
struct floe_error floe_invoke(struct floe_interpreter *interpreter);

// Runs the next operator, for schedulers that share the processor. *more becomes false after the last one;
// the next step then begins anew.
//
// # Safety
// The interpreter is null or comes from floe_open; more is null or points to a bool.
struct floe_error floe_step(struct floe_interpreter *interpreter,
                            bool *more);

// Goes back to the first operator, whatever was run so far.
//
// # Safety
// The interpreter is null or comes from floe_open.
struct floe_error floe_rewind(struct floe_interpreter *interpreter);

// Forgets what LSTM, SVDF and their like keep from run to run. Resource variables stay.
//
// # Safety
// The interpreter is null or comes from floe_open.
struct floe_error floe_reset(struct floe_interpreter *interpreter);

// Writes what is wrong and where, in words, to text: at most size bytes, the last of them zero. Gives the
// length of the whole text, without the zero; size may be 0.
//
// # Safety
// text is null or points to size bytes.
size_t floe_error_text(struct floe_error error,
                       char *text,
                       size_t size);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FLOE_MICRO_H */
