#!/usr/bin/env python3
"""Makes the models of `against_protobuf.py`: the same weights twice.

    models.py --floe target/release/floe -o FOLDER

For each model FOLDER/NAME.pb, the frozen GraphDef by `floe freeze`, and FOLDER/NAME.tflite by TensorFlow's own
converter. Weights are random, from a fixed seed. Needs the package tensorflow-cpu.
"""
import argparse, os, subprocess, tempfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

layers, applications = tf.keras.layers, tf.keras.applications


def sine():
    """About 3 kB: three dense layers."""
    return tf.keras.Sequential([tf.keras.Input([1]), layers.Dense(16, "relu"), layers.Dense(16, "relu"), layers.Dense(1)])


def resnet8():
    """About 300 kB: the image classifier of MLPerf Tiny."""
    def conv(x, filters, size, stride=1):
        return layers.BatchNormalization()(layers.Conv2D(filters, size, stride, "same")(x))

    x = entry = tf.keras.Input([32, 32, 3])
    x = layers.ReLU()(conv(x, 16, 3))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        y = conv(layers.ReLU()(conv(x, filters, 3, stride)), filters, 3)
        x = layers.ReLU()(layers.Add()([y, x if stride == 1 else layers.Conv2D(filters, 1, stride, "same")(x)]))
    return tf.keras.Model(entry, layers.Dense(10, "softmax")(layers.GlobalAveragePooling2D()(x)))


def chain():
    """10,000 operators and hardly a weight."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([1, 8])], autograph=False)
    def call(x):
        for _ in range(5000):
            x = tf.cos(tf.sin(x))
        return {"y": x}

    module.call = call
    return module


MODELS = {
    "sine": sine,
    "resnet8": resnet8,
    "mobilenet_v2": lambda: applications.MobileNetV2(weights=None),
    "resnet50": lambda: applications.ResNet50(weights=None),
    "chain_10k": chain,
}


def module_of(model):
    """`model` as a module whose function `call` computes as in inference."""
    module = model
    if isinstance(model, tf.keras.Model):
        module = tf.Module()
        module.model = model
        spec = tf.TensorSpec([1, *model.inputs[0].shape[1:]])
        module.call = tf.function(lambda x: {"y": model(x, training=False)}, [spec], autograph=False)
    return module


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--floe", required=True)
    p.add_argument("-o", "--output", required=True)
    args = p.parse_args()
    os.makedirs(args.output, exist_ok=True)
    for name, make in MODELS.items():
        tf.keras.utils.set_random_seed(1)
        path = os.path.join(args.output, name)
        with tempfile.TemporaryDirectory() as folder:
            module = module_of(make())
            tf.saved_model.save(module, folder, signatures=module.call)
            subprocess.run([args.floe, "freeze", folder, "-o", path + ".pb"], check=True, stdout=subprocess.DEVNULL)
            frozen = convert_variables_to_constants_v2(module.call.get_concrete_function())
            model = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
        with open(path + ".tflite", "wb") as f:
            f.write(model)
        print(f"{name:14} {os.path.getsize(path + '.pb'):>12} {len(model):>12}", flush=True)


if __name__ == "__main__":
    main()
