// Strength of ink → the ink alone, without paper and noise. As mlpcli/images/cleaning.py.

import { above, emptyPicture } from "./picture.js";
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
  const quiet = withoutNoise(strength, tuning);
  const floor = Math.max(faint, tuning.noiseMargin * noiseOf(quiet));
  const seen = valuesAbove(quiet.data, floor);
  if (!seen.length) return emptyPicture(quiet.height, quiet.width);
  const inked = Math.min(otsu(seen, settings.lighting.leastRange), largestOf(seen));
  const full = median(valuesAbove(seen, inked, true));
  const labels = connectedParts(above(quiet, Math.max(floor, low * full)));
  const strong = new Uint8Array(labels.count + 1);
  for (let at = 0; at < labels.data.length; at++) {
    if (quiet.data[at] > high * full) strong[labels.data[at]] = 1;
  }
  strong[0] = 0;
  const edged = dilate(partsWhere(labels, strong));
  const ink = emptyPicture(quiet.height, quiet.width);
  for (let at = 0; at < ink.data.length; at++) {
    if (edged.data[at]) ink.data[at] = Math.min(quiet.data[at] / full, 1);
  }
  return ink;
}

/**
 * Estimate the standard deviation of the noise from how points differ from their neighbours.
 *
 * After Immerkær, Fast noise variance estimation, 1996, with a median so that edges do not count.
 */
function noiseOf({ height, width, data }) {
  if (Math.min(height, width) < 3) return 0;
  const bends = new Float64Array((height - 2) * (width - 2));
  let [count, zeros] = [0, 0];
  for (let row = 1; row < height - 1; row++) {
    for (let at = row * width + 1; at < (row + 1) * width - 1; at++) {
      const over = data[at - width + 1] - data[at - width] - (data[at - width] - data[at - width - 1]);
      const here = data[at + 1] - data[at] - (data[at] - data[at - 1]);
      const under = data[at + width + 1] - data[at + width] - (data[at + width] - data[at + width - 1]);
      const bend = Math.abs(under - here - (here - over));
      bends[count++] = bend;
      if (bend === 0) zeros++;
    }
  }
  if (2 * zeros > count) return 0; // the median, without a search: paper in a drawing is even
  return median(bends) / 0.6745 / 6;
}

/** Smooth away noise, as far as the size of the picture allows. */
function withoutNoise(strength, tuning) {
  const longer = Math.max(strength.height, strength.width);
  if (longer <= tuning.small) return strength;
  const labels = connectedParts(above(strength, largestOf(strength.data) / 2));
  const dots = areasOf(labels).filter((area, number) => number > 0 && area <= tuning.dot).length;
  const peppered = dots > tuning.pepper * strength.data.length;
  const quiet = peppered ? medianFilter(strength, tuning.median) : strength;
  const level = noiseOf(quiet);
  if (level <= tuning.noisy) return quiet;
  const sigma = Math.min(
    longer / tuning.smoothing,
    tuning.smoothingPerNoise * level,
    tuning.mostSmoothing,
  );
  return gaussian(quiet, sigma);
}
