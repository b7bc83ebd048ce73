// Pixels of a picture → grey levels of a picture that is not too large. As the end of
// mlpcli/images/decoding.py; its beginning, to decode files, is the browser's part.

import { roundHalfEven } from "./picture.js";
import { greyOfColours } from "./colours.js";

const FRACTION_BITS = 22; // with which weights are whole numbers: 8 + 22 bits fit into 32

/**
 * Return a picture in whole grey levels, averaged down until its longer side is at most
 * `settings.decoding.longest`.
 *
 * @param {ImageData} pixels of any size.
 * @param {{height, width}} whole the size of pictures that are never averaged down.
 */
export function greyOfPixels(pixels, whole, settings) {
  const { longest, bandPixels } = settings.decoding;
  const isWhole = pixels.height === whole.height && pixels.width === whole.width;
  const scale = Math.max(pixels.height, pixels.width) / longest;
  const small = isWhole || scale <= 1 ? pixels : averagedDown(pixels, scale, bandPixels);
  return greyOfColours(small, settings);
}

/**
 * Average a picture down by a scale as Pillow does: colours times opacity, rounded to whole levels.
 *
 * It is done in bands of rows, as where Python has to save memory, so that the same pixels count.
 */
function averagedDown(pixels, scale, bandPixels) {
  const [width, height] = [pixels.width, pixels.height].map((side) =>
    Math.max(1, roundHalfEven(side / scale)),
  );
  const step = pixels.height / height;
  const rows = Math.max(1, roundHalfEven(bandPixels / scale / pixels.width));
  const across = boxWeights(0, pixels.width, pixels.width, width);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let start = 0; start < height; start += rows) {
    const count = Math.min(rows, height - start);
    const [top, bottom] = [start * step, (start + count) * step];
    const first = Math.floor(top);
    const last = Math.min(Math.ceil(bottom), pixels.height);
    const band = premultiplied(pixels, first, last);
    const narrow = weighedRows(band, last - first, pixels.width, across, width);
    const down = boxWeights(top - first, Math.min(bottom, last) - first, last - first, count);
    data.set(weighedColumns(narrow, width, down, count), 4 * width * start);
  }
  return { height, width, data: divided(data) };
}

/**
 * Return which of `length` old pixels each of `count` new ones averages, and how much they count.
 *
 * @param {number} start where the part that is averaged starts, in old pixels.
 * @param {number} end where it ends.
 * @returns {{first, weights: number[]}[]} weights are whole, in units of 2 ** −FRACTION_BITS.
 */
function boxWeights(start, end, length, count) {
  const scale = (end - start) / count;
  const size = Math.max(scale, 1);
  return Array.from({ length: count }, (_, at) => {
    const middle = start + (at + 0.5) * scale;
    const first = Math.max(Math.trunc(middle - size / 2 + 0.5), 0);
    const behind = Math.min(Math.trunc(middle + size / 2 + 0.5), length);
    const inside = Array.from({ length: behind - first }, (_pixel, pixel) => {
      const away = (pixel + first - middle + 0.5) * (1 / size);
      return away > -0.5 && away <= 0.5 ? 1 : 0;
    });
    const sum = inside.reduce((total, each) => total + each, 0) || 1;
    const whole = inside.map((each) => Math.trunc(0.5 + (each / sum) * 2 ** FRACTION_BITS));
    return { first, weights: whole };
  });
}

/** Return some rows with colours multiplied by opacity, so that the invisible does not count. */
function premultiplied({ width, data }, first, last) {
  const band = data.slice(4 * width * first, 4 * width * last);
  for (let at = 0; at < band.length; at += 4) {
    const opacity = band[at + 3];
    if (opacity === 255) continue;
    for (let colour = 0; colour < 3; colour++) {
      const product = band[at + colour] * opacity + 128;
      band[at + colour] = ((product >> 8) + product) >> 8; // product / 255, rounded
    }
  }
  return band;
}

/** Undo `premultiplied`. */
function divided(data) {
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3];
    if (opacity === 255 || opacity === 0) continue;
    for (let colour = 0; colour < 3; colour++) {
      data[at + colour] = Math.trunc((255 * data[at + colour]) / opacity);
    }
  }
  return data;
}

/** Average along rows: `rows` × `width` pixels become `rows` × `count`. */
function weighedRows(data, rows, width, weighed, count) {
  const result = new Uint8ClampedArray(4 * rows * count);
  for (let at = 0; at < count; at++) {
    for (let row = 0; row < rows; row++) {
      const start = row * width + weighed[at].first;
      weigh(data, 4 * start, 4, weighed[at].weights, result, 4 * (row * count + at));
    }
  }
  return result;
}

/** Average along columns: all rows become `count`. */
function weighedColumns(data, width, weighed, count) {
  const result = new Uint8ClampedArray(4 * width * count);
  for (let at = 0; at < count; at++) {
    for (let column = 0; column < width; column++) {
      const start = weighed[at].first * width + column;
      weigh(data, 4 * start, 4 * width, weighed[at].weights, result, 4 * (at * width + column));
    }
  }
  return result;
}

/** Write the weighted means of red, green, blue and opacity of pixels `stride` values apart. */
function weigh(data, start, stride, weights, result, to) {
  for (let channel = 0; channel < 4; channel++) {
    let sum = 1 << (FRACTION_BITS - 1); // a half, so that the shift rounds
    for (let number = 0, at = start + channel; number < weights.length; number++, at += stride) {
      sum += data[at] * weights[number];
    }
    result[to + channel] = sum >> FRACTION_BITS;
  }
}
