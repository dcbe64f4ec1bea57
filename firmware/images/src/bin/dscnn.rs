//! A keyword spotter of MLPerf Tiny's shape as a converter writes it: its last reshape asks for a shape.

#![no_std]
#![no_main]

floe_firmware_images::image! { "model/dscnn_kws/tflite/int8" }
