// The picture after each step of its preprocessing, as `mlp predict --show-steps` writes them.

import { showImage } from "./pixels.js";
import { stepsOfViews } from "./seeing.js";

/** What the picture is after each step, from the settings of the step. */
const MEANINGS = {
  picture: () => "as it was drawn or opened",
  polarity: () => "light ink on dark paper",
  flatten: () => "light evened out",
  threshold: () => "ink alone",
  remove_lines: () => "ruled lines left out",
  main_digit: () => "the digit alone",
  fit_strokes: () => "strokes as thick as MNIST’s",
  fit_box: ({ side }) => `in a box of ${side}×${side}`,
  full_ink: () => "ink at full strength",
  centre: () => "centred by its mass",
  scale: () => "resized",
};

/**
 * Fill the list of steps whenever it is unfolded.
 * @param {HTMLElement} section
 * @param {object} model
 * @returns {{show: (reading: ?object) => void}}
 */
export function createSteps(section, model) {
  const list = section.querySelector("#steps");
  const details = section.querySelector("details");
  const settings = Object.fromEntries(model.preprocessing.steps.map((step) => [step.name, step]));
  let latest = null;

  function update() {
    if (!details.open) {
      return;
    }
    const steps = latest ? [...latest.steps, ...stepsOfViews(model, latest.image)] : [];
    while (list.children.length > steps.length) {
      list.lastElementChild.remove();
    }
    steps.forEach(({ name, picture, meaning }, index) => {
      const item = list.children[index] ?? addItem(list);
      const { height, width, data } = picture;
      showImage(item.querySelector("canvas"), data, height, width, 1);
      const text = meaning ?? MEANINGS[name](settings[name]);
      item.querySelector(".meaning").textContent = `${index + 1}. ${text}`;
      item.querySelector("code").textContent = name;
    });
  }

  details.addEventListener("toggle", update);
  return {
    show(reading) {
      latest = reading;
      update();
    },
  };
}

function addItem(list) {
  const item = list.appendChild(document.createElement("li"));
  const figure = item.appendChild(document.createElement("figure"));
  const caption = document.createElement("figcaption");
  const meaning = document.createElement("span");
  meaning.className = "meaning";
  caption.append(meaning, " ", document.createElement("code"));
  figure.append(document.createElement("canvas"), caption);
  return item;
}
