// The numbers of one forward pass, rounded so that they can be checked with a pocket calculator:
// each result is computed from the numbers that are shown, and what many small terms add up to is
// what is missing to the sum.

import { ACTIVATIONS } from "../activationFunctions.js";
import { largestIndices } from "./elements.js";

export const FACTOR_DECIMALS = 5;
export const SUM_DECIMALS = 4;
export const POWER_DECIMALS = 6;

/** Round to so many decimals, halves away from 0 as calculators do. */
export function roundedTo(number, decimals) {
  return Math.sign(number) * (Math.round(Math.abs(number) * 10 ** decimals) / 10 ** decimals);
}

/** Add numbers of so many decimals without the errors of binary fractions. */
export function exactSum(numbers, decimals) {
  const sum = numbers.reduce((total, each) => total + Math.round(each * 10 ** decimals), 0);
  return sum / 10 ** decimals;
}

/**
 * Return how one sum of a layer comes about.
 *
 * @param {object} layer {weight, bias, inputs, outputs}.
 * @param {Float32Array} x its inputs.
 * @param {number} unit
 * @param {number} z the sum, as `forward` found it.
 * @param {number} count how many terms are written out, those furthest from 0.
 * @returns {{terms: {input: number, x: number, w: number, product: number}[], others: {count:
 *   number, sum: number}, bias: number, z: number}}
 */
export function sumWorking({ weight, bias, inputs, outputs }, x, unit, z, count) {
  const sizes = new Float64Array(inputs).map((_, i) => Math.abs(x[i] * weight[i * outputs + unit]));
  const nonZero = sizes.reduce((number, size) => number + (size > 0 ? 1 : 0), 0);
  const terms = largestIndices(sizes, Math.min(count, nonZero)).map((input) => {
    const factor = roundedTo(x[input], FACTOR_DECIMALS);
    const w = roundedTo(weight[input * outputs + unit], FACTOR_DECIMALS);
    return { input, x: factor, w, product: roundedTo(factor * w, SUM_DECIMALS) };
  });
  const shown = { bias: roundedTo(bias[unit], SUM_DECIMALS), z: roundedTo(z, SUM_DECIMALS) };
  const negated = [...terms.map(({ product }) => -product), -shown.bias];
  const sum = exactSum([shown.z, ...negated], SUM_DECIMALS);
  return { terms, others: { count: nonZero - terms.length, sum }, ...shown };
}

/** Return the activation of a sum that is shown, rounded as it is. */
export function activationWorking(name, z) {
  return roundedTo(ACTIVATIONS[name].value(z), SUM_DECIMALS);
}

/**
 * Return how logits become probabilities, for the largest ones.
 *
 * @param {Float32Array} logits (classes).
 * @param {number} temperature
 * @param {number} count of the classes that are written out.
 * @returns {{temperature: number, largest: number, rows: {label: number, logit: number, divided:
 *   number, power: number, probability: number}[], others: {count: number, sum: number}, total:
 *   number}} `divided` is logit / temperature, `largest` the largest of them, `power` is
 *   e^(divided − largest).
 */
export function softmaxWorking(logits, temperature, count) {
  const divisor = roundedTo(temperature, FACTOR_DECIMALS);
  const divide = (logit) => roundedTo(roundedTo(logit, SUM_DECIMALS) / divisor, SUM_DECIMALS);
  const labels = largestIndices(logits, count);
  const largest = divide(logits[labels[0]]);
  const powerOf = (logit) => Math.exp(exactSum([divide(logit), -largest], SUM_DECIMALS));
  const rows = labels.map((label) => ({
    label,
    logit: roundedTo(logits[label], SUM_DECIMALS),
    divided: divide(logits[label]),
    power: roundedTo(powerOf(logits[label]), POWER_DECIMALS),
  }));
  const all = logits.reduce((sum, logit) => sum + powerOf(logit), 0);
  const written = labels.reduce((sum, label) => sum + powerOf(logits[label]), 0);
  const others = {
    count: logits.length - rows.length,
    sum: roundedTo(Math.max(0, all - written), POWER_DECIMALS),
  };
  const powers = [...rows.map(({ power }) => power), others.sum];
  const total = exactSum(powers, POWER_DECIMALS);
  for (const row of rows) {
    row.probability = roundedTo(row.power / total, SUM_DECIMALS);
  }
  return { temperature: divisor, largest, rows, others, total };
}

/**
 * Return how likely it is by one network that an image belongs to no class: 1 / (1 + Σ e^z).
 *
 * @param {Float32Array} logits (classes).
 * @param {number} count of the classes that are written out.
 * @returns {{decimals: number, rows: {label: number, logit: number, power: number}[], others:
 *   {count: number, sum: number}, total: number, score: number}} powers have so many decimals.
 */
export function outlierWorking(logits, count) {
  const all = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const decimals = all < 1e9 ? SUM_DECIMALS : 0;
  const labels = largestIndices(logits, count);
  const rows = labels.map((label) => {
    const logit = roundedTo(logits[label], SUM_DECIMALS);
    return { label, logit, power: roundedTo(Math.exp(logit), decimals) };
  });
  const written = labels.reduce((sum, label) => sum + Math.exp(logits[label]), 0);
  const others = {
    count: logits.length - rows.length,
    sum: roundedTo(Math.max(0, all - written), decimals),
  };
  const total = exactSum([...rows.map(({ power }) => power), others.sum], decimals);
  return { decimals, rows, others, total, score: roundedTo(1 / (1 + total), POWER_DECIMALS) };
}

/**
 * Return the mean of probabilities.
 *
 * @param {number[]} probabilities
 * @returns {{shown: number[], sum: number, mean: number}}
 */
export function meanWorking(probabilities) {
  const shown = probabilities.map((each) => roundedTo(each, POWER_DECIMALS));
  const sum = exactSum(shown, POWER_DECIMALS);
  return { shown, sum, mean: roundedTo(sum / shown.length, SUM_DECIMALS) };
}
