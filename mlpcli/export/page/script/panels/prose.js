// What the steps of the mathematics are written with: paragraphs, formulas and tables.

import { makeElement } from "./elements.js";

/** Return a paragraph of text. */
export function paragraph(text) {
  return makeElement("p", {}, text);
}

/** Return a formula, in which `^{…}` after a letter becomes an exponent of MathML. */
export function formula(text) {
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
export function table(caption, heads, rows, summed = false) {
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
