// Ink or shadow: strokes have sharp edges all around, shadows on one side at most. As
// mlpcli/images/shadows.py.

import { above, emptyMask, emptyPicture } from "./picture.js";
import { largestOf, quantile } from "./statistics.js";
import { gradientMagnitude } from "./filters.js";
import { areasOf, connectedParts, dilate, erode, partsWhere } from "./masks.js";

/**
 * Fill the holes that a narrow window leaves in blots, by what a wide window shows there.
 *
 * @param strength under a narrow window, in which a wider blot looks like paper.
 * @param wide under a wide window, in which shadows look like ink.
 */
export function fillHoles(strength, wide, tuning) {
  const full = quantile(strength.data, tuning.fullQuantile);
  const ink = above(strength, full / 2);
  const hollow = above(wide, full / 2);
  for (let at = 0; at < ink.data.length; at++) if (ink.data[at]) hollow.data[at] = 0;
  const holes = connectedParts(hollow);
  if (!holes.count) return strength;
  const rims = rimsOf(holes);
  const touching = dilate(ink, tuning.touch);
  const bounding = steepPlaces(wide, full, tuning);
  for (let at = 0; at < ink.data.length; at++) if (touching.data[at]) bounding.data[at] = 1;
  const bounded = sharesOf(bounding, rims);
  const beside = sharesOf(touching, rims);
  const chosen = bounded.map((share, number) =>
    number > 0 && share > tuning.allAround && beside[number] > tuning.beside ? 1 : 0,
  );
  const filled = dilate(partsWhere(holes, chosen), tuning.touch);
  const data = strength.data.map((value, at) =>
    filled.data[at] ? Math.max(value, wide.data[at]) : value,
  );
  return { ...strength, data };
}

/** Erase parts with much softer edges than the sharpest of the large parts. */
export function dropSoft(strength, tuning) {
  const full = quantile(strength.data, tuning.fullQuantile);
  const labels = connectedParts(above(strength, full / 2));
  if (labels.count < 2) return strength;
  const sharp = sharesOf(steepPlaces(strength, full, tuning), rimsOf(labels));
  const areas = areasOf(labels);
  areas[0] = 0;
  const least = largestOf(areas) / tuning.larger;
  const sharpest = largestOf(sharp.filter((_, number) => areas[number] >= least));
  const soft = sharp.map((share, number) =>
    number > 0 && share < tuning.sharp * sharpest ? 1 : 0,
  );
  const dropped = dilate(partsWhere(labels, soft));
  const kept = emptyPicture(strength.height, strength.width);
  for (let at = 0; at < kept.data.length; at++) {
    if (!dropped.data[at]) kept.data[at] = strength.data[at];
  }
  return kept;
}

/** Tell where an edge as sharp as that of ink is near. */
function steepPlaces(picture, full, tuning) {
  const isCoarse = Math.max(picture.height, picture.width) >= tuning.coarse;
  const rise = gradientMagnitude(picture, isCoarse ? tuning.coarseSigma : tuning.fineSigma);
  return dilate(above(rise, tuning.steep * full), tuning.near >> 1);
}

/** Return the numbers of parts at their outermost points, and 0 elsewhere. */
function rimsOf(labels) {
  const { height, width } = labels;
  const mask = emptyMask(height, width);
  for (let at = 0; at < mask.data.length; at++) mask.data[at] = labels.data[at] ? 1 : 0;
  const inner = erode(mask);
  return { ...labels, data: labels.data.map((number, at) => (inner.data[at] ? 0 : number)) };
}

/** Return the share of each part's points that are in a mask. */
function sharesOf(mask, labels) {
  const areas = areasOf(labels);
  const inside = new Float64Array(areas.length);
  for (let at = 0; at < mask.data.length; at++) inside[labels.data[at]] += mask.data[at];
  return inside.map((count, number) => count / areas[number]);
}
