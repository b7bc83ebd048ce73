// Numbers as colours: the colour of the paper for 0, one for positive and one for negative numbers,
// the stronger the larger the number. They follow the page's colours, light or dark or printed.

import { decimalText, makeElement } from "./elements.js";

const LEVELS = 255; // on each side of 0
const STRENGTH = 0.7; // below 1, so that numbers near 0 can be told from it

/**
 * Return the colours for canvases in a section.
 *
 * @param {HTMLElement} section whose style has --paper, --for and --against.
 * @param {() => void} redraw called when they have changed.
 * @returns {{colours: Uint32Array}} from the most negative to the most positive one, as bytes of
 *   RGBA.
 */
export function watchColours(section, redraw) {
  const watched = { colours: mixColours(section) };
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => {
      watched.colours = mixColours(section);
      redraw();
    });
  }
  return watched;
}

function mixColours(section) {
  const probe = makeElement("span", { hidden: "" });
  section.append(probe);
  const [paper, positive, negative] = ["--paper", "--for", "--against"].map((name) => {
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe); // "rgb(…, …, …)"
    return color.match(/[\d.]+/g).map(Number);
  });
  probe.remove();
  return Uint32Array.from({ length: 2 * LEVELS + 1 }, (_, i) => {
    const share = i / LEVELS - 1;
    const strength = Math.abs(share) ** STRENGTH;
    const end = share < 0 ? negative : positive;
    const [red, green, blue] = [0, 1, 2].map((part) =>
      Math.round(paper[part] + strength * (end[part] - paper[part])),
    );
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/** Return a canvas that is named by `paintNumbers`, and enlarged by CSS. */
export function makeCanvas() {
  return makeElement("canvas", { role: "img", width: "1", height: "1" });
}

/**
 * Paint numbers row by row, a pixel each.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} numbers
 * @param {number} columns
 * @param {number} limit the number with the strongest colour; those beyond have it too.
 * @param {{colours: Uint32Array}} watched see `watchColours`.
 * @param {string} name what the picture shows, for those who do not see it.
 */
export function paintNumbers(canvas, numbers, columns, limit, { colours }, name) {
  const rows = Math.ceil(numbers.length / columns);
  if (canvas.width !== columns || canvas.height !== rows) {
    [canvas.width, canvas.height] = [columns, rows];
  }
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  const pixels = new Uint32Array(picture.data.buffer);
  const scale = limit > 0 ? LEVELS / limit : 0;
  for (let i = 0; i < numbers.length; i++) {
    const level = Math.round(numbers[i] * scale);
    pixels[i] = colours[LEVELS + Math.max(-LEVELS, Math.min(LEVELS, level))];
  }
  context.putImageData(picture, 0, 0);
  canvas.setAttribute("aria-label", name);
}

/**
 * Return a bar of the colours with the numbers at its ends, and what sets its range.
 *
 * @param {boolean} negative whether it begins below 0.
 */
export function makeLegend(negative) {
  const canvas = makeElement("canvas", { "aria-hidden": "true", width: "1", height: "1" });
  const [from, to] = [makeElement("span"), makeElement("span")];
  const least = negative ? -1 : 0;
  const shares = Float32Array.from({ length: 64 }, (_, i) => least + (1 - least) * (i / 63));
  let shown = null;
  return {
    element: makeElement("p", { class: "legend" }, from, canvas, to),
    show(limit, watched) {
      from.textContent = negative ? rangeText(-limit) : "0";
      to.textContent = rangeText(limit);
      if (shown !== watched.colours) {
        shown = watched.colours;
        paintNumbers(canvas, shares, shares.length, 1, watched, "");
        canvas.removeAttribute("aria-label");
      }
    },
  };
}

function rangeText(limit) {
  return decimalText(limit, Math.abs(limit) >= 10 ? 0 : Math.abs(limit) >= 1 ? 1 : 3);
}

/** Return the next of …, 1, 1.5, 2, 3, 5, 7, 10, 15, …: a range that stays for a while. */
export function roundedLimit(numbers) {
  const largest = numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  if (largest < 1e-12) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 1.5, 2, 3, 5, 7, 10].find((step) => largest <= step * power) * power;
}
