// The slash leads to the search from anywhere on a page, as long as nothing is being typed. Without this script the
// box is reached with the mouse or the tabulator.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const box = [...document.querySelectorAll("[data-find]")].find((one) => one.checkVisibility());
  if (!box) return;
  event.preventDefault();
  box.focus();
  if (box.select) box.select();
});
