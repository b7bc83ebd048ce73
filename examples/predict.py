"""Read a picture, and arrays of images, with trained weights.

    python examples/predict.py
    python examples/predict.py PICTURE
    python examples/predict.py PICTURE runs/mnist

Without a picture it reads a seven that it draws, without a run it uses the weights that come with
the program.
"""

import sys

from PIL import Image, ImageDraw

import mlpcli


def draw_seven() -> Image.Image:
    """Draw a seven in dark ink on light paper."""
    picture = Image.new("L", (200, 240), 250)
    stroke = [(50, 60), (150, 55), (90, 190)]
    ImageDraw.Draw(picture).line(stroke, fill=20, width=16, joint="curve")
    return picture


def main(picture: str = "", weights: str = "bundled") -> None:
    """Print what the picture is read as, and the labels and probabilities of an array."""
    classifier = mlpcli.load(weights)
    reading = classifier.predict(picture or draw_seven())
    print(f"label {reading.name}, probability {reading.probability:.4f}")
    for name, probability in zip(classifier.classes, reading.probabilities, strict=True):
        print(f"  {name}  {probability:.4f}")
    print("warnings:", ", ".join(warning.text for warning in reading.warnings) or "none")

    # Images that look like those for training need no preprocessing: (count, 28, 28) or
    # (count, 784), as scikit-learn's classifiers take and return them.
    digits = mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=1, test=200)).test
    if classifier.classes == tuple("0123456789"):
        predictions = classifier.predict(digits.images)
        probabilities = classifier.predict_proba(digits.images)
        print(f"shape of the probabilities {probabilities.shape}")
        print(f"correct: {(predictions == digits.labels).sum()} of {len(digits)} drawn digits")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except mlpcli.MlpError as error:  # one line that says what is wrong
        sys.exit(str(error))
