// Filters that replace each value by one of, or a mean of, the values around it.
//
// Gaussians, minima and maxima are taken along columns and then along rows, which comes to the same
// as in two dimensions. Beyond the border a picture goes on: mirrored ("reflect": c b a a b c), or
// with its outermost values ("nearest": a a a a b c).

import { transposed } from "./picture.js";

/**
 * Return the picture blurred by a Gaussian.
 *
 * @param {number} sigma its standard deviation in pixels.
 * @param {number[]} derivatives for columns and for rows: 0 for the Gaussian, 1 for its derivative.
 */
export function gaussian(picture, sigma, mode = "reflect", derivatives = [0, 0]) {
  const reach = Math.floor(4 * sigma + 0.5); // what lies further away hardly counts
  return [0, 1].reduce((blurred, axis) => {
    const kernel = gaussianKernel(sigma, reach, derivatives[axis]);
    const weigh = (line, out) => correlate(line, out, kernel, derivatives[axis] ? -1 : 1);
    return alongLines(blurred, axis, { before: reach, after: reach, mode }, weigh);
  }, picture);
}

/** Return how steep a picture is at each point, per pixel, once a Gaussian has blurred it. */
export function gradientMagnitude(picture, sigma) {
  const { height, width } = picture;
  const down = gaussian(picture, sigma, "reflect", [1, 0]).data;
  const across = gaussian(picture, sigma, "reflect", [0, 1]).data;
  const data = new Float64Array(down.length);
  for (let at = 0; at < data.length; at++) data[at] = Math.sqrt(down[at] ** 2 + across[at] ** 2);
  return { height, width, data };
}

/** Return the largest value in a square window of `size` pixels around each point. */
export function maximumFilter(picture, size, mode = "reflect") {
  return extremeFilter(picture, size, mode, 1);
}

/** Return the smallest value in a square window of `size` pixels around each point. */
export function minimumFilter(picture, size, mode = "reflect") {
  return extremeFilter(picture, size, mode, -1);
}

/** Return the median of a square window of `size` pixels around each point. */
export function medianFilter(picture, size, mode = "reflect") {
  return size === 3 ? medianOfNine(picture, mode) : medianOfWindow(picture, size, mode);
}

/**
 * Return the median of the nine pixels around each point.
 *
 * With each column of three sorted, it is the median of the largest low one, the median of the
 * middle ones, and the smallest high one (Smith, Implementing median filters in XC4000E FPGAs,
 * 1996). A column is sorted once for the three windows that it is in.
 */
function medianOfNine({ height, width, data }, mode) {
  const rows = placesBeyond(height, 1, 1, mode);
  const columns = placesBeyond(width, 1, 1, mode);
  const [low, mid, high] = [0, 1, 2].map(() => new Float64Array(columns.length));
  const result = new Float64Array(data.length);
  for (let row = 0; row < height; row++) {
    const [upper, here, under] = [rows[row] * width, rows[row + 1] * width, rows[row + 2] * width];
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      const a = data[upper + column];
      const b = data[here + column];
      const c = data[under + column];
      low[at] = Math.min(a, b, c);
      mid[at] = middleOf(a, b, c);
      high[at] = Math.max(a, b, c);
    }
    for (let at = 0; at < width; at++) {
      const lows = Math.max(low[at], low[at + 1], low[at + 2]);
      const mids = middleOf(mid[at], mid[at + 1], mid[at + 2]);
      const highs = Math.min(high[at], high[at + 1], high[at + 2]);
      result[row * width + at] = middleOf(lows, mids, highs);
    }
  }
  return { height, width, data: result };
}

/** Return the middle one of three numbers. */
function middleOf(a, b, c) {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/**
 * Return the median of a window of any size.
 *
 * While the window moves along a row, its values stay sorted: one column leaves, one comes in
 * (Huang et al., A fast two-dimensional median filtering algorithm, 1979).
 */
function medianOfWindow(picture, size, mode) {
  const { height, width, data } = picture;
  const before = size >> 1;
  const rows = placesBeyond(height, before, size - 1 - before, mode);
  const columns = placesBeyond(width, before, size - 1 - before, mode);
  const window = new Float64Array(size * size);
  const middle = (size * size) >> 1;
  const result = new Float64Array(data.length);
  for (let row = 0; row < height; row++) {
    let count = 0;
    for (let column = 0; column < columns.length; column++) {
      for (let down = 0; down < size; down++) {
        const start = rows[row + down] * width;
        if (column >= size) removeSorted(window, count--, data[start + columns[column - size]]);
        insertSorted(window, count++, data[start + columns[column]]);
      }
      if (column >= size - 1) result[row * width + column - size + 1] = window[middle];
    }
  }
  return { height, width, data: result };
}

/** Return the weights of a Gaussian, or of its derivative, from −reach to reach pixels. */
function gaussianKernel(sigma, reach, derivative) {
  const variance = sigma * sigma;
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, at) => at - reach);
  const bell = offsets.map((x) => Math.exp((-0.5 / variance) * x ** 2));
  const sum = bell.reduce((total, value) => total + value, 0);
  // The derivative of exp(−x²/2σ²) is itself times −x/σ²; mirrored, as the kernel looks both ways.
  const slope = (x) => (derivative ? x / variance : 1);
  return Float64Array.from(bell, (value, at) => slope(offsets[at]) * (value / sum));
}

/**
 * Fill `out` with the weighted sums of `line` under a kernel that is `sign` times its own mirror
 * image, so that the two values at the same distance share one weight.
 */
function correlate(line, out, kernel, sign) {
  const reach = (kernel.length - 1) >> 1;
  for (let at = 0; at < out.length; at++) {
    const middle = at + reach;
    let sum = line[middle] * kernel[reach];
    for (let away = reach; away > 0; away--) {
      sum += (line[middle - away] + sign * line[middle + away]) * kernel[reach - away];
    }
    out[at] = sum;
  }
}

function extremeFilter(picture, size, mode, sign) {
  const before = size >> 1;
  const beyond = { before, after: size - 1 - before, mode };
  const forward = new Float64Array(Math.max(picture.height, picture.width) + size - 1);
  const backward = new Float64Array(forward.length);
  const slide = (line, out) => slidingExtreme(line, out, size, sign, forward, backward);
  return alongLines(alongLines(picture, 0, beyond, slide), 1, beyond, slide);
}

/**
 * Fill `out` with the largest value (`sign` 1) or smallest (−1) of `size` ones from each on.
 *
 * Blocks of `size` values are run through forwards and backwards; a window is the end of one block
 * and the beginning of the next, so that its width costs nothing (van Herk, A fast algorithm for
 * local minimum and maximum filters, 1992).
 */
function slidingExtreme(line, out, size, sign, forward, backward) {
  const length = out.length + size - 1;
  for (let at = 0; at < length; at++) {
    const value = sign * line[at];
    forward[at] = at % size && forward[at - 1] > value ? forward[at - 1] : value;
  }
  for (let at = length - 1; at >= 0; at--) {
    const value = sign * line[at];
    const last = at % size === size - 1 || at === length - 1;
    backward[at] = !last && backward[at + 1] > value ? backward[at + 1] : value;
  }
  for (let at = 0; at < out.length; at++) {
    out[at] = sign * Math.max(backward[at], forward[at + size - 1]);
  }
}

/**
 * Run a one-dimensional filter over each column (`axis` 0) or row (1).
 *
 * @param {{before, after, mode}} beyond how far the lines are continued at their ends, and how.
 * @param {function(Float64Array, Float64Array)} filter fills its second argument, as long as the
 *   line, from the first, the line with its continuation.
 */
function alongLines(picture, axis, beyond, filter) {
  if (axis === 0) return transposed(alongLines(transposed(picture), 1, beyond, filter));
  const { height, width, data } = picture;
  const places = placesBeyond(width, beyond.before, beyond.after, beyond.mode);
  const line = new Float64Array(places.length);
  const result = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    for (let at = 0; at < line.length; at++) line[at] = data[start + places[at]];
    filter(line, result.subarray(start, start + width));
  }
  return { height, width, data: result };
}

/** Return for each place on a line, and before and after it, where its value is taken from. */
function placesBeyond(length, before, after, mode) {
  return Int32Array.from({ length: before + length + after }, (_, number) => {
    const at = number - before;
    if (mode === "nearest") return Math.min(Math.max(at, 0), length - 1);
    const turn = ((at % (2 * length)) + 2 * length) % (2 * length);
    return turn < length ? turn : 2 * length - 1 - turn;
  });
}

/** Return the place of the first of `count` sorted values that is not below `value`. */
function placeInSorted(sorted, count, value) {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertSorted(sorted, count, value) {
  const place = placeInSorted(sorted, count, value);
  for (let at = count; at > place; at--) sorted[at] = sorted[at - 1];
  sorted[place] = value;
}

function removeSorted(sorted, count, value) {
  for (let at = placeInSorted(sorted, count, value); at < count - 1; at++) {
    sorted[at] = sorted[at + 1];
  }
}
