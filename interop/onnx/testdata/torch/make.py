"""Small models exported by PyTorch, by both of its exporters, each with inputs and outputs as ONNX's backend cases have them.

    pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2
    python make.py
"""
import io
import os
import shutil
import warnings

import onnx
import torch
from onnx import numpy_helper
from torch import nn

warnings.filterwarnings("ignore")
here = os.path.dirname(os.path.abspath(__file__))


class ImageAndText(nn.Module):
    """A picture and a text, read as braid's Fusion reads them."""

    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3, stride=2, bias=False), nn.LeakyReLU(0.1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.words = nn.Embedding(9, 5, padding_idx=0)
        self.rnn = nn.RNN(5, 6, batch_first=True)
        self.head = nn.Sequential(nn.Linear(12, 7), nn.GELU(), nn.Dropout(0.5), nn.Linear(7, 3))

    def forward(self, image, text):
        _, last = self.rnn(self.words(text))
        return self.head(torch.cat([self.image(image), last[0]], 1)).softmax(1)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 6 * 4 * 4)
        self.net = nn.Sequential(
            nn.BatchNorm2d(6), nn.ReLU(), nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1), nn.ELU(),
            nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1), nn.Tanh())

    def forward(self, z):
        return self.net(self.first(z).view(-1, 6, 4, 4))


class Shapes(nn.Module):
    """Operations on shapes, elements and reductions."""

    def forward(self, x):
        a = nn.functional.pad(x, (1, 2, 0, 1), value=0.5)[:, :, ::2, 1:-1]
        b = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4).mean(1, keepdim=True)
        c = torch.where(x > 0.5, x.clamp(0.2, 0.8), x.pow(2) - 1).amax((2, 3)).unsqueeze(1)
        d = nn.functional.softplus(b).squeeze(1).log_softmax(-1) + c.squeeze(1).sigmoid() / 3
        e = nn.functional.avg_pool2d(a, 2, stride=1, padding=1, count_include_pad=False).flatten(1)
        f = nn.functional.interpolate(x, scale_factor=2, mode="bilinear").sum((2, 3))
        return torch.cat([d, e, f, nn.functional.interpolate(x, scale_factor=2).std((2, 3)), x.argmax(1).float().flatten(1)], 1)


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(4, 8, (3, 2), padding=(1, 0), groups=2), nn.PReLU(8), nn.GroupNorm(2, 8), nn.Conv2d(8, 8, 3, groups=8, dilation=2, padding=2),
            nn.SiLU(), nn.Hardswish(), nn.AvgPool2d(2, padding=1), nn.InstanceNorm2d(8, affine=True), nn.Upsample(scale_factor=2))
        self.line = nn.Sequential(nn.Conv1d(8, 3, 3, padding=1), nn.MaxPool1d(2, ceil_mode=True))
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        y = self.net(x)
        return self.norm(self.line(y.flatten(2))[:, :, :4])


def write(name, model, inputs, dynamic):
    model = model.eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    names = list(inputs)
    example = tuple(inputs.values())
    for kind in ("script", "export"):
        folder = os.path.join(here, name + "_" + kind)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "test_data_set_0"))
        if kind == "script":
            b = io.BytesIO()
            torch.onnx.export(model, example, b, dynamo=False, opset_version=17, input_names=names, output_names=["y"],
                              dynamic_axes={n: {0: "batch"} for n in names} if dynamic else None)
            graph = onnx.load_from_string(b.getvalue())
        else:
            shapes = {n: {0: torch.export.Dim("batch")} for n in names} if dynamic else None
            graph = torch.onnx.export(model, example, dynamo=True, verbose=False, input_names=names, output_names=["y"],
                                      dynamic_shapes=tuple(shapes.values()) if shapes else None).model_proto
        for n in list(graph.graph.node):
            n.doc_string = ""
            del n.metadata_props[:]
        del graph.graph.value_info[:]
        del graph.graph.metadata_props[:]
        del graph.metadata_props[:]
        open(os.path.join(folder, "model.onnx"), "wb").write(graph.SerializeToString())
        with torch.no_grad():
            y = model(*example)
        for i, x in enumerate(example):
            open(os.path.join(folder, "test_data_set_0", f"input_{i}.pb"), "wb").write(numpy_helper.from_array(x.numpy()).SerializeToString())
        open(os.path.join(folder, "test_data_set_0", "output_0.pb"), "wb").write(numpy_helper.from_array(y.numpy()).SerializeToString())


torch.manual_seed(1)
write("image_and_text", ImageAndText(), {"image": torch.rand(2, 3, 9, 8), "text": torch.randint(1, 9, (2, 4))}, True)
write("generator", Generator(), {"z": torch.randn(3, 5)}, True)
write("shapes", Shapes(), {"x": torch.rand(2, 4, 5, 6)}, False)
write("convolutions", Convolutions(), {"x": torch.rand(2, 4, 6, 7)}, False)
