//! An LSTM over 28 steps as Keras 2 fuses it, then a dense layer.

#![no_std]
#![no_main]

floe_firmware_images::image! { "model/k2_lstm_fused/tflite/int8" }
