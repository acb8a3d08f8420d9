"""ONNX Runtime, which only infers: products, convolutions, functions, and answers of the fusion model."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import models
from main import Job, Without, answers

FLOAT, INT32 = TensorProto.FLOAT, TensorProto.INT32


class Graph:
    """The operations of models.py as nodes of ONNX; values are their names."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def node(self, op, *inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, [i if isinstance(i, str) else self.constant(i) for i in inputs], names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, a):
        name = f"c{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(a), name)
        return name

    def model(self, inputs, output):
        values = [helper.make_tensor_value_info(k, t, s) for k, (t, s) in inputs.items()]
        graph = helper.make_graph(self.nodes, "case", values, [helper.make_tensor_value_info(output, FLOAT, None)], list(self.constants.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()

    def multiply(self, x, y):
        return self.node("Mul", x, y)

    def relu(self, x):
        return self.node("Relu", x)

    def conv(self, x, p, name, stride=1, pad=0):
        inputs = [x, p[name + ".weight"].transpose(0, 3, 1, 2)] + ([p[name + ".bias"]] if name + ".bias" in p else [])
        return self.node("Conv", *inputs, strides=[stride] * 2, pads=[pad] * 4)

    def norm(self, x, p, name):
        return self.node("BatchNormalization", x, *(p[f"{name}.{k}"] for k in ("weight", "bias", "mean", "var")), epsilon=1e-5)

    def pool(self, x):
        return self.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])

    def pixels(self, x):
        return self.node("ReduceMean", x, axes=[2, 3], keepdims=0)

    def dense(self, x, p, name):
        return self.node("Gemm", x, p[name + ".weight"], p[name + ".bias"], transB=1)

    def embed(self, ids, table):
        return self.node("Gather", table, ids)  # its row 0 is zeros

    def rnn(self, x, p, name, ids):
        wih, whh, b = (p[f"{name}.{k}"] for k in ("weight_ih", "weight_hh", "bias"))
        words = self.node("Cast", self.node("Not", self.node("Equal", ids, np.int32(0))), to=INT32)
        lengths = self.node("ReduceSum", words, np.array([1], np.int64), keepdims=0)
        first = self.node("Transpose", x, perm=[1, 0, 2])
        _, last = self.node("RNN", first, wih[None], whh[None], np.concatenate([b, 0 * b])[None], lengths, outputs=2,
                            hidden_size=whh.shape[0], activations=["Tanh"])
        return self.node("Squeeze", last, np.array([0], np.int64))


class Library:
    name = "onnxruntime"

    def __init__(self, variant, device, threads):
        self.providers = ["CUDAExecutionProvider" if device == "cuda" else "CPUExecutionProvider"]
        if self.providers[0] not in onnxruntime.get_available_providers():
            raise RuntimeError("ONNX Runtime sees no GPU")
        self.threads = threads
        self.version = f"onnxruntime {onnxruntime.__version__}, {self.providers[0]}"

    def precision(self, name):
        if name != "fp32":
            raise Without("only fp32 here")

    def session(self, model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        return onnxruntime.InferenceSession(model, options, providers=self.providers)

    def job(self, case, graph, output, inputs, result, shape=lambda y: y):
        """A Job of one session on bound inputs."""
        session = self.session(graph.model({k: (FLOAT, a.shape) for k, a in inputs.items()}, output))
        sets = []
        for _ in range(case["sets"]):
            binding = session.io_binding()
            for k, a in inputs.items():
                binding.bind_ortvalue_input(k, onnxruntime.OrtValue.ortvalue_from_numpy(a.copy()))
            binding.bind_output(output)
            sets.append(binding)

        def outputs():
            session.run_with_iobinding(sets[0])
            return {result: shape(sets[0].copy_outputs_to_cpu()[0])}

        return Job({"": lambda i: session.run_with_iobinding(sets[i])}, outputs, case["sets"], sets.clear)


def gemm(lib, case, inputs):
    g = Graph()
    return lib.job(case, g, g.node("MatMul", "a", "b"), inputs, "c")


def unary(lib, case, inputs):
    g = Graph()
    return lib.job(case, g, g.node(case["op"].capitalize(), "x"), inputs, "y")


def sum_(lib, case, inputs):
    g = Graph()
    return lib.job(case, g, g.node("ReduceSum", "x", np.array([1], np.int64), keepdims=0), inputs, "y")


def conv2d(lib, case, inputs):
    """Forward only, from NCHW."""
    z, g = case["sizes"], Graph()
    if case["pass"] != "forward":
        raise Without("no gradients in onnxruntime")
    options = dict(strides=[z["stride"]] * 2, pads=[z["pad"]] * 4)
    y = g.node("ConvTranspose" if z.get("transposed") else "Conv", "x", inputs["w"].transpose(0, 3, 1, 2), **options)
    x = {"x": np.ascontiguousarray(inputs["x"].transpose(0, 3, 1, 2))}
    return lib.job(case, g, y, x, "y", lambda y: y.transpose(0, 2, 3, 1))


def latency(lib, case, inputs):
    g = Graph()
    p = models.parameters(inputs)
    p["text.embedding.weight"] = p["text.embedding.weight"] * (np.arange(len(p["text.embedding.weight"])) > 0)[:, None]
    image = np.ascontiguousarray(inputs["image"].transpose(0, 3, 1, 2))
    y = models.fusion(g, p, "image", "text")
    session = lib.session(g.model({"image": (FLOAT, ["n", *image.shape[1:]]), "text": (INT32, ["n", inputs["text"].shape[1]])}, y))
    answer = lambda rows: session.run(None, {"image": image[rows], "text": inputs["text"][rows]})[0]
    return answers(case, answer, lambda: {"logits": answer(slice(0, 64))})


Library.kinds = {"gemm": gemm, "unary": unary, "sum": sum_, "conv2d": conv2d, "latency": latency}
