// Dark ink on light paper, or light ink on dark paper? As mlpcli/images/polarity.py.
//
// Seven features speak for the one or the other: what the border, the whole and the corners are
// made of, whether points are darker or lighter than what surrounds them, and which of the two is
// thinner. Two logistic regressions weigh them, one for even and one for uneven light.

import { above, countOf, cropped, inverse, negative, turnedLeft, valuesWhere } from "./picture.js";
import { roundHalfEven } from "./picture.js";
import { median, otsu, quantile, sumOf } from "./statistics.js";
import { gaussian, medianFilter } from "./filters.js";
import { distancesInside, erode } from "./masks.js";
import { shrink } from "./resizing.js";

/** Turn dark ink on light paper into light ink on dark paper; leave the latter as it is. */
export function polarity(light, settings) {
  return isDarkOnLight(light, settings) ? negative(light) : light;
}

/** Return the points near the border, `share` of the shorter side wide, as one row. */
export function ringOf(picture, share) {
  const { height, width, data } = picture;
  const band = Math.max(1, roundHalfEven(share * Math.min(height, width)));
  if (2 * band >= Math.min(height, width)) return data.slice();
  const inside = width - 2 * band;
  const outer = new data.constructor(data.length - (height - 2 * band) * inside);
  let count = 0;
  for (let row = 0; row < height; row++) {
    const isAtEnd = row < band || row >= height - band;
    for (let column = 0; column < width; column++) {
      if (!isAtEnd && column === band) column += inside;
      outer[count++] = data[row * width + column];
    }
  }
  return outer;
}

function isDarkOnLight(light, settings) {
  const tuning = settings.polarity;
  const found = findClasses(light, settings);
  if (!found) return false;
  const unevenness = Math.min(1, unevennessOf(found, tuning));
  const areas = areaFeatures(found.dark, tuning);
  const clear = logOdds(tuning.evenWeights, areas);
  if (!unevenness && Math.abs(clear) > tuning.clear) return clear > 0;
  const features = [...areas, ...surroundingFeatures(found.light, settings)];
  const even = logOdds(tuning.evenWeights, features);
  const uneven = logOdds(tuning.unevenWeights, features);
  return (1 - unevenness) * even + unevenness * uneven > 0;
}

/** Return the picture, averaged down and without bands, and its darker points; null for nothing. */
function findClasses(light, settings) {
  const small = shrink(light, settings.polarity.longest);
  const dark = darkerClass(small, settings);
  if (!hasBoth(dark)) return null;
  const inner = withoutBands(small, dark, settings.polarity);
  const innerDark = darkerClass(inner, settings);
  return hasBoth(innerDark) ? { light: inner, dark: innerDark } : { light: small, dark };
}

function darkerClass(light, settings) {
  return inverse(above(light, otsu(light.data, settings.lighting.leastRange)));
}

function hasBoth(mask) {
  const count = countOf(mask);
  return count > 0 && count < mask.data.length;
}

/** Return the log odds of dark ink on light paper, of as many features as there are. */
function logOdds(weights, features) {
  return features.reduce((sum, value, number) => sum + weights[number] * value, 0);
}

/** Paper makes up most of the border, of the whole and of the corners. */
function areaFeatures(dark, { border, corner }) {
  const { height, width } = dark;
  const corners = [];
  for (const [top, bottom] of endsOf(height, corner)) {
    for (const [left, right] of endsOf(width, corner)) {
      corners.push(meanOf(cropped(dark, { top, bottom, left, right }).data));
    }
  }
  const shares = [meanOf(ringOf(dark, border)), meanOf(dark.data), median(corners)];
  return shares.map((share) => 1 - 2 * share);
}

/** Return where the first and the last `count` of `length` rows or columns start and end. */
function endsOf(length, count) {
  return [
    [0, Math.min(count, length)],
    [Math.max(length - count, 0), length],
  ];
}

function meanOf(values) {
  return sumOf(values) / values.length;
}

/** Paper makes up most of the surroundings of a point, and strokes are thinner than the rest. */
function surroundingFeatures(light, settings) {
  const tuning = settings.polarity;
  return [
    ...tuning.windows.map((share) => skewOf(light, share, tuning)),
    thinness(light, settings),
  ];
}

/** Return in [-1, 1] whether what differs from its surroundings is darker (positive). */
function skewOf(light, share, { windowPixels }) {
  const small = shrink(light, roundHalfEven(windowPixels / share));
  const surroundings = medianFilter(small, windowPixels, "nearest").data;
  const cubes = small.data.map((value, at) => {
    const apart = value - surroundings[at];
    return apart * apart ** 2;
  });
  return -sumOf(cubes) / Math.max(sumOf(cubes.map(Math.abs)), 1e-12);
}

/** Return a positive number if what is darker than its surroundings is thinner than the rest. */
function thinness(light, settings) {
  const { surroundings, margin } = settings.polarity;
  const around = gaussian(light, Math.max(light.height, light.width) / surroundings, "nearest");
  const differs = { ...light, data: new Uint8Array(light.data.length) };
  for (let at = 0; at < differs.data.length; at++) {
    differs.data[at] = light.data[at] < around.data[at] - settings.lighting.leastRange ? 1 : 0;
  }
  const dark = continued(differs, margin);
  if (!hasBoth(dark)) return 0;
  const [darkDepth, lightDepth] = [dark, inverse(dark)].map(
    (mask) => sumOf(distancesInside(mask).data) / countOf(mask),
  );
  return Math.log(lightDepth / darkDepth);
}

/** Return a mask with its outermost values repeated `margin` times on each side. */
function continued(mask, margin) {
  const [height, width] = [mask.height + 2 * margin, mask.width + 2 * margin];
  const inside = (place, length) => Math.min(Math.max(place - margin, 0), length - 1);
  const data = Uint8Array.from({ length: height * width }, (_, at) => {
    const row = inside(Math.floor(at / width), mask.height);
    return mask.data[row * mask.width + inside(at % width, mask.width)];
  });
  return { height, width, data };
}

function contrastOf(light, dark) {
  return median(valuesWhere(inverse(dark), light)) - median(valuesWhere(dark, light));
}

/** Return the spread of either class away from its edges, as a share of the contrast. */
function unevennessOf({ light, dark }, { blur, spread, leastPoints }) {
  const spreads = [dark, inverse(dark)].map((mask) => {
    const values = valuesWhere(erode(mask, blur >> 1, 1), light);
    if (values.length <= leastPoints) return 0;
    return quantile(values, 0.5 + spread / 2) - quantile(values, 0.5 - spread / 2);
  });
  return Math.max(...spreads) / contrastOf(light, dark);
}

/** Cut off bands of the rarer class that lie along a side and end sharply: a table, a lid. */
function withoutBands(light, dark, { band, bandContrast, bandEdge }) {
  const sharp = bandContrast * contrastOf(light, dark);
  let rest = light;
  let rare = countOf(dark) / dark.data.length < 0.5 ? dark : inverse(dark);
  for (let side = 0; side < 4; side++) {
    const thickness = bandAtTop(rare, band);
    if (thickness > 0 && thickness < rare.height / 2 - bandEdge) {
      const outer = rowOf(rest, Math.max(thickness - bandEdge, 0));
      const inner = rowOf(rest, thickness + bandEdge);
      if (median(inner.map((value, at) => Math.abs(value - outer[at]))) > sharp) {
        const top = thickness + bandEdge;
        const below = { top, left: 0, bottom: rest.height, right: rest.width };
        [rest, rare] = [cropped(rest, below), cropped(rare, below)];
      }
    }
    [rest, rare] = [turnedLeft(rest), turnedLeft(rare)]; // each side in turn becomes the top
  }
  return rest;
}

function rowOf({ width, data }, row) {
  return data.subarray(row * width, (row + 1) * width);
}

/** Return how many rows at the top are nearly all of a mask; 0 where all rows are. */
function bandAtTop(mask, share) {
  for (let row = 0; row < mask.height; row++) {
    if (!(meanOf(rowOf(mask, row)) > share)) return row;
  }
  return 0;
}
