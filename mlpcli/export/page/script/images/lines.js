// Erases ruled lines and squared paper. As `remove_lines` in mlpcli/images/cleaning.py.

import { above, countOf, emptyMask, keptWhere, roundHalfEven, transposed } from "./picture.js";
import { inkedPart, placed } from "./cutouts.js";
import { dilate } from "./masks.js";

/**
 * Erase ruled lines, but not the ink that crosses them.
 *
 * @param {{reach, thickness, tilt}} step the share of the picture's width or height that a line
 *   must fill, its thickness at most as a share of the longer side, and its tilt at most in
 *   degrees.
 */
export function removeLines(ink, step, settings) {
  const tuning = settings.ruledLines;
  const { height, width } = ink;
  const thick = roundHalfEven(step.thickness * Math.max(height, width)) + 1;
  const limits = { ...step, thick };
  const { ink: part, top, left } = inkedPart(ink);
  const mask = above(part, tuning.inked);
  const level = horizontalLines({ mask, top, left, height, width }, limits, tuning);
  const turned = { mask: transposed(mask), top: left, left: top, height: width, width: height };
  const upright = horizontalLines(turned, limits, tuning);
  const lines = [level, upright && transposed(upright)].filter((each) => each !== null);
  if (!lines.length) return ink;
  const rest = maskWithout(lines, mask);
  if (!countOf(rest)) return ink;
  const edged = maskWithout(lines, dilate(rest));
  return placed({ ink: keptWhere(edged, part), top, left }, ink);
}

/**
 * Find the points of thin, nearly horizontal lines that cross the whole picture.
 *
 * Points with little ink above and below vote for the lines that they lie on (Hough, Method and
 * means for recognizing complex patterns, 1962). A line need not be seen where it meets other ink,
 * so that this ink stays.
 *
 * @param {{mask, top, left, height, width}} picture the mask of all its ink, the mask's place in
 *   the picture, and the picture's size.
 * @returns a mask as large as that one, or null if there are none.
 */
function horizontalLines(picture, { reach, tilt, thick }, tuning) {
  const { mask, height, width } = picture;
  if (Math.min(height, width) < tuning.room * thick) return null;
  const { points, crossings } = pointsByRun(picture, thick);
  const least = tuning.sparse * width;
  if (points.length < least) return null;
  const lines = emptyMask(mask.height, mask.width);
  const steepest = width * Math.tan(tilt * (Math.PI / 180));
  const turns = Math.max(1, roundHalfEven(steepest / tuning.turn));
  for (let turn = -turns; turn <= turns; turn++) {
    const slope = turn * (tuning.turn / width);
    const rows = lineNumbers(points, slope, picture);
    const seen = votes(rows, height);
    const crossed = votes(lineNumbers(crossings, slope, picture), height);
    const peaks = new Uint8Array(seen.length);
    for (let number = 0; number < peaks.length; number++) {
      const free = width - crossed[number];
      peaks[number] = seen[number] >= least && seen[number] >= reach * free ? 1 : 0;
    }
    if (!peaks.includes(1)) continue;
    const { data: near } = dilate({ height: 1, width: peaks.length, data: peaks }, tuning.near);
    if (!areRuled(near, rows, points, picture, tuning)) continue;
    points.forEach((at, index) => {
      const number = rows[index];
      if (near[number] && seen[number] >= width / tuning.nearSeen) lines.data[at] = 1;
    });
  }
  return countOf(lines) ? lines : null;
}

/** Return the points of a mask that are in none of some others. */
function maskWithout(others, mask) {
  const rest = emptyMask(mask.height, mask.width);
  rest.data.set(mask.data);
  for (const { data } of others) {
    for (let at = 0; at < data.length; at++) if (data[at]) rest.data[at] = 0;
  }
  return rest;
}

/**
 * Part the points of a mask: those in vertical runs of at most `thick` points, and the others.
 *
 * @returns {{points: number[], crossings: number[]}} their places in the mask.
 */
function pointsByRun({ mask }, thick) {
  const { height, width, data } = mask;
  const [points, crossings] = [[], []];
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < height; row++) {
      const first = row;
      while (row < height && data[row * width + column]) row++;
      const kind = row - first <= thick ? points : crossings;
      for (let inside = first; inside < row; inside++) kind.push(inside * width + column);
    }
  }
  return { points, crossings };
}

/** Return for each point the number of the parallel line that it lies on. */
function lineNumbers(points, slope, { mask, top, left, height, width }) {
  const numbers = new Int32Array(points.length);
  for (let index = 0; index < numbers.length; index++) {
    const inside = points[index] % mask.width;
    const row = top + (points[index] - inside) / mask.width;
    numbers[index] = roundHalfEven(row - slope * (left + inside - width / 2)) + height;
  }
  return numbers;
}

/** Count the points on each line. */
function votes(numbers, height) {
  const counts = new Int32Array(3 * height);
  for (let index = 0; index < numbers.length; index++) counts[numbers[index]]++;
  return counts;
}

/** Tell ruled lines from a straight stroke: there are several, or one reaches both ends. */
function areRuled(near, rows, points, { mask, left, width }, tuning) {
  const starts = near.filter((value, number) => value && !near[number - 1]);
  if (starts.length >= tuning.several) return true;
  const end = tuning.end * width;
  let [before, after] = [0, 0];
  points.forEach((at, index) => {
    if (!near[rows[index]]) return;
    const column = left + (at % mask.width);
    if (column < end) before++;
    if (column >= width - end) after++;
  });
  return Math.min(before, after) > end * tuning.endSeen;
}
