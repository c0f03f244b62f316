// Loads a module only where the page has something for it. The addresses of the modules are data attributes of this
// file's own <script> element (base.html), so that hashed file names work without a build step.
// Each module exports enhance(root); it must be harmless to call it twice on the same element.
const addresses = document.querySelector("script[data-js-countdown]").dataset;

const wanted = [
  ["time:is([data-local], [data-clock], [data-said])", addresses.jsLocaltime],
  ["[data-countdown]", addresses.jsCountdown],
  ["[data-maxlength]", addresses.jsCounter],
  ["details[data-dropdown]", addresses.jsDropdown],
  ["[data-dropzone]", addresses.jsDropzone],
  ["[data-rows]", addresses.jsRows],
  ["[data-math]", addresses.jsMath],
];

async function enhance(root) {
  for (const [selector, address] of wanted) {
    if (!root.querySelector(selector)) continue;
    try {
      (await import(address)).enhance(root, addresses);
    } catch (error) {
      console.error("Could not load", address, error); // The page works without it.
    }
  }
}

enhance(document);
// Whoever puts new parts into the page says so by an event on them.
document.addEventListener("page:part", (event) => enhance(event.target.parentNode));
document.addEventListener("htmx:after:swap", () => enhance(document));
