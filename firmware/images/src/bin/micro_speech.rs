//! micro_speech of TensorFlow Lite Micro: "yes" or "no" in a spectrogram.

#![no_std]
#![no_main]

floe_firmware_images::image! {
    "real/tflm.examples_micro_speech_models_micro_speech_quantized/model", arena: 16384, ops:
    reshape::RESHAPE
    depthwise_conv_2d::DEPTHWISE_CONV_2D_I8
    fully_connected::FULLY_CONNECTED_I8
    softmax::SOFTMAX_I8
}
