// The answer: the likeliest class, how sure the network is, warnings, and the image that it saw.

import { createBars, noneName, percentText } from "./bars.js";
import { showImage } from "./pixels.js";
import { seenBy } from "./seeing.js";

const PAUSE = 900; // milliseconds without a change after which a screen reader hears the answer

/**
 * Show readings in the section `answer` of the page.
 * @param {Document} document
 * @param {object} model
 * @param {(text: string) => void} say tells a screen reader
 * @returns {{show: (reading: ?object) => void}} null for an empty surface
 */
export function createAnswer(document, model, say) {
  const label = document.getElementById("label");
  const doubt = document.getElementById("doubt");
  const sureness = document.getElementById("sureness");
  const warnings = document.getElementById("warnings");
  const seen = document.getElementById("seen");
  const bars = createBars(document.getElementById("bars"), model.classes);
  const { height, width } = model.preprocessing;
  let timer = 0;

  document.getElementById("seen-size").textContent = `${height}×${width}`;
  doubt.textContent = `${noneName(model.classes)}?`;
  label.classList.toggle("long", model.classes.some((name) => [...name].length > 2));

  return {
    show(reading) {
      const blank = reading === null || reading.blank;
      const name = blank ? "–" : model.classes[reading.label];
      const outlier = !blank && reading.outlier;
      label.textContent = name;
      label.title = [...name].length > 12 ? name : "";
      label.classList.toggle("blank", blank);
      label.classList.toggle("doubtful", !blank && reading.warnings.length > 0);
      label.classList.toggle("outlier", outlier);
      doubt.hidden = !outlier;
      sureness.textContent = blank ? "" : surenessText(reading);
      listWarnings(warnings, reading === null ? [] : reading.warnings);
      const image = reading ? reading.image : new Uint8Array(height * width);
      showImage(seen, seenBy(model.networks[0], image), height, width);
      bars.show(blank ? null : reading.probabilities, {
        notADigit: blank ? emptyScore(model) : reading.notADigit,
        faint: outlier,
      });
      clearTimeout(timer);
      timer = setTimeout(() => say(spokenAnswer(reading, name)), PAUSE);
    },
  };
}

/** Return 0 for networks that know what belongs to no class, whose row then keeps its place. */
function emptyScore(model) {
  return model.outlierThreshold === null ? null : 0;
}

/** Return the probability of the likeliest class, which says little if it is none of them. */
function surenessText({ probabilities, label, outlier }) {
  return `${percentText(probabilities[label])}${outlier ? " if it is one" : ""}`;
}

/** Return warnings as sentences, without the option of `mlp predict` that one of them names. */
function textsOf(warnings) {
  return warnings.map(({ text }) => `Warning: ${text.replace(/; --many .*$/, "")}`);
}

function listWarnings(list, warnings) {
  const texts = textsOf(warnings);
  if (texts.join("\n") !== list.dataset.shown) {
    list.dataset.shown = texts.join("\n");
    list.replaceChildren(
      ...texts.map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }),
    );
  }
}

function spokenAnswer(reading, name) {
  if (reading === null) {
    return "";
  }
  const texts = textsOf(reading.warnings);
  if (!reading.blank) {
    const answer = reading.outlier ? `Likeliest is ${name}` : `Read as ${name}`;
    texts.unshift(`${answer}, ${surenessText(reading)}`);
  }
  return texts.join(". ");
}
