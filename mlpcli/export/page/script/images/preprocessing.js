// A grey picture → the image that a network sees, by the steps of its recipe. As
// mlpcli/images/preprocessing.py, for one digit.

import { greyLevels, negative } from "./picture.js";
import { sumOf } from "./statistics.js";
import { normalizedImage } from "./normalization.js";
import { polarity } from "./polarity.js";
import { flatten } from "./lighting.js";
import { threshold } from "./cleaning.js";
import { removeLines } from "./lines.js";
import { findDigits } from "./parts.js";
import { inkHeight, laidOut, placed, union } from "./cutouts.js";
import { centre, fitBox, fitStrokes, fullInk, scale } from "./shaping.js";

/** The function of each step by its name: (picture, its settings, all settings) → picture. */
const STEPS = {
  polarity: (light, _step, settings) => polarity(light, settings),
  flatten,
  threshold,
  remove_lines: removeLines,
  fit_strokes: fitStrokes,
  fit_box: fitBox,
  full_ink: fullInk,
  centre,
  scale,
};

/** The step at which one of several digits is chosen. */
const CHOICE = "main_digit";

/**
 * Turn a grey picture into an image like those that a network was trained on.
 *
 * An image that is like those already stays as it is; the negative of one is inverted.
 *
 * @param {{steps, settings}} recipe the steps by name, each with its settings, and what else tunes
 *   them.
 * @param {{drawn: boolean, way: string, earlier: object}} how `drawn`: ink is known to be dark. The
 *   way to search: "usual"; "exchanged" takes the ink for the paper and the paper for the ink;
 *   "joined" takes all that would be several digits for one whose strokes are apart. `earlier`:
 *   what was returned for the usual way, of which joined takes over the steps before the choice.
 * @returns {{image, digits, ink, height, searched, steps}} `image`: {height, width, data:
 *   Uint8Array}, light on dark, all zero where no ink was found; how many digits the picture seems
 *   to show, the share of its ink that belongs to them, the height of the largest in pixels;
 *   whether a digit had to be found; and [{name, picture}] with what each step left.
 */
export function preprocess(grey, recipe, { drawn = false, way = "usual", earlier = null } = {}) {
  const steps = [{ name: "picture", picture: grey }];
  const all = { digits: 1, ink: 1, height: grey.height, searched: false, steps };
  const choice = recipe.steps.findIndex(({ name }) => name === CHOICE);
  if (choice < 0) {
    runSteps(steps, recipe.steps, recipe.settings);
    return { ...all, image: finalImage(steps) };
  }
  const image = normalizedImage(grey, recipe.settings);
  if (image) return { ...all, image };
  if (way === "joined" && earlier) steps.push(...earlier.steps.slice(1, choice + 1));
  else findInk(steps, recipe.steps.slice(0, choice), recipe.settings, { drawn, way });
  const digits = findDigits(steps.at(-1).picture, recipe.steps[choice], recipe.settings);
  const found = way === "joined" && digits.length ? [union(digits)] : digits;
  return finished(steps, found, recipe.steps.slice(choice + 1), recipe.settings);
}

/** Run the steps up to the choice of a digit; the first of them is that of polarity. */
function findInk(steps, before, settings, { drawn, way }) {
  const [first, ...others] = before;
  if (drawn) steps.push({ name: first.name, picture: negative(steps[0].picture) });
  else runSteps(steps, [first], settings);
  if (way === "exchanged") steps[1].picture = negative(steps[1].picture);
  runSteps(steps, others, settings);
}

/** Choose the digit with the most ink, and make an image of it. */
function finished(steps, digits, after, settings) {
  const ink = steps.at(-1).picture;
  const amounts = digits.map((digit) => sumOf(digit.ink.data));
  const chosen = digits[amounts.lastIndexOf(Math.max(...amounts))];
  steps.push({ name: CHOICE, picture: chosen ? placed(chosen, ink) : laidOut([], ink) });
  const shaping = [{ picture: chosen ? chosen.ink : steps.at(-1).picture }];
  runSteps(shaping, after, settings);
  steps.push(...shaping.slice(1));
  const kept = digits.length > 1 ? sumOf(laidOut(digits, ink).data) : sumOf(amounts);
  return {
    image: finalImage(steps),
    digits: digits.length,
    ink: kept / Math.max(sumOf(ink.data), 1e-9),
    height: Math.max(0, ...digits.map(inkHeight)),
    searched: true,
    steps,
  };
}

/** Run steps on the last of the pictures, and append what each makes of it. */
function runSteps(pictures, steps, settings) {
  for (const step of steps) {
    const { picture } = pictures.at(-1);
    pictures.push({ name: step.name, picture: STEPS[step.name](picture, step, settings) });
  }
}

function finalImage(steps) {
  const { picture } = steps.at(-1);
  return { height: picture.height, width: picture.width, data: greyLevels(picture) };
}
