"""Batch, Layer, Instance, Group and RMS Norm in NumPy, judged by normlayers:
npx normlayers vectors export DIR && python3 numpy_norms.py DIR && npx normlayers vectors judge DIR
"""
import json
import pathlib
import sys

import numpy as np

TYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


def load(path):
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    entries = json.loads(raw[8:start])
    return {name: np.frombuffer(raw[start + at[0]:start + at[1]], TYPES[dtype]).reshape(shape)
            for name, (dtype, shape, at) in ((n, e.values()) for n, e in entries.items())}


def save(path, arrays):
    header, data = {}, b""
    for name, array in arrays.items():
        at = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": f"F{array.itemsize * 8}", "shape": array.shape, "data_offsets": at}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def norm(case, t):
    facts, whole = case["resolved"], t["x"] + t["residual"] if "residual" in t else t["x"]
    x = whole.astype(np.float32) if whole.dtype == np.float16 else whole
    axes, channel, groups = facts["axes"], facts["channelAxis"], facts["groups"]
    of = axes if channel is None else [channel]  # the axes that the parameters belong to
    others = [1] * (x.ndim - len(of))

    def along(a):  # parameters beside x: their axes where x has them
        return np.moveaxis(a.astype(x.dtype).reshape([x.shape[i] for i in of] + others), range(len(of)), of)

    over = tuple(axes) if groups is None else (2,)
    rows = x if groups is None else np.moveaxis(x, channel, 1).reshape(x.shape[0], groups, -1)
    given = facts["statistics"] == "given"
    mean = along(t["mean"]) if given else rows.mean(over, keepdims=True)
    centred = rows - mean if facts["centred"] else rows
    variance = along(t["variance"]) if given else (centred**2).mean(over, keepdims=True)
    y = centred / np.sqrt(variance + x.dtype.type(facts["epsilon"]))
    if groups is not None:
        y = np.moveaxis(y.reshape(np.moveaxis(x, channel, 1).shape), 1, channel)
    y = y * (along(t["gamma"]) + x.dtype.type(facts["gammaOffset"])) if "gamma" in t else y
    y += along(t["beta"]) if "beta" in t else 0
    return {"y": y.astype(whole.dtype), **({"sum": whole} if "residual" in t else {})}


folder, _ = pathlib.Path(sys.argv[1]), np.seterr(all="ignore")
for case in json.loads((folder / "index.json").read_text())["cases"]:
    if case["mode"] == "inference" and "mask" not in case["inputs"] and 0 not in case["outputs"]["y"]["shape"]:
        save(folder / case["outputsFile"], norm(case, load(folder / case["file"])))
