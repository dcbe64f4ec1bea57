//! An anomaly detector of MLPerf Tiny's shape: dense layers alone.

#![no_std]
#![no_main]

floe_firmware_images::image! { "model/autoencoder_640/tflite/int8" }
