// Set before the first paint, so that the page never flashes in the other theme.
"use strict";
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {
    // Storage may be forbidden: the system's setting decides then.
  }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
