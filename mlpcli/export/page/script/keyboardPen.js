// Drawing without a pointer: the arrow keys move a pen over the surface, and space puts it down or
// lifts it. The keys work while the surface has the focus; undoing works everywhere on the page.

import { SURFACE } from "./strokes.js";

const STEP = 10; // pixels that an arrow moves the pen by, one of MNIST's
const FINE = 2; // the same with the shift key
const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Let the keyboard draw.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} marker placed where the pen is
 * @param {{begin: Function, move: Function, end: Function}} pen of the drawing
 * @param {{undo: Function, redo: Function, clear: Function}} drawing
 * @param {(text: string) => void} say tells a screen reader what happened
 */
export function createKeyboardPen(canvas, marker, pen, drawing, say) {
  const place = { x: SURFACE / 2, y: SURFACE / 4, pressure: 1 };
  const held = new Set();
  let down = false;

  function lift() {
    if (down) {
      down = false;
      pen.end();
    }
    marker.classList.remove("down");
  }

  function putDown() {
    down = true;
    marker.classList.add("down");
    pen.begin({ ...place });
  }

  function move(length) {
    for (const key of held) {
      place.x = clamp(place.x + DIRECTIONS[key][0] * length);
      place.y = clamp(place.y + DIRECTIONS[key][1] * length);
    }
    showMarker();
    if (down) {
      pen.move({ ...place });
    }
  }

  function showMarker() {
    marker.style.left = `${(100 * place.x) / SURFACE}%`;
    marker.style.top = `${(100 * place.y) / SURFACE}%`;
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key in DIRECTIONS) {
      held.add(event.key); // two at once move the pen diagonally
      move(event.shiftKey ? FINE : STEP);
    } else if (event.key === " ") {
      if (event.repeat) {
        event.preventDefault();
        return;
      }
      (down ? lift : putDown)();
      say(down ? "Pen down" : "Pen up");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      lift();
      drawing.clear();
      say("Cleared");
    } else {
      return;
    }
    marker.hidden = false;
    event.preventDefault();
  });
  canvas.addEventListener("keyup", ({ key }) => held.delete(key));
  canvas.addEventListener("pointerdown", () => {
    lift();
    marker.hidden = true;
  });
  canvas.addEventListener("focus", () => {
    marker.hidden = !canvas.matches(":focus-visible");
  });
  canvas.addEventListener("blur", () => {
    held.clear();
    lift();
    marker.hidden = true;
  });
  showMarker();
  document.addEventListener("keydown", (event) => undoByKey(event, drawing, lift));
}

function clamp(value) {
  return Math.min(SURFACE, Math.max(0, value));
}

/** Undo by Ctrl+Z, redo by Ctrl+Shift+Z or Ctrl+Y; on a Mac with the command key. */
function undoByKey(event, drawing, lift) {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) {
    return;
  }
  event.preventDefault();
  lift();
  if (key === "y" || event.shiftKey) {
    drawing.redo();
  } else {
    drawing.undo();
  }
}
