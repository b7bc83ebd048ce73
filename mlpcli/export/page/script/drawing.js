// The drawing surface: white paper of 280×280 pixels and a black pen, or a black board and chalk.
//
// A mouse, a finger or a pen draws through pointer events, and the keyboard through the pen of
// `keyboardPen.js`. While a stroke grows, it is drawn and read once for each frame of the screen,
// however many points the pen sends.

import { createHistory, isEmpty } from "./history.js";
import { createKeyboardPen } from "./keyboardPen.js";
import { SURFACE, drawStroke } from "./strokes.js";

const NEAR = 0.7; // pixels; a point closer to the last one adds nothing

/**
 * Make a canvas a surface to draw on.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} marker shows where the pen of the keyboard is
 * @param {(started: number) => void} onChange called after the surface has changed, with the time
 *   when the first event that changed it was seen, in milliseconds as of performance.now()
 * @param {(text: string) => void} say tells a screen reader what happened
 */
export function createDrawing(canvas, marker, onChange, say) {
  canvas.width = canvas.height = SURFACE;
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  const history = createHistory();
  const settings = { width: 22, lightOnDark: false };
  let growing = null; // the stroke
  let started = null; // when the first event of this frame began

  function paint() {
    const { backdrop, picture, strokes } = history.scene();
    context.fillStyle = settings.lightOnDark ? "#000" : "#fff";
    context.fillRect(0, 0, SURFACE, SURFACE);
    context.strokeStyle = settings.lightOnDark ? "#fff" : "#000";
    if (picture && !growing) {
      drawWhole(context, picture.bitmap);
    } else if (backdrop) {
      drawBackdrop(context, backdrop);
    }
    strokes.forEach((stroke) => drawStroke(context, stroke));
    if (growing) {
      drawStroke(context, growing);
    }
  }

  function update() {
    const time = started;
    started = null;
    paint();
    onChange(time);
  }

  function changed() {
    if (started === null) {
      started = performance.now();
      requestAnimationFrame(update);
    }
  }

  const pen = {
    begin(point) {
      growing = { width: settings.width, points: [point] };
      changed();
    },
    move(point) {
      const last = growing.points.at(-1);
      if (Math.hypot(point.x - last.x, point.y - last.y) >= NEAR) {
        growing.points.push(point);
        changed();
      }
    },
    cancel() {
      growing = null;
      changed();
    },
    end() {
      if (growing) {
        history.add({ stroke: growing });
        growing = null;
        changed();
      }
    },
  };

  function act(action) {
    pen.end();
    action();
    changed();
  }

  followPointers(canvas, pen);
  const drawing = {
    settings,
    repaint: () => act(() => {}),
    undo: () => act(history.undo),
    redo: () => act(history.redo),
    clear: () => act(() => isEmpty(history.scene()) || history.add({})),
    startFrom: (backdrop) => act(() => history.add({ backdrop })),
    openPicture: (picture) => act(() => history.add({ picture })),
    get canUndo() {
      return growing !== null || history.canUndo;
    },
    get canRedo() {
      return history.canRedo;
    },
    /** Return what is to be read: a picture as it was opened, or null for the surface. */
    get picture() {
      return growing ? null : history.scene().picture;
    },
    get empty() {
      return growing === null && isEmpty(history.scene());
    },
    /** Return a number that changes when another drawing begins, not with each stroke. */
    get beginning() {
      return history.scene().beginning;
    },
    get growing() {
      return growing !== null;
    },
    /** Return the grey levels of the surface, 0 black and 1 white. */
    grey: () => levelsOfSurface(context),
    toBlob: () => new Promise((resolve) => canvas.toBlob(resolve, "image/png")),
  };
  createKeyboardPen(canvas, marker, pen, drawing, say);
  paint();
  return drawing;
}

/**
 * Draw with whatever points at the canvas: mouse, finger or pen, one at a time. A pen takes over
 * from what was the palm of the hand that holds it.
 */
function followPointers(canvas, pen) {
  let active = null; // the pointer that draws
  let isFinger = false;
  let place = null; // where the canvas is on the screen

  function pointOf(event) {
    return {
      x: ((event.clientX - place.left) * SURFACE) / place.width,
      y: ((event.clientY - place.top) * SURFACE) / place.height,
      pressure: pressureOf(event),
    };
  }

  function leave(event) {
    if (event.pointerId === active) {
      active = null;
      pen.end();
    }
  }

  canvas.addEventListener("pointerdown", (event) => {
    const takesOver = active !== null && isFinger && event.pointerType === "pen";
    if ((active !== null && !takesOver) || event.button !== 0) {
      return;
    }
    if (takesOver) {
      pen.cancel();
    }
    active = event.pointerId;
    isFinger = event.pointerType === "touch";
    canvas.setPointerCapture(active);
    place = canvas.getBoundingClientRect();
    pen.begin(pointOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId === active) {
      // the points since the last event, of which a fast pen sends several
      const events = event.getCoalescedEvents?.() ?? [];
      (events.length ? events : [event]).forEach((each) => pen.move(pointOf(each)));
    }
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(name, leave);
  }
}

/** Return by how much a pen's pressure widens the stroke; fingers and mice have none. */
function pressureOf(event) {
  return event.pointerType === "pen" && event.pressure > 0 ? 0.4 + 1.2 * event.pressure : 1;
}

/** Return a drawing of some strokes, dark on light, as `drawing.grey` returns the surface. */
export function greyOfStrokes(strokes) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SURFACE;
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SURFACE, SURFACE);
  strokes.forEach((stroke) => drawStroke(context, stroke));
  return levelsOfSurface(context);
}

/** Return what a canvas shows as a picture of (height, width) grey levels in [0, 1]. */
function levelsOfSurface(context) {
  const { data, width, height } = context.getImageData(0, 0, SURFACE, SURFACE);
  const grey = new Float64Array(width * height);
  for (let index = 0; index < grey.length; index += 1) {
    grey[index] = data[4 * index] / 255; // there are no colours
  }
  return { height, width, data: grey };
}

/** Show all of a picture, in the middle. */
function drawWhole(context, bitmap) {
  const scale = Math.min(SURFACE / bitmap.width, SURFACE / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (SURFACE - width) / 2, (SURFACE - height) / 2, width, height);
}

/** Draw an example, which is light on dark, over all of the surface; on paper its ink is dark. */
function drawBackdrop(context, backdrop) {
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.globalCompositeOperation = "difference"; // white paper − light = dark
  context.drawImage(backdrop, 0, 0, SURFACE, SURFACE);
  context.globalCompositeOperation = "source-over";
}
