// What is done to masks: thicken, thin, tell connected parts, measure distances.

import { emptyMask, emptyPicture, inverse } from "./picture.js";

/**
 * Return the mask with all points within `reach` pixels of it, by rows, columns and diagonals.
 *
 * @param {number} outside what lies beyond the border, 0 or 1.
 */
export function dilate(mask, reach = 1, outside = 0) {
  const { height, width } = mask;
  const wide = emptyMask(height, width);
  const thick = emptyMask(height, width);
  for (let row = 0; row < height; row++) {
    const line = { start: row * width, stride: 1, length: width };
    spreadLine(mask.data, wide.data, line, reach, outside);
  }
  for (let column = 0; column < width; column++) {
    const line = { start: column, stride: width, length: height };
    spreadLine(wide.data, thick.data, line, reach, outside);
  }
  return thick;
}

/** Return the points of a mask that are further than `reach` from what is not of it. */
export function erode(mask, reach = 1, outside = 0) {
  return inverse(dilate(inverse(mask), reach, 1 - outside));
}

/** Set the points of a line that have one set within `reach`: count those in a sliding window. */
function spreadLine(from, to, { start, stride, length }, reach, outside) {
  let count = outside * reach; // points set in the window, before it comes to the first place
  for (let at = 0; at < reach; at++) count += at < length ? from[start + at * stride] : outside;
  for (let at = 0; at < length; at++) {
    count += at + reach < length ? from[start + (at + reach) * stride] : outside;
    to[start + at * stride] = count > 0 ? 1 : 0;
    count -= at - reach >= 0 ? from[start + (at - reach) * stride] : outside;
  }
}

/**
 * Number the connected parts of a mask, in the order in which reading row by row meets them.
 *
 * Points are connected by their sides or corners. Each part is flooded from its first point.
 *
 * @returns {{height, width, data: Int32Array, count}} 0 outside, 1 to `count` inside.
 */
export function connectedParts(mask) {
  const { height, width, data } = mask;
  const labels = new Int32Array(data.length);
  let count = 0;
  for (let start = 0; start < data.length; start++) {
    if (data[start] && !labels[start]) floodPart(mask, labels, start, ++count);
  }
  return { height, width, data: labels, count };
}

/** Give a number to all points of a part: run by run, and each with the runs above and below. */
function floodPart({ height, width, data }, labels, start, number) {
  const waiting = [start]; // a point of each run that was met
  while (waiting.length) {
    const at = waiting.pop();
    if (labels[at]) continue;
    const row = Math.floor(at / width);
    let first = at;
    while (first > row * width && data[first - 1]) first--;
    let last = at;
    while (last < (row + 1) * width - 1 && data[last + 1]) last++;
    labels.fill(number, first, last + 1);
    for (const beside of [row - 1, row + 1]) {
      if (beside < 0 || beside >= height) continue;
      const away = (beside - row) * width;
      const end = Math.min(last + away + 1, (beside + 1) * width - 1);
      for (let near = Math.max(first + away - 1, beside * width); near <= end; near++) {
        if (!data[near]) continue;
        if (!labels[near]) waiting.push(near);
        while (near < end && data[near + 1]) near++; // the rest of the same run
      }
    }
  }
}

/** Return the number of points of each part, and of the rest as number 0. */
export function areasOf(labels) {
  const areas = new Float64Array(labels.count + 1);
  for (let at = 0; at < labels.data.length; at++) areas[labels.data[at]]++;
  return areas;
}

/** Return the mask of the parts whose number is chosen: `chosen[number]` is 1. */
export function partsWhere(labels, chosen) {
  const mask = emptyMask(labels.height, labels.width);
  for (let at = 0; at < mask.data.length; at++) mask.data[at] = chosen[labels.data[at]];
  return mask;
}

/**
 * Return how far each point of a mask is from the nearest point outside of it, in pixels, and 0
 * outside. At least one point must be outside.
 *
 * First along columns; then, along rows, each place x' with distance d sends a parabola
 * d² + (x − x')², and the lowest of them is the squared distance (Felzenszwalb and Huttenlocher,
 * Distance transforms of sampled functions, 2012).
 */
export function distancesInside(mask) {
  const { height, width } = mask;
  const squares = squaredDistancesDown(mask);
  const result = emptyPicture(height, width);
  const places = new Int32Array(width); // of the parabolas that are lowest somewhere
  const starts = new Float64Array(width); // where each begins to be the lowest
  for (let row = 0; row < height; row++) {
    const line = squares.subarray(row * width, (row + 1) * width);
    const count = lowestParabolas(line, places, starts);
    const inside = result.data.subarray(row * width, (row + 1) * width);
    for (let column = 0, lowest = 0; column < width; column++) {
      while (lowest < count - 1 && starts[lowest + 1] < column) lowest++;
      const apart = column - places[lowest];
      inside[column] = Math.sqrt(line[places[lowest]] + apart * apart);
    }
  }
  return result;
}

/** Return the squared distances to the nearest point outside in the same column. */
function squaredDistancesDown({ height, width, data }) {
  const squares = new Float64Array(data.length);
  const far = height + width; // further than any point is, for columns without one outside
  for (let column = 0; column < width; column++) {
    let distance = far;
    for (let row = 0, at = column; row < height; row++, at += width) {
      distance = data[at] ? Math.min(distance + 1, far) : 0;
      squares[at] = distance;
    }
    distance = far;
    for (let row = height - 1, at = row * width + column; row >= 0; row--, at -= width) {
      distance = data[at] ? Math.min(distance + 1, far) : 0;
      squares[at] = Math.min(squares[at], distance) ** 2;
    }
  }
  return squares;
}

/** Find the parabolas that are lowest somewhere, from left to right, and return how many. */
function lowestParabolas(line, places, starts) {
  let count = 0;
  for (let place = 0; place < line.length; place++) {
    const height = line[place] + place * place;
    let start = -Infinity;
    while (count > 0) {
      const other = places[count - 1];
      start = (height - line[other] - other * other) / (2 * (place - other)); // where both meet
      if (start > starts[count - 1]) break;
      count--;
      start = -Infinity;
    }
    places[count] = place;
    starts[count++] = start;
  }
  return count;
}
