// The submission form: saves as one types (everything but files), and says what happens to an upload.
// The server answers a save with the status panel; without JavaScript the "Save" button does the same.
const form = document.querySelector("form[data-autosave]");
const PAUSE = 1200; // milliseconds without typing before a save

let timer;
let running = false;
let again = false;
let last = "";
let leaving = false;
let afterSave; // a submit that waits for a save under way

// Signing in again, in another tab, makes the page's token worthless; the cookie has the new one.
function freshen() {
  const now = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (now) form.elements.csrfmiddlewaretoken.value = now;
}

function content() {
  freshen();
  const data = new FormData(form);
  for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
  data.delete("row");
  return data;
}

const fingerprint = (data) => {
  const copy = new URLSearchParams(data);
  copy.delete("revision");
  copy.delete("csrfmiddlewaretoken");
  return copy.toString();
};

async function save() {
  if (leaving) return;
  if (running) {
    again = true;
    return;
  }
  const data = content();
  const print = fingerprint(data);
  if (print === last) return;
  running = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Autosave": "1" }, redirect: "error" });
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const panel = holder.content.querySelector("#paper-status");
    if (!panel) throw new Error(`unexpected answer ${answer.status}`);
    if (!leaving) take(panel, print);
  } catch {
    if (!leaving) complain();
  } finally {
    running = false;
    if (afterSave) {
      const next = afterSave;
      afterSave = undefined;
      next();
    } else if (again) {
      again = false;
      schedule();
    }
  }
}

function take(panel, print) {
  document.getElementById("paper-status").replaceWith(panel);
  panel.dispatchEvent(new Event("page:part", { bubbles: true }));
  if (panel.dataset.state === "saved") last = print;
  if (panel.dataset.revision) form.elements.revision.value = panel.dataset.revision;
  if (panel.dataset.url && form.getAttribute("action") !== panel.dataset.url) {
    form.setAttribute("action", panel.dataset.url);
    history.replaceState(null, "", panel.dataset.url);
  }
}

function complain() {
  const region = document.querySelector("#paper-status [role=status]");
  if (region) region.textContent = "Not saved: the server could not be reached. Keep this page open; we try again when you type.";
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

function announceUpload() {
  const file = form.elements.file?.files?.[0];
  const note = document.getElementById("upload-state");
  if (!file || !note) return;
  note.hidden = false;
  note.textContent = `Uploading ${file.name} and checking its pages. Please keep the page open.`;
  setInterval(async () => {
    try {
      const answer = await fetch(note.dataset.ask);
      if (answer.ok && !answer.redirected) note.textContent = await answer.text();
    } catch {
      // The page is being replaced, or the line is busy with the upload: the last words stay.
    }
  }, 3000);
}

if (form) {
  // A form that came back with something wrong, or with moved rows, holds what is not saved yet.
  last = form.dataset.unsaved ? "" : fingerprint(content());
  if (form.dataset.unsaved === "now") schedule();
  form.addEventListener("input", (event) => event.target.type !== "file" && schedule());
  form.addEventListener("change", (event) => event.target.type !== "file" && schedule());
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
    announceUpload();
  });
  window.addEventListener("pageshow", () => { leaving = false; });
}
