// Pictures that are opened, photographed, dropped or pasted: decoded by the browser, then read as
// `mlp predict` reads their files.

import { greyOfPixels } from "./images/decoding.js";

const MOST_PIXELS = 1 << 24; // of a canvas; phones have no larger ones

/**
 * Open pictures by whatever way they come.
 * @param {Document} document
 * @param {object} model
 * @param {(picture: {bitmap: CanvasImageSource, grey: object}) => void} open
 * @param {(text: string) => void} complain shows a sentence
 */
export function createPictures(document, model, open, complain) {
  async function openFile(file) {
    if (!file) {
      return;
    }
    try {
      open(await decode(file, model));
    } catch {
      complain(
        `${shortened(file.name) || "This file"} is not a picture that this browser can open; ` +
          "save it as JPEG or PNG and open that.",
      );
    }
  }

  for (const input of document.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", async () => {
      await openFile(input.files[0]);
      input.value = ""; // so that the same file can be opened again
    });
  }
  document.addEventListener("paste", (event) => openFile(event.clipboardData?.files[0]));
  acceptDrops(document, openFile);
}

function acceptDrops(document, openFile) {
  const board = document.getElementById("board");
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    board.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      board.classList.remove("dropping");
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault(); // the browser would leave the page for the picture
    board.classList.remove("dropping");
    openFile(event.dataTransfer.files[0]);
  });
}

/**
 * Return what a file shows.
 * @throws {Error} the browser cannot decode it
 */
async function decode(file, model) {
  const whole = await createImageBitmap(file, { colorSpaceConversion: "none" });
  const share = Math.min(1, Math.sqrt(MOST_PIXELS / (whole.width * whole.height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(whole.width * share));
  canvas.height = Math.max(1, Math.floor(whole.height * share));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  return { bitmap: canvas, grey: greyOfPixels(pixels, model.preprocessing, model.settings) };
}

function shortened(name) {
  return name.length > 60 ? `${name.slice(0, 57)}…` : name;
}
