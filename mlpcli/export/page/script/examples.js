// Images of the data set to start from: a button for each, which puts it on the drawing surface.

import { showImage } from "./pixels.js";
import { bytesOfBase64 } from "./weights.js";

/**
 * Fill the list of examples, or hide its section if there are none.
 * @param {Document} document
 * @param {object} model
 * @param {(canvas: HTMLCanvasElement) => void} start called with the one that was chosen
 */
export function createExamples(document, model, start) {
  const { height, width } = model.preprocessing;
  document.getElementById("examples").hidden = model.examples.length === 0;
  const list = document.getElementById("examples-list");
  for (const { label, image } of model.examples) {
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    showImage(canvas, bytesOfBase64(image), height, width);
    button.type = "button";
    button.setAttribute("aria-label", `Start from an example of ${model.classes[label]}`);
    button.title = model.classes[label];
    button.append(canvas);
    button.addEventListener("click", () => start(canvas));
    list.appendChild(document.createElement("li")).append(button);
  }
}

/** Tell whether the examples are mostly dark, as MNIST's are; without any, they are taken to be. */
export function examplesAreDark(model) {
  const bytes = model.examples.map(({ image }) => bytesOfBase64(image));
  const total = bytes.flatMap((image) => [...image]).reduce((sum, level) => sum + level, 0);
  const count = bytes.reduce((sum, image) => sum + image.length, 0);
  return count === 0 || total / count < 128;
}
