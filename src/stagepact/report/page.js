"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const clauses = all(".clause");
  const buttons = all("[data-filter]");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const said = new Map();

  const words = (clause) => {
    if (!said.has(clause)) {
      const subject = clause.closest(".subject").querySelector("header").textContent;
      const file = clause.closest(".file").querySelector("h2").textContent;
      said.set(clause, [file, subject, clause.textContent].join(" ").toLowerCase());
    }
    return said.get(clause);
  };

  const apply = () => {
    const states = new Set(
      buttons.filter((each) => each.getAttribute("aria-pressed") === "true")
        .map((each) => each.dataset.filter));
    const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const clause of clauses) {
      const text = sought.length ? words(clause) : "";
      const match = states.has(clause.dataset.state) && sought.every((word) => text.includes(word));
      clause.hidden = !match;
      count += match ? 1 : 0;
    }
    for (const group of [...all(".subject"), ...all(".file")]) {
      group.hidden = !group.querySelector(".clause:not([hidden])");
    }
    shown.textContent = `${count} of ${clauses.length} clauses`;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page opened as a file may not have the clipboard; the older way still works there.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  const addCopyButton = (block) => {
    const frame = document.createElement("div");
    const button = document.createElement("button");
    frame.className = "copied";
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${block.getAttribute("aria-label")}`);
    button.addEventListener("click", async () => {
      await copy(block.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.replaceWith(frame);
    frame.append(block, button);
  };

  const openAll = (open) => () => {
    for (const clause of clauses.filter((each) => !each.hidden)) clause.open = open;
  };

  const openTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details")) {
      target.open = true;
      target.scrollIntoView({ block: "center" });
    }
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!pressed));
      apply();
    });
  }
  search.addEventListener("input", apply);
  search.form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open-all").addEventListener("click", openAll(true));
  document.getElementById("close-all").addEventListener("click", openAll(false));
  addEventListener("hashchange", openTarget);
  all("pre[data-copy]").forEach(addCopyButton);
  search.form.hidden = clauses.length === 0;
  apply();
  openTarget();
})();
