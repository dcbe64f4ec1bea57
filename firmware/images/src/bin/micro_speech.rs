//! micro_speech of TensorFlow Lite Micro: "yes" or "no" in a spectrogram.

#![no_std]
#![no_main]

floe_firmware_images::image! { "real/tflm.examples_micro_speech_models_micro_speech_quantized/model" }
