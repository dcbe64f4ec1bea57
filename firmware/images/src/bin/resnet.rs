//! A residual network of MLPerf Tiny's shape over 32 × 32 colour pixels.

#![no_std]
#![no_main]

floe_firmware_images::image! {
    "model/resnet8_shapes/tflite/int8", arena: 131072, ops:
    conv_2d::CONV_2D_I8
    add::ADD_I8
    pool_2d::AVERAGE_POOL_2D_I8
    shape::SHAPE
    strided_slice::STRIDED_SLICE
    pack::PACK
    reshape::RESHAPE
    fully_connected::FULLY_CONNECTED_I8
    softmax::SOFTMAX_I8
}
