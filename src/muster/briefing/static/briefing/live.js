// The board that refreshes itself: when nothing was heard for two refreshes, its clock turns alarm and says so.
(() => {
  const board = document.querySelector("[data-seconds]");
  if (!board) return;
  const patience = 2.3 * Number(board.dataset.seconds) * 1000;
  let heard = performance.now();
  document.addEventListener("htmx:after:request", (event) => {
    const answer = event.detail?.ctx?.response;
    // Only the board itself carries a tag: a page of sign-in or of an error is no news of it.
    if (answer && answer.status < 400 && answer.headers?.get("ETag")) heard = performance.now();
  });
  setInterval(() => {
    const moment = document.getElementById("moment");
    const stale = performance.now() - heard > patience;
    if (!moment || moment.classList.contains("stale") === stale) return;
    moment.classList.toggle("stale", stale);
    const words = moment.querySelector(".sub");
    if (words && stale) words.textContent = moment.dataset.stale;
  }, 500);
})();
