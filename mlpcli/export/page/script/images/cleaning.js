// Strength of ink → the ink alone, without paper and noise. As mlpcli/images/cleaning.py.

import { above, emptyPicture } from "./picture.js";
import { inkedPart, placed } from "./cutouts.js";
import { largestOf, median, otsu, valuesAbove } from "./statistics.js";
import { gaussian, medianFilter } from "./filters.js";
import { areasOf, connectedParts, dilate, partsWhere } from "./masks.js";

/**
 * Keep ink, stretched so that full ink is 1, with the grey of its edges.
 *
 * @param strength the share of light that is absorbed at each point.
 * @param {{faint, low, high}} step weaker points than `faint`, or than a share `low` of full ink,
 *   are paper; so is a connected part without a point as strong as `high` (hysteresis, as in
 *   Canny, A computational approach to edge detection, 1986).
 */
export function threshold(strength, { faint, low, high }, settings) {
  const tuning = settings.threshold;
  const { part, noise } = withoutNoise(strength, tuning);
  const floor = Math.max(faint, tuning.noiseMargin * noise);
  const seen = valuesAbove(part.ink.data, floor);
  if (!seen.length) return emptyPicture(strength.height, strength.width);
  const inked = Math.min(otsu(seen, settings.lighting.leastRange), largestOf(seen));
  const full = median(valuesAbove(seen, inked, true));
  const strong = strongParts(part.ink, Math.max(floor, low * full), high * full);
  const edged = dilate(strong);
  const ink = emptyPicture(part.ink.height, part.ink.width);
  for (let at = 0; at < ink.data.length; at++) {
    if (edged.data[at]) ink.data[at] = Math.min(part.ink.data[at] / full, 1);
  }
  return placed({ ...part, ink }, strength);
}

/** Return the mask of the parts above a limit that somewhere are above a higher one. */
function strongParts(strength, low, high) {
  const labels = connectedParts(above(strength, low));
  const strong = new Uint8Array(labels.count + 1);
  for (let at = 0; at < labels.data.length; at++) {
    if (strength.data[at] > high) strong[labels.data[at]] = 1;
  }
  strong[0] = 0;
  return partsWhere(labels, strong);
}

/**
 * Estimate the standard deviation of the noise from how points differ from their neighbours.
 *
 * After Immerkær, Fast noise variance estimation, 1996, with a median so that edges do not count.
 *
 * @param part what `inkedPart` found; elsewhere nothing bends.
 * @param {{height, width}} whole the size of the picture.
 */
function noiseOf(part, whole) {
  if (Math.min(whole.height, whole.width) < 3) return 0;
  const { height, width, data } = part.ink;
  const bends = new Float64Array(data.length);
  let count = 0;
  for (let row = 1; row < height - 1; row++) {
    for (let at = row * width + 1; at < (row + 1) * width - 1; at++) {
      const over = bendAlong(data, at - width);
      const here = bendAlong(data, at);
      const under = bendAlong(data, at + width);
      const bend = Math.abs(under - here - (here - over));
      if (bend > 0) bends[count++] = bend;
    }
  }
  const all = new Float64Array((whole.height - 2) * (whole.width - 2));
  if (2 * count < all.length) return 0; // the median, without a search for it
  all.set(bends.subarray(0, count));
  return median(all) / 0.6745 / 6;
}

/** Return how much the values of a row bend at a place: their second difference. */
function bendAlong(data, at) {
  return data[at + 1] - data[at] - (data[at] - data[at - 1]);
}

/**
 * Smooth away noise, as far as the size of the picture allows.
 *
 * @returns {{part, noise}} what `inkedPart` finds then, and how much noise is left.
 */
function withoutNoise(strength, tuning) {
  const longer = Math.max(strength.height, strength.width);
  const part = inkedPart(strength);
  if (longer <= tuning.small) return { part, noise: noiseOf(part, strength) };
  const labels = connectedParts(above(part.ink, largestOf(part.ink.data) / 2));
  const dots = areasOf(labels).filter((area, number) => number > 0 && area <= tuning.dot).length;
  const peppered = dots > tuning.pepper * strength.data.length;
  const quiet = peppered ? medianFilter(strength, tuning.median) : strength;
  const quietPart = peppered ? inkedPart(quiet) : part;
  const level = noiseOf(quietPart, quiet);
  if (level <= tuning.noisy) return { part: quietPart, noise: level };
  const sigma = Math.min(
    longer / tuning.smoothing,
    tuning.smoothingPerNoise * level,
    tuning.mostSmoothing,
  );
  const smooth = inkedPart(gaussian(quiet, sigma));
  return { part: smooth, noise: noiseOf(smooth, quiet) };
}
