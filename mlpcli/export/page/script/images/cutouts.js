// Pieces of a picture, each with nothing but one digit. As mlpcli/images/cutouts.py.

import { copyInto, cropped, emptyPicture, keptWhere, rectangleAbove } from "./picture.js";
import { dilate, partsWhere } from "./masks.js";

/** Return the longer side of a rectangle. */
export function sizeOf({ top, bottom, left, right }) {
  return Math.max(bottom - top, right - left);
}

/**
 * Return the ink of some parts, their grey edges included.
 *
 * @returns {{ink, top, left}} a picture, and its first row and column in the larger one.
 */
export function cutOut(ink, labels, parts) {
  const around = {
    top: Math.max(0, Math.min(...parts.map((part) => part.top)) - 1),
    left: Math.max(0, Math.min(...parts.map((part) => part.left)) - 1),
    bottom: Math.min(ink.height, Math.max(...parts.map((part) => part.bottom)) + 1),
    right: Math.min(ink.width, Math.max(...parts.map((part) => part.right)) + 1),
  };
  const chosen = new Uint8Array(labels.count + 1);
  for (const part of parts) chosen[part.number] = 1;
  const mask = partsWhere(cropped(labels, around), chosen);
  const alone = keptWhere(dilate(mask), cropped(ink, around));
  return { ink: alone, top: around.top, left: around.left };
}

/**
 * Return the part of a picture outside of which it is 0, with a margin, as a cutout.
 *
 * Most of a drawing is empty paper: what looks at this part alone is several times as fast.
 */
export function inkedPart(picture, margin = 2) {
  const { height, width } = picture;
  const ends = rectangleAbove(picture, 0) ?? { top: 0, bottom: 0, left: 0, right: 0 };
  const top = Math.max(0, ends.top - margin);
  const left = Math.max(0, ends.left - margin);
  const bottom = Math.min(height, ends.bottom + margin);
  const right = Math.min(width, ends.right + margin);
  return { ink: cropped(picture, { top, bottom, left, right }), top, left };
}

/** Return the number of rows between the first and the last with any ink. */
export function inkHeight({ ink }) {
  const { width, data } = ink;
  const rowAt = (at) => Math.floor(at / width);
  const isInk = (value) => value !== 0;
  return rowAt(data.findLastIndex(isInk)) - rowAt(data.findIndex(isInk)) + 1;
}

/** Return a picture of a size with nothing but a cutout on it. */
export function placed(cutout, { height, width }) {
  const whole = emptyPicture(height, width);
  copyInto(whole, cutout.ink, cutout);
  return whole;
}

/** Return a picture of a size with several cutouts on it. */
export function laidOut(cutouts, { height, width }) {
  const whole = emptyPicture(height, width);
  for (const { ink, top, left } of cutouts) {
    for (let row = 0; row < ink.height; row++) {
      for (let column = 0; column < ink.width; column++) {
        const at = (top + row) * width + left + column;
        const value = ink.data[row * ink.width + column];
        if (value > whole.data[at]) whole.data[at] = value; // two may share a grey edge
      }
    }
  }
  return whole;
}

/** Return the ink of several cutouts of a picture, at least one, in one. */
export function union(cutouts) {
  const top = Math.min(...cutouts.map((each) => each.top));
  const left = Math.min(...cutouts.map((each) => each.left));
  const height = Math.max(...cutouts.map((each) => each.top + each.ink.height)) - top;
  const width = Math.max(...cutouts.map((each) => each.left + each.ink.width)) - left;
  const moved = cutouts.map((each) => ({ ...each, top: each.top - top, left: each.left - left }));
  return { ink: laidOut(moved, { height, width }), top, left };
}
