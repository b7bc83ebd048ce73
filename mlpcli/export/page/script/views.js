// Shifted and rotated copies of an image, whose predictions are averaged. As
// mlpcli/inference/tta.py.
//
// The mean is more accurate than the prediction for the image alone if the image is not quite like
// those of the training set (test-time augmentation). Sums are rounded to single precision as they
// are in Python, so that grey levels come out the same.

const placesBySize = new Map(); // places and weights are the same for every image of a size

/**
 * Return the image as it is, then shifted, then rotated.
 *
 * @param {Uint8Array} image grey levels, (height * width).
 * @param {{angles: number[], shifts: number[][]}} views in degrees counter-clockwise, and in pixels
 *   down and right.
 * @returns {Uint8Array[]} of the same size.
 */
export function viewsOf(image, height, width, { angles, shifts }) {
  const key = `${height}×${width}`;
  if (!placesBySize.has(key)) {
    const moves = [
      ...shifts.map(([down, right]) => ({ down, right, angle: 0 })),
      ...angles.map((angle) => ({ down: 0, right: 0, angle: angle * (Math.PI / 180) })),
    ];
    placesBySize.set(key, moves.map((move) => placesOf(move, height, width)));
  }
  const framed = withFrame(image, height, width);
  return [image, ...placesBySize.get(key).map((places) => movedImage(framed, places))];
}

/** Return an image with one pixel of 0 around it, from which all pixels outside are taken. */
function withFrame(image, height, width) {
  const framed = new Uint8Array((height + 2) * (width + 2));
  for (let row = 0; row < height; row++) {
    const start = row * width;
    framed.set(image.subarray(start, start + width), (row + 1) * (width + 2) + 1);
  }
  return framed;
}

/**
 * Find for each pixel of the moved image where it comes from: between four pixels of the old one.
 *
 * @returns {{stride, places: Int32Array, weights: Float32Array[]}} the upper left of the four in
 *   the framed image, and the weights of upper left, upper right, lower left and lower right.
 */
function placesOf({ down, right, angle }, height, width) {
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const stride = width + 2;
  const places = new Int32Array(height * width);
  const weights = [0, 1, 2, 3].map(() => new Float32Array(height * width));
  for (let at = 0; at < places.length; at++) {
    const below = Math.floor(at / width) - middleRow - down;
    const beside = (at % width) - middleColumn - right;
    const row = placeBetween(middleRow + below * cosine + beside * sine, height);
    const column = placeBetween(middleColumn + beside * cosine - below * sine, width);
    places[at] = row.first * stride + column.first;
    weights[0][at] = row.before * column.before;
    weights[1][at] = row.before * column.after;
    weights[2][at] = row.after * column.before;
    weights[3][at] = row.after * column.after;
  }
  return { stride, places, weights };
}

/** Return the row or column before a place, in the framed image, and the weights of both. */
function placeBetween(place, length) {
  const inFrame = Math.fround(Math.fround(place) + 1);
  const inside = Math.min(Math.max(inFrame, 0), length + 1);
  const first = Math.min(Math.floor(inside), length);
  const after = Math.fround(inside - first);
  return { first, before: Math.fround(1 - after), after };
}

function movedImage(framed, { stride, places, weights }) {
  const neighbours = [0, 1, stride, stride + 1];
  return Uint8Array.from(places, (place, at) => {
    let sum = 0.5; // so that cutting off the fraction rounds
    for (let number = 0; number < 4; number++) {
      const part = Math.fround(framed[place + neighbours[number]] * weights[number][at]);
      sum = Math.fround(sum + part);
    }
    return sum;
  });
}
