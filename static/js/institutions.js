// The submission form's list of institutions: names are suggested while one types a part of one, and put on the list by a
// button. Without JavaScript the list is typed by hand, and the finder stays hidden.
const finder = document.querySelector("[data-institution-finder]");
const list = document.querySelector("[data-institutions]");
const PAUSE = 250; // milliseconds without typing before we ask

if (finder && list) {
  const input = finder.querySelector("input");
  const names = finder.querySelector("datalist");
  const said = finder.querySelector("[data-institution-said]");
  let timer;
  let latest = 0;
  finder.hidden = false;

  const suggest = async () => {
    const wanted = input.value.trim();
    const turn = ++latest;
    if (wanted.length < 2) return names.replaceChildren();
    try {
      const answer = await fetch(`${finder.dataset.institutionFinder}?q=${encodeURIComponent(wanted)}`);
      if (!answer.ok) return;
      const found = await answer.json();
      if (turn !== latest) return;
      names.replaceChildren(...found.names.map((name) => Object.assign(document.createElement("option"), { value: name })));
    } catch {
      // Offline: the list is typed by hand.
    }
  };

  const add = () => {
    const name = input.value.trim();
    if (!name) return input.focus();
    const lines = list.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!lines.some((line) => line.toLowerCase() === name.toLowerCase())) lines.push(name);
    list.value = lines.join("\n");
    list.dispatchEvent(new Event("input", { bubbles: true }));
    said.textContent = `${name} is on the list.`;
    input.value = "";
    names.replaceChildren();
    input.focus();
  };

  input.addEventListener("input", (event) => {
    event.stopPropagation(); // Nothing of the paper has changed.
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE);
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  finder.querySelector("[data-institution-add]").addEventListener("click", add);
}
