//! A keyword spotter of MLPerf Tiny's shape as a converter writes it: its last reshape asks for a shape.

#![no_std]
#![no_main]

floe_firmware_images::image! {
    "model/dscnn_kws/tflite/int8", arena: 65536, ops:
    conv_2d::CONV_2D_I8
    depthwise_conv_2d::DEPTHWISE_CONV_2D_I8
    pool_2d::AVERAGE_POOL_2D_I8
    shape::SHAPE
    strided_slice::STRIDED_SLICE
    pack::PACK
    reshape::RESHAPE
    fully_connected::FULLY_CONNECTED_I8
    softmax::SOFTMAX_I8
}
