//! An anomaly detector of MLPerf Tiny's shape: dense layers alone.

#![no_std]
#![no_main]

floe_firmware_images::image! {
    "model/autoencoder_640/tflite/int8", arena: 16384, ops:
    fully_connected::FULLY_CONNECTED_I8
}
