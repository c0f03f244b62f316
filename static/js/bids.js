// Bidding by keyboard: j and k move between papers, 1 to 4 bid, 0 clears, 5 asks for a conflict's reason, ? shows the keys.
// Every key presses a button that is there for everybody; the forms themselves are saved by htmx, or without it.
const list = document.querySelector("[data-bids]");
const help = document.getElementById("bid-keys");
const STORED = "bid-keys-off";

let current; // the paper that keys act on

const rows = () => [...list.querySelectorAll("[data-bid-row]")];
const off = () => { try { return localStorage.getItem(STORED) === "1"; } catch { return false; } };

function choose(row) {
  if (!row) return;
  current = row;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  const place = all.indexOf(current);
  choose(place < 0 ? all[0] : all[place + step]);
}

function press(key) {
  const control = current?.querySelector(`[data-key="${key}"]`);
  if (!control) return;
  if (key !== "5") {
    control.click();
    return;
  }
  const panel = control.closest("details");
  panel.open = true;
  panel.querySelector("input[name=reason]").focus();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape" && event.target.name === "reason") {
      event.target.closest("details").open = false;
      choose(event.target.closest("[data-bid-row]"));
    }
    return;
  }
  if (event.key === "?") help.showModal();
  else if (off()) return;
  else if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (event.key === "a") { const text = current?.querySelector("[data-bid-abstract]"); if (text) text.open = !text.open; }
  else if (/^[0-5]$/.test(event.key)) press(event.key);
  else return;
  event.preventDefault();
}

// The line is dead, or the answer is a whole page (signed out, the server failed): said beside the buttons.
function complain(source) {
  const panel = source?.closest(".bid");
  if (!panel) return;
  panel.querySelector("[data-not-saved]")?.remove();
  const note = document.createElement("p");
  note.dataset.notSaved = "";
  note.className = "danger";
  note.setAttribute("role", "alert");
  note.textContent = "Not saved. Reload the page and try again.";
  panel.prepend(note);
}

if (list && help) {
  document.addEventListener("htmx:after:request", (event) => {
    const { text, sourceElement } = event.detail.ctx;
    if (!/<html[\s>]/i.test(text)) return;
    event.preventDefault();
    complain(sourceElement);
  });
  document.addEventListener("htmx:error", (event) => complain(event.detail.ctx?.sourceElement));
  document.addEventListener("keydown", onKey);
  list.addEventListener("focusin", (event) => { current = event.target.closest("[data-bid-row]") ?? current; });
  // The button that was pressed may be gone ("Clear"): the keys go on at its paper.
  document.addEventListener("htmx:after:swap", () => {
    if (current && document.activeElement === document.body) choose(current);
  });
  const opener = document.querySelector("[data-bid-help]");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
  const wish = help.querySelector("[data-bid-keys-on]");
  wish.checked = !off();
  wish.addEventListener("change", () => {
    try { localStorage.setItem(STORED, wish.checked ? "0" : "1"); } catch { /* then it holds for this page only */ }
  });
}
