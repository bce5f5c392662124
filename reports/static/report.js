"use strict";
for (const table of document.querySelectorAll("table.results")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => {
      const cell = row.cells[column];
      if (cell.dataset.value === undefined) return cell.textContent.trim();
      return cell.dataset.value === "" ? null : Number(cell.dataset.value);
    };
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === null || y === null) return (x === null) - (y === null);  // without a figure: last
      return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
    });
    table.tBodies[0].append(...rows);
  }));
}
for (const box of document.querySelectorAll("input.filter")) {
  const rows = [...document.getElementById(box.getAttribute("aria-controls")).tBodies[0].rows];
  const told = document.getElementById(box.getAttribute("aria-describedby"));
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    const shown = rows.filter((row) => !row.hidden).length;
    told.textContent = wanted ? `${shown} of ${rows.length} shown` : "";
  });
}
// Say which tables have more columns than fit, and let the keyboard scroll those.
const boxes = [...document.querySelectorAll(".scroll")];
const tell = () => {
  for (const box of boxes) {
    const wide = box.scrollWidth > box.clientWidth + 1;
    box.previousElementSibling.hidden = !wide;
    if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
const watching = new ResizeObserver(tell);  // also when a closed part is opened
for (const box of boxes) watching.observe(box);
document.getElementById("copy").addEventListener("click", async () => {
  const text = document.getElementById("zbench-data").textContent;
  const told = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = "Copied.";
  } catch {
    // A browser that refuses the clipboard to a local file: leave the text selected instead.
    const box = document.getElementById("copy-text");
    box.hidden = false;
    box.value = text;
    box.select();
    told.textContent = "Selected below: copy it with the keyboard.";
  }
});
