"use strict";
(() => {
  const form = document.querySelector("form");
  const find = form.querySelector("input");
  const told = form.querySelector("output");
  const rows = [...document.querySelectorAll(".row")];
  const sections = [...document.querySelectorAll("section")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const names = rows.map((row) => row.querySelector("code").textContent.toLowerCase());
  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = (text) => words.every((word) => text.includes(word));
    // Words that name types mean those; any others are looked for in all that is said.
    const where = names.some(all) ? names : texts;
    let shown = 0;
    rows.forEach((row, number) => {
      row.hidden = !all(where[number]);
      shown += !row.hidden;
    });
    for (const section of sections) section.hidden = !section.querySelector(".row:not([hidden])");
    told.textContent = shown === rows.length ? `${shown} types` : `${shown} of ${rows.length} types`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  const open = () => {
    const row = location.hash && document.getElementById(location.hash.slice(1));
    if (row && row.matches(".row")) row.open = true;
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => rows.forEach((row) => (row.open = true)));
  open();
  apply();
  form.hidden = false;
})();
