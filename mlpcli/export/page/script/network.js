// What a network computes: for each layer a weighted sum of its inputs and a bias, and between two
// layers a function that bends; at the end softmax, which turns the sums into probabilities.
//
// Sums are kept in Float64Array and results in Float32Array, as precise as the weights are.

import { ACTIVATIONS } from "./activationFunctions.js";
import { seenBy } from "./seeing.js";

/** Return an image's grey levels (Uint8Array) as the network's inputs, from 0 to 1. */
export function inputsOf(image) {
  return new Float32Array(image).map((level) => level / 255);
}

/**
 * Run one image through a network, and keep everything on the way.
 *
 * @param {object} network with `activation` and `layers`, see weights.js.
 * @param {Float32Array} inputs (pixels), from 0 to 1.
 * @returns {{inputs: Float32Array, layers: {preactivations: Float32Array, activations:
 *   Float32Array}[], logits: Float32Array}} an entry of `layers` for each hidden layer.
 */
export function forward(network, inputs) {
  const activation = ACTIVATIONS[network.activation];
  const trace = { inputs, layers: [], logits: null };
  let x = inputs;
  for (const layer of network.layers.slice(0, -1)) {
    const preactivations = weightedSums(layer, x);
    x = preactivations.map(activation.value);
    trace.layers.push({ preactivations, activations: x });
  }
  trace.logits = weightedSums(network.layers.at(-1), x);
  return trace;
}

/**
 * Return x W + b of one layer, (outputs).
 *
 * Inputs of 0 add nothing, and are most of them: paper, and units that do not fire. Of the others
 * eight rows of W are added at a time, so that each sum is fetched and put back less often: nearly
 * four times as fast as one by one.
 */
function weightedSums({ weight, bias, inputs, outputs }, x) {
  const used = indicesOfNonZero(x, inputs);
  const sums = new Float64Array(bias);
  const wholes = used.length - (used.length % 8);
  for (let n = 0; n < wholes; n += 8) {
    addEightRows(sums, weight, x, used, n);
  }
  for (const i of used.subarray(wholes)) {
    for (let j = 0; j < outputs; j++) {
      sums[j] += x[i] * weight[i * outputs + j];
    }
  }
  return new Float32Array(sums);
}

/** Add to each sum what the eight inputs from `used[n]` on contribute, written out for speed. */
function addEightRows(sums, weight, x, used, n) {
  const outputs = sums.length;
  const [x0, x1, x2, x3] = [x[used[n]], x[used[n + 1]], x[used[n + 2]], x[used[n + 3]]];
  const [x4, x5, x6, x7] = [x[used[n + 4]], x[used[n + 5]], x[used[n + 6]], x[used[n + 7]]];
  const [w0, w1] = [used[n] * outputs, used[n + 1] * outputs];
  const [w2, w3] = [used[n + 2] * outputs, used[n + 3] * outputs];
  const [w4, w5] = [used[n + 4] * outputs, used[n + 5] * outputs];
  const [w6, w7] = [used[n + 6] * outputs, used[n + 7] * outputs];
  for (let j = 0; j < outputs; j++) {
    sums[j] +=
      x0 * weight[w0 + j] +
      x1 * weight[w1 + j] +
      x2 * weight[w2 + j] +
      x3 * weight[w3 + j] +
      x4 * weight[w4 + j] +
      x5 * weight[w5 + j] +
      x6 * weight[w6 + j] +
      x7 * weight[w7 + j];
  }
}

/** Return where an array of that length is not 0, in order. */
function indicesOfNonZero(numbers, length) {
  const indices = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (numbers[i] !== 0) {
      indices[count++] = i;
    }
  }
  return indices.subarray(0, count);
}

/**
 * Turn logits into probabilities: their exponentials, divided by the sum of all of them.
 *
 * The largest one is subtracted from all first. It changes no share, and nothing overflows.
 *
 * @param {Float32Array} logits (classes).
 * @param {number} temperature that divides them; above 1 it makes the network less sure.
 * @returns {Float64Array} (classes), with a sum of 1.
 */
export function softmax(logits, temperature) {
  const largest = logits.reduce((one, other) => Math.max(one, other));
  const powers = new Float64Array(logits).map((z) => Math.exp((z - largest) / temperature));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map((each) => each / sum);
}

/**
 * Return the logits of each network for one image.
 *
 * @param {object} model see weights.js.
 * @param {Uint8Array} image (height * width).
 * @returns {Float32Array[]} (networks) of (classes).
 */
export function committeeLogits(model, image) {
  const inputs = (network) => inputsOf(seenBy(network, image));
  return model.networks.map((network) => forward(network, inputs(network)).logits);
}

/**
 * Return the mean of the probabilities over networks, and over views of an image.
 *
 * The mean p may have a temperature T: it becomes p^(1/T), divided by the sum over the classes.
 *
 * @param {object} model see weights.js.
 * @param {Float32Array[]} listOfLogits of each network for one view, then for the next.
 * @returns {Float64Array} (classes), with a sum of 1.
 */
export function averageProbabilities(model, listOfLogits) {
  const mean = new Float64Array(model.classes.length);
  listOfLogits.forEach((logits, n) => {
    const { temperature } = model.networks[n % model.networks.length];
    softmax(logits, temperature).forEach((each, label) => {
      mean[label] += each / listOfLogits.length;
    });
  });
  return model.meanTemperature ? softmax(mean.map(Math.log), model.meanTemperature) : mean;
}

/**
 * Return how likely an image belongs to no class, the mean over networks and views.
 *
 * A network that was shown other things in training has a further logit for them, which is always
 * 0: their probability is 1 / (1 + Σ exp z). Temperatures play no part in it.
 *
 * @param {Float32Array[]} listOfLogits (any number) of (classes).
 * @returns {number} from 0 to 1.
 */
export function outlierScore(listOfLogits) {
  const scores = listOfLogits.map((logits) => softmax([...logits, 0], 1).at(-1));
  return scores.reduce((total, each) => total + each, 0) / scores.length;
}

/**
 * Return how much one logit grows with each input, by the chain rule from the logit backwards.
 *
 * @param {object} network that the trace is of.
 * @param {object} trace what `forward` returned.
 * @param {number} label of the logit.
 * @param {{skipZeros?: boolean}} options with skipZeros, inputs of 0 get 0 instead of their
 *   gradient: quicker, and enough for gradient × input.
 * @returns {Float32Array} (inputs).
 */
export function inputGradient(network, trace, label, { skipZeros = false } = {}) {
  const { slope } = ACTIVATIONS[network.activation];
  let gradient = new Float32Array(trace.logits.length);
  gradient[label] = 1;
  for (let n = network.layers.length - 1; n >= 0; n--) {
    const inputs = n > 0 ? trace.layers[n - 1].activations : trace.inputs;
    gradient = backwards(network.layers[n], gradient, n === 0 && skipZeros ? inputs : null);
    if (n > 0) {
      const { preactivations } = trace.layers[n - 1];
      gradient.forEach((each, i) => {
        gradient[i] = each * slope(preactivations[i], inputs[i]);
      });
    }
  }
  return gradient;
}

/**
 * Return W · gradient of a layer, (inputs); 0 where `needed` is given and 0.
 *
 * Four inputs at a time, whose sums do not wait for one another.
 */
function backwards({ weight, inputs, outputs }, gradient, needed) {
  const used = indicesOfNonZero(gradient, outputs);
  const wanted = indicesOfNonZero(needed ?? new Uint8Array(inputs).fill(1), inputs);
  const result = new Float32Array(inputs);
  for (let n = 0; n < wanted.length; n += 4) {
    const [i0, i1, i2, i3] = [0, 1, 2, 3].map((k) => wanted[Math.min(n + k, wanted.length - 1)]);
    const [w0, w1, w2, w3] = [i0 * outputs, i1 * outputs, i2 * outputs, i3 * outputs];
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let m = 0; m < used.length; m++) {
      const j = used[m];
      const d = gradient[j];
      sum0 += weight[w0 + j] * d;
      sum1 += weight[w1 + j] * d;
      sum2 += weight[w2 + j] * d;
      sum3 += weight[w3 + j] * d;
    }
    [result[i0], result[i1], result[i2], result[i3]] = [sum0, sum1, sum2, sum3];
  }
  return result;
}
