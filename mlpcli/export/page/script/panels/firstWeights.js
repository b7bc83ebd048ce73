// The weights of those units of the first layer that fire most: what each of them looks for.

import { makeCanvas, paintNumbers, watchColours } from "./colours.js";
import {
  decimalText,
  fillPanel,
  largestIndices,
  makeElement,
  makeNetworkChoice,
  traceOf,
} from "./elements.js";

const MOST_SHOWN = 8;

/**
 * Make the panel.
 *
 * @param {HTMLElement} element an empty section.
 * @param {object} model see weights.js.
 * @returns {{show: (reading: ?object) => void}} shows a reading; null where nothing is drawn.
 */
export function createFirstWeightsPanel(element, model) {
  const { body, reveal } = fillPanel(
    element,
    "What the first layer looks for",
    "Draw something, and see the weights of the units that fire most.",
  );
  const { height, width } = model.preprocessing;
  const list = makeElement("ul", { class: "weights" });
  const choice = makeNetworkChoice(model, choose);
  let chosen = 0;
  let latest = null;
  let items = [];
  const watched = watchColours(element, () => show(latest));

  function choose(index) {
    chosen = index;
    const count = Math.min(MOST_SHOWN, model.networks[index].layers[0].outputs);
    items = Array.from({ length: count }, makeUnit);
    list.replaceChildren(...items.map((each) => each.element));
    show(latest);
  }

  function show(reading) {
    latest = reading;
    const drawn = reading !== null && !reading.blank;
    reveal(drawn);
    if (!drawn) {
      return;
    }
    const { layers, logits } = traceOf(model, reading, chosen);
    const outputs = layers[0]?.activations ?? logits;
    const nameOf = (unit) => (layers.length ? `unit ${unit + 1}` : model.classes[unit]);
    largestIndices(outputs, items.length).forEach((unit, place) => {
      const weights = weightsOf(model.networks[chosen].layers[0], unit);
      items[place].show(weights, width, `${nameOf(unit)}: ${decimalText(outputs[unit])}`, watched);
    });
  }

  body.append(
    makeElement(
      "p",
      {},
      `Each picture shows the ${height}×${width} weights of one unit, and below it how strongly ` +
        "it fires. Ink where it is red makes the unit fire, ink where it is blue holds it back. " +
        "Each picture has its own scale.",
    ),
    ...(choice ? [choice] : []),
    list,
  );
  choose(0);
  return { show };
}

function makeUnit() {
  const canvas = makeCanvas();
  const caption = makeElement("figcaption");
  return {
    element: makeElement("li", {}, makeElement("figure", {}, canvas, caption)),
    show(weights, width, text, watched) {
      const most = weights.reduce((one, other) => Math.max(one, other));
      const least = weights.reduce((one, other) => Math.min(one, other));
      const range = `from ${decimalText(least, 3)} to ${decimalText(most, 3)}`;
      const name = `Weights of ${text}, ${range}`;
      paintNumbers(canvas, weights, width, Math.max(most, -least), watched, name);
      caption.textContent = text;
    },
  };
}

/** Return the weights that lead to one unit, (inputs). */
function weightsOf({ weight, inputs, outputs }, unit) {
  return new Float32Array(inputs).map((_, input) => weight[input * outputs + unit]);
}
