//! person_detect of TensorFlow Lite Micro: a MobileNet over 96 × 96 grey pixels.

#![no_std]
#![no_main]

floe_firmware_images::image! {
    "real/tflm.models_person_detect/model", arena: 131072, ops:
    depthwise_conv_2d::DEPTHWISE_CONV_2D_I8
    conv_2d::CONV_2D_I8
    pool_2d::AVERAGE_POOL_2D_I8
    reshape::RESHAPE
    softmax::SOFTMAX_I8
}
