"""Arrays on their way between tests and the page's JavaScript modules."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:  # most tests need no browser
    from tests.support.browser import Watched

_KINDS = {"Float64Array": "float64", "Uint8Array": "uint8", "Int32Array": "int32"}
_CODE = """
const kinds = { Float64Array, Uint8Array, Int32Array };
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const textOf = ({ buffer, byteOffset, byteLength }) => {
  let text = "";
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
};
const unpack = ({ kind, height, width, text }) => (
  { height, width, data: new kinds[kind](bytesOf(text).buffer) }
);
const pack = ({ height, width, data }) => (
  { kind: data.constructor.name, height, width, text: textOf(data) }
);
"""


def pack(array: ArrayLike) -> dict[str, Any]:
    """Return a (height, width) or (height, width, channels) array for `unpack` in JavaScript."""
    given = np.asarray(array)
    given = given.astype(np.uint8) if given.dtype == bool else given
    kind = next(name for name, known in _KINDS.items() if known == given.dtype)
    text = base64.b64encode(np.ascontiguousarray(given).tobytes()).decode()
    return {"kind": kind, "height": given.shape[0], "width": given.shape[1], "text": text}


def unpack(packed: dict[str, Any]) -> NDArray[Any]:
    """Return the (height, width) array of what `pack` in JavaScript returned."""
    content = base64.b64decode(packed["text"])
    return np.frombuffer(content, _KINDS[packed["kind"]]).reshape(packed["height"], packed["width"])


def run(watched: Watched, code: str, argument: Any = None) -> Any:
    """Run code as `Watched.run` does, with `pack` and `unpack` for pictures and masks."""
    return watched.run(_CODE + code, argument)


def call(  # a call and where it happens
    watched: Watched, module: str, function: str, picture: ArrayLike, *others: Any
) -> Any:
    """Call a function of a module with a picture and other arguments; return its picture."""
    code = """
        const module = await load(argument.module);
        return pack(module[argument.name](unpack(argument.picture), ...argument.others));
    """
    argument = {"module": module, "name": function, "picture": pack(picture), "others": others}
    return unpack(run(watched, code, argument))
