// Which pixels speak for the answer and which against it: gradient × input (Shrikumar et al., Not
// Just a Black Box, arXiv:1605.01713). The gradient says how much a logit grows with a pixel; times
// the pixel it is the pixel's part of the logit. In a network of relu units the parts of all pixels
// and those of the biases add up to the logit exactly, in others only roughly.

import { inputGradient } from "../network.js";
import { notesOn } from "../seeing.js";
import { makeCanvas, makeLegend, paintNumbers, watchColours } from "./colours.js";
import { fillPanel, makeElement, signedText, traceOf } from "./elements.js";
import { exactSum, roundedTo } from "./workings.js";

const MOST_CHOICES = 500; // classes; a list of more would be of no use
const DECIMALS = 2;
const ROW_NAMES = ["top", "middle", "bottom"];
const COLUMN_NAMES = ["left", "centre", "right"];
const MIDDLE = 4; // the number of the place in the middle of three times three

/**
 * Return what each pixel contributes, the mean over the networks.
 *
 * @param {object} model see weights.js.
 * @param {object} reading of the image.
 * @param {number} label of the logit.
 * @param {number} other of a logit that is subtracted, for what tells the two classes apart; the
 *   same as `label` for none.
 * @returns {{pixels: Float32Array, logit: number}} of (height * width), and what they are parts of.
 */
function contributionsTo(model, reading, label, other) {
  const pixels = new Float32Array(reading.image.length);
  let logit = 0;
  model.networks.forEach((network, n) => {
    const trace = traceOf(model, reading, n);
    const add = (sign, of) => {
      const gradient = inputGradient(network, trace, of, { skipZeros: true });
      gradient.forEach((each, i) => {
        pixels[i] += (sign * each * trace.inputs[i]) / model.networks.length;
      });
      logit += (sign * trace.logits[of]) / model.networks.length;
    };
    add(1, label);
    if (other !== label) {
      add(-1, other);
    }
  });
  return { pixels, logit };
}

/**
 * Make the panel.
 *
 * @param {HTMLElement} element an empty section.
 * @param {object} model see weights.js.
 * @returns {{show: (reading: ?object) => void}} shows a reading; null where nothing is drawn.
 */
export function createContributionsPanel(element, model) {
  const { body, reveal } = fillPanel(
    element,
    "Which pixels speak for it",
    "Draw something, and see which of its pixels speak for the answer.",
  );
  const { select, markAnswer } = makeChoice(model, () => show(latest));
  const [canvas, legend] = [makeCanvas(), makeLegend(true)];
  const summary = makeElement("figcaption");
  const watched = watchColours(element, () => show(latest));
  let latest = null;

  function show(reading) {
    latest = reading;
    const drawn = reading !== null && !reading.blank;
    reveal(drawn);
    if (!drawn) {
      return;
    }
    markAnswer(reading.label);
    const label = select.value === "" ? reading.label : Number(select.value);
    const { pixels, logit } = contributionsTo(model, reading, label, reading.label);
    const { height, width } = model.preprocessing;
    const limit = pixels.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const name = `What each pixel contributes to ${model.classes[label]}`;
    paintNumbers(canvas, pixels, width, limit, watched, name);
    legend.show(limit, watched);
    const text = summaryOfContributions(model, reading, label, pixels, logit);
    summary.textContent = `${text} ${placesText(pixels, height, width)}`;
  }

  body.append(
    makeElement(
      "p",
      {},
      "Ink where it is red speaks for a class, ink where it is blue against it: a little more " +
        "would raise or lower the logit. This is gradient × input; it cannot tell what missing " +
        "ink means. The sum differs from the logit because it leaves out the biases and the " +
        "curvature of the units.",
    ),
    ...notesOn(model).map((text) => makeElement("p", {}, text)),
    makeElement("label", { class: "choice" }, "What speaks for ", select),
    makeElement("figure", { class: "contributions" }, canvas, legend.element, summary),
  );
  return { show };
}

/** Return a list to choose a class from, and what says in it which one is the answer. */
function makeChoice(model, changed) {
  const classes = model.classes.length <= MOST_CHOICES ? model.classes : [];
  const others = classes.map((name) => `${name} rather than the answer`);
  const options = others.map((text, label) =>
    makeElement("option", { value: String(label) }, text),
  );
  let marked = null;
  const answer = makeElement("option", { value: "" }, "the answer");
  const select = makeElement("select", { autocomplete: "off" }, answer, ...options);
  select.addEventListener("change", changed);
  const markAnswer = (label) => {
    if (label !== marked && classes.length > 0) {
      options[marked]?.replaceChildren(others[marked]);
      options[label].replaceChildren(`${classes[label]}, which is the answer`);
      marked = label;
    }
  };
  return { select, markAnswer };
}

function summaryOfContributions(model, reading, label, pixels, logit) {
  const [name, answer] = [model.classes[label], model.classes[reading.label]];
  const what = label === reading.label ? name : `${name} rather than ${answer}`;
  const sumWhere = (wanted) => pixels.reduce((sum, each) => sum + (wanted(each) ? each : 0), 0);
  const shown = (sum) => roundedTo(sum, DECIMALS); // so that the numbers add up as they are read
  const raised = shown(sumWhere((each) => each > 0));
  const lowered = shown(sumWhere((each) => each < 0));
  const together = exactSum([raised, lowered], DECIMALS);
  const of = label === reading.label ? "the logit of" : "the difference of the logits of";
  const which = label === reading.label ? name : `${name} and ${answer}`;
  return (
    `For ${what}: ${signedText(raised)}, against it: ${signedText(lowered)}, ` +
    `together ${signedText(together)}; ${of} ${which} is ${signedText(logit)}.`
  );
}

/** Say in words where most of the contributions are. */
function placesText(pixels, height, width) {
  const sums = new Float64Array(9);
  pixels.forEach((each, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    sums[3 * Math.floor((3 * row) / height) + Math.floor((3 * column) / width)] += each;
  });
  const named = (place) =>
    place === MIDDLE
      ? "in the middle"
      : `at the ${ROW_NAMES[Math.floor(place / 3)]} ${COLUMN_NAMES[place % 3]}`;
  const [most, least] = [Math.max(...sums), Math.min(...sums)];
  const parts = [
    ...(most > 0 ? [`Most for it is ${named(sums.indexOf(most))}`] : []),
    ...(least < 0 ? [`most against it ${named(sums.indexOf(least))}`] : []),
  ];
  return parts.length ? `${parts.join(", ")}.` : "";
}
