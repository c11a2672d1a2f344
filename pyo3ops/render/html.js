"use strict";
(() => {
  const form = document.querySelector(".filter");
  const rows = [...document.querySelectorAll(".list > li")];
  const sections = [...document.querySelectorAll("section.family")];
  const texts = new Map();
  const find = form.querySelector("[type=search]");
  const boxes = [...form.querySelectorAll("[type=checkbox]")];
  const told = form.querySelector("output");
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const apply = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.has(row.className) || !words.every((word) => textOf(row).includes(word));
      shown += !row.hidden;
    }
    for (const section of sections) section.hidden = !section.querySelector("li:not([hidden])");
    told.textContent = shown === rows.length ? `${shown} findings` : `${shown} of ${rows.length} findings`;
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 60);
  });
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details")) each.open = true;
  });
  // Nothing is chosen yet: there is no row to look at.
  told.textContent = `${rows.length} findings`;
  form.hidden = rows.length < 2;
})();
