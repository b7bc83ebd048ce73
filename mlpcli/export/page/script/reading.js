// A picture or an image → what the networks read, with warnings. As mlpcli/inference/classifier.py,
// second_look.py and picture_warnings.py, for one digit.

import { averageProbabilities, committeeLogits, outlierScore } from "./network.js";
import { preprocess } from "./images/preprocessing.js";
import { roundHalfEven } from "./images/picture.js";
import { sumOf } from "./images/statistics.js";
import { viewsOf } from "./views.js";

/**
 * Read a picture of a digit, or of whatever else the networks know.
 *
 * @param model see weights.js.
 * @param {{height, width, data: Float64Array}} grey whole grey levels, divided by 255.
 * @param {{drawn: boolean}} how whether it is a drawing, whose ink is dark.
 * @returns {{image, logits, probabilities, label, notADigit, outlier, warnings, digits, blank,
 *   steps}} `image`: (height * width) Uint8Array, what the networks saw; `logits`: of each network
 *   for the image, and then for each other view of it; `probabilities`: of each class, and `label`
 *   the likeliest one; `notADigit`: the probability that it is none of them, null if the networks
 *   do not know, and `outlier` whether that is much; `warnings`: [{code, text}]; `digits`: how
 *   many there seem to be; `blank`: no ink was found; `steps`: [{name, picture}].
 */
export function readPicture(model, grey, { drawn = false } = {}) {
  const recipe = { steps: model.preprocessing.steps, settings: model.settings };
  const { found, judgement } = lookAgain(model, grey, recipe, drawn);
  const blank = found.searched && !found.image.data.some(Boolean);
  const warnings = warningsOfPicture(found, blank, model.warnings);
  return finishedReading(model, found, judgement, { blank, warnings });
}

/**
 * Read an image as it is, of the size that the networks were trained on.
 *
 * @param {Uint8Array} image grey levels, (height * width), light on dark.
 * @returns what `readPicture` does.
 */
export function readImage(model, image) {
  const { height, width } = model.preprocessing;
  const picture = { height, width, data: Float64Array.from(image, (level) => level / 255) };
  const found = {
    image: { height, width, data: image },
    digits: 1,
    steps: [{ name: "picture", picture }],
  };
  return finishedReading(model, found, judge(model, image), { blank: false, warnings: [] });
}

function finishedReading(model, found, judgement, { blank, warnings }) {
  const { logits, probabilities, notADigit } = judgement;
  const outlier = !blank && notADigit !== null && notADigit > model.outlierThreshold;
  const shares = blank ? probabilities.map(() => 1 / probabilities.length) : probabilities;
  const own = blank ? [] : warningsOfPrediction(shares, model.classes, outlier, model.warnings);
  return {
    image: found.image.data,
    logits,
    probabilities: shares,
    label: likeliest(shares),
    notADigit: blank ? null : notADigit,
    outlier,
    warnings: [...warnings, ...own],
    digits: found.digits,
    blank,
    steps: found.steps,
  };
}

/**
 * Return what the networks think of an image and, if they read digits, of small moves of it.
 *
 * @returns {{logits: Float32Array[], probabilities: Float64Array, notADigit: number or null}}
 */
function judge(model, image) {
  const { kind, height, width } = model.preprocessing;
  const views = kind === "digit" ? viewsOf(image, height, width, model.views) : [image];
  const logits = views.flatMap((view) => committeeLogits(model, view));
  const known = model.outlierThreshold !== null;
  return {
    logits,
    probabilities: averageProbabilities(model, logits),
    notADigit: known ? outlierScore(logits) : null,
  };
}

/**
 * Look at a picture, and in other ways where the usual one does not clearly show a digit.
 *
 * Whether ink is dark may be misjudged, unless it is a drawing, and the strokes of one digit may be
 * so far apart that they are taken for several. What is then found looks like no digit.
 */
function lookAgain(model, grey, recipe, drawn) {
  const { doubtful, clear } = model.secondLook;
  const found = preprocess(grey, recipe, { drawn });
  const first = { found, judgement: judge(model, found.image.data) };
  if (!found.searched || sureness(first, 1) >= doubtful) return first;
  const ways = [...(drawn ? [] : ["exchanged"]), ...(found.digits > 1 ? ["joined"] : [])];
  for (const way of ways) {
    const again = preprocess(grey, recipe, { drawn, way, earlier: found });
    const other = { found: again, judgement: judge(model, again.image.data) };
    if (sureness(other, 0) > clear) return other;
  }
  return first;
}

/** Return the probability of the likeliest digit, `otherwise` where the networks cannot say. */
function sureness({ found, judgement }, otherwise) {
  const { probabilities, notADigit } = judgement;
  if (notADigit === null || !found.image.data.some(Boolean)) return otherwise;
  return Math.max(...probabilities) * (1 - notADigit);
}

/** Return the warnings about a picture, which do not depend on the prediction. */
function warningsOfPicture(found, blank, { small, scattered, blot }) {
  if (!found.searched) return [];
  if (blank) return [{ code: "blank", text: "no ink found" }];
  const warnings = [];
  if (found.digits > 1) {
    const text = `${found.digits} digits seen, the largest is read; --many reads each`;
    warnings.push({ code: "several-digits", text });
  }
  const { data } = found.image;
  if (found.ink < scattered || sumOf(data) / data.length / 255 > blot) {
    const what = found.ink < scattered ? "ink is scattered all over" : "one large blot";
    warnings.push({ code: "not-a-digit", text: `does not look like a digit, ${what}` });
  }
  if (found.height < small) {
    const text = `the digit is only ${found.height} pixels high, ${small} or more are better`;
    warnings.push({ code: "small-picture", text });
  }
  return warnings;
}

/** Return the warnings about a prediction, [{code, text}]. */
export function warningsOfPrediction(probabilities, classes, outlier, { low, margin }) {
  if (outlier) {
    const what = areDigits(classes) ? "a digit" : "one of the classes";
    return [{ code: "not-a-digit", text: `does not look like ${what}` }];
  }
  if (classes.length < 2) return [];
  const first = likeliest(probabilities);
  const second = likeliest(probabilities, first);
  const best = probabilities[first];
  if (best < low) {
    const text = `${classes[first]} has only ${roundHalfEven(100 * best)} %`;
    return [{ code: "low-confidence", text }];
  }
  if (best - probabilities[second] < margin) {
    const text = `${classes[second]} is nearly as likely as ${classes[first]}`;
    return [{ code: "small-margin", text }];
  }
  return [];
}

/** Tell whether the classes are the ten digits. */
export function areDigits(classes) {
  return classes.join("") === "0123456789";
}

/** Return the label of the largest probability, the first of equal ones, leaving one out. */
function likeliest(probabilities, without = -1) {
  let best = without === 0 ? 1 : 0;
  for (let label = best + 1; label < probabilities.length; label++) {
    if (label !== without && probabilities[label] > probabilities[best]) best = label;
  }
  return best;
}
