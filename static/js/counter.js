// <textarea data-maxlength="250" data-unit="words">: says how much room is left. Only a hint; the server decides.
// data-unit is "characters" (default) or "words". data-minlength is optional.
export const count = (text, unit) =>
  unit === "words" ? (text.match(/\S+/g) ?? []).length : [...text.replace(/\r\n?/g, "\n").trim()].length;

function attach(input) {
  const unit = input.dataset.unit === "words" ? "words" : "characters";
  const max = Number(input.dataset.maxlength);
  const min = Number(input.dataset.minlength ?? 0);
  if (!Number.isFinite(max) || max <= 0) return;
  const shown = document.createElement("p");
  const spoken = document.createElement("p");
  shown.className = "counter";
  shown.setAttribute("aria-hidden", "true");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  input.after(shown, spoken);
  const say = () => {
    const used = count(input.value, unit);
    const one = unit.slice(0, -1);
    const units = (n) => `${n.toLocaleString("en")} ${n === 1 ? one : unit}`;
    shown.classList.toggle("is-over", used > max);
    if (used > max) return `${units(used - max)} too many (${used.toLocaleString("en")} of ${units(max)})`;
    if (min && used < min) return `${used.toLocaleString("en")} of at least ${units(min)}`;
    return `${used.toLocaleString("en")} of ${units(max)}`;
  };
  let timer;
  const update = () => {
    shown.textContent = say();
    clearTimeout(timer);
    timer = setTimeout(() => { spoken.textContent = shown.textContent; }, 1200);
  };
  shown.textContent = say();
  input.addEventListener("input", update);
}

export function enhance(root) {
  for (const input of root.querySelectorAll("[data-maxlength]:not([data-counter-on])")) {
    input.dataset.counterOn = "";
    attach(input);
  }
}
