"""Draw cats and dogs: a folder of pictures for each class, to try data of one's own.

    python examples/draw_pets.py pets
    mlp train --config mnist --set data.path=pets

A cat has pointed ears, a dog has hanging ones.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def draw_pet(name: str, chance: np.random.Generator) -> Image.Image:
    """Draw a noisy face of random place and size, light on dark, 128×128."""
    x, y, radius = chance.integers((50, 56, 26), (79, 81, 37))
    pet = Image.new("L", (128, 128), 20)
    draw = ImageDraw.Draw(pet)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=90)
    for side in (-1, 1):
        ear, half, top = x + side * 0.7 * radius, radius / 3, y - radius / 2
        if name == "cat":
            draw.polygon([(ear - half, top), (ear, y - 1.5 * radius), (ear + half, top)], fill=90)
        else:
            draw.ellipse((ear - half, top, ear + half, y + radius), fill=140)
    noise = chance.normal(0, 20, (128, 128))
    return Image.fromarray(np.clip(np.array(pet) + noise, 0, 255).astype(np.uint8))


def main() -> None:
    """Draw 300 of each into the folder that is named, or into pets."""
    folder, chance = Path(sys.argv[1] if sys.argv[1:] else "pets"), np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(300):
            draw_pet(name, chance).save(folder / name / f"{number}.png")


if __name__ == "__main__":
    main()
