"""Walk ten images through a network by hand, layer by layer, and let it learn from them.

    python examples/notebook_walk.py

The digits are drawn by the program, so that nothing has to be downloaded.
"""

import math

import numpy as np

import mlpcli
from mlpcli.nn import CrossEntropy, Linear, Network, Sgd, Sigmoid, Softmax


def main() -> None:
    """Show the shapes, the loss computed twice, and ten steps of learning."""
    digits = mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=10, test=1)).train
    inputs = digits.images.reshape(10, 784).astype(np.float32) / 255  # pixels in [0, 1]
    labels = digits.labels

    # 1. Forward: what one layer returns is what the next one takes.
    layers = [Linear(784, 100), Sigmoid(), Linear(100, 10), Softmax()]
    x = inputs
    print(f"images    {x.shape}")
    for layer in layers:
        x = layer.forward(x)
        print(f"{type(layer).__name__:9} {x.shape}")
    probabilities = x
    print("sums of the rows:", np.round(probabilities.sum(axis=1), 6))

    # 2. The loss: minus the logarithm of the probability of each right class, on average.
    right = [probabilities[row, label] for row, label in enumerate(labels)]
    by_hand = -sum(math.log(p) for p in right) / len(right)
    # CrossEntropy does the same, but takes the logits, which are what goes into the softmax.
    network = Network(layers[:-1])
    loss = CrossEntropy()
    by_class = loss.forward(network.forward(inputs), labels)
    print(f"loss by hand {by_hand:.6f}, by CrossEntropy {by_class:.6f}")
    print(f"a uniform guess among ten classes has a loss of log 10 = {math.log(10):.6f}")

    # 3. Backward: the gradient runs through the layers in the opposite order. An optimizer then
    #    moves every parameter a little against its gradient.
    optimizer = Sgd(network.parameters, network.weight_count, momentum=0.9)
    for step in range(1, 11):
        value = loss.forward(network.forward(inputs), labels)
        network.backward(loss.backward())
        optimizer.step(network.gradients, learning_rate=0.1)
        print(f"step {step:2}  loss {value:.4f}")
    predictions = network.forward(inputs).argmax(axis=1)
    print(f"correct afterwards: {(predictions == labels).sum()} of {len(labels)}")


if __name__ == "__main__":
    main()
