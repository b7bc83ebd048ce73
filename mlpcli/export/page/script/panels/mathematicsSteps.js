// The steps of the mathematics panel, each as paragraphs, formulas and tables.

import { ACTIVATIONS, inBrackets } from "../activationFunctions.js";
import { committeeLogits, softmax } from "../network.js";
import { viewsOf } from "../views.js";
import { decimalText, makeElement } from "./elements.js";
import {
  activationWorking,
  FACTOR_DECIMALS,
  meanWorking,
  POWER_DECIMALS,
  softmaxWorking,
  SUM_DECIMALS,
  sumWorking,
} from "./workings.js";

const TERMS = 5; // of a sum
const CLASSES = 6; // of softmax
const PIXELS = 4;

/** Write how grey levels become inputs. */
export function writePixels({ model, reading, trace }) {
  const { width } = model.preprocessing;
  const inked = trace.inputs.reduce((count, x) => count + (x > 0 ? 1 : 0), 0);
  const rows = somePixels(trace.inputs, inked).map((pixel) => [
    pixelName(pixel, width),
    String(reading.image[pixel]),
    decimalText(trace.inputs[pixel], FACTOR_DECIMALS),
  ]);
  return [
    paragraph(
      `The image has ${trace.inputs.length} pixels, ${inked} of them with ink. Each grey level, ` +
        "from 0 for paper to 255 for ink, is divided by 255.",
    ),
    formula("x = level / 255"),
    table("Some of the pixels", ["pixel", "level", "x"], rows),
  ];
}

/** Write one unit of a layer: its sum, and its activation if it is not the last layer. */
export function writeLayer({ model, trace, network, layer, unit }) {
  const { layers, activation, batchNorm } = model.networks[network];
  const { inputs, outputs } = layers[layer];
  const isLast = layer === layers.length - 1;
  const x = layer === 0 ? trace.inputs : trace.layers[layer - 1].activations;
  const z = isLast ? trace.logits : trace.layers[layer].preactivations;
  const working = sumWorking(layers[layer], x, unit, z[unit], TERMS);
  const name = isLast ? `the logit of ${model.classes[unit]}` : `unit ${unit + 1}`;
  return [
    paragraph(
      `Layer ${layer + 1} has ${inputs} inputs and ${outputs} outputs. The inputs x are ` +
        `${layer === 0 ? "the pixels" : `the activations of layer ${layer}`}. ` +
        `Each output, here ${name}, is the sum of all inputs, each times a weight of its own, ` +
        "and of a bias.",
    ),
    formula("z = x₁ · w₁ + x₂ · w₂ + … + b"),
    sumTable(working, layer, model.preprocessing.width),
    ...(batchNorm && !isLast
      ? [
          paragraph(
            "Training also normalised each sum: batch normalisation. Once trained, that is one " +
              "more factor and one more bias, and these weights and this bias contain them.",
          ),
        ]
      : []),
    ...(isLast ? [] : writeActivation(activation, working.z)),
  ];
}

function writeActivation(activation, z) {
  const { written } = ACTIVATIONS[activation];
  const a = activationWorking(activation, z);
  return [
    paragraph(
      `The activation function ${activation} bends it; without one, all layers together would be ` +
        "no more than a single one.",
    ),
    formula(`a = ${written("z")}`),
    formula(`a = ${written(decimalText(z, SUM_DECIMALS))} = ${decimalText(a, SUM_DECIMALS)}`),
  ];
}

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
            "training so that probabilities mean what they say: of all answers with 90 %, nine " +
            "in ten are right.",
    ),
    paragraph(
      "Softmax turns them into probabilities: e to the power of each, divided by the sum of " +
        "all. " +
        `The largest one, ${largest}, is subtracted from each first. It changes no share, and ` +
        "keeps the numbers small.",
    ),
    formula(`p = e^{z / T − ${inBrackets(largest)}} / sum`),
    table("The largest logits", ["class", "z", "z / T", "power", "p"], rows, true),
  ];
}

/** Write the mean over the views of the image, and over the networks. */
export function writeMean({ model, reading }) {
  const { label, image: seen } = reading;
  const { kind, height, width } = model.preprocessing;
  const images = kind === "digit" ? viewsOf(seen, height, width, model.views) : [seen];
  const names = [];
  const probabilities = [];
  images.forEach((image, view) => {
    committeeLogits(model, image).forEach((logits, network) => {
      probabilities.push(softmax(logits, model.networks[network].temperature)[label]);
      names.push(answerName(model, view, network));
    });
  });
  const { shown, sum, mean } = meanWorking(probabilities);
  const rows = shown.map((each, n) => [names[n], decimalText(each, POWER_DECIMALS)]);
  rows.push(["sum", decimalText(sum, POWER_DECIMALS)]);
  const who = [
    ...(model.networks.length > 1 ? [`${model.networks.length} networks`] : []),
    ...(images.length > 1 ? ["the image as it is, a little shifted and a little turned"] : []),
  ].join(", and for ");
  return [
    paragraph(
      `The answer is the mean of the probabilities for ${who}: together they are right more ` +
        `often than one alone. For ${model.classes[label]} it is`,
    ),
    formula(
      `${decimalText(sum, POWER_DECIMALS)} / ${shown.length} = ${decimalText(mean, SUM_DECIMALS)}`,
    ),
    table(`Probabilities of ${model.classes[label]}`, ["of", "p"], rows, true),
  ];
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

function sumTable({ terms, others, bias, z }, layer, width) {
  const nameOf = (input) => (layer === 0 ? pixelName(input, width) : `unit ${input + 1}`);
  const rows = terms.map(({ input, x, w, product }) => [
    nameOf(input),
    decimalText(x, FACTOR_DECIMALS),
    decimalText(w, FACTOR_DECIMALS),
    decimalText(product, SUM_DECIMALS),
  ]);
  rows.push([`${others.count} other terms`, "", "", decimalText(others.sum, SUM_DECIMALS)]);
  rows.push(["bias b", "", "", decimalText(bias, SUM_DECIMALS)]);
  rows.push(["sum z", "", "", decimalText(z, SUM_DECIMALS)]);
  return table("The terms furthest from 0", ["input", "x", "w", "x · w"], rows, true);
}

/** Return some of the inked pixels: the first, the last, and some between. */
function somePixels(inputs, inked) {
  const indices = [...inputs.keys()].filter((pixel) => inputs[pixel] > 0);
  const count = Math.min(PIXELS, inked);
  return Array.from({ length: count }, (_, n) => {
    return indices[Math.round((n * (inked - 1)) / Math.max(1, count - 1))];
  });
}

function pixelName(pixel, width) {
  return `row ${Math.floor(pixel / width) + 1}, column ${(pixel % width) + 1}`;
}

function paragraph(text) {
  return makeElement("p", {}, text);
}

/** Return a formula, in which `^{…}` after a letter becomes an exponent of MathML. */
function formula(text) {
  const parts = text.split(/(\w\^\{[^}]*\})/).map((part) => {
    const found = part.match(/^(\w)\^\{(.*)\}$/);
    return found ? power(found[1], found[2]) : part;
  });
  return makeElement("p", { class: "formula" }, ...parts);
}

function power(base, exponent) {
  const make = (name, ...children) => {
    const element = document.createElementNS("http://www.w3.org/1998/Math/MathML", name);
    element.append(...children);
    return element;
  };
  return make("math", make("msup", make("mi", base), make("mtext", exponent)));
}

/** Return a table; with `summed`, its last row is a sum. */
function table(caption, heads, rows, summed = false) {
  const head = heads.map((text) => makeElement("th", { scope: "col" }, text));
  const lines = rows.map(([first, ...others]) => {
    const cells = others.map((text) => makeElement("td", {}, text));
    return makeElement("tr", {}, makeElement("th", { scope: "row" }, first), ...cells);
  });
  return makeElement(
    "div",
    { class: "wide" },
    makeElement(
      "table",
      {},
      makeElement("caption", {}, caption),
      makeElement("thead", {}, makeElement("tr", {}, ...head)),
      makeElement("tbody", summed ? { class: "sum" } : {}, ...lines),
    ),
  );
}
