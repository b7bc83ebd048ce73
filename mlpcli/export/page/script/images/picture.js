// What every step works on: pictures and masks, and the plainest things that are done to them.
//
// A picture is {height, width, data}, row by row, with data a Float64Array in [0, 1]. A mask has a
// Uint8Array of 0 and 1 instead, and says where something is.

/** Return a picture that is 0 everywhere. */
export function emptyPicture(height, width) {
  return { height, width, data: new Float64Array(height * width) };
}

/** Return a mask that is 0 everywhere. */
export function emptyMask(height, width) {
  return { height, width, data: new Uint8Array(height * width) };
}

/** Return the negative of a picture: 1 − its values. */
export function negative(picture) {
  const { height, width, data } = picture;
  const inverted = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== 1) inverted[at] = 1 - data[at]; // memory that stays 0 costs no time
  }
  return { height, width, data: inverted };
}

/** Return where a picture is above a limit, as a mask. */
export function above(picture, limit) {
  const { height, width, data } = picture;
  const mask = emptyMask(height, width);
  for (let at = 0; at < data.length; at++) mask.data[at] = data[at] > limit ? 1 : 0;
  return mask;
}

/** Return the opposite of a mask. */
export function inverse(mask) {
  const { height, width, data } = mask;
  const opposite = emptyMask(height, width);
  for (let at = 0; at < data.length; at++) opposite.data[at] = 1 - data[at];
  return opposite;
}

/** Return a picture where a mask is set, and 0 elsewhere. */
export function keptWhere(mask, picture) {
  const { height, width, data } = picture;
  const kept = emptyPicture(height, width);
  for (let at = 0; at < data.length; at++) if (mask.data[at]) kept.data[at] = data[at];
  return kept;
}

/** Return the values of a picture at the points of a mask, as a Float64Array. */
export function valuesWhere(mask, picture) {
  const values = new Float64Array(countOf(mask));
  let count = 0;
  for (let at = 0; at < mask.data.length; at++) {
    if (mask.data[at]) values[count++] = picture.data[at];
  }
  return values;
}

/** Return the number of points of a mask. */
export function countOf(mask) {
  let count = 0;
  for (let at = 0; at < mask.data.length; at++) count += mask.data[at];
  return count;
}

/** Return the rows from `top` to before `bottom`, and columns alike, of a picture or mask. */
export function cropped(picture, { top, bottom, left, right }) {
  const part = emptyLike(picture, bottom - top, right - left);
  copyInto(part, picture, { top: -top, left: -left });
  return part;
}

/** Return a picture or mask with `margin` rows and columns of zeros on each side. */
export function padded(picture, margin) {
  const whole = emptyLike(picture, picture.height + 2 * margin, picture.width + 2 * margin);
  copyInto(whole, picture, { top: margin, left: margin });
  return whole;
}

/** Return a picture, a mask or labels of another size, 0 everywhere. */
function emptyLike({ data }, height, width) {
  return { height, width, data: new data.constructor(height * width) };
}

/** Lay a picture on another one, its first row on row `top`; what goes beyond is cut off. */
export function copyInto(whole, picture, { top, left }) {
  const start = Math.max(0, left);
  const end = Math.min(whole.width, left + picture.width);
  const bottom = Math.min(whole.height, top + picture.height);
  for (let row = Math.max(0, top); row < bottom; row++) {
    const offset = (row - top) * picture.width - left;
    const line = picture.data.subarray(offset + start, offset + end);
    whole.data.set(line, row * whole.width + start);
  }
}

/**
 * Return a picture or mask with rows and columns exchanged.
 *
 * It is done in bands of 16 columns, so that the rows that are written to stay in the fast part of
 * the memory.
 */
export function transposed(picture) {
  const { height, width } = picture;
  const turned = emptyLike(picture, width, height);
  for (let first = 0; first < width; first += 16) {
    const last = Math.min(first + 16, width);
    for (let row = 0; row < height; row++) {
      for (let column = first; column < last; column++) {
        turned.data[column * height + row] = picture.data[row * width + column];
      }
    }
  }
  return turned;
}

/** Return a picture or mask turned by 90 degrees counter-clockwise. */
export function turnedLeft(picture) {
  const turned = transposed(picture);
  const { height, width } = turned;
  for (let row = 0; row < height >> 1; row++) {
    const upper = turned.data.slice(row * width, (row + 1) * width);
    turned.data.copyWithin(row * width, (height - 1 - row) * width, (height - row) * width);
    turned.data.set(upper, (height - 1 - row) * width);
  }
  return turned;
}

/**
 * Return the smallest rectangle around all values above a limit, or null if there are none.
 *
 * @returns {{top, bottom, left, right}} bottom and right lie one behind the last row and column.
 */
export function rectangleAbove(picture, limit) {
  const { height, width, data } = picture;
  let [top, bottom, left, right] = [height, 0, width, 0];
  for (let row = 0; row < height; row++) {
    const start = row * width;
    let first = 0;
    while (first < width && !(data[start + first] > limit)) first++;
    if (first === width) continue;
    let behind = width;
    while (!(data[start + behind - 1] > limit)) behind--;
    top = Math.min(top, row);
    bottom = row + 1;
    left = Math.min(left, first);
    right = Math.max(right, behind);
  }
  return bottom ? { top, bottom, left, right } : null;
}

/** Return a picture as whole grey levels in [0, 255], a Uint8Array. */
export function greyLevels(picture) {
  const levels = new Uint8Array(picture.data.length);
  for (let at = 0; at < levels.length; at++) levels[at] = roundHalfEven(255 * picture.data[at]);
  return levels;
}

/** Round to the nearest whole number, and a half to the even one, as Python and NumPy do. */
export function roundHalfEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}
