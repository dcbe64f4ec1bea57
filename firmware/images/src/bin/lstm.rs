//! An LSTM over 28 steps as Keras 2 fuses it, then a dense layer.

#![no_std]
#![no_main]

floe_firmware_images::image! {
    "model/k2_lstm_fused/tflite/int8", arena: 32768, ops:
    lstm::UNIDIRECTIONAL_SEQUENCE_LSTM
    strided_slice::STRIDED_SLICE
    fully_connected::FULLY_CONNECTED_I8
    softmax::SOFTMAX_I8
}
