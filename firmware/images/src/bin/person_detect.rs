//! person_detect of TensorFlow Lite Micro: a MobileNet over 96 × 96 grey pixels.

#![no_std]
#![no_main]

floe_firmware_images::image! { "real/tflm.models_person_detect/model" }
