"""Makes golden.safetensors and kinds.safetensors with the reference implementation.

pip install safetensors==0.8.0 numpy==2.4.6; python golden.py

golden.safetensors holds only types that braid writes, with the values that safetensors_test.go computes again: braid's
writer must give the same bytes. kinds.safetensors holds the types that are only read. NumPy has no bfloat16, so that
file is put together by hand, and the reference reads it.
"""

import json
import struct

import numpy as np
import safetensors
from safetensors.numpy import save_file

save_file(
    {
        "image.0.weight": (np.arange(24, dtype=np.float32) / 7 - 1).reshape(2, 3, 4),
        "steps": np.array([3.25], dtype=np.float64).reshape(()),
        "labels": np.array([-2147483648, 2147483647, 0], dtype=np.int32),
        "pixels": np.array([[0, 255, 7]], dtype=np.uint8),
        "empty": np.zeros((0, 5), dtype=np.float32),
        'näme "一" <&>': np.array([1.5, -0.0], dtype=np.float32),
    },
    "golden.safetensors",
    metadata={"format": "braid <1> \u00e9"},
)

half = np.array([1, -2.5, 65504, 6e-8, np.inf], dtype=np.float16)
brain = (np.array([1, -2.5, 3.0e38, 1e-40], dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)
header, data = {}, b""
for name, dtype, array in [
    ("half", "F16", half),
    ("brain", "BF16", brain.reshape(2, 2)),
    ("long", "I64", np.array([-5, 2147483647], dtype=np.int64)),
    ("toolong", "I64", np.array([2147483648], dtype=np.int64)),
    ("bool", "BOOL", np.array([True, False, True])),
]:
    end = len(data) + array.nbytes
    header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), end]}
    data += array.tobytes()
head = json.dumps(header).encode()
content = struct.pack("<Q", len(head)) + head + data
assert len(safetensors.deserialize(content)) == 5  # the reference accepts it
with open("kinds.safetensors", "wb") as f:
    f.write(content)
