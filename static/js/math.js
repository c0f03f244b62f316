// <p data-math>…$x^2$ and \(y\)…</p>: LaTeX math in text becomes MathML. Only text nodes are read, markup is built by
// Temml as DOM nodes (never from a string), and what Temml cannot read stays as the author wrote it.
const FORMULA = /\$\$([^$]+?)\$\$|\\\[(.{1,2000}?)\\\]|\\\((.{1,2000}?)\\\)|(?<![\\$\w])\$(?!\s)((?:\\.|[^$\\])+?)(?<!\s)\$(?![\d$])/gs;
const LONGEST = 2000; // in FORMULA as well: each of many openings would look for its end to the end of the text
const MOST = 200;

let library;
function temml(addresses) {
  library ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = addresses.jsTemmlCss;
    const script = document.createElement("script");
    script.src = addresses.jsTemml;
    script.onload = () => resolve(globalThis.temml);
    script.onerror = () => reject(new Error("Temml did not load"));
    document.head.append(sheet, script);
  });
  return library;
}

function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("math, code, pre, script, style, textarea, [contenteditable]")
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

function formula(engine, tex, displayMode) {
  const holder = document.createElement("span");
  engine.render(tex, holder, { displayMode, throwOnError: true, trust: false, strict: false, maxSize: [20, 20], maxExpand: 300 });
  return holder;
}

function convert(node, engine) {
  const text = node.data;
  const pieces = document.createDocumentFragment();
  let done = 0;
  let formulas = 0;
  for (const match of text.matchAll(FORMULA)) {
    const tex = match.slice(1).find((group) => group !== undefined);
    if (tex.length > LONGEST || ++formulas > MOST) continue;
    try {
      const math = formula(engine, tex, match[1] !== undefined || match[2] !== undefined);
      pieces.append(text.slice(done, match.index), math);
      done = match.index + match[0].length;
    } catch {
      // Left as written.
    }
  }
  if (done) {
    pieces.append(text.slice(done));
    node.replaceWith(pieces);
  }
}

export async function enhance(root, addresses) {
  const elements = [...root.querySelectorAll("[data-math]:not([data-math-done])")];
  for (const element of elements) element.dataset.mathDone = "";
  const work = elements.flatMap(textNodes).filter((node) => /[$\\]/.test(node.data) && node.data.search(FORMULA) >= 0);
  if (!work.length) return;
  try {
    const engine = await temml(addresses);
    for (const node of work) convert(node, engine);
  } catch (error) {
    console.error(error); // The LaTeX source stays readable.
  }
}
