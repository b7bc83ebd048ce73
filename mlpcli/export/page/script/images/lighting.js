// Lightness → strength of ink, whatever the paper's colour and the light. As
// mlpcli/images/lighting.py.

import { negative, roundHalfEven } from "./picture.js";
import { median, quantile } from "./statistics.js";
import { gaussian, gradientMagnitude } from "./filters.js";
import { maximumFilter, medianFilter, minimumFilter } from "./filters.js";
import { shrink } from "./resizing.js";
import { ringOf } from "./polarity.js";
import { dropSoft, fillHoles } from "./shadows.js";

/**
 * Measure ink against the paper around it, so that neither lamp nor shadow counts.
 *
 * Ink is what is darker than everything around it. The maximum, and of that the minimum, under a
 * window wider than the strokes (a morphological closing) gives the paper without them.
 *
 * @param light ink is light on it, paper dark.
 * @param {{window: number}} step the widest window, as a share of the longer side.
 */
export function flatten(light, { window }, settings) {
  const tuning = settings.flatten;
  const border = ringOf(light, tuning.border).map((value) => 1 - value);
  const [low, high] = tuning.middle.map((share) => quantile(border, share));
  if (high - low < tuning.even) return flattenEven(light, median(border), tuning);
  const dark = negative(light); // dark ink again, so that it is the paper that reflects light
  const longer = Math.max(dark.height, dark.width);
  const quiet = longer > tuning.small ? medianFilter(dark, tuning.median) : dark;
  const smooth = gaussian(quiet, longer / tuning.smoothing);
  const narrower = fittingWindow(shrink(smooth, tuning.longest), window, settings);
  const strength = missingLight(dark, closed(smooth, narrower), tuning);
  if (longer <= tuning.small) return strength;
  if (narrower >= window) return dropSoft(strength, settings.shadows);
  const wide = missingLight(dark, closed(smooth, window), tuning);
  return dropSoft(fillHoles(strength, wide, settings.shadows), settings.shadows);
}

/** Measure ink on paper that is equally light everywhere, as in a drawing or a scan. */
function flattenEven(light, paper, tuning) {
  const { height, width, data } = light;
  const lift = Math.max(tuning.darkest - paper, 0); // black paper is no ink
  const full = Math.max(paper, tuning.darkest);
  const strength = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const dark = 1 - data[at] + lift;
    if (dark < full) strength[at] = 1 - dark / full;
  }
  return { height, width, data: strength };
}

/** Return the share of the paper's light that is missing. */
function missingLight(dark, paper, { darkest }) {
  const { height, width, data } = dark;
  const strength = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const share = 1 - data[at] / Math.max(paper.data[at], darkest);
    strength[at] = Math.min(Math.max(share, 0), 1);
  }
  return { height, width, data: strength };
}

/** Return the window after the first one that shows nearly all edges of the ink. */
function fittingWindow(dark, window, settings) {
  const tuning = settings.flatten;
  const windows = tuning.windows.map((share) => window * share);
  const edges = windows.map((each) => {
    const strength = missingLight(dark, closed(dark, each), tuning);
    return quantile(gradientMagnitude(strength, 1).data, tuning.edgeQuantile);
  });
  const enough = tuning.enoughEdge * edges[edges.length - 1] - settings.lighting.leastRange;
  const first = edges.findIndex((edge) => edge >= enough);
  return windows[Math.min(first + 1, windows.length - 1)];
}

/** Return how light the paper would be without ink: dark spots narrower than a window close. */
function closed(dark, window) {
  const side = roundHalfEven(window * Math.max(dark.height, dark.width));
  const pixels = Math.max(3, side | 1); // an odd number, so that it has a middle
  return minimumFilter(maximumFilter(dark, pixels, "nearest"), pixels, "nearest");
}
