// Finds digits side by side among the parts of the ink, without frames, table edges and specks. As
// mlpcli/images/parts.py.
//
// A digit may have several parts: the roof of a five, strokes with gaps. They lie above each other
// or close together; digits stand side by side.

import { above, cropped, emptyMask, roundHalfEven, transposed } from "./picture.js";
import { areasOf, connectedParts } from "./masks.js";
import { cutOut, sizeOf } from "./cutouts.js";

/**
 * Return each digit alone, from left to right; an empty array where there is no ink.
 *
 * @param {{speck: number}} step the share of the largest part's size up to which one is a speck.
 * @returns {{ink, top, left}[]} see `cutOut`.
 */
export function findDigits(ink, { speck }, settings) {
  const tuning = settings.parts;
  const labels = connectedParts(above(ink, tuning.inked));
  if (!labels.count) return [];
  const unframed = withoutFrames(largestParts(labels, tuning.most), labels, tuning);
  const parts = withoutEdges(unframed, labels, tuning);
  const weights = parts.map((part) => part.area * sizeOf(part));
  const largest = parts[weights.indexOf(Math.max(...weights))];
  if (sizeOf(largest) < tuning.least) return [];
  const [leastSize, leastArea] = [speck * sizeOf(largest), tuning.speckArea * largest.area];
  const digits = parts.filter((part) => sizeOf(part) > leastSize && part.area >= leastArea);
  return groupParts(digits, largest, tuning).map((group) => cutOut(ink, labels, group));
}

/**
 * Return the `most` parts with the most ink, in the order of their numbers.
 *
 * @returns {{number, area, top, bottom, left, right}[]} with its area in pixels; bottom and right
 *   lie one behind the last row and column.
 */
function largestParts(labels, most) {
  const { width, data, count } = labels;
  const areas = areasOf(labels);
  const parts = Array.from({ length: count }, (_, index) => {
    const rectangle = { top: Infinity, bottom: 0, left: Infinity, right: 0 };
    return { number: index + 1, area: areas[index + 1], ...rectangle };
  });
  for (let at = 0; at < data.length; at++) {
    if (!data[at]) continue;
    const part = parts[data[at] - 1];
    const column = at % width;
    const row = (at - column) / width;
    if (row < part.top) part.top = row;
    if (row >= part.bottom) part.bottom = row + 1;
    if (column < part.left) part.left = column;
    if (column >= part.right) part.right = column + 1;
  }
  const byArea = parts.sort((one, other) => other.area - one.area);
  return byArea.slice(0, most).sort((one, other) => one.number - other.number);
}

/** Return the horizontal or vertical gap between two parts, the larger one, 0 if they overlap. */
function gapBetween(one, other) {
  const across = Math.max(one.left, other.left) - Math.min(one.right, other.right);
  const down = Math.max(one.top, other.top) - Math.min(one.bottom, other.bottom);
  return Math.max(across, down, 0);
}

/** Leave out rectangles drawn around something. */
function withoutFrames(parts, labels, tuning) {
  const surrounds = (part, other) =>
    part.left < other.left &&
    other.right < part.right &&
    part.top < other.top &&
    other.bottom < part.bottom;
  return parts.filter((part) => {
    const least = tuning.frame * sizeOf(part);
    const mayBeFrame = parts.some((other) => surrounds(part, other) && sizeOf(other) > least);
    return !mayBeFrame || !isFrame(shapeOf(part, labels), tuning);
  });
}

/** Return a part alone, as a mask of its rectangle. */
function shapeOf(part, labels) {
  const around = cropped(labels, part);
  const shape = emptyMask(around.height, around.width);
  for (let at = 0; at < shape.data.length; at++) {
    shape.data[at] = around.data[at] === part.number ? 1 : 0;
  }
  return shape;
}

/** Tell whether enough of the sides are straight. */
function isFrame(shape, { frameBand, frameSide, frameSides }) {
  const band = Math.max(2, roundHalfEven(frameBand * Math.min(shape.height, shape.width)));
  const filled = [shape, transposed(shape)].flatMap((each) => {
    const { height, width } = each;
    const first = { top: 0, bottom: Math.min(band, height), left: 0, right: width };
    const last = { ...first, top: Math.max(height - band, 0), bottom: height };
    return [first, last].map((side) => filledColumns(cropped(each, side)) / width > frameSide);
  });
  return filled.filter(Boolean).length >= frameSides;
}

/** Count the columns in which any point of a mask is set. */
function filledColumns({ width, data }) {
  const filled = new Set();
  data.forEach((value, at) => value && filled.add(at % width));
  return filled.size;
}

/** Leave out what lies along the picture's border, if there is a digit elsewhere. */
function withoutEdges(parts, labels, { inner, edge, edgeSize }) {
  const { height, width } = labels;
  const isInner = (part) =>
    part.top > 0 && part.left > 0 && part.bottom < height && part.right < width;
  const largest = Math.max(0, ...parts.filter(isInner).map(sizeOf));
  if (largest < inner * Math.max(height, width)) return parts;
  const along = pointsAlongBorder(labels);
  return parts.filter((part) => {
    const most = edge * Math.min(height, width);
    return isInner(part) || (along[part.number] <= most && largest <= edgeSize * sizeOf(part));
  });
}

/** Count each part's points in the outermost rows and columns, those in corners twice. */
function pointsAlongBorder({ height, width, data, count }) {
  const along = new Int32Array(count + 1);
  for (let column = 0; column < width; column++) {
    along[data[column]]++;
    along[data[(height - 1) * width + column]]++;
  }
  for (let row = 0; row < height; row++) {
    along[data[row * width]]++;
    along[data[(row + 1) * width - 1]]++;
  }
  return along;
}

/** Put the parts of each digit together, and leave out those that belong to none. */
function groupParts(parts, largest, tuning) {
  const least = tuning.tall * Math.max(...parts.map(heightOf));
  const tall = parts.filter((part) => heightOf(part) >= least || part === largest);
  const [gap, near] = [tuning.gap * sizeOf(largest), tuning.near * sizeOf(largest)];
  let groups = [];
  for (const part of [...tall].sort((one, other) => one.left - other.left)) {
    const belongs = (other) =>
      standAbove(part, other, tuning) || gapBetween(part, other) <= gap;
    const joined = groups.filter((group) => group.some(belongs));
    groups = groups.filter((group) => !joined.includes(group));
    groups.push([part, ...joined.flat()]);
  }
  for (const part of parts.filter((each) => !tall.includes(each))) {
    const away = groups.map((group) => Math.min(...group.map((other) => gapBetween(part, other))));
    const nearest = Math.min(...away);
    if (nearest <= near) groups[away.indexOf(nearest)].push(part);
  }
  const leftOf = (group) => Math.min(...group.map((part) => part.left));
  return groups.sort((one, other) => leftOf(one) - leftOf(other));
}

function heightOf(part) {
  return part.bottom - part.top;
}

/** Tell whether two parts stand above each other rather than side by side. */
function standAbove(one, other, { overlap }) {
  const shared = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  return shared > overlap * Math.min(one.right - one.left, other.right - other.left);
}
