// How often a growing stroke is read: for each frame of the screen where reading is quick, and less
// often where it takes several, so that the pen itself never waits for a large network.

const QUICK = 33; // milliseconds, two frames of most screens

/**
 * Return a function to call after each change, which calls `read` at once or somewhat later.
 *
 * After a reading that was not quick there is a pause of the same length. Only a stroke that still
 * grows has to wait.
 * @param {(started: number) => void} read is given when the first change since the last reading
 *   began, in milliseconds as of performance.now()
 * @param {() => boolean} isGrowing
 * @returns {(started: number) => void}
 */
export function paced(read, isGrowing) {
  let pauseUntil = 0;
  let since = null;
  let timer = 0;

  function readNow() {
    clearTimeout(timer);
    const begin = performance.now();
    const started = since;
    since = null;
    read(started);
    const end = performance.now();
    pauseUntil = end - begin > QUICK ? 2 * end - begin : 0;
  }

  return (started) => {
    since ??= started;
    const pause = isGrowing() ? pauseUntil - performance.now() : 0;
    clearTimeout(timer);
    if (pause > 0) {
      timer = setTimeout(readNow, pause);
    } else {
      readNow();
    }
  };
}
