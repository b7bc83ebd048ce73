// Colours and transparency → lightness, in which ink and paper differ. As mlpcli/images/colours.py.

import { emptyPicture, greyLevels } from "./picture.js";
import { largestOf, median, smallestOf, standardDeviation, sumOf } from "./statistics.js";

/**
 * Return how light each point of a picture is, in whole grey levels: a picture in [0, 1].
 *
 * @param {{height, width, data: Uint8Array}} pixels four values for each point: red, green, blue
 *   and opacity, in [0, 255], as `ImageData` has them.
 */
export function greyOfColours(pixels, { colours }) {
  const { height, width, data } = pixels;
  const light = lightness(pixels, colours);
  for (let at = 3; at < data.length; at += 4) {
    if (data[at] !== 255) return wholeLevels(onPaper(pixels, light, colours));
  }
  return wholeLevels({ height, width, data: light });
}

function wholeLevels(picture) {
  const levels = greyLevels(picture);
  const whole = emptyPicture(picture.height, picture.width);
  for (let at = 0; at < levels.length; at++) whole.data[at] = levels[at] / 255;
  return whole;
}

/**
 * Return how light colours are at each point, in [0, 1].
 *
 * Where ink and paper differ in colour but hardly in lightness, it is the principal component of
 * the colours instead, stretched to the same range.
 */
function lightness({ data }, { luma, dull }) {
  const [red, green, blue] = luma;
  const light = new Float64Array(data.length / 4);
  for (let at = 0; at < light.length; at++) {
    const sum = red * data[4 * at] + green * data[4 * at + 1] + blue * data[4 * at + 2];
    light[at] = sum / (255 * (red + green + blue));
  }
  const matrix = covariance(data);
  const direction = principalDirection(matrix);
  const spread = Math.sqrt(
    sumOf(matrix.flatMap((row, i) => row.map((value, j) => direction[i] * direction[j] * value))),
  );
  if (standardDeviation(light) >= dull * spread) return light;
  return component(data, direction, light);
}

/** Return the component of the colours in a direction, stretched to [0, 1]; lighter stays so. */
function component(data, direction, light) {
  const along = light.map(
    (_, at) =>
      (data[4 * at] / 255) * direction[0] +
      (data[4 * at + 1] / 255) * direction[1] +
      (data[4 * at + 2] / 255) * direction[2],
  );
  const middle = sumOf(along) / along.length;
  const middleLight = sumOf(light) / light.length;
  const alike = sumOf(along.map((value, at) => (value - middle) * (light[at] - middleLight)));
  const signed = along.map((value) => (alike < 0 ? -1 : 1) * (value - middle));
  const low = smallestOf(signed);
  const range = Math.max(largestOf(signed) - low, 1e-12);
  return signed.map((value) => (value - low) / range);
}

/** Return the covariance matrix of red, green and blue once they are scaled to [0, 1]. */
function covariance(data) {
  const count = data.length / 4;
  const sums = [0, 0, 0];
  const moments = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    for (let i = 0; i < 3; i++) {
      sums[i] += data[at + i];
      for (let j = 0; j < 3; j++) moments[3 * i + j] += data[at + i] * data[at + j];
    }
  }
  const apart = (i, j) => // a difference of large whole numbers, beyond what a double holds
    Number(BigInt(count) * BigInt(moments[3 * i + j]) - BigInt(sums[i]) * BigInt(sums[j]));
  const axes = [0, 1, 2];
  return axes.map((i) => axes.map((j) => apart(i, j) / (255 * count) ** 2));
}

/**
 * Return the unit vector along which colours vary most; of several, always the same one.
 *
 * Squared again and again, the matrix converges to one whose columns are multiples of it.
 */
function principalDirection(matrix) {
  const trace = (square) => square[0][0] + square[1][1] + square[2][2];
  const divided = (square, by) => square.map((row) => row.map((value) => value / by));
  if (matrix.flat().every((value) => value === 0)) return [0, 0, 0];
  let power = divided(matrix, trace(matrix));
  for (let time = 0; time < 40; time++) {
    const squared = power.map((row) =>
      row.map((_, j) => row[0] * power[0][j] + row[1] * power[1][j] + row[2] * power[2][j]),
    );
    power = divided(squared, trace(squared));
  }
  const diagonal = power.map((row, i) => row[i]);
  const column = diagonal.indexOf(Math.max(...diagonal));
  const direction = power[column];
  return direction.map((value) => value / Math.hypot(...direction));
}

/**
 * Return how light a picture with transparent parts is when it lies on paper.
 *
 * If what is visible has a single colour, or is the smaller part, it is ink, and the paper is white
 * or black, whichever differs more. Otherwise the paper is visible too, and just goes on.
 */
function onPaper({ height, width, data }, light, { opaque, plain, most }) {
  const alpha = light.map((_, at) => data[4 * at + 3] / 255);
  const visible = light.filter((_, at) => alpha[at] > opaque);
  if (!visible.length) return { height, width, data: light.map(() => 1) };
  const isInk = standardDeviation(visible) < plain || sumOf(alpha) / alpha.length < most;
  const usual = median(visible);
  const opposite = usual > 0.5 ? 0 : 1;
  const paper = isInk ? opposite : usual;
  const laid = light.map((value, at) => alpha[at] * value + (1 - alpha[at]) * paper);
  return { height, width, data: laid };
}
