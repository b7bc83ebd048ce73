// What a network that has learnt every pixel by its place is not prepared for: an image that is
// turned, shifted, or drawn with another pen.

/**
 * Return a changed copy of an image; what comes in from outside is black.
 * @param {ArrayLike<number>} image height * width levels from 0 to 255
 * @param {number} height
 * @param {number} width
 * @param {{turn: number, right: number, down: number, thicker: number}} change degrees
 *   clockwise, pixels, pixels, and the pixels by which a pen's radius grows
 * @returns {Uint8Array}
 */
export function changeImage(image, height, width, { turn, right, down, thicker }) {
  const thick = thicker === 0 ? image : thicken(image, height, width, thicker);
  const angle = (-turn * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const changed = new Uint8Array(height * width);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      // where in the old image does this pixel of the new one come from?
      const below = row - middleRow - down;
      const beside = column - middleColumn - right;
      const oldRow = middleRow + below * cosine + beside * sine;
      const oldColumn = middleColumn + beside * cosine - below * sine;
      changed[row * width + column] = Math.round(
        levelBetween(thick, height, width, oldRow, oldColumn),
      );
    }
  }
  return changed;
}

/** Return the level at a place between pixels (bilinear interpolation). */
function levelBetween(image, height, width, row, column) {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  let level = 0;
  for (const [y, x] of [
    [top, left],
    [top, left + 1],
    [top + 1, left],
    [top + 1, left + 1],
  ]) {
    if (y >= 0 && y < height && x >= 0 && x < width) {
      const share = (1 - Math.abs(row - y)) * (1 - Math.abs(column - x));
      level += share * image[y * width + x];
    }
  }
  return level;
}

/**
 * Thicken strokes by a radius, or thin them if it is negative.
 *
 * Each pixel gets the lightest level around it, those at the rim of the radius in part: a grey
 * dilation. Thinning is thickening the dark.
 */
function thicken(image, height, width, radius) {
  if (radius < 0) {
    const dark = Uint8Array.from(image, (level) => 255 - level);
    return thicken(dark, height, width, -radius).map((level) => 255 - level);
  }
  const reach = Math.ceil(radius);
  const disc = [];
  for (let down = -reach; down <= reach; down += 1) {
    for (let right = -reach; right <= reach; right += 1) {
      const share = Math.min(1, radius + 1 - Math.hypot(down, right));
      if (share > 0) {
        disc.push({ down, right, share });
      }
    }
  }
  return Uint8Array.from(image, (_, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    let most = 0;
    for (const { down, right, share } of disc) {
      const [y, x] = [row + down, column + right];
      if (y >= 0 && y < height && x >= 0 && x < width) {
        most = Math.max(most, share * image[y * width + x]);
      }
    }
    return most;
  });
}
