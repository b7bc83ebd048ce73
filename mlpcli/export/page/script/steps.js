// The picture after each step of its preprocessing, as `mlp predict --show-steps` writes them.

import { showImage } from "./pixels.js";

/**
 * Fill the list of steps whenever it is unfolded.
 * @param {HTMLElement} section
 * @returns {{show: (reading: ?object) => void}}
 */
export function createSteps(section) {
  const list = section.querySelector("#steps");
  const details = section.querySelector("details");
  let latest = null;

  function update() {
    if (!details.open) {
      return;
    }
    const steps = latest?.steps ?? [];
    while (list.children.length > steps.length) {
      list.lastElementChild.remove();
    }
    steps.forEach(({ name, picture }, index) => {
      const item = list.children[index] ?? addItem(list);
      const { height, width, data } = picture;
      showImage(item.querySelector("canvas"), data, height, width, 1);
      item.querySelector("figcaption").textContent = `${index + 1} ${name.replaceAll("_", " ")}`;
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
  figure.append(document.createElement("canvas"), document.createElement("figcaption"));
  return item;
}
