"""Small valid files of every format, made by code: synthetic drawings and tiny networks only."""

import gzip
import io
import json
import os
import pickle
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import numpy as np
import PIL.features
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from pyarrow import parquet

from mlpcli.config import Config, load_config, plain, shipped_configs, to_yaml
from mlpcli.datasets import Dataset, Drawing, Split
from mlpcli.datasets.catalogue import SOURCES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from mlpcli.datasets.dataset import fingerprint
from mlpcli.datasets.disk_cache import Origin, read_through
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.selection import open_configured
from mlpcli.datasets.synthetic.drawing import open_synthetic
from mlpcli.export.exported import Exported
from mlpcli.export.safetensors_file import safetensors_bytes
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.runs.directory import Run
from mlpcli.training.ending import write_ending
from mlpcli.training.saving import save
from mlpcli.training.trainer import Trainer
from mlpcli.utils.outputs import PAGE
from tests.fuzz.directories import FOLDER, KEY, Member, pack, pack_folder, split
from tests.support.callbacks import EachStep
from tests.support.checkpoints import metadata_of, rewrite
from tests.support.checkpoints import write as write_checkpoint
from tests.support.formats import write_folder
from tests.support.glyphs import draw_digit
from tests.support.photos import deep_heic, heic

SIDE = 28
COUNT = 6
LETTERS = "emnist-letters"
EMNIST_IMAGES, EMNIST_LABELS = (
    SOURCES[LETTERS].files(LETTERS)[name] for name in (TRAIN_IMAGES, TRAIN_LABELS)
)
Seeds = dict[str, bytes]


@cache
def dataset(side: int) -> Dataset:
    """Return a few drawings of three classes, (COUNT, side, side)."""
    drawn = [draw_digit(n % 3, size=56).resize((side, side)) for n in range(COUNT)]
    split = Split(np.stack([np.asarray(one) for one in drawn]), np.arange(COUNT) % 3)
    return Dataset(
        name="drawn",
        train=split,
        validation=split,
        test=split,
        classes=tuple("012"),
        preprocessing="digit" if side == SIDE else "scale",
        fingerprint=fingerprint(split),
    )


def make_trainer(side: int, classes: int = 3, **model: Any) -> Trainer:
    """Return a training that is about to begin."""
    values = {
        "model": {"layers": (side * side, 2, classes), **model},
        "training": {
            "epochs": 2,
            "batch_size": 3,
            "optimizer": {"name": "adam"},
            "weight_average": 0.9,
        },
    }
    named = replace(dataset(side), classes=tuple(map(str, range(classes))))
    return Trainer(Config.model_validate(values), named)


def _weights(side: int, *, resume: bool, steps: int | None = None, **model: Any) -> bytes:
    """Return the weights of a training that has ended, be it after so many steps."""
    trainer = make_trainer(side, **model)

    def on_step(_images: int, _loss: float) -> None:
        if trainer.step == steps:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        list(trainer.epochs([EachStep(on_step)]))
    arrays = trainer.state_dict()[0] if resume else trainer.predicting_arrays
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weights.npz"
        metadata = trainer.metadata().to_json()
        epochs = [
            epoch | {"images_per_second": 1.0, "seconds": 1.0} for epoch in metadata["history"]
        ]
        metadata["under_way"]["seconds"] = 1.0
        write_checkpoint(path, arrays, metadata | {"history": epochs})
        return path.read_bytes()


def _of_many_digits(side: int) -> bytes:
    """Return weights that say that they were trained on millions of drawn digits."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "weights.npz"
        path.write_bytes(_weights(side, resume=False))
        data = {"name": "synthetic", "train": 2_000_000, "test": 2_000_000, "validation": 0}
        rewrite(path, {}, config=metadata_of(path)["config"] | {"data": data})
        return path.read_bytes()


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def _npz(images: NDArray[Any], *, pack: bool = False, label_type: str = "int64") -> bytes:
    labels = dataset(2).train.labels.astype(label_type)
    stream = io.BytesIO()
    save = np.savez_compressed if pack else np.savez
    save(stream, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return stream.getvalue()


def _pickled(protocol: int, *, pack: bool = True, levels: int = 0) -> bytes:
    images = dataset(2).train.images
    rows = (images.reshape(COUNT, -1) / levels).astype(np.float32) if levels else images
    pairs = ((rows, dataset(2).train.labels),) * 3
    content = pickle.dumps(pairs, protocol=protocol)
    return _packed(content) if pack else content


def idx_parts(*, without: str = "") -> Seeds:
    """Return four IDX files by name, or three of them."""
    with TemporaryDirectory() as folder:
        small = dataset(2)
        write_folder(Path(folder), replace(small, validation=small.train[:0]), compress=False)
        files = sorted(Path(folder).iterdir())
        return {path.name: path.read_bytes() for path in files if path.name != without}


def emnist_parts(*, without: str = "") -> Seeds:
    """Return the same files as EMNIST's letters have them, or three of them."""
    names, parts = SOURCES[LETTERS].files(LETTERS), idx_parts()
    for name in (TRAIN_LABELS, TEST_LABELS):  # which begin with 1
        header, labels = parts[name][:8], parts[name][8:]
        parts[name] = header + bytes(label + 1 for label in labels)
    return {names[name]: parts[name] for name in parts if names[name] != without}


def _drawing(mode: str, kind: str, **options: Any) -> bytes:
    picture = draw_digit(3, size=32)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    elif mode == "1":
        picture = picture.point(lambda grey: 255 * (grey > 127)).convert("1")
    else:
        picture = picture.convert(mode)
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _weights_seeds(*, resume: bool) -> Seeds:
    make = partial(_weights, resume=resume)
    if resume:
        return {"plain": make(2), "in-mid-epoch": make(2, steps=3)}
    return {
        "scale": make(2),
        "digit": make(SIDE),
        "norm": make(2, batch_norm=True),
        "classes": make(2, classes=150),
        "many-classes": make(2, classes=2500),
        "digits": _of_many_digits(2),
    }


def _exported_seeds() -> Seeds:
    """Return what `mlp export` writes of one network and of several."""
    made = {"plain": ("scale",), "folded": ("norm",), "several": ("scale", "norm")}
    weights, own = _weights_seeds(resume=False), {}
    with TemporaryDirectory() as folder:
        for name, kinds in made.items():
            paths = [Path(folder) / f"{kind}.npz" for kind in kinds]
            for path in paths:
                path.write_bytes(weights[path.stem])
            if name == "plain":  # one that knows outliers
                rewrite(paths[0], {}, outlier_threshold=0.5, temperature=1.5)
            checkpoints = [load_checkpoint(path) for path in paths]
            exported = Exported.of(Classifier.of(checkpoints), checkpoints)
            own[name] = safetensors_bytes(exported, checkpoints)
    return own


def _npz_seeds() -> Seeds:
    images = dataset(2).train.images
    return {
        "stored": _npz(images),
        "deflated": _npz(images, pack=True),
        "floats": _npz(images / 255, label_type=">u2"),
        "rows": _npz(images.reshape(COUNT, -1), pack=True, label_type="int8"),
        "fortran": _npz(np.asfortranarray(images)),
    }


def _pickle_seeds() -> Seeds:
    plain = {f"plain-{protocol}": _pickled(protocol, pack=False) for protocol in (0, 2, 4, 5)}
    return plain | {"gzip-2": _pickled(2, levels=256), "gzip-5": _pickled(5, levels=255)}


def _csv_seeds() -> Seeds:
    """Return tables of 2×2 images in every form that is read."""
    small = dataset(2).train
    pixels = small.images.reshape(COUNT, -1).tolist()
    rows = [[label, *row] for label, row in zip(small.labels, pixels, strict=True)]
    named = [["label", "a", "b", "c", "d"], *rows]
    plain = _table(rows)
    return {
        "plain": plain,
        "named": _table(named),
        "gzip": _packed(_table(named)),
        "quoted": _table([[f'"{cell}"' for cell in row] for row in named]),
        "semicolons": b"\xef\xbb\xbf" + _table(named, ";", "\r\n"),
        "tabs": _table(named, "\t", "\r"),
        "floats": _table([[row[0], *(f"{level / 255:.4f}" for level in row[1:])] for row in rows]),
        "texts": _table(
            [["id", *named[0]], *([n, f"c{r[0]}", *r[1:]] for n, r in enumerate(rows))]
        ),
        "last": _table([[*row[1:], row[0]] for row in named]),
        "unlabelled": _table([row[1:] for row in named]),
        "larger": _table([range(17), *([row[0], *row[1:] * 4] for row in rows)]),
    }


def _rows_seeds() -> Seeds:
    """Return the tables whose images have four pixels."""
    return {name: data for name, data in _csv_seeds().items() if name != "larger"}


def _table(rows: list[Any], separator: str = ",", end: str = "\n") -> bytes:
    return "".join(f"{separator.join(map(str, row))}{end}" for row in rows).encode()


def _parquet_seeds() -> Seeds:
    """Return tables of pictures, packed in every usual way."""
    texts = pa.array(["abc"[label] for label in dataset(2).train.labels])
    return {
        "hugging-face": _parquet(),
        "plain": _parquet(compression="none", use_dictionary=False),
        "gzip": _parquet(compression="gzip", data_page_version="2.0", row_group_size=2),
        "zstd": _parquet(compression="zstd", data_page_size=1, write_page_index=True),
        "lz4": _parquet(compression="lz4", write_page_checksum=True),
        "brotli": _parquet(compression="brotli", store_schema=False),
        "texts": _parquet(texts, compression="none"),
        "deltas": _parquet(
            use_dictionary=False,
            column_encoding={
                "image.bytes": "DELTA_LENGTH_BYTE_ARRAY",
                "label": "DELTA_BINARY_PACKED",
            },
        ),
    }


def _parquet(labels: Any = None, **options: Any) -> bytes:
    small, stream = dataset(2).train, io.BytesIO()
    pictures = []
    for image in small.images:
        picture = io.BytesIO()
        Image.fromarray(image).save(picture, "PNG")
        pictures.append({"bytes": picture.getvalue(), "path": "x.png"})
    features = {"label": {"names": ["a", "b", "c"], "_type": "ClassLabel"}}
    table = pa.table(
        {"image": pictures, "label": small.labels if labels is None else labels}
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    parquet.write_table(table, stream, **options)
    return stream.getvalue()


def _idx_seeds(parts: Callable[[], Seeds], name: str) -> Seeds:
    content = parts()[name]
    return {"plain": content, "gzip": _packed(content)}


def _png_seeds() -> Seeds:
    modes = ("1", "L", "P", "LA", "RGB", "RGBA", "I;16")
    own = {mode.replace(";", ""): _drawing(mode, "PNG") for mode in modes}
    texts = PngInfo()
    texts.add_text("Comment", "x" * 300)
    texts.add_text("Packed", "x" * 300, zip=True)
    texts.add_itxt("Title", "x" * 300, "en", "Title", zip=True)
    return own | {
        "named": _drawing("P", "PNG", transparency=0, dpi=(72, 72)),
        "texts": _drawing("L", "PNG", pnginfo=texts),
    }


def _picture_seeds() -> Seeds:
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation
    kinds = ("JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")
    own = {kind.lower(): _drawing("L", kind) for kind in kinds}
    packings = ("tiff_lzw", "packbits", "tiff_adobe_deflate")
    tiffs = {kind: _drawing("RGB", "TIFF", compression=kind) for kind in packings}
    return {
        **own,
        **tiffs,
        "turned": _drawing("RGB", "JPEG", exif=turned),
        "progressive": _drawing("RGB", "JPEG", progressive=True),
        "printer": _drawing("CMYK", "JPEG"),
        "lossless": _drawing("RGBA", "WEBP", lossless=True),
        "deep": _drawing("I;16", "TIFF"),
        "bits": _drawing("1", "TIFF", compression="group4"),
        "bitmap": _drawing("P", "BMP"),
        **_commented_seeds(),
    }


def _heic_seeds() -> Seeds:
    """Return photos as telephones take them, HEIC and AVIF."""
    digit, profile = (
        draw_digit(3, size=32),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
    )
    deep = np.asarray(digit.convert("RGB")).astype(np.uint16) * 257
    own = {
        "photo": heic(digit),
        "turned": heic(digit, 6, tile_size=0),
        "tiles": heic(draw_digit(3, size=160), tile_size=64),
        "alpha": heic(digit.convert("RGBA")),
        "thumbnail": heic(draw_digit(3, size=64), thumbnails=[16]),
        "profile": heic(digit, icc_profile=profile.tobytes(), icc_profile_type="prof"),
        "texts": heic(digit, xmp=b"<x/>" * 50),
        "deep": deep_heic(deep),
    }
    modes = ("L", "RGB", "RGBA") if PIL.features.check("avif") else ()
    return own | {f"avif-{mode}": _drawing(mode, "AVIF", speed=9) for mode in modes}


def _commented_seeds() -> Seeds:
    """Return pictures with comments, spaces and other parts that hold no pixels."""
    jpeg = _drawing("L", "JPEG", comment=b"x" * 300)
    segment = b"\xff\xe5" + (302).to_bytes(2, "big") + b"x" * 300
    ppm = _drawing("L", "PPM")
    numbers = " ".join(map(str, ppm[-32 * 32 :]))
    return {
        "segments": jpeg[:2] + segment * 3 + jpeg[2:],
        "gif-comment": _drawing("L", "GIF", comment=b"x" * 600),
        "ppm-comment": ppm[:3] + b"# comment\n" * 3 + b" " * 30 + ppm[3:],
        "plain": f"P2\n# comment\n32 32\n255\n# more\n{numbers}\n".encode(),
        "webp-parts": _drawing("RGB", "WEBP", exif=b"Exif\0\0II*\0" + bytes(9), xmp=b"<x/>" * 50),
    }


def _yaml_seeds() -> Seeds:
    own = {name: path.read_bytes() for name, path in shipped_configs().items()}
    assert all(load_config(name) for name in own)
    return own | {
        "flow": b"model: {layers: [784, 10]}\ntraining: {epochs: 3}\n",
        "words": b"data: {name: mnist}\nmodel: &m\n  layers: [784, 30, 10]\nseed: 1e-3\n",
        "dots": b"model" + b".a" * 5000 + b": 1\ntraining: {epochs" + b"." * 5000 + b": 1}\n",
    }


DATA = "data.npz"  # beside a directory


def data_file() -> Seeds:
    """Return the data set of runs and copies, by name."""
    return {DATA: _npz_seeds()["stored"]}


_RUN = f"""
data: {{path: '{FOLDER.decode()}/{DATA}', validation: 2}}
model: {{layers: [4, 2, 3]}}
training: {{epochs: 2, batch_size: 3, optimizer: {{name: adam}}, weight_average: 0.9}}
"""


def _run(folder: Path, *, steps: int | None, options: bool = False) -> bytes:
    """Return the directory of a run that has ended, be it after so many steps."""
    (folder / DATA).write_bytes(data_file()[DATA])
    (folder / "c.yaml").write_text(_RUN.replace(FOLDER.decode(), str(folder)))
    with mock.patch.dict(os.environ, {"MLP_DATA": ""}):  # the same files on every machine
        config = load_config(str(folder / "c.yaml"))
    trainer = Trainer(config, open_configured(config.data))
    run = Run(folder / "run")
    run.directory.mkdir()
    run.write_config(to_yaml(config))

    def on_step(_images: int, _loss: float) -> None:
        if trainer.step == steps:
            save(trainer, run, is_best=False)
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        for _ in trainer.epochs([EachStep(on_step)]):
            save(trainer, run, is_best=trainer.best_epoch == trainer.epochs_done)
    if steps is None:
        write_ending(trainer, run)
    if options:
        run.report.write_bytes(PAGE.sealed(b"<!doctype html>"))
        run.tensorboard.mkdir()
        (run.tensorboard / "events.out.tfevents.1700000000000000000").write_bytes(b"old")
    for path in (run.config, run.result):
        if path.exists():
            path.write_bytes(path.read_bytes().replace(os.fsencode(folder), FOLDER))
    return pack_folder(run.directory)


def _run_seeds() -> Seeds:
    made = {}
    for name, steps in {"begun": 0, "in-mid-epoch": 1, "one-epoch": 3, "ended": None}.items():
        with TemporaryDirectory() as folder:
            made[name] = _run(Path(folder), steps=steps, options=name == "one-epoch")
    return made


_SPACE = """
space:
  training.optimizer.learning_rate: {choice: [0.001, 0.002]}
  model.layers[1]: {choice: [2]}
seeds: [0, 1]
"""


def _sweep_seeds() -> Seeds:
    with TemporaryDirectory() as folder:
        packed = split(_run(Path(folder), steps=None))
        run = [each for each in packed if each.name not in ("config.yaml", "result.json")]
        with mock.patch.dict(os.environ, {"MLP_DATA": ""}):
            config = plain(load_config(Path(folder) / "c.yaml"))
    (text,) = (each.content for each in packed if each.name == "config.yaml")
    inline = b"".join(b"  " + line for line in text.splitlines(keepends=True))
    sweep = Member("sweep.yaml", "file", b"config:\n" + inline + _SPACE.encode())
    config["data"] |= {"path": FOLDER.decode() + "/" + DATA, "root": FOLDER.decode()}
    trials = []
    for number in range(2):
        rate = 0.001 * (number + 1)
        config["training"]["optimizer"]["learning_rate"] = rate
        own = text.replace(b"learning_rate: 0.001", f"learning_rate: {rate}".encode())
        result = {
            "state": "done",
            "reason": None,
            "ended": "2026-11-27T12:00:00Z",
            "data": DATA,
            "layers": [4, 2, 3],
            "epochs": 2,
            "seconds": 0.5,
            "validation_accuracy": 0.5,
            "validation_loss": 1.0,
            "test_accuracy": 0.5,
            "config": config,
        }
        files = [
            *run,
            Member("config.yaml", "file", own),
            Member("result.json", "file", json.dumps(result).encode()),
        ]
        trials += [replace(each, name=f"trial-000{number}/{each.name}") for each in files]
    names = ["trial-0000/best.npz", "trial-0001/best.npz"]
    listed = Member("committee.json", "file", json.dumps(names).encode())
    tempered = json.dumps({"weights": names, "temperature": 0.9}).encode()
    begun = [sweep, *(each for each in trials if not each.name.endswith("result.json"))]
    return {
        "whole": pack([sweep, listed, *trials]),
        "begun": pack([*begun, listed]),
        "tempered": pack([sweep, replace(listed, content=tempered), *trials]),
        "gathered": pack(trials),
    }


def draw_few() -> Dataset:
    """Draw nine digits, or take them from the cache."""
    with mock.patch("mlpcli.datasets.synthetic.drawing.BLOCK", 4):
        return open_synthetic(Drawing(9, 1), 0)


def _copy_with_names(path: Path) -> None:
    """Put a copy of an archive into the cache whose images have names, as pictures have."""
    content = read_npz(path)
    train, test = (
        replace(split, names=[f"cat/{index}.png" for index in range(len(split))])
        for split in (content.train, content.test)
    )
    read_through(Origin("npz", [path]), lambda: replace(content, train=train, test=test))


def _cache_seeds() -> Seeds:
    with TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"MLP_CACHE": folder}):
        (Path(folder) / DATA).write_bytes(data_file()[DATA])
        _copy_with_names(Path(folder) / DATA)
        draw_few()
        files = pack_folder(Path(folder) / "mlpcli-cache")
    members = [
        replace(each, name=re.sub("datasets/[^/]*", f"datasets/{KEY}", f"mlpcli-cache/{each.name}"))
        for each in split(files)
    ]
    return {"copy": pack(members), "empty": pack(members[:1])}


def seeds(name: str) -> Seeds:
    """Return files of a format by a word that says what is special about them."""
    makers: dict[str, Callable[[], Seeds]] = {
        "weights": partial(_weights_seeds, resume=False),
        "resume": partial(_weights_seeds, resume=True),
        "safetensors": _exported_seeds,
        "npz": _npz_seeds,
        "pickle": _pickle_seeds,
        "csv": _csv_seeds,
        "rows": _rows_seeds,
        "heic": _heic_seeds,
        "parquet": _parquet_seeds,
        "idx-images": partial(_idx_seeds, idx_parts, TRAIN_IMAGES),
        "idx-labels": partial(_idx_seeds, idx_parts, TRAIN_LABELS),
        "emnist-images": partial(_idx_seeds, emnist_parts, EMNIST_IMAGES),
        "emnist-labels": partial(_idx_seeds, emnist_parts, EMNIST_LABELS),
        "png": _png_seeds,
        "picture": _picture_seeds,
        "yaml": _yaml_seeds,
        "run": _run_seeds,
        "sweep": _sweep_seeds,
        "cache": _cache_seeds,
    }
    return makers[name]()
