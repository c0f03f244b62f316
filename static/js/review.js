// The review form: saves to the server as one types and says so, shows texts as they will be read, counts words.
// Nothing is kept in the browser. Without JavaScript the buttons "Save draft" and "Preview" do the same.
const form = document.querySelector("form[data-review]"); // its buttons are called "action", so form.action is one of them
const target = form?.getAttribute("action") || location.pathname; // as the browser itself would send it
const PAUSE = 1500; // milliseconds without typing before a save
const AGAIN = 10000; // before a save that failed is tried again

let timer;
let running = false;
let again = false;
let leaving = false;
let paused = false; // saved elsewhere, or no longer ours: the reviewer decides
let last = "";
let unanswered; // the body of a save that got no answer: it may have arrived, so it is sent again as it was
let afterSave;

// Signing in again, in another tab, makes the page's token worthless; the cookie has the new one.
function freshen() {
  const now = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (now) form.elements.csrfmiddlewaretoken.value = now;
  return form.elements.csrfmiddlewaretoken.value;
}

function content() {
  const data = new FormData(form);
  data.set("action", "save");
  data.delete("seen");
  return data;
}

function fingerprint(data) {
  const copy = new URLSearchParams(data);
  copy.delete("revision");
  copy.delete("csrfmiddlewaretoken");
  return copy.toString();
}

// `hurried`: the page may be gone before the answer comes.
async function save(hurried = false) {
  if (leaving || paused) return;
  if (running) {
    again = true;
    return;
  }
  const data = unanswered ?? content();
  const print = fingerprint(data);
  if (print === last && !unanswered) return;
  data.set("csrfmiddlewaretoken", freshen());
  running = true;
  const repeated = Boolean(unanswered);
  unanswered = data;
  try {
    const keepalive = hurried && print.length < 60000; // browsers refuse more
    const answer = await fetch(target, { method: "POST", body: data, headers: { "X-Autosave": "1" }, redirect: "error", keepalive });
    unanswered = undefined;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const line = holder.content.querySelector("#review-state");
    if (!leaving) {
      if (line) take(line, print);
      else say(`Not saved: the server answered ${answer.status}. Keep this page open and try again.`);
    }
  } catch {
    if (!leaving) {
      say("Not saved: the server could not be reached. Keep this page open; we try again.");
      schedule(AGAIN);
    }
  } finally {
    running = false;
    if (afterSave) {
      const next = afterSave;
      afterSave = undefined;
      next();
    } else if (again || (repeated && !unanswered)) {
      again = false;
      schedule(PAUSE);
    }
  }
}

function take(line, print) {
  document.getElementById("review-state").replaceWith(line);
  line.dispatchEvent(new Event("page:part", { bubbles: true }));
  if (line.dataset.revision) form.elements.revision.value = line.dataset.revision;
  if (line.dataset.state === "saved") last = print;
  if (line.dataset.state === "stale") paused = true;
}

function say(words) {
  const line = document.getElementById("review-state");
  line.dataset.state = "failed";
  line.textContent = words;
}

function schedule(pause = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(() => save(), pause);
}

// -- texts: how many words, and how they will be read ------------------------------------------------------------------

function dress(area) {
  const label = form.querySelector(`label[for="${area.id}"]`)?.firstChild?.textContent.trim() ?? "";
  const tools = document.createElement("div");
  tools.className = "text-tools";
  const words = document.createElement("span");
  words.className = "counter";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn--small btn--quiet";
  button.textContent = "Preview";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", `Preview: ${label}`);
  tools.append(words, button);
  const shown = document.createElement("div");
  shown.className = "text-preview";
  shown.hidden = true;
  shown.id = `${area.id}_preview`;
  button.setAttribute("aria-controls", shown.id);
  area.after(tools, shown);
  const counted = () => {
    const n = (area.value.match(/\S+/g) ?? []).length;
    // A text with a limit has the counter of counter.js.
    words.textContent = "maxlength" in area.dataset ? "" : `${n.toLocaleString("en")} ${n === 1 ? "word" : "words"}`;
  };
  let waiting;
  counted();
  area.addEventListener("input", () => {
    counted();
    if (shown.hidden) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => preview(area, shown), 600);
  });
  button.addEventListener("click", () => {
    shown.hidden = !shown.hidden;
    button.setAttribute("aria-expanded", String(!shown.hidden));
    if (!shown.hidden) preview(area, shown);
  });
}

async function preview(area, shown) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", freshen());
  data.set("text", area.value);
  try {
    const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: data, redirect: "error" });
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text(); // made safe by the server
    const part = holder.content.querySelector(".review__preview");
    if (!part) throw new Error(`unexpected answer ${answer.status}`);
    shown.replaceChildren(part);
    part.dispatchEvent(new Event("page:part", { bubbles: true }));
  } catch {
    shown.textContent = "The preview could not be made: the server could not be reached.";
  }
}

// -- others' reviews: read once they were on the screen for a while ------------------------------------------------------

function noteReading(note) {
  const section = document.getElementById("others");
  let waiting;
  const watcher = new IntersectionObserver((entries) => {
    clearTimeout(waiting);
    if (!entries.some((entry) => entry.isIntersecting)) return;
    waiting = setTimeout(async () => {
      watcher.disconnect();
      try {
        const answer = await fetch(note.action, { method: "POST", body: new FormData(note), headers: { "X-Autosave": "1" }, redirect: "error" });
        if (answer.ok) note.hidden = true;
      } catch {
        // The button is still there.
      }
    }, 4000);
  });
  for (const review of section.querySelectorAll("article")) watcher.observe(review);
}

if (form) {
  for (const area of form.querySelectorAll("textarea[data-words]")) dress(area);
  for (const button of form.querySelectorAll('button[value="preview"]')) button.hidden = true; // each text has its own
  // A form that came back with something wrong holds what is not saved yet; after a conflict the reviewer decides.
  paused = "paused" in form.dataset;
  last = "unsaved" in form.dataset ? "" : fingerprint(content());
  form.addEventListener("input", () => schedule());
  form.addEventListener("change", () => schedule());
  form.addEventListener("submit", (event) => {
    if (leaving) {
      event.preventDefault(); // a double click sends one form
      return;
    }
    clearTimeout(timer);
    freshen();
    if (running) {
      // Wait for the save under way: the form would else carry an old revision and be taken for another tab's.
      event.preventDefault();
      afterSave = () => form.requestSubmit(event.submitter);
      return;
    }
    leaving = true;
  });
  // Who follows a link, closes the tab or puts the phone away does not wait for the pause to be over.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    clearTimeout(timer);
    save(true);
  });
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) running = false; // whatever was under way is sent again
  });
}
const note = document.querySelector("form[data-read]");
if (note) noteReading(note);
