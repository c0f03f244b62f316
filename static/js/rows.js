// A Django formset whose rows can be added, moved and removed without a round trip.
//   <div data-rows data-prefix="authors" data-row-name="Author">
//     <input type="hidden" name="authors-TOTAL_FORMS" …>
//     <ol class="rows" data-rows-list> <li class="row" data-row> … </li> </ol>
//     <template data-row-template> <li class="row" data-row> …__prefix__… </li> </template>
//     <button data-row-add>Add an author</button>
//   </div>
// In a row: buttons [data-row-up], [data-row-down], [data-row-remove], whose names say the row's number and are kept
// true here; optional hidden inputs …-ORDER and …-DELETE.
// The buttons are ordinary submit buttons: without JavaScript the server does the same.
function attach(editor) {
  const list = editor.querySelector("[data-rows-list]");
  const template = editor.querySelector("template[data-row-template]");
  const prefix = editor.dataset.prefix;
  const total = editor.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const noun = editor.dataset.rowName ?? "Row";
  if (!list || !total) return;
  const spoken = document.createElement("p");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  editor.append(spoken);

  const rows = () => [...list.querySelectorAll(":scope > [data-row]")];
  const shown = () => rows().filter((row) => !row.hidden);
  const field = (row, name) => row.querySelector(`[name$="-${name}"]`);

  function number() {
    shown().forEach((row, index, all) => {
      const order = field(row, "ORDER");
      if (order) order.value = index + 1;
      const up = row.querySelector("[data-row-up]");
      const down = row.querySelector("[data-row-down]");
      if (up) up.disabled = index === 0;
      if (down) down.disabled = index === all.length - 1;
      const remove = row.querySelector("[data-row-remove]");
      const called = `${noun.toLowerCase()} ${index + 1}`;
      up?.setAttribute("aria-label", `Move ${called} up`);
      down?.setAttribute("aria-label", `Move ${called} down`);
      remove?.setAttribute("aria-label", `Remove ${called}`);
      const title = row.querySelector("[data-row-title]");
      if (title) title.textContent = `${noun} ${index + 1}`;
    });
  }

  function changed(words) {
    number();
    spoken.textContent = words;
    total.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function move(row, step, button) {
    const visible = shown();
    const other = visible[visible.indexOf(row) + step];
    if (!other) return;
    step < 0 ? other.before(row) : other.after(row);
    changed(`${noun} moved to place ${shown().indexOf(row) + 1}`);
    list.querySelector(".is-moved")?.classList.remove("is-moved");
    row.classList.add("is-moved");
    (button.disabled ? row.querySelector("[data-row-up]:not(:disabled), [data-row-down]:not(:disabled)") : button)?.focus();
  }

  function remove(row) {
    const place = shown().indexOf(row);
    const erase = field(row, "DELETE");
    if (erase) {
      if (erase.type === "checkbox") erase.checked = true;
      else erase.value = "on";
      row.hidden = true;
    } else {
      return false; // Without a DELETE field only the server can remove a row.
    }
    changed(`${noun} ${place + 1} removed`);
    const next = shown()[Math.min(place, shown().length - 1)];
    (next?.querySelector("[data-row-remove]") ?? editor.querySelector("[data-row-add]"))?.focus();
    return true;
  }

  function add() {
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.content.querySelector("[data-row]");
    list.append(row);
    total.value = Number(total.value) + 1;
    changed(`${noun} ${shown().length} added`);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("[data-row]");
    if (!button) return;
    if (row && button.matches("[data-row-up]")) { event.preventDefault(); move(row, -1, button); }
    else if (row && button.matches("[data-row-down]")) { event.preventDefault(); move(row, 1, button); }
    else if (row && button.matches("[data-row-remove]")) { if (remove(row)) event.preventDefault(); }
    else if (template && button.matches("[data-row-add]")) { event.preventDefault(); add(); }
  });
  number();
}

export function enhance(root) {
  for (const editor of root.querySelectorAll("[data-rows]:not([data-rows-on])")) {
    editor.dataset.rowsOn = "";
    attach(editor);
  }
}
