"""What `mlp predict` does, as a script with PyTorch: read a digit by the weights of the program.

    python benchmarks/predict_pytorch.py digit.png

The picture must be like MNIST's.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import mlpcli

weights = np.load(Path(mlpcli.__file__).parent / "inference" / "weights" / "synthetic.npz")
values = torch.from_numpy(np.asarray(Image.open(sys.argv[1]), dtype=np.float32) / 255).reshape(
    1, -1
)
for layer in range(3):
    weight, bias = (
        torch.from_numpy(weights[f"layers.{layer}.{part}"]) for part in ("weight", "bias")
    )
    values = values @ weight + bias if layer == 0 else torch.relu(values) @ weight + bias
probabilities = torch.softmax(values, dim=1)[0]
sys.stdout.write(f"{int(probabilities.argmax())} {float(probabilities.max()):.2%}\n")
