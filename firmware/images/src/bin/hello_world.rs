//! hello_world of TensorFlow Lite Micro: a sine by three dense layers.

#![no_std]
#![no_main]

floe_firmware_images::image! { "real/tflm.examples_hello_world_models_hello_world_int8/model" }
