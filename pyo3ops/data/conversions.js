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
    // A word that names a type means that type; any other is looked for everywhere.
    const named = words.filter((word) => names.some((name) => name.includes(word)));
    let shown = 0;
    rows.forEach((row, number) => {
      row.hidden = !words.every((word) => (named.includes(word) ? names : texts)[number].includes(word));
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
