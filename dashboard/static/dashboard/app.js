// What the pages gain from a script: the reader's own time, a theme switch, live progress.
// Nothing here is needed to read or to do anything.
"use strict";

(() => {
  const SPACE = "\u202f";
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];
  const localTime = new Intl.DateTimeFormat(undefined, {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  });

  // The words of dashboard/formats.py, kept true while the page stays open.
  function sinceNow(at) {
    const seconds = (at - Date.now()) / 1000;
    const length = Math.abs(seconds);
    if (length < 45) return "now";
    const [unit, size] = UNITS.find(([, least]) => length >= 0.75 * least) ?? UNITS[2];
    const text = `${Math.max(1, Math.round(length / size))}${SPACE}${unit}`;
    return seconds > 0 ? `in ${text}` : `${text} ago`;
  }

  function showTimes(root) {
    for (const element of root.querySelectorAll("time[data-time]")) {
      const at = new Date(element.dateTime);
      const relative = element.dataset.time === "relative";
      const utc = (element.dataset.utc ??= element.title);
      element.textContent = relative ? sinceNow(at) : localTime.format(at);
      element.title = `${relative ? localTime.format(at) : sinceNow(at)} · ${utc}`;
    }
  }

  function theme() {
    const chosen = document.documentElement.dataset.theme;
    if (chosen) return chosen;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  function offerThemes() {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const label = () => {
      const other = theme() === "dark" ? "light" : "dark";
      button.setAttribute("aria-label", `Switch to the ${other} theme`);
      button.title = `Switch to the ${other} theme`;
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = theme() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      try {
        localStorage.setItem("theme", next);
      } catch {
        // It holds for this page, then.
      }
      label();
      document.dispatchEvent(new Event("themechange"));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      label();
      document.dispatchEvent(new Event("themechange"));
    });
    label();
  }

  // A fragment names where its newer self is. The server leaves the name out when there is
  // nothing more to come; then the whole page is read again.
  async function follow(element) {
    let failures = 0;
    while (element.dataset.live) {
      await new Promise((resolve) => setTimeout(resolve, 2000 * 2 ** Math.min(failures, 4)));
      if (document.hidden) continue;
      try {
        const answer = await fetch(element.dataset.live, { headers: { "X-Requested-With": "fetch" } });
        if (answer.redirected) return location.reload(); // signed out
        if (!answer.ok) throw new Error(String(answer.status));
        const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = parsed.querySelector("[data-progress]");
        if (!fresh.dataset.live) return location.reload();
        showTimes(fresh);
        say(fresh.dataset.say);
        element.replaceWith(fresh);
        element = fresh;
        failures = 0;
      } catch {
        failures += 1; // the server may be restarting: ask again, less and less often
      }
    }
  }

  // Screen readers hear a change of the counts, not each redrawing.
  function say(text) {
    const region = document.querySelector("[data-live-region]");
    if (region && text && region.textContent !== text) region.textContent = text;
  }

  document.addEventListener("DOMContentLoaded", () => {
    showTimes(document);
    setInterval(() => showTimes(document), 30000);
    offerThemes();
    for (const element of document.querySelectorAll("[data-live]")) follow(element);
  });
})();
