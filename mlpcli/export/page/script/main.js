// The page: a person draws, and a network reads. Everything happens in this file's `start`: the
// network is unpacked, the parts of the page are made, and from then on each change of the drawing
// surface is read and shown.
//
// Read on in `reading.js` (from a picture to an answer), `network.js` (the network itself) and
// `drawing.js` (from a pen to a picture).

import { createAnswer } from "./answer.js";
import { createDrawing, greyOfStrokes } from "./drawing.js";
import { createExamples, examplesAreDark } from "./examples.js";
import { paced } from "./pacing.js";
import { createActivationsPanel } from "./panels/activations.js";
import { createContributionsPanel } from "./panels/contributions.js";
import { createFirstWeightsPanel } from "./panels/firstWeights.js";
import { createMathematicsPanel } from "./panels/mathematics.js";
import { createPictures } from "./pictures.js";
import { readPicture } from "./reading.js";
import { createSteps } from "./steps.js";
import { createToolbar } from "./toolbar.js";
import { loadModel } from "./weights.js";
import { createWhatIf } from "./whatIf.js";

const PAUSE_BEFORE_PANELS = 300; // milliseconds without a stroke
const WARM_UPS = 5;
const MOST_MEASURED = 500; // answers whose times are kept for whoever measures the page

async function start(document) {
  const model = await loadModel(document);
  const say = createSpeech(document.getElementById("speech"));
  const answer = createAnswer(document, model, say);
  const panels = createPanels(document, model);
  const complain = (text) => {
    document.getElementById("complaint").textContent = text;
  };
  let measured = 0;

  function read(started) {
    const { picture } = drawing;
    let reading = null;
    if (!drawing.empty) {
      const grey = picture ? picture.grey : drawing.grey();
      reading = readPicture(model, grey, { drawn: picture === null });
    }
    answer.show(reading);
    complain("");
    if ((measured += 1) % MOST_MEASURED === 0) {
      performance.clearMeasures("answer");
    }
    performance.measure("answer", { start: started, end: performance.now() });
    toolbar.update();
    panels.show(reading, drawing.beginning);
  }

  const canvas = document.getElementById("surface");
  const update = paced(read, () => drawing.growing);
  const drawing = createDrawing(canvas, document.getElementById("pen"), update, say);
  drawing.settings.lightOnDark = isReadAsItIs(model) && examplesAreDark(model);
  const toolbar = createToolbar(document, drawing, say);
  createExamples(document, model, drawing.startFrom);
  createPictures(document, model, drawing.openPicture, complain);
  toolbar.offerChalk(isReadAsItIs(model));
  drawing.repaint();
  document.body.classList.add("ready");
  warmUp(model, () => drawing.empty);
}

/**
 * Read a drawing a few times that nobody sees: the browser compiles what runs often, and the first
 * stroke should not wait for it.
 */
function warmUp(model, isIdle) {
  const corners = [[90, 70], [180, 100], [120, 210], [190, 210]];
  const points = corners.map(([x, y]) => ({ x, y, pressure: 1 }));
  const grey = greyOfStrokes([{ width: 22, points }]);
  for (let time = 1; time <= WARM_UPS; time += 1) {
    setTimeout(() => isIdle() && readPicture(model, grey, { drawn: true }), 50 * time);
  }
}

/** Tell whether nothing finds out if a picture is dark on light or light on dark. */
function isReadAsItIs(model) {
  return !model.preprocessing.steps.some(({ name }) => name === "polarity");
}

/** Return a function that has a screen reader say something, even the same thing twice. */
function createSpeech(element) {
  return (text) => {
    element.textContent = "";
    setTimeout(() => {
      element.textContent = text;
    }, 50);
  };
}

/**
 * Make the panels that look into the network. Those on the screen follow each stroke, after the
 * answer has been shown; the others wait for a pause, so that nobody waits for what nobody sees.
 */
function createPanels(document, model) {
  const makers = {
    "what-if": createWhatIf,
    activations: createActivationsPanel,
    "first-weights": createFirstWeightsPanel,
    contributions: createContributionsPanel,
    mathematics: createMathematicsPanel,
    "from-drawing-to-input": createSteps,
  };
  const panels = Object.entries(makers).map(([id, make]) => {
    const element = document.getElementById(id);
    return { element, panel: make(element, model), onScreen: false, shown: undefined };
  });
  let [latest, begun] = [null, 0];
  const timers = [];

  function update(chosen) {
    for (const each of panels.filter(chosen)) {
      if (each.shown !== latest) {
        each.shown = latest;
        each.panel.show(latest, begun);
      }
    }
  }

  function updateSoon() {
    timers.forEach(clearTimeout);
    timers[0] = setTimeout(update, 0, ({ onScreen }) => onScreen);
    timers[1] = setTimeout(update, PAUSE_BEFORE_PANELS, () => true);
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      panels.find(({ element }) => element === target).onScreen = isIntersecting;
    }
    updateSoon();
  });
  panels.forEach(({ element }) => observer.observe(element));
  window.addEventListener("beforeprint", () => update(() => true));
  return {
    show(reading, beginning) {
      [latest, begun] = [reading, beginning];
      updateSoon();
    },
  };
}

start(document).catch((error) => {
  document.getElementById("complaint").textContent =
    "This page does not work in this browser, which may be too old for it.";
  throw error; // for the console
});
