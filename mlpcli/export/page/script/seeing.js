// How a network sees a digit: upright instead of slanted, and of one width. As
// mlpcli/images/view.py, grey level for grey level.
//
// A page has this module only if one of its networks does not see images as they are; see
// writing.py, which puts something shorter in its place.

const SEEN = new WeakMap(); // of an image, what has been made of it, by the words for a view

/**
 * Return an image as a network sees it.
 *
 * @param {{view: ?{deslant: boolean, width: ?number, text: string, side: number, units: number,
 *   level: number, steepest: number}}} network none for an image as it is.
 * @param {Uint8Array} image grey levels, (side * side), light on dark.
 * @returns {Uint8Array} of the same size; the same array each time.
 */
export function seenBy({ view }, image) {
  if (!view) return image;
  const known = SEEN.get(image) ?? new Map();
  SEEN.set(image, known);
  if (!known.has(view.text)) {
    const upright = view.deslant ? deslanted(image, view) : image;
    known.set(view.text, view.width === null ? upright : ofWidth(upright, view));
  }
  return known.get(view.text);
}

/**
 * Return the image after each step of each view, and what it is then.
 *
 * @returns {{name: string, meaning: string, picture: {height, width, data: Float64Array}}[]}
 */
export function stepsOfViews({ networks }, image) {
  const numbers = new Map();
  networks.forEach(({ view }, n) => {
    if (view) numbers.set(view.text, [...(numbers.get(view.text) ?? []), n + 1]);
  });
  return [...numbers].flatMap(([text, those]) => {
    const { view } = networks[those[0] - 1];
    const whose = those.length < networks.length ? `, for network ${those.join(", ")}` : "";
    const parts = [
      ["deslant", "upright", view.deslant, { ...view, width: null, text: "deslanted" }],
      ["width", `${view.width} pixels wide`, view.width !== null, view],
    ];
    return parts
      .filter(([, , wanted]) => wanted)
      .map(([name, meaning, , part]) => {
        const data = Float64Array.from(seenBy({ view: part }, image), (level) => level / 255);
        return { name, meaning: meaning + whose, picture: squareOf(data, view) };
      });
  });
}

/** Return what the mathematics say of a network's view. */
export function sentencesOn({ view }) {
  if (!view) return [];
  return [
    `The network sees digits ${view.text}, as it did in training. All that follows is of that ` +
      "image; the steps from a drawing to an input show how it comes about.",
  ];
}

/** Return what is said of pixels whose contributions are shown. */
export function notesOn({ networks }) {
  if (!networks.some(({ view }) => view)) return [];
  return ["The pixels are those of the image as each network sees it."];
}

function squareOf(data, { side }) {
  return { height: side, width: side, data };
}

/** Shear a digit about its centre of mass so that rows and columns of its ink do not covary. */
function deslanted(image, { side, units, steepest }) {
  const { mass, down, across, squares, products } = momentsOf(image, side);
  const spread = mass * squares - down * down;
  const covariance = mass * products - down * across;
  const slant = Math.min(Math.max(ratioOf(covariance, spread), -steepest), steepest);
  const upright = new Uint8Array(image.length);
  for (let row = 0; row < side; row++) {
    const moved = inUnits(slant * (row - ratioOf(down, mass)), units);
    const whole = Math.floor(moved / units);
    const right = moved - whole * units;
    const levelAt = (column) =>
      column >= 0 && column < side ? image[row * side + column] : 0;
    for (let column = 0; column < side; column++) {
      const left = levelAt(column + whole) * (units - right);
      const grey = left + levelAt(column + whole + 1) * right;
      upright[row * side + column] = Math.floor((grey + units / 2) / units);
    }
  }
  return upright;
}

/** Stretch or squeeze a digit to a width, its centre of mass in the middle. */
function ofWidth(image, { side, units, level, width }) {
  const { mass, across } = momentsOf(image, side);
  const inked = Array.from({ length: side }, (_, column) => {
    for (let at = column; at < image.length; at += side) {
      if (image[at] >= level) return true;
    }
    return false;
  });
  const first = inked.indexOf(true);
  const step = first < 0 ? 1 : (inked.lastIndexOf(true) - first + 1) / width;
  const middle = mass > 0 ? across / mass + 0.5 : side / 2;
  const edges = Array.from({ length: side + 1 }, (_, column) =>
    inUnits(middle + step * (column - side / 2), units),
  );
  const resized = new Uint8Array(image.length);
  for (let column = 0; column < side; column++) {
    const [start, end] = [edges[column], edges[column + 1]];
    const from = Math.max(0, Math.floor(start / units));
    for (let row = 0; row < side; row++) {
      let ink = 0;
      for (let at = from; at < side && at * units < end; at++) {
        const covered = Math.min(end, (at + 1) * units) - Math.max(start, at * units);
        ink += image[row * side + at] * covered;
      }
      resized[row * side + column] = Math.floor((2 * ink + end - start) / (2 * (end - start)));
    }
  }
  return resized;
}

/** Return the sums of ink, and of ink · row, column, row², and row · column. */
function momentsOf(image, side) {
  const sums = { mass: 0, down: 0, across: 0, squares: 0, products: 0 };
  for (let at = 0; at < image.length; at++) {
    const [ink, row, column] = [image[at], Math.floor(at / side), at % side];
    sums.mass += ink;
    sums.down += ink * row;
    sums.across += ink * column;
    sums.squares += ink * row * row;
    sums.products += ink * row * column;
  }
  return sums;
}

/** Return part / whole, and 0 where the whole is 0. */
function ratioOf(part, whole) {
  return whole > 0 ? part / whole : 0;
}

/** Return a place in pixels as the nearest unit, halves up. */
function inUnits(place, units) {
  return Math.floor(place * units + 0.5);
}
