// Turns the ink of one digit into an image like MNIST's. As mlpcli/images/shaping.py.

import { above, cropped, emptyPicture, greyLevels, inverse, padded } from "./picture.js";
import { rectangleAbove, roundHalfEven } from "./picture.js";
import { median, quantile, valuesAbove } from "./statistics.js";
import { distancesInside } from "./masks.js";
import { enlarge, resize } from "./resizing.js";

/**
 * Thicken thin strokes and thin thick ones, until their width is one that is found in MNIST.
 *
 * The edge of the ink moves by the same distance everywhere; strokes within the limits are left as
 * they are, grey edges and all.
 *
 * @param {{least, most}} step limits of the width, in pixels of the finished image.
 */
export function fitStrokes(ink, { least, most }, settings) {
  const { inked, fine } = settings.strokes;
  const { box } = settings.normalization;
  const digit = croppedAbove(ink, inked);
  if (!digit) return ink;
  const mask = above(padded(enlarge(digit, fine), 2), 0.5);
  const rectangle = rectangleAbove(mask, 0);
  if (!rectangle) return ink;
  const size = Math.max(rectangle.bottom - rectangle.top, rectangle.right - rectangle.left);
  const ridge = ridgeDepths(mask);
  const width = 2 * median(ridge) - 0.5;
  const wanted = Math.min(Math.max((width * box) / size, least), most);
  if (wanted === (width * box) / size) return ink;
  let grow = ((wanted * size) / box - width) / (2 * (1 - wanted / box)); // the digit grows with it
  if (grow < 0) {
    // as far as the thinnest strokes allow
    const spare = quantile(ridge, settings.strokes.thinnest) - (least * size) / box / 2;
    grow = -Math.min(-grow, Math.max(spare, 0));
  }
  return movedEdge(padded(mask, Math.ceil(Math.max(grow, 0)) + 2), grow);
}

/**
 * Return how deep inside the strokes their middle lines run, in pixels, at each point of them.
 *
 * They are the points next to which none is deeper. No stroke touches the mask's border.
 */
function ridgeDepths(mask) {
  const { width, data: depth } = distancesInside(mask);
  const ridge = new Float64Array(depth.length);
  let count = 0;
  for (let at = 0; at < depth.length; at++) {
    if (!mask.data[at]) continue;
    let deepest = 0;
    for (let row = at - width; row <= at + width; row += width) {
      deepest = Math.max(deepest, depth[row - 1], depth[row], depth[row + 1]);
    }
    if (depth[at] === deepest) ridge[count++] = depth[at];
  }
  return ridge.slice(0, count);
}

/** Return the ink of a mask whose edge is moved outwards by `grow` pixels, with soft edges. */
function movedEdge(mask, grow) {
  const { height, width } = mask;
  const inside = grow < 0 ? distancesInside(mask) : null;
  const outside = grow < 0 ? null : distancesInside(inverse(mask));
  const ink = emptyPicture(height, width);
  for (let at = 0; at < ink.data.length; at++) {
    const depth = inside ? inside.data[at] : 1 - outside.data[at];
    ink.data[at] = Math.min(Math.max(depth + grow, 0), 1);
  }
  return ink;
}

/**
 * Scale the digit into a square box, keeping its proportions, by averaging areas.
 *
 * @param {{side: number}} step of the box, in pixels: the longer side of the result.
 */
export function fitBox(ink, { side }, settings) {
  const { edge, enlargement } = settings.boxes;
  const digit = croppedAbove(ink, edge);
  if (!digit) return emptyPicture(1, 1);
  const isFit = Math.max(digit.height, digit.width) === side;
  const large = isFit ? digit : enlarge(digit, enlargement * side);
  const scale = side / Math.max(large.height, large.width);
  const [height, width] = [large.height, large.width].map((length) =>
    Math.max(1, roundHalfEven(length * scale)),
  );
  return resize(large, height, width);
}

/**
 * Stretch grey levels so that the strongest strokes reach full ink, as nearly all in MNIST do.
 *
 * @param {{share: number}} step of the inked pixels that stay below full ink.
 */
export function fullInk(ink, { share }, settings) {
  const inked = valuesAbove(ink.data, settings.normalization.inked);
  if (!inked.length) return ink;
  const full = quantile(inked, share);
  return { ...ink, data: ink.data.map((value) => Math.min(value / full, 1)) };
}

/** Place the box so that the centre of mass lies in the middle of the image. */
export function centre(ink, _step, settings) {
  const { side, centre: middle } = settings.normalization;
  const levels = greyLevels(ink);
  let [mass, down, across] = [0, 0, 0];
  for (let at = 0; at < levels.length; at++) {
    const column = at % ink.width;
    mass += levels[at];
    down += levels[at] * ((at - column) / ink.width);
    across += levels[at] * column;
  }
  const within = (start, length) =>
    Math.min(Math.max(roundHalfEven(start), 0), side - length); // a digit is kept inside
  const top = within(middle - down / Math.max(mass, 1), ink.height);
  const left = within(middle - across / Math.max(mass, 1), ink.width);
  const image = emptyPicture(side, side);
  for (let at = 0; at < levels.length; at++) {
    const column = at % ink.width;
    const row = (at - column) / ink.width;
    image.data[(top + row) * side + left + column] = levels[at] / 255;
  }
  return image;
}

/** Resize a whole picture, for data sets whose images are not boxed and centred. */
export function scale(light, { height, width }) {
  return light.height === height && light.width === width ? light : resize(light, height, width);
}

/** Cut off the outer rows and columns without ink; null if there is none. */
function croppedAbove(ink, limit) {
  const rectangle = rectangleAbove(ink, limit);
  return rectangle && cropped(ink, rectangle);
}
