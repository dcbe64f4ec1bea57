//! A residual network of MLPerf Tiny's shape over 32 × 32 colour pixels.

#![no_std]
#![no_main]

floe_firmware_images::image! { "model/resnet8_shapes/tflite/int8" }
