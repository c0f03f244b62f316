// A discussion: names to click instead of typing them, a preview of what one writes, and what was on the screen counts as
// read. Without JavaScript there are the buttons "Preview" and "Mark as read", and one types the names.
const form = document.querySelector("form[data-comment-form]");

function dressMentions(area) {
  for (const tag of document.querySelectorAll("[data-mentions] [data-handle]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag tag--button";
    button.append(...tag.childNodes);
    button.addEventListener("click", () => {
      const before = area.value.slice(0, area.selectionStart);
      const gap = before && !/\s$/.test(before) ? " " : "";
      area.setRangeText(`${gap}@${tag.dataset.handle} `, area.selectionStart, area.selectionEnd, "end");
      area.focus();
    });
    tag.className = "";
    tag.append(button);
  }
}

function dressPreview(area) {
  const shown = document.createElement("div");
  shown.className = "text-preview";
  shown.hidden = true;
  shown.setAttribute("aria-live", "polite");
  area.after(shown);
  let waiting;
  let asked = 0;
  async function preview() {
    const number = (asked += 1);
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("text", area.value);
    try {
      const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: data, redirect: "error" });
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text(); // made safe by the server
      const part = holder.content.querySelector(".review__preview");
      if (!part) throw new Error(`unexpected answer ${answer.status}`);
      if (number !== asked) return;
      shown.replaceChildren(part);
      part.dispatchEvent(new Event("page:part", { bubbles: true }));
    } catch {
      shown.textContent = "The preview could not be made: the server could not be reached.";
    }
  }
  area.addEventListener("input", () => {
    if (shown.hidden) return;
    clearTimeout(waiting);
    waiting = setTimeout(preview, 600);
  });
  const button = form.querySelector("button[value=preview]");
  button?.addEventListener("click", (event) => {
    event.preventDefault();
    shown.hidden = !shown.hidden;
    if (!shown.hidden) preview();
  });
}

// Read once the last comment, or the form below it, was on the screen for a while.
function noteReading(note) {
  const last = [...document.querySelectorAll(".comment")].at(-1) ?? note;
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
  watcher.observe(last);
}

if (form) {
  const area = form.querySelector("textarea[data-comment]");
  dressMentions(area);
  dressPreview(area);
  let leaving = false;
  form.addEventListener("submit", (event) => {
    // Signing in again, in another tab, makes the page's token worthless; the cookie has the new one.
    const now = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (now) form.elements.csrfmiddlewaretoken.value = now;
    if (leaving) event.preventDefault(); // a double click sends one comment
    leaving = true;
  });
  window.addEventListener("pageshow", () => { leaving = false; });
}
const note = document.querySelector("form[data-read-talk]");
if (note) noteReading(note);
