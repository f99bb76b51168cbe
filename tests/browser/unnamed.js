// Return what a reader by ear would meet without a name.
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return [
    ...all("input:not([type=hidden]), select, textarea").filter((e) => !e.labels.length && !e.ariaLabel),
    ...all("a[href], button").filter((e) => !e.textContent.trim() && !e.ariaLabel),
    ...all("table").filter((e) => !e.caption),
    ...all("img").filter((e) => !e.hasAttribute("alt")),
    ...all("svg").filter((e) => !e.closest("[aria-hidden=true], [role=img]")),
    ...all("[role=img], nav, form[role=search]").filter((e) => !e.ariaLabel),
    ...all("[aria-labelledby]").filter((e) => !document.getElementById(e.getAttribute("aria-labelledby"))),
  ].map((e) => e.outerHTML.slice(0, 120));
}
