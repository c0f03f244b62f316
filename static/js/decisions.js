// The table of decisions by keyboard, while the focus is in it: j and k move, Enter opens (it is a link), x chooses.
const table = document.querySelector("[data-decisions]");

const rows = () => [...table.querySelectorAll("[data-row]")];
const link = (row) => row?.querySelector("th a");

function move(step) {
  const all = rows();
  const place = all.findIndex((row) => row.contains(document.activeElement));
  const next = link(place < 0 ? all[0] : all[place + step]);
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

table?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key === "x") document.activeElement.closest("[data-row]")?.querySelector("input[type=checkbox]").click();
  else return;
  event.preventDefault();
});
