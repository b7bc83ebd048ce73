// Erases ruled lines and squared paper. As `remove_lines` in mlpcli/images/cleaning.py.

import { above, countOf, emptyMask, roundHalfEven, transposed } from "./picture.js";
import { emptyPicture } from "./picture.js";
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
  const mask = above(ink, tuning.inked);
  const thick = roundHalfEven(step.thickness * Math.max(mask.height, mask.width)) + 1;
  const lines = horizontalLines(mask, step, thick, tuning);
  const upright = transposed(horizontalLines(transposed(mask), step, thick, tuning));
  const rest = emptyMask(mask.height, mask.width);
  for (let at = 0; at < rest.data.length; at++) {
    if (upright.data[at]) lines.data[at] = 1;
    rest.data[at] = mask.data[at] && !lines.data[at] ? 1 : 0;
  }
  if (!countOf(lines) || !countOf(rest)) return ink;
  const edged = dilate(rest);
  const kept = emptyPicture(ink.height, ink.width);
  for (let at = 0; at < kept.data.length; at++) {
    if (edged.data[at] && !lines.data[at]) kept.data[at] = ink.data[at];
  }
  return kept;
}

/**
 * Find the points of thin, nearly horizontal lines that cross the whole picture.
 *
 * Points with little ink above and below vote for the lines that they lie on (Hough, Method and
 * means for recognizing complex patterns, 1962). A line need not be seen where it meets other ink,
 * so that this ink stays.
 */
function horizontalLines(mask, { reach, tilt }, thick, tuning) {
  const { height, width } = mask;
  const lines = emptyMask(height, width);
  if (Math.min(height, width) < tuning.room * thick) return lines;
  const { points, crossings } = pointsByRun(mask, thick);
  const least = tuning.sparse * width;
  if (points.length < least) return lines;
  const turns = Math.max(
    1,
    roundHalfEven((width * Math.tan(tilt * (Math.PI / 180))) / tuning.turn),
  );
  for (let turn = -turns; turn <= turns; turn++) {
    const slope = turn * (tuning.turn / width);
    const rows = lineNumbers(points, slope, mask);
    const seen = votes(rows, height);
    const crossed = votes(lineNumbers(crossings, slope, mask), height);
    const peaks = seen.map((count, number) =>
      count >= least && count >= reach * (width - crossed[number]) ? 1 : 0,
    );
    if (!peaks.includes(1)) continue;
    const { data: near } = dilate({ height: 1, width: peaks.length, data: peaks }, tuning.near);
    if (!areRuled(near, rows, points, width, tuning)) continue;
    for (let index = 0; index < points.length; index++) {
      const number = rows[index];
      if (near[number] && seen[number] >= width / tuning.nearSeen) lines.data[points[index]] = 1;
    }
  }
  return lines;
}

/** Part the points of a mask: those in vertical runs of at most `thick` points, and the others. */
function pointsByRun({ height, width, data }, thick) {
  const thin = new Uint8Array(data.length); // 1 for thin runs, 2 for longer ones
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < height; ) {
      const first = row;
      while (row < height && data[row * width + column]) row++;
      const kind = row - first <= thick ? 1 : 2;
      for (let inside = first; inside < row; inside++) thin[inside * width + column] = kind;
      row++;
    }
  }
  const [points, crossings] = [[], []];
  for (let at = 0; at < thin.length; at++) {
    if (thin[at]) (thin[at] === 1 ? points : crossings).push(at);
  }
  return { points: Int32Array.from(points), crossings: Int32Array.from(crossings) };
}

/** Return for each point the number of the parallel line that it lies on. */
function lineNumbers(points, slope, { height, width }) {
  return points.map((at) => {
    const column = at % width;
    const row = (at - column) / width;
    return roundHalfEven(row - slope * (column - width / 2)) + height;
  });
}

/** Count the points on each line. */
function votes(rows, height) {
  const counts = new Int32Array(3 * height);
  for (let index = 0; index < rows.length; index++) counts[rows[index]]++;
  return counts;
}

/** Tell ruled lines from a straight stroke: there are several, or one reaches both ends. */
function areRuled(near, rows, points, width, tuning) {
  const starts = near.filter((value, number) => value && !near[number - 1]);
  if (starts.length >= tuning.several) return true;
  const end = tuning.end * width;
  let [before, after] = [0, 0];
  for (let index = 0; index < points.length; index++) {
    if (!near[rows[index]]) continue;
    const column = points[index] % width;
    if (column < end) before++;
    if (column >= width - end) after++;
  }
  return Math.min(before, after) > end * tuning.endSeen;
}
