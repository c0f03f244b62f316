// Shows a manuscript beside the review form: pages on canvases, drawn when they come near, with small pictures of all
// pages and text that can be selected. Only pdf.js's drawing is used: no scripts of the file, no forms, no links, no
// attachments, nothing that leaves this site. Whatever fails, the link to download the file stays.
const AHEAD = "600px"; // how far off the screen a page is drawn already
const MOST_PIXELS = 8_000_000; // of one page; sharper pages would not fit into the memory of a phone
const THUMB = 90; // width of a small picture, in CSS pixels
const PATIENCE = 20_000; // milliseconds for opening a file: one that is made to take forever only costs a worker
const MOST_PAGES = 300;
const WIDE = "(min-width: 64rem)";

const box = document.querySelector("[data-pdf]");

async function open(dataset) {
  const lib = await import(dataset.pdfLib);
  lib.GlobalWorkerOptions.workerSrc = dataset.pdfWorker;
  const url = (folder) => new URL(dataset.pdfAssets + folder, location.href).href;
  const task = lib.getDocument({
    url: dataset.pdf,
    isEvalSupported: false,
    enableXfa: false,
    useWasm: false, // the content security policy does not allow it; the slower decoders are in place
    wasmUrl: url("wasm/"),
    standardFontDataUrl: url("standard_fonts/"),
    disableWorkerRendering: true,
    stopAtErrors: false,
    verbosity: lib.VerbosityLevel.ERRORS,
  });
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("took too long")), PATIENCE); });
  try {
    const pdf = await Promise.race([task.promise, late]);
    const first = await Promise.race([pdf.getPage(1), late]);
    return { lib, pdf, first };
  } catch (error) {
    task.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

class Viewer {
  // `told`: how many pages the check of the upload counted; a file may claim any number.
  constructor(lib, pdf, told) {
    this.lib = lib;
    this.pdf = pdf;
    this.count = Math.min(pdf.numPages, told || MOST_PAGES, MOST_PAGES);
    this.zoom = 1;
    this.drawn = new Map(); // page number -> what draws it
    this.root = element("div", "pdf__viewer");
    this.bar = element("div", "pdf__bar");
    this.strip = element("ol", "pdf__thumbs");
    this.pages = element("div", "pdf__pages");
    this.pages.tabIndex = 0;
    this.pages.setAttribute("role", "region");
    this.pages.setAttribute("aria-label", "Pages of the manuscript");
  }

  build(name, first) {
    const { width, height } = first.getViewport({ scale: 1 });
    this.shape = height / width;
    this.where = element("span", "pdf__where muted small");
    this.bar.append(this.where, this.button("−", "Smaller", () => this.scale(this.zoom / 1.2)), this.button("+", "Larger", () => this.scale(this.zoom * 1.2)));
    const link = document.querySelector("[data-pdf-fallback] a")?.cloneNode(true);
    if (link) {
      link.textContent = "Download";
      link.setAttribute("aria-label", `Download ${name}`);
      this.bar.append(link);
    }
    const body = element("div", "pdf__body");
    const nav = element("nav", "pdf__nav");
    nav.setAttribute("aria-label", "Pages");
    nav.append(this.strip);
    body.append(nav, this.pages);
    this.root.append(this.bar, body);
    for (let number = 1; number <= this.count; number += 1) this.add(number);
  }

  watch() {
    this.near = new IntersectionObserver((entries) => entries.forEach((it) => this.come(it)), { root: this.pages, rootMargin: AHEAD });
    this.seen = new IntersectionObserver((entries) => entries.forEach((it) => this.look(it)), { root: this.pages, rootMargin: "-45% 0px" });
    this.small = new IntersectionObserver((entries) => entries.forEach((it) => it.isIntersecting && this.picture(it.target)), { root: this.strip.parentElement, rootMargin: "300px" });
    for (const page of this.pages.children) {
      this.near.observe(page);
      this.seen.observe(page);
    }
    for (const item of this.strip.children) this.small.observe(item);
    let waiting;
    let width = this.pages.clientWidth;
    new ResizeObserver(() => {
      if (this.pages.clientWidth === width) return;
      width = this.pages.clientWidth;
      clearTimeout(waiting);
      waiting = setTimeout(() => this.scale(this.zoom), 200);
    }).observe(this.pages);
  }

  button(sign, label, act) {
    const made = element("button", "btn btn--small btn--quiet", sign);
    made.type = "button";
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  add(number) {
    const page = element("div", "pdf__page");
    page.dataset.number = number;
    this.size(page);
    this.pages.append(page);
    const item = element("li", "pdf__thumb");
    item.dataset.number = number;
    const go = element("button", "pdf__go");
    go.type = "button";
    go.setAttribute("aria-label", `Page ${number}`);
    go.append(element("span", "pdf__number", String(number)));
    go.addEventListener("click", () => this.goto(number));
    item.append(go);
    this.strip.append(item);
  }

  // Only scrolls the pages, never the whole page away from the form.
  goto(number) {
    const page = this.pages.children[number - 1];
    this.pages.scrollTo({ top: page.offsetTop - this.pages.offsetTop - 8 });
  }

  width() {
    return Math.max(200, this.pages.clientWidth - 24) * this.zoom;
  }

  size(page, shape = Number(page.dataset.shape) || this.shape) {
    page.dataset.shape = shape;
    page.style.width = `${this.width()}px`;
    page.style.height = `${this.width() * shape}px`;
  }

  scale(zoom) {
    this.zoom = Math.min(4, Math.max(0.5, zoom));
    const share = this.pages.scrollTop / Math.max(1, this.pages.scrollHeight);
    for (const page of this.pages.children) {
      const shown = this.drawn.has(Number(page.dataset.number));
      this.drop(page);
      this.size(page);
      if (shown) this.draw(page);
    }
    this.pages.scrollTop = share * this.pages.scrollHeight;
  }

  come({ isIntersecting, target }) {
    if (isIntersecting) this.draw(target);
    else this.drop(target);
  }

  look({ isIntersecting, target }) {
    if (!isIntersecting) return;
    const number = target.dataset.number;
    this.where.textContent = `Page ${number} of ${this.count}`;
    for (const item of this.strip.children) {
      const go = item.firstElementChild;
      if (item.dataset.number === number) {
        go.setAttribute("aria-current", "page");
        const rail = this.strip.parentElement;
        if (item.offsetTop < rail.scrollTop || item.offsetTop + item.offsetHeight > rail.scrollTop + rail.clientHeight) rail.scrollTop = item.offsetTop - rail.clientHeight / 2;
      } else go.removeAttribute("aria-current");
    }
  }

  drop(page) {
    const work = this.drawn.get(Number(page.dataset.number));
    if (!work) return;
    this.drawn.delete(Number(page.dataset.number));
    work.stopped = true;
    work.task?.cancel();
    work.text?.cancel();
    page.replaceChildren(); // a canvas far away only holds memory
  }

  async draw(place) {
    const number = Number(place.dataset.number);
    if (this.drawn.has(number)) return;
    const work = { stopped: false };
    this.drawn.set(number, work);
    try {
      const page = await this.pdf.getPage(number);
      if (work.stopped) return;
      const plain = page.getViewport({ scale: 1 });
      this.size(place, plain.height / plain.width);
      const scale = this.width() / plain.width;
      const viewport = page.getViewport({ scale });
      const sharp = Math.min(devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)));
      const canvas = element("canvas", "pdf__canvas");
      canvas.setAttribute("aria-hidden", "true");
      canvas.width = Math.floor(viewport.width * sharp);
      canvas.height = Math.floor(viewport.height * sharp);
      work.task = page.render({ canvas, viewport, transform: sharp === 1 ? null : [sharp, 0, 0, sharp, 0, 0], annotationMode: this.lib.AnnotationMode.DISABLE });
      await work.task.promise;
      if (work.stopped) return;
      const text = element("div", "textLayer");
      text.style.setProperty("--total-scale-factor", String(scale));
      place.replaceChildren(canvas, text);
      work.text = new this.lib.TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport });
      await work.text.render();
    } catch (error) {
      if (work.stopped) return;
      console.warn("A page could not be drawn:", error);
      place.replaceChildren(element("p", "pdf__bad muted", `Page ${number} cannot be shown here. Download the manuscript to read it.`));
    }
  }

  async picture(item) {
    this.small.unobserve(item);
    const go = item.firstElementChild;
    try {
      const page = await this.pdf.getPage(Number(item.dataset.number));
      const plain = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: (THUMB * Math.min(2, devicePixelRatio || 1)) / plain.width });
      const canvas = element("canvas", "pdf__small");
      canvas.setAttribute("aria-hidden", "true");
      canvas.width = Math.floor(viewport.width);
      canvas.height = Math.floor(viewport.height);
      await page.render({ canvas, viewport, annotationMode: this.lib.AnnotationMode.DISABLE }).promise;
      go.prepend(canvas);
    } catch {
      // The number alone leads there as well.
    }
  }
}

async function show() {
  const state = box.querySelector("[data-pdf-state]");
  state.textContent = "Opening the manuscript…";
  try {
    const { lib, pdf, first } = await open(box.dataset);
    const viewer = new Viewer(lib, pdf, Number(box.dataset.pdfPages));
    viewer.build(box.querySelector(".file-card__name").textContent.trim(), first);
    const card = box.querySelector("[data-pdf-fallback]");
    card.after(viewer.root);
    card.hidden = true;
    for (const page of viewer.pages.children) viewer.size(page); // now that the width is known
    viewer.watch();
  } catch (error) {
    console.warn("The manuscript could not be opened:", error);
    state.textContent = "The manuscript cannot be shown here. Download it to read it.";
  }
}

if (box) {
  if (matchMedia(WIDE).matches) show();
  else {
    const start = element("button", "btn btn--small", "Show it here");
    start.type = "button";
    start.addEventListener("click", () => { start.remove(); show(); });
    box.querySelector(".file-card__body").append(start);
  }
}
