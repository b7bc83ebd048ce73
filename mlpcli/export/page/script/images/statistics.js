// Numbers that say something about many values: sum, median, quantiles, a threshold between two
// classes. They round as NumPy does, so that the page decides as `mlp predict` does.

/** Return the sum of values. */
export function sumOf(values) {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return sum;
}

/** Return the largest of at least one value. */
export function largestOf(values) {
  let largest = values[0];
  for (let at = 1; at < values.length; at++) if (values[at] > largest) largest = values[at];
  return largest;
}

/** Return the smallest of at least one value, from the place `start` on. */
export function smallestOf(values, start = 0) {
  let smallest = values[start];
  for (let at = start + 1; at < values.length; at++) {
    if (values[at] < smallest) smallest = values[at];
  }
  return smallest;
}

/** Return those of some values that are above a limit, or at it if `orEqual`. */
export function valuesAbove(values, limit, orEqual = false) {
  const chosen = new Float64Array(values.length);
  let count = 0;
  for (let at = 0; at < values.length; at++) {
    if (values[at] > limit || (orEqual && values[at] === limit)) chosen[count++] = values[at];
  }
  return chosen.slice(0, count);
}

/** Return the standard deviation of at least one value. */
export function standardDeviation(values) {
  const mean = sumOf(values) / values.length;
  let squares = 0;
  for (let at = 0; at < values.length; at++) squares += (values[at] - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

/**
 * Return the value that has `rank` smaller ones before it once the values are sorted.
 *
 * They are put in order as far as needed: afterwards none before that place is larger, and none
 * behind it is smaller (Hoare, Algorithm 65: find, 1961).
 */
function selectRank(values, rank) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left <= right) {
        const other = values[left];
        values[left++] = values[right];
        values[right--] = other;
      }
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank];
}

/**
 * Return the value that a share of all others lie below, between two of them if need be.
 *
 * @param {Float64Array} values at least one.
 * @param {number} share in [0, 1].
 */
export function quantile(values, share) {
  const sorted = values.slice();
  const place = (values.length - 1) * share;
  const rank = Math.floor(place);
  const low = selectRank(sorted, rank);
  if (rank + 1 >= values.length) return low;
  const next = smallestOf(sorted, rank + 1);
  const part = place - rank;
  return part < 0.5 ? low + (next - low) * part : next - (next - low) * (1 - part);
}

/** Return the middle of at least one value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = values.slice();
  const rank = (values.length - 1) >> 1;
  const low = selectRank(sorted, rank);
  return values.length % 2 ? low : (low + smallestOf(sorted, rank + 1)) / 2;
}

/**
 * Return the threshold between the two classes that are furthest apart.
 *
 * Otsu, A threshold selection method from gray-level histograms, 1979.
 *
 * @param {Float64Array} values at least one.
 * @param {number} leastRange by how much they are taken to differ at least.
 */
export function otsu(values, leastRange) {
  const low = smallestOf(values);
  const { counts, edges } = histogram(values, low, Math.max(largestOf(values), low + leastRange));
  const bins = counts.length;
  const sums = new Float64Array(bins); // of the values up to each bin, taken as its middle
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) {
    sum += counts[bin] * ((edges[bin] + edges[bin + 1]) / 2);
    sums[bin] = sum;
  }
  const between = new Float64Array(bins - 1); // the variance between the classes below and above
  let below = 0;
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin];
    const over = values.length - below;
    const apart = sums[bin] / Math.max(below, 1) - (sum - sums[bin]) / Math.max(over, 1);
    between[bin] = below * over * apart ** 2;
  }
  const enough = largestOf(between) * (1 - 1e-9);
  const best = [...between.keys()].filter((bin) => between[bin] >= enough);
  return sumOf(best.map((bin) => edges[bin + 1])) / best.length;
}

/** Count values in equal bins from `low` to `high`; the last one includes its upper edge. */
function histogram(values, low, high, bins = 128) {
  const step = (high - low) / bins;
  const edges = Float64Array.from({ length: bins + 1 }, (_, bin) => bin * step + low);
  edges[bins] = high;
  const counts = new Float64Array(bins);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    let bin = Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1);
    if (value < edges[bin]) bin--; // the edges decide, not the rounding of the line above
    else if (bin < bins - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  return { counts, edges };
}
