"""ONNX Runtime with fused graphs: f32, int8 (dynamic, a scale a channel)."""

import os

import onnxruntime

from .serve import Forward, serve


def session(file, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


class Ort(Forward):
    version = f"onnxruntime {onnxruntime.__version__}"

    def __init__(self, settings, inputs):
        super().__init__(settings, inputs)
        # A session without a pool computes in the thread that calls it, so streams share one.
        file = os.path.join(settings["folder"], f"{settings['precision']}.onnx")
        self.session = session(file, settings["threads"] // settings["streams"])

    def logits(self, ids, mask):
        return self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


if __name__ == "__main__":
    serve(Ort)
