// The tools beside the drawing surface: undo, redo, clear, save, and the pen.

/**
 * Bring the toolbar to life.
 * @param {Document} document
 * @param {object} drawing as `createDrawing` returns it
 * @param {(text: string) => void} say tells a screen reader
 * @returns {{update: () => void, offerChalk: (offered: boolean) => void}}
 */
export function createToolbar(document, drawing, say) {
  const [undo, redo, clear, save] = ["undo", "redo", "clear", "save"].map((id) =>
    document.getElementById(id),
  );
  const width = document.getElementById("pen-width");
  const chalk = document.getElementById("chalk");

  function onClick(button, action, said) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") {
        action();
        say(said);
      }
    });
  }

  function showWidth() {
    drawing.settings.width = width.valueAsNumber;
    document.getElementById("pen-width-value").textContent = `${width.value} px`;
  }

  onClick(undo, drawing.undo, "Undone");
  onClick(redo, drawing.redo, "Redone");
  onClick(clear, drawing.clear, "Cleared");
  onClick(save, () => saveDrawing(document, drawing), "Saved");
  width.addEventListener("input", showWidth);
  chalk.addEventListener("change", () => {
    drawing.settings.lightOnDark = chalk.checked;
    drawing.repaint();
  });
  showWidth();

  return {
    /** Show which tools do something. They keep the focus when they do not. */
    update() {
      document.getElementById("hint").hidden = !drawing.empty;
      undo.setAttribute("aria-disabled", !drawing.canUndo);
      redo.setAttribute("aria-disabled", !drawing.canRedo);
      clear.setAttribute("aria-disabled", drawing.empty);
      save.setAttribute("aria-disabled", drawing.empty);
    },
    /** Let people choose light strokes on a dark board, or not. */
    offerChalk(offered) {
      document.getElementById("chalk-choice").hidden = !offered;
      chalk.checked = drawing.settings.lightOnDark;
    },
  };
}

/** Save the surface as a PNG that `mlp predict` reads. */
async function saveDrawing(document, drawing) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await drawing.toBlob());
  link.download = "drawing.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
