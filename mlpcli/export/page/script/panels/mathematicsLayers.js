// The first steps of the mathematics: from pixels to numbers, and through the layers.

import { ACTIVATIONS } from "../activationFunctions.js";
import { seenBy, sentencesOn } from "../seeing.js";
import { decimalText } from "./elements.js";
import { formula, paragraph, table } from "./prose.js";
import { activationWorking, FACTOR_DECIMALS, SUM_DECIMALS, sumWorking } from "./workings.js";

const TERMS = 5; // of a sum
const PIXELS = 4;

/** Write how grey levels become inputs. */
export function writePixels({ model, reading, trace, network }) {
  const { width } = model.preprocessing;
  const seen = seenBy(model.networks[network], reading.image);
  const inked = trace.inputs.reduce((count, x) => count + (x > 0 ? 1 : 0), 0);
  const rows = somePixels(trace.inputs, inked).map((pixel) => [
    pixelName(pixel, width),
    String(seen[pixel]),
    decimalText(trace.inputs[pixel], FACTOR_DECIMALS),
  ]);
  return [
    ...sentencesOn(model.networks[network]).map(paragraph),
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
      `The activation function ${activation} makes it non-linear; without that, several layers ` +
        "could do no more than one.",
    ),
    formula(`a = ${written("z")}`),
    formula(`a = ${written(decimalText(z, SUM_DECIMALS))} = ${decimalText(a, SUM_DECIMALS)}`),
  ];
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
  return table("The largest terms", ["input", "x", "w", "x · w"], rows, true);
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
