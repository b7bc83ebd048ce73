// One forward pass step by step, with the numbers of what is drawn just now.

import { areDigits } from "../reading.js";
import { fillPanel, largestIndices, makeElement, makeNetworkChoice, traceOf } from "./elements.js";
import { writeLayer, writePixels } from "./mathematicsLayers.js";
import { writeMean, writeOutlier, writeSoftmax } from "./mathematicsAnswer.js";

/**
 * Make the panel: a button that opens it, and a step at a time.
 *
 * @param {HTMLElement} element an empty section.
 * @param {object} model see weights.js.
 * @returns {{show: (reading: ?object) => void}} shows a reading; null where nothing is drawn.
 */
export function createMathematicsPanel(element, model) {
  const { body, reveal } = fillPanel(
    element,
    "The mathematics",
    "Draw something, and follow its numbers through the network.",
  );
  const parts = makeParts(model, element.id, (index) => {
    network = index;
    units.clear();
    show(latest);
  });
  const units = new Map(); // that were asked for, by layer
  let [network, step, latest] = [0, 0, null];

  function show(reading) {
    latest = reading;
    const drawn = reading !== null && !reading.blank;
    reveal(drawn);
    if (!drawn || parts.stepper.hidden) {
      return;
    }
    const steps = stepsOf(model, network);
    step = Math.min(step, steps.length - 1);
    const { title, layer, write } = steps[step];
    const trace = traceOf(model, reading, network);
    const heading = `Step ${step + 1} of ${steps.length}: ${title}`;
    if (parts.heading.textContent !== heading) {
      parts.heading.textContent = heading; // only then, for it is spoken
    }
    parts.back.setAttribute("aria-disabled", String(step === 0));
    parts.next.setAttribute("aria-disabled", String(step === steps.length - 1));
    const unit = chosenUnit(trace, reading, layer);
    parts.unitChoice.hidden = trace.layers[layer] === undefined;
    if (document.activeElement !== parts.unit) {
      parts.unit.value = String(unit + 1);
    }
    parts.unit.max = String(trace.layers[layer]?.activations.length ?? 1);
    parts.content.replaceChildren(...write({ model, reading, trace, network, layer, unit }));
  }

  function chosenUnit(trace, reading, layer) {
    const hidden = trace.layers[layer];
    if (hidden === undefined) {
      return reading.label;
    }
    return units.get(layer) ?? largestIndices(hidden.activations, 1)[0];
  }

  function move(by) {
    const last = stepsOf(model, network).length - 1;
    step = Math.max(0, Math.min(last, step + by));
    show(latest);
  }

  function chooseUnit(unit) {
    const { layer } = stepsOf(model, network)[step];
    if (unit === null) {
      units.delete(layer);
    } else {
      const last = model.networks[network].layers[layer].outputs - 1;
      units.set(layer, Math.max(0, Math.min(last, Math.round(unit))));
    }
    parts.unit.blur();
    show(latest);
    parts.unit.focus();
  }

  parts.back.addEventListener("click", () => move(-1));
  parts.next.addEventListener("click", () => move(1));
  parts.strongest.addEventListener("click", () => chooseUnit(null));
  parts.unit.addEventListener("change", () => {
    chooseUnit(parts.unit.value === "" ? null : Number(parts.unit.value) - 1);
  });
  parts.opener.addEventListener("click", () => {
    parts.stepper.hidden = !parts.stepper.hidden;
    parts.opener.setAttribute("aria-expanded", String(!parts.stepper.hidden));
    parts.opener.textContent = `${parts.stepper.hidden ? "Show" : "Hide"} the mathematics`;
    show(latest);
  });
  body.append(parts.opener, parts.stepper);
  return { show };
}

function makeParts(model, id, chooseNetwork) {
  const button = (text, attributes = {}) =>
    makeElement("button", { type: "button", ...attributes }, text);
  const [back, next, strongest] = [button("Back"), button("Next"), button("The strongest")];
  const stepper = makeElement("div", { id: `${id}-stepper`, class: "mathematics", hidden: "" });
  const opener = button("Show the mathematics", {
    "aria-expanded": "false",
    "aria-controls": stepper.id,
  });
  const unit = makeElement("input", { type: "number", min: "1", step: "1", autocomplete: "off" });
  const heading = makeElement("h3", { "aria-live": "polite" });
  const content = makeElement("div");
  const unitLabel = makeElement("label", {}, "Unit ", unit);
  const unitChoice = makeElement("div", { class: "choice" }, unitLabel, strongest);
  const networkChoice = makeNetworkChoice(model, chooseNetwork);
  stepper.append(
    ...(networkChoice ? [networkChoice] : []),
    makeElement("div", { class: "moves" }, heading, back, next),
    unitChoice,
    content,
  );
  return { opener, stepper, heading, back, next, unit, unitChoice, strongest, content };
}

function questionOf(classes) {
  return `is it ${areDigits(classes) ? "a digit" : "one of the classes"} at all?`;
}

/** Return the steps through a network: {title, layer, write}, `layer` where there is one. */
function stepsOf(model, network) {
  const { layers } = model.networks[network];
  const answers = model.networks.length > 1 || model.preprocessing.kind === "digit";
  return [
    { title: "from pixels to numbers", write: writePixels },
    ...layers.map((_, layer) => ({
      title: layer < layers.length - 1 ? `layer ${layer + 1}` : "the logits",
      layer,
      write: writeLayer,
    })),
    { title: "from logits to probabilities", write: writeSoftmax },
    ...(model.outlierThreshold === null
      ? []
      : [{ title: questionOf(model.classes), write: writeOutlier }]),
    ...(answers ? [{ title: "the mean", write: writeMean }] : []),
  ];
}
