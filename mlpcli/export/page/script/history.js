// What has been done to the drawing, so that it can be undone: a list of actions, and how many of
// them count. A scene is what they come to.

/**
 * What the drawing surface shows; strokes are described in `strokes.js`.
 * @typedef {object} Scene
 * @property {?ImageBitmap|HTMLCanvasElement} backdrop an example that is drawn over
 * @property {?{bitmap: CanvasImageSource, grey: object}} picture one that was opened, instead
 * @property {Stroke[]} strokes
 * @property {number} beginning of the action that it began with, 0 for the first strokes
 */

/** Return an empty history. */
export function createHistory() {
  const actions = [];
  let done = 0;
  return {
    /** Add an action: {stroke}, {backdrop}, {picture} or {} for an empty surface. */
    add(action) {
      actions.splice(done, actions.length, action);
      done = actions.length;
    },
    undo() {
      done = Math.max(0, done - 1);
    },
    redo() {
      done = Math.min(actions.length, done + 1);
    },
    get canUndo() {
      return done > 0;
    },
    get canRedo() {
      return done < actions.length;
    },
    /** @returns {Scene} */
    scene: () => sceneOf(actions.slice(0, done)),
  };
}

/** Add up actions: a stroke is added to an example, and replaces a picture. */
function sceneOf(actions) {
  let scene = { backdrop: null, picture: null, strokes: [], beginning: 0 };
  actions.forEach(({ stroke, backdrop = null, picture = null }, index) => {
    if (stroke && !scene.picture) {
      scene.strokes.push(stroke);
    } else {
      scene = { backdrop, picture, strokes: stroke ? [stroke] : [], beginning: index + 1 };
    }
  });
  return scene;
}

/** Tell whether a scene shows nothing. */
export function isEmpty(scene) {
  return !scene.backdrop && !scene.picture && scene.strokes.length === 0;
}
