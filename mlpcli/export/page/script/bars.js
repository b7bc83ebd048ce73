// The probability of each class as a row of a table: its name, a bar and per cent.
//
// Up to ten classes keep their places, so that one sees the bars move while a digit grows; of more,
// the ten likeliest are shown, and change places.

import { areDigits } from "./reading.js";

const MOST = 10;
const SAME = 0.005; // a mark that is no further from its bar's end would tell nothing

/**
 * Fill a table with bars.
 * @param {HTMLTableElement} table
 * @param {string[]} classes
 * @returns {{show: (probabilities: ?ArrayLike<number>, more: {notADigit?: ?number, faint?: boolean,
 *   compared?: ?ArrayLike<number>}) => void}} `notADigit` is shown below the table, `compared` are
 *   probabilities that marks on the bars show, `faint` shows them as not to be relied on
 */
export function createBars(table, classes) {
  const body = table.tBodies[0];
  table.classList.toggle("long-names", classes.some((name) => [...name].length > 2));
  const rows = classes.slice(0, MOST).map((name) => addRow(body, name));
  const none = addNone(table, classes);

  return {
    show(probabilities, { notADigit = null, faint = false, compared = null } = {}) {
      const shown = shownClasses(probabilities, classes.length);
      table.classList.toggle("faint", faint);
      rows.forEach((row, index) => {
        const label = shown[index];
        nameRow(row, classes[label]);
        fillRow(row, probabilities?.[label], compared?.[label]);
        row.row.classList.toggle("best", probabilities !== null && label === best(probabilities));
      });
      none.element.hidden = notADigit === null;
      fillRow(none, probabilities ? (notADigit ?? undefined) : undefined, undefined);
    },
  };
}

/**
 * Return the label of the largest probability; of equal ones, the first.
 * @param {ArrayLike<number>} probabilities
 * @returns {number}
 */
export function best(probabilities) {
  let label = 0;
  for (let index = 1; index < probabilities.length; index += 1) {
    if (probabilities[index] > probabilities[label]) {
      label = index;
    }
  }
  return label;
}

/**
 * Return per cent, with the decimals that tell something: 0 %, 0.04 %, 7.2 %, 82 %, 99.98 %, 100 %.
 * @param {number} share in [0, 1]
 */
export function percentText(share) {
  const percent = 100 * share;
  const fromEnd = Math.min(percent, 100 - percent);
  const decimals = fromEnd < 0.005 || fromEnd >= 10 ? 0 : fromEnd < 1 ? 2 : 1;
  return `${percent.toFixed(decimals)}\u00a0%`;
}

/** Return a name for a sentence, whose order its direction of writing leaves alone. */
export function inSentence(name) {
  return `\u2068${name}\u2069`;
}

function shownClasses(probabilities, count) {
  const labels = Array.from({ length: count }, (_, label) => label);
  if (probabilities && count > MOST) {
    labels.sort((first, second) => probabilities[second] - probabilities[first]);
  }
  return labels.slice(0, MOST);
}

/** Return what an image that belongs to none of the classes is called. */
export function noneName(classes) {
  return areDigits(classes) ? "no digit" : "no class";
}

function addRow(body, text) {
  const element = body.insertRow();
  const name = element.appendChild(document.createElement("th"));
  name.scope = "row";
  name.dir = "auto"; // names are written in any direction
  const track = addTrack(element.insertCell());
  const row = { row: element, name, ...track, percent: element.insertCell() };
  nameRow(row, text);
  return row;
}

/** Add, below a table, the probability that it is none of the classes, which is no part of theirs. */
function addNone(table, classes) {
  const add = (parent, text = "") => {
    const child = parent.appendChild(document.createElement("div"));
    child.textContent = text;
    return child;
  };
  const element = document.createElement("div");
  element.className = "none";
  add(element, noneName(classes));
  const track = addTrack(add(element));
  const percent = add(element);
  const others = areDigits(classes) ? "digits" : "classes";
  add(element, `The ${others} alone add up to 100\u00a0%.`).className = "soft";
  table.after(element);
  return { element, ...track, percent };
}

function addTrack(parent) {
  const track = parent.appendChild(document.createElement("div"));
  track.className = "track";
  const bar = track.appendChild(document.createElement("div"));
  bar.className = "bar";
  const mark = track.appendChild(document.createElement("div"));
  mark.className = "mark";
  mark.hidden = true;
  return { bar, mark };
}

function nameRow(row, text) {
  if (row.name.textContent !== text) {
    row.name.textContent = text;
    row.name.title = text.length > 3 ? text : "";
  }
}

function fillRow({ bar, mark, percent }, share, compared) {
  bar.style.transform = `scaleX(${share ?? 0})`;
  percent.textContent = share === undefined ? "" : percentText(share);
  mark.hidden = compared === undefined || Math.abs(compared - share) < SAME;
  if (!mark.hidden) {
    mark.style.left = `${100 * compared}%`;
  }
}
