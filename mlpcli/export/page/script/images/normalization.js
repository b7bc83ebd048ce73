// Is an image as MNIST's makers left theirs? As mlpcli/images/normalization.py.

import { greyLevels } from "./picture.js";

/**
 * Tell whether an image is 28×28, boxed and centred, so that it needs no preprocessing.
 *
 * The longer side of a digit in MNIST is 20 pixels, or 19 where a row of the box came out black,
 * and its centre of mass is in the middle; or else its box lies at the border.
 *
 * @param picture light on dark.
 */
export function isNormalized(picture, { normalization }) {
  const { side, box } = normalization;
  if (picture.height !== side || picture.width !== side) return false;
  const rows = new Float64Array(side);
  const columns = new Float64Array(side);
  greyLevels(picture).forEach((level, at) => {
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
