(() => {
"use strict";
const root = document.documentElement, key = "iolab-theme";
const say = root.lang.startsWith("zh")
  ? {theme: "主题：", null: "跟随系统", light: "浅色", dark: "深色", filter: "筛选行：", of: " / "}
  : {theme: "theme: ", null: "system", light: "light", dark: "dark", filter: "filter rows: ", of: " of "};
const button = (text, act) => {
  const made = document.createElement("button");
  made.type = "button"; made.className = "tool"; made.textContent = text;
  made.addEventListener("click", act);
  return made;
};
const remembered = () => { try { return localStorage.getItem(key); } catch { return null; } };
const show = (theme) => {
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  toggle.textContent = say.theme + say[theme];
};
const themes = [null, "light", "dark"];
const toggle = button("", () => {
  const next = themes[(themes.indexOf(root.dataset.theme || null) + 1) % 3];
  try { if (next) localStorage.setItem(key, next); else localStorage.removeItem(key); } catch { /* no storage */ }
  show(next);
});
toggle.classList.add("theme");
const first = remembered();
show(themes.includes(first) ? first : null);
document.querySelector("header")?.prepend(toggle);

const number = (text) => {
  const found = text.replace(/,/g, "").match(/^[×≥≤=±+ ]*(-?\d+(?:\.\d+)?)/);
  return found ? parseFloat(found[1]) : null;
};
const before = (a, b) => {
  const [x, y] = [number(a), number(b)];
  if (x !== null && y !== null) return x - y;
  return x !== null ? -1 : y !== null ? 1 : a.localeCompare(b);
};
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], rows = [...body.rows];
  if (rows.length < 3) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const press = document.createElement("button");
    press.type = "button"; press.textContent = head.textContent; head.textContent = "";
    head.append(press);
    press.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const text = (row) => row.cells[column].textContent;
      body.append(...rows.sort((a, b) => (down ? -1 : 1) * before(text(a), text(b))));
    });
  });
  if (rows.length < 12) continue;
  const field = document.createElement("input"), label = document.createElement("label");
  field.type = "search"; field.className = "tool"; field.style.cursor = "text";
  const count = document.createElement("output");
  label.className = "faint"; label.append(say.filter, field, " ", count);
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
    }
    count.textContent = rows.filter((row) => !row.hidden).length + say.of + rows.length;
  });
  table.closest(".scroll").before(label);
}
if (navigator.clipboard) for (const block of document.querySelectorAll("pre.command")) {
  const text = block.textContent;
  const copy = button("copy", async () => {
    try { await navigator.clipboard.writeText(text); copy.textContent = "copied"; } catch { copy.textContent = "not allowed here"; }
  });
  block.prepend(copy);
}
})();
