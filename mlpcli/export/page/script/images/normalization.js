// Is an image as MNIST's makers left theirs? As mlpcli/images/normalization.py.

import { greyLevels } from "./picture.js";

/**
 * Return the grey levels of a picture, or of its negative, that is as MNIST's images; null if
 * neither is.
 *
 * @returns {{height, width, data: Uint8Array}} light on dark.
 */
export function normalizedImage(grey, { normalization }) {
  const { height, width } = grey;
  if (height !== normalization.side || width !== normalization.side) return null;
  const levels = greyLevels(grey);
  for (const data of [levels, levels.map((level) => 255 - level)]) {
    if (isNormalized(data, normalization)) return { height, width, data };
  }
  return null;
}

/**
 * Tell whether an image of 28×28 is boxed and centred, so that it needs no preprocessing.
 *
 * The longer side of a digit in MNIST is 20 pixels, or 19 where a row of the box came out black,
 * and its centre of mass is in the middle; or else its box lies at the border.
 *
 * @param {Uint8Array} levels light on dark.
 */
function isNormalized(levels, normalization) {
  const { side, box } = normalization;
  const rows = new Float64Array(side);
  const columns = new Float64Array(side);
  levels.forEach((level, at) => {
    rows[Math.floor(at / side)] += level;
    columns[at % side] += level;
  });
  const ends = [rows, columns].map((ink) => inkedSpan(ink, normalization));
  const longer = Math.max(...ends.map(({ first, last }) => last - first)) + 1;
  return ends.every(({ fits }) => fits) && longer >= box - 1 && longer <= box;
}

/** Return the first and last inked row, or column, and whether the ink is centred in it. */
function inkedSpan(ink, { side, box, centre, rounding }) {
  const mass = ink.reduce((sum, value) => sum + value, 0);
  const moment = ink.reduce((sum, value, at) => sum + value * at, 0);
  const off = moment / Math.max(mass, 1) - centre;
  const first = Math.max(ink.findIndex((value) => value > 0), 0);
  const last = mass ? ink.findLastIndex((value) => value > 0) : side - 1;
  const atBorder = off < 0 ? first >= side - box : last < box;
  return { first, last, fits: atBorder || Math.abs(off) <= rounding };
}
