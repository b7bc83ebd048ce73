// Pictures of other sizes: smaller ones by averaging areas, larger ones by interpolation.

import { emptyPicture, padded, roundHalfEven, transposed } from "./picture.js";

/** Resample a picture: each new pixel is the mean of the area that it covers. */
export function resize(picture, height, width) {
  return transposed(averagedRows(transposed(averagedRows(picture, height)), width));
}

/** Return `height` rows, each the mean of the old rows that it covers, in whole or in part. */
function averagedRows(picture, height) {
  const { width, data } = picture;
  const old = picture.height;
  const result = emptyPicture(height, width);
  for (let row = 0; row < height; row++) {
    const start = row * (old / height); // measured in old rows
    const end = (row + 1) * (old / height);
    for (let covered = Math.floor(start); covered < end; covered++) {
      const shared = Math.min(end, covered + 1) - Math.max(start, covered);
      const weight = shared * (height / old);
      const from = Math.min(covered, old - 1) * width; // rounding may lead behind the last row
      for (let column = 0; column < width; column++) {
        result.data[row * width + column] += weight * data[from + column];
      }
    }
  }
  return result;
}

/** Average a picture down until its longer side has at most `most` pixels. */
export function shrink(picture, most) {
  const share = most / Math.max(picture.height, picture.width);
  if (share >= 1) return picture;
  const [height, width] = [picture.height, picture.width].map((side) =>
    Math.max(1, roundHalfEven(side * share)),
  );
  return resize(picture, height, width);
}

/**
 * Enlarge a picture smoothly, by a whole factor, to a longer side of at least `pixels`.
 *
 * The values stand in the middle of their pixels, and between four of them each changes evenly
 * (bilinear interpolation). A frame of zeros is added first, so that the edges fade out.
 */
export function enlarge(picture, pixels) {
  const factor = Math.ceil(pixels / Math.max(picture.height, picture.width));
  if (factor <= 1) return picture;
  const framed = padded(picture, 2); // by a frame of one, and what is zero beyond it
  const rows = placesBetween(picture.height + 2, factor);
  const columns = placesBetween(picture.width + 2, factor);
  const large = emptyPicture(rows.first.length, columns.first.length);
  for (let row = 0; row < large.height; row++) {
    const upper = (rows.first[row] + 1) * framed.width + 1;
    const lower = upper + framed.width;
    const above = 1 - rows.part[row];
    const below = 1 - above;
    for (let column = 0; column < large.width; column++) {
      const left = columns.first[column];
      const before = 1 - columns.part[column];
      const after = 1 - before;
      let sum = framed.data[upper + left] * above * before;
      sum += framed.data[upper + left + 1] * above * after;
      sum += framed.data[lower + left] * below * before;
      sum += framed.data[lower + left + 1] * below * after;
      large.data[row * large.width + column] = sum;
    }
  }
  return large;
}

/** Return for each new place the old one before it, −1 at the start, and how far it lies behind. */
function placesBetween(side, factor) {
  const exact = Float64Array.from(
    { length: side * factor },
    (_, at) => (at + 0.5) * (side / (side * factor)) - 0.5,
  );
  const first = Int32Array.from(exact, Math.floor);
  return { first, part: exact.map((place, at) => place - first[at]) };
}
