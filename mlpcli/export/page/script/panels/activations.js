// The activations of each layer as the digit grows: a cell for each unit.

import { ACTIVATIONS } from "../activationFunctions.js";
import { makeCanvas, makeLegend, paintNumbers, roundedLimit, watchColours } from "./colours.js";
import {
  decimalText,
  fillPanel,
  largestIndices,
  makeElement,
  makeNetworkChoice,
  traceOf,
} from "./elements.js";

const FLATNESS = 2; // about how many times as wide as high a layer is shown
const FEW = 16; // units that are shown in a single row
const NAMED = 3; // of the strongest units

/**
 * Make the panel.
 *
 * @param {HTMLElement} element an empty section.
 * @param {object} model see weights.js.
 * @returns {{show: (reading: ?object) => void}} shows a reading; null where nothing is drawn.
 */
export function createActivationsPanel(element, model) {
  const { body, reveal } = fillPanel(
    element,
    "What the units make of it",
    "Draw something, and see which units fire.",
  );
  const layers = makeElement("div", { class: "layers" });
  const choice = makeNetworkChoice(model, choose);
  let chosen = 0;
  let latest = null;
  let figures = [];
  const watched = watchColours(element, () => show(latest));

  function choose(index) {
    chosen = index;
    figures = makeLayerFigures(model, model.networks[index]);
    layers.replaceChildren(...figures.map((each) => each.element));
    show(latest);
  }

  function show(reading) {
    latest = reading;
    const drawn = reading !== null && !reading.blank;
    reveal(drawn);
    if (drawn) {
      const { layers: hidden, logits } = traceOf(model, reading, chosen);
      const all = [...hidden, { preactivations: logits, activations: logits }];
      figures.forEach((figure, n) => figure.show(all[n], watched));
    }
  }

  body.append(
    makeElement(
      "p",
      {},
      "Each cell is a unit: a weighted sum of what comes before it, put through the activation " +
        "function. The last layer’s sums are the logits, one for each class.",
    ),
    ...(choice ? [choice] : []),
    layers,
  );
  choose(0);
  return { show };
}

function makeLayerFigures(model, network) {
  const { negative, limit } = ACTIVATIONS[network.activation];
  return network.layers.map(({ outputs }, n) => {
    const isLast = n === network.layers.length - 1;
    const title = isLast ? "Logits" : `Layer ${n + 1}, ${network.activation}`;
    const nameOf = isLast ? (unit) => model.classes[unit] : (unit) => `unit ${unit + 1}`;
    const named = isLast && outputs <= FEW && model.classes.every((name) => name.length <= 2);
    return makeLayerFigure(title, outputs, nameOf, {
      names: named ? model.classes : null,
      negative: isLast || negative,
      fixedLimit: isLast ? null : limit,
    });
  });
}

/** Return a figure of a layer, and what shows its latest numbers. */
function makeLayerFigure(title, units, nameOf, { names, negative, fixedLimit }) {
  const columns = units <= FEW ? units : Math.ceil(Math.sqrt(units * FLATNESS));
  const [canvas, legend] = [makeCanvas(), makeLegend(negative)];
  const summary = makeElement("figcaption");
  const heading = makeElement("h3", {}, title);
  const element = makeElement("figure", {}, heading, canvas);
  if (names !== null) {
    const cells = names.map((name) => makeElement("span", {}, name));
    element.append(makeElement("p", { class: "cell-names", "aria-hidden": "true" }, ...cells));
  }
  element.append(legend.element, summary);
  element.classList.toggle("few", units <= FEW);
  return {
    element,
    show({ preactivations, activations }, watched) {
      const limit = fixedLimit ?? roundedLimit(activations);
      paintNumbers(canvas, activations, columns, limit, watched, `${title}: ${units} cells`);
      legend.show(limit, watched);
      summary.textContent = summaryOf(preactivations, activations, nameOf);
    },
  };
}

function summaryOf(preactivations, activations, nameOf) {
  const positive = preactivations.reduce((count, z) => count + (z > 0 ? 1 : 0), 0);
  const strongest = largestIndices(activations, NAMED).map(
    (unit) => `${nameOf(unit)} (${decimalText(activations[unit])})`,
  );
  return (
    `${positive} of ${activations.length} with a sum above 0; ` +
    `strongest: ${strongest.join(", ")}`
  );
}
