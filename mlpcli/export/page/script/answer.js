// The answer: the likeliest class, how sure the network is, warnings, and the image that it saw.

import { createBars, percentText } from "./bars.js";
import { showImage } from "./pixels.js";

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
  const sureness = document.getElementById("sureness");
  const warnings = document.getElementById("warnings");
  const seen = document.getElementById("seen");
  const bars = createBars(document.getElementById("bars"), model.classes);
  const { height, width } = model.preprocessing;
  let timer = 0;

  document.getElementById("seen-size").textContent = `${height}×${width}`;
  label.classList.toggle("long", model.classes.some((name) => [...name].length > 2));

  return {
    show(reading) {
      const blank = reading === null || reading.blank;
      const name = blank ? "–" : model.classes[reading.label];
      label.textContent = name;
      label.title = [...name].length > 12 ? name : "";
      label.classList.toggle("blank", blank);
      label.classList.toggle("doubtful", !blank && reading.warnings.length > 0);
      sureness.textContent = blank ? "" : percentText(reading.probabilities[reading.label]);
      listWarnings(warnings, reading === null ? [] : reading.warnings);
      showImage(seen, reading ? reading.image : new Uint8Array(height * width), height, width);
      bars.show(blank ? null : reading.probabilities, {
        notADigit: blank ? emptyScore(model) : reading.notADigit,
        faint: !blank && reading.outlier,
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
    texts.unshift(`Read as ${name}, ${percentText(reading.probabilities[reading.label])}`);
  }
  return texts.join(". ");
}
