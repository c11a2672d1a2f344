"use strict";
const svg = document.querySelector("svg"), width = svg.viewBox.baseVal.width;
const groups = [...svg.querySelectorAll("g")].map(g => {
  const rect = g.querySelector("rect");
  return { g, rect, text: g.querySelector("text"), name: g.querySelector("title").textContent,
    x: +rect.getAttribute("x"), w: +rect.getAttribute("width"), y: +rect.getAttribute("y") };
});
function show(left, span) {
  for (const each of groups) {
    const x = (each.x - left) / span * width, w = each.w / span * width;
    const from = Math.max(x, 0), to = Math.min(x + w, width);
    each.g.classList.toggle("gone", to - from < 0.4);
    each.rect.setAttribute("x", from);
    each.rect.setAttribute("width", Math.max(to - from, 0));
    const letters = Math.floor((to - from - 4) / 6.6), whole = each.name.replace(/: \d+ samples, [\d.]+%, [^,]*$/, "");
    const name = whole.length <= letters ? whole : whole.split("::").pop();
    if (!each.text && letters > 3) {
      each.text = document.createElementNS(svg.namespaceURI, "text");
      each.text.setAttribute("y", each.y + 13);
      each.g.append(each.text);
    }
    if (each.text) {
      each.text.setAttribute("x", from + 3);
      each.text.textContent = letters < 4 ? "" : name.length <= letters ? name : name.slice(0, letters - 1) + "…";
    }
  }
}
for (const each of groups) each.g.addEventListener("click", () => show(each.x, each.w));
document.getElementById("reset").addEventListener("click", () => show(0, width));
document.getElementById("find").addEventListener("input", event => {
  const wanted = event.target.value.toLowerCase();
  let hits = 0;
  for (const each of groups) {
    const hit = each.name.toLowerCase().includes(wanted);
    hits += hit;
    each.g.classList.toggle("miss", !hit);
  }
  document.getElementById("found").textContent = wanted ? `${hits} calls` : "";
});
