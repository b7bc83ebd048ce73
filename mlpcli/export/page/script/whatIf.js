// "What if the image were turned, shifted, thicker?" Sliders change the image after it has been
// boxed and centred, and the network reads it as it then is. It has weights for each pixel's place,
// so it is not surprising how little it takes; with convolutions it would take more.

import { createBars, inSentence, percentText } from "./bars.js";
import { showImage } from "./pixels.js";
import { readImage } from "./reading.js";
import { changeImage } from "./transforms.js";

const SLIDERS = { turn: "°", right: " px", down: " px", thicker: " px" };

/**
 * Bring the section to life.
 * @param {HTMLElement} section
 * @param {object} model
 * @returns {{show: (reading: ?object) => void}}
 */
export function createWhatIf(section, model) {
  const sliders = Object.keys(SLIDERS).map((name) => section.querySelector(`#what-if-${name}`));
  const sentence = section.querySelector("#what-if-answer");
  const canvas = section.querySelector("#what-if-image");
  const bars = createBars(section.querySelector("#what-if-bars"), model.classes);
  const { height, width } = model.preprocessing;
  let latest = null;

  function update() {
    const change = Object.fromEntries(
      Object.keys(SLIDERS).map((name, index) => [name, sliders[index].valueAsNumber]),
    );
    for (const [name, unit] of Object.entries(SLIDERS)) {
      const text = `${String(change[name]).replace("-", "−")}${unit}`;
      section.querySelector(`#what-if-${name}-value`).textContent = text;
    }
    if (latest === null || latest.blank) {
      showImage(canvas, new Uint8Array(height * width), height, width);
      bars.show(null);
      sentence.textContent = "Draw something first.";
      return;
    }
    const unchanged = Object.values(change).every((value) => value === 0);
    const image = unchanged ? latest.image : changeImage(latest.image, height, width, change);
    const reading = unchanged ? latest : readImage(model, image);
    showImage(canvas, image, height, width);
    bars.show(reading.probabilities, {
      notADigit: reading.notADigit,
      faint: reading.outlier,
      compared: latest.probabilities,
    });
    sentence.textContent = sentenceOf(model, latest, reading, unchanged);
  }

  sliders.forEach((slider) => slider.addEventListener("input", update));
  section.querySelector("#what-if-reset").addEventListener("click", () => {
    sliders.forEach((slider) => {
      slider.value = 0;
    });
    update();
  });
  return {
    show(reading) {
      latest = reading;
      update();
    },
  };
}

function sentenceOf(model, before, after, unchanged) {
  const name = inSentence(model.classes[after.label]);
  const share = percentText(after.probabilities[after.label]);
  if (unchanged) {
    return `As it is: ${name}, ${share}.`;
  }
  const still = after.label === before.label ? "Still" : "Now";
  return `${still} read as ${name}, ${share}${after.outlier ? "; it looks like none" : ""}.`;
}
