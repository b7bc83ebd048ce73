// What the panels are built of: elements, and numbers as text. A text becomes a text node, so that
// the name of a class can do no more than be read.

import { forward, inputsOf } from "../network.js";
import { seenBy } from "../seeing.js";

/**
 * Return a new element.
 *
 * @param {string} name of the element.
 * @param {Object<string, string>} attributes
 * @param {...(Node|string)} children
 */
export function makeElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/**
 * Fill a section with a heading, and with a body that is hidden while nothing is drawn.
 *
 * @param {HTMLElement} section with an id.
 * @param {string} heading
 * @param {string} hint what is said instead of the body.
 * @returns {{body: HTMLElement, reveal: (shown: boolean) => void}}
 */
export function fillPanel(section, heading, hint) {
  const id = `${section.id}-heading`;
  const body = makeElement("div", { class: "panel-body", hidden: "" });
  const instead = makeElement("p", { class: "soft" }, hint);
  section.classList.add("panel");
  section.setAttribute("aria-labelledby", id);
  section.append(makeElement("h2", { id }, heading), instead, body);
  const reveal = (shown) => {
    body.hidden = !shown;
    instead.hidden = shown;
  };
  return { body, reveal };
}

/**
 * Return a list to choose one of several networks from, or null for a single one.
 *
 * @param {object} model see weights.js.
 * @param {(index: number) => void} choose called with the number of the network, from 0.
 */
export function makeNetworkChoice(model, choose) {
  if (model.networks.length === 1) {
    return null;
  }
  const options = model.networks.map(({ sizes, view }, n) => {
    const seen = view ? `, ${view.text}` : "";
    return makeElement("option", { value: String(n) }, `${n + 1}: ${sizes.join(" → ")}${seen}`);
  });
  const select = makeElement("select", { autocomplete: "off" }, ...options);
  select.addEventListener("change", () => choose(Number(select.value)));
  return makeElement("label", { class: "choice" }, "Network ", select);
}

const TRACES = new WeakMap(); // of a reading, those that some panel has asked for

/** Return what `forward` returns for the image of a reading, computed once for all panels. */
export function traceOf(model, reading, index) {
  const traces = TRACES.get(reading) ?? [];
  TRACES.set(reading, traces);
  const network = model.networks[index];
  traces[index] ??= forward(network, inputsOf(seenBy(network, reading.image)));
  return traces[index];
}

/** Return a number with so many decimals, and with the minus of mathematics. */
export function decimalText(number, decimals = 2) {
  const text = Math.abs(number).toFixed(decimals);
  return number < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** Return a number with its sign, even if it is positive. */
export function signedText(number, decimals = 2) {
  const text = decimalText(number, decimals);
  return text.startsWith("−") ? text : `+${text}`;
}

/** Return the indices of the largest numbers, the largest first. */
export function largestIndices(numbers, count) {
  const found = [];
  for (let i = 0; i < numbers.length; i++) {
    if (found.length < count || numbers[i] > numbers[found.at(-1)]) {
      let place = found.length;
      while (place > 0 && numbers[i] > numbers[found[place - 1]]) {
        place--;
      }
      found.splice(place, 0, i);
      found.length = Math.min(found.length, count);
    }
  }
  return found;
}
