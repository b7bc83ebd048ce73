// "What if the image were turned, shifted, thicker?" Sliders change the image after it has been
// boxed and centred, and the network reads it as it then is. It has weights for each pixel's place,
// so it is not surprising how little it takes; with convolutions it would take more.

import { createBars, inSentence, noneName, percentText } from "./bars.js";
import { showImage } from "./pixels.js";
import { readImage } from "./reading.js";
import { changeImage } from "./transforms.js";

const SLIDERS = { turn: turnText, right: pixelsText, down: pixelsText, thicker: pixelsText };

/**
 * Bring the section to life.
 * @param {HTMLElement} section
 * @param {object} model
 * @returns {{show: (reading: ?object, beginning: number) => void}} another `beginning` is another
 *   drawing, for which the sliders go back to 0
 */
export function createWhatIf(section, model) {
  const sliders = Object.keys(SLIDERS).map((name) => section.querySelector(`#what-if-${name}`));
  const sentence = section.querySelector("#what-if-answer");
  const canvas = section.querySelector("#what-if-image");
  const marks = section.querySelector("#what-if-marks");
  const table = section.querySelector("#what-if-bars");
  const bars = createBars(table, model.classes);
  const { height, width } = model.preprocessing;
  let latest = null;
  let begun = 0;

  function update() {
    const change = Object.fromEntries(
      Object.keys(SLIDERS).map((name, index) => [name, sliders[index].valueAsNumber]),
    );
    Object.entries(SLIDERS).forEach(([name, textOf], index) => {
      const text = textOf(change[name]);
      sliders[index].setAttribute("aria-valuetext", text);
      section.querySelector(`#what-if-${name}-value`).textContent = text;
    });
    const unchanged = Object.values(change).every((value) => value === 0);
    if (latest === null || latest.blank) {
      showImage(canvas, new Uint8Array(height * width), height, width);
      bars.show(null);
      sentence.textContent = "Draw something first.";
      marks.hidden = true;
      return;
    }
    const image = unchanged ? latest.image : changeImage(latest.image, height, width, change);
    const reading = unchanged ? latest : readImage(model, image);
    showImage(canvas, image, height, width);
    bars.show(reading.probabilities, {
      notADigit: reading.notADigit,
      faint: reading.outlier,
      compared: latest.probabilities,
    });
    marks.hidden = table.querySelector(".mark:not([hidden])") === null;
    sentence.textContent = sentenceOf(model, latest, reading, unchanged);
  }

  function reset() {
    sliders.forEach((slider) => {
      slider.value = 0;
    });
  }

  sliders.forEach((slider) => slider.addEventListener("input", update));
  section.querySelector("#what-if-reset").addEventListener("click", () => {
    reset();
    update();
  });
  return {
    show(reading, beginning) {
      if (beginning !== begun) {
        begun = beginning;
        reset();
      }
      latest = reading;
      update();
    },
  };
}

function turnText(degrees) {
  const way = degrees > 0 ? " right" : degrees < 0 ? " left" : "";
  return `${Math.abs(degrees)}°${way}`;
}

function pixelsText(pixels) {
  return `${String(pixels).replace("-", "−")} px`;
}

function sentenceOf(model, before, after, unchanged) {
  const name = inSentence(model.classes[after.label]);
  const share = percentText(after.probabilities[after.label]);
  if (unchanged) {
    return `As it is: ${name}, ${share}${after.outlier ? " if it is one" : ""}.`;
  }
  const still = after.label === before.label ? "Still" : "Now";
  const doubt = after.outlier ? `, if it is one: it looks like ${noneName(model.classes)}` : "";
  return `${still} read as ${name}, ${share}${doubt}.`;
}
