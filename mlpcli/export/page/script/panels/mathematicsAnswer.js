// The last steps of the mathematics: from logits to probabilities, and to the answer.

import { inBrackets } from "../activationFunctions.js";
import { noneName } from "../bars.js";
import { averageProbabilities, outlierScore, softmax } from "../network.js";
import { decimalText } from "./elements.js";
import { formula, paragraph, table } from "./prose.js";
import {
  FACTOR_DECIMALS,
  meanWorking,
  outlierWorking,
  POWER_DECIMALS,
  softmaxWorking,
  SUM_DECIMALS,
} from "./workings.js";

const CLASSES = 6; // that are written out

/** Write how the logits of the network become probabilities. */
export function writeSoftmax({ model, trace, network }) {
  const working = softmaxWorking(trace.logits, model.networks[network].temperature, CLASSES);
  const rows = working.rows.map(({ label, logit, divided, power, probability }) => [
    model.classes[label],
    decimalText(logit, SUM_DECIMALS),
    decimalText(divided, SUM_DECIMALS),
    decimalText(power, POWER_DECIMALS),
    decimalText(probability, SUM_DECIMALS),
  ]);
  const { count, sum } = working.others;
  if (count > 0) {
    rows.push([`the other ${count}`, "", "", decimalText(sum, POWER_DECIMALS), ""]);
  }
  rows.push(["sum", "", "", decimalText(working.total, POWER_DECIMALS), ""]);
  const temperature = decimalText(working.temperature, FACTOR_DECIMALS);
  const largest = decimalText(working.largest, SUM_DECIMALS);
  return [
    paragraph(
      working.temperature === 1
        ? "The temperature T, by which the logits are divided, is 1: it changes nothing here."
        : `The logits are divided by the temperature T = ${temperature}, which was fitted after ` +
            "training so that probabilities mean what they say: of all answers with 90 %, about " +
            "nine in ten are right.",
    ),
    paragraph(
      "Softmax turns them into probabilities: e to the power of each, divided by the sum of " +
        `all. The largest one, ${largest}, is subtracted from each first. This does not change ` +
        "the result, and keeps the numbers small.",
    ),
    formula(`p = e^{z / T − ${inBrackets(largest)}} / sum`),
    table("The largest logits", ["class", "z", "z / T", "power", "p"], rows, true),
  ];
}

/** Write how likely it is that the image belongs to none of the classes. */
export function writeOutlier({ model, trace }) {
  const working = outlierWorking(trace.logits, CLASSES);
  const text = (power) => decimalText(power, working.decimals);
  const rows = working.rows.map(({ label, logit, power }) => [
    model.classes[label],
    decimalText(logit, SUM_DECIMALS),
    text(power),
  ]);
  if (working.others.count > 0) {
    rows.push([`the other ${working.others.count}`, "", text(working.others.sum)]);
  }
  rows.push(["sum", "", text(working.total)]);
  const threshold = decimalText(model.outlierThreshold, SUM_DECIMALS);
  return [
    paragraph(
      "In training the network was also shown things that belong to none of the classes. They " +
        "count as one more class whose logit is always 0; its probability is",
    ),
    formula("p = e^{0} / (e^{0} + sum of e^{z})"),
    formula(`p = 1 / (1 + ${text(working.total)}) = ${decimalText(working.score, POWER_DECIMALS)}`),
    paragraph(`A mean above ${threshold}, which few images of a class have, gives a warning.`),
    table("The largest logits, not divided by T", ["class", "z", "power"], rows, true),
  ];
}

/** Write the mean over the views of the image, and over the networks. */
export function writeMean({ model, reading }) {
  const { label, logits } = reading;
  const count = model.networks.length;
  const names = logits.map((_, n) => answerName(model, Math.floor(n / count), n % count));
  const columns = [
    meanWorking(logits.map((each, n) => softmax(each, temperatureOf(model, n))[label])),
    ...(model.outlierThreshold === null
      ? []
      : [meanWorking(logits.map((each) => outlierScore([each])))]),
  ];
  const texts = (of) => columns.map((column) => decimalText(of(column), POWER_DECIMALS));
  const rows = names.map((name, n) => [name, ...texts(({ shown }) => shown[n])]);
  rows.push(["sum", ...texts(({ sum }) => sum)]);
  const [{ sum, mean }] = columns;
  const who = [
    ...(count > 1 ? [`${count} networks`] : []),
    ...(logits.length > count ? ["the image as it is, a little shifted and a little turned"] : []),
  ].join(", and for ");
  return [
    paragraph(
      `The answer is the mean of the probabilities for ${who}: together they are right more ` +
        `often than one alone. For ${model.classes[label]} it is`,
    ),
    formula(
      `${decimalText(sum, POWER_DECIMALS)} / ${names.length} = ${decimalText(mean, SUM_DECIMALS)}`,
    ),
    table(
      "Probabilities",
      ["of", ...[model.classes[label], noneName(model.classes)].slice(0, columns.length)],
      rows,
      true,
    ),
    ...(model.meanTemperature ? temperedMean(model, reading) : []),
  ];
}

/** Write what the temperature of the mean makes of it. */
function temperedMean(model, { label, logits }) {
  const power = decimalText(1 / model.meanTemperature, SUM_DECIMALS);
  const probability = averageProbabilities(model, logits)[label];
  return [
    paragraph(
      `Each mean is then taken to the power of ${power}, and divided by the sum of these over the ` +
        "classes, because such means are less sure than they are right. That makes it",
    ),
    formula(`p = ${decimalText(probability, SUM_DECIMALS)}`),
  ];
}

/** Return the temperature of the network that gave the logits of that number. */
function temperatureOf(model, n) {
  return model.networks[n % model.networks.length].temperature;
}

/** Return what a probability is of: the view of the image, and the network if there are several. */
function answerName(model, view, network) {
  const { angles, shifts } = model.views;
  const moved = (by, one, other) => (by > 0 ? one : other);
  let name = "as it is";
  if (view > shifts.length) {
    const angle = angles[view - 1 - shifts.length];
    name = `turned ${moved(angle, "left", "right")} by ${Math.abs(angle)}°`;
  } else if (view > 0) {
    const [down, right] = shifts[view - 1];
    const where = down ? moved(down, "down", "up") : moved(right, "right", "left");
    name = `shifted ${where} by ${Math.abs(down || right)}`;
  }
  return model.networks.length > 1 ? `network ${network + 1}, ${name}` : name;
}
