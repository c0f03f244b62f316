// <div data-dropzone data-max-bytes="20971520"><input type="file" accept=".pdf"></div>
// A file may be dropped anywhere on the box; the box says what was chosen and warns before a hopeless upload.
const size = (bytes) =>
  bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;

function attach(zone) {
  const input = zone.querySelector("input[type=file]");
  if (!input) return;
  const note = document.createElement("p");
  note.className = "dropzone__note";
  note.setAttribute("role", "status");
  const idle = input.multiple ? "You can also drop files here." : "You can also drop a file here.";
  input.after(note);

  const show = () => {
    const files = [...input.files];
    const max = Number(zone.dataset.maxBytes || input.dataset.maxBytes || 0);
    const big = max ? files.find((file) => file.size > max) : undefined;
    const empty = files.find((file) => file.size === 0);
    zone.classList.toggle("is-filled", files.length > 0);
    zone.classList.toggle("is-bad", Boolean(big || empty));
    note.classList.toggle("is-bad", Boolean(big || empty));
    if (big) note.textContent = `${big.name} is bigger than the ${size(max)} that are accepted.`;
    else if (empty) note.textContent = `${empty.name} is empty.`;
    else note.textContent = files.length ? `Chosen: ${files.map((f) => `${f.name} (${size(f.size)})`).join(", ")}` : idle;
  };

  let depth = 0;
  const over = (on) => zone.classList.toggle("is-over", on);
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") && !input.disabled;
  zone.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    over(true);
  });
  zone.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  zone.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); over(depth > 0); });
  zone.addEventListener("drop", (event) => {
    depth = 0;
    over(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    const dropped = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) dropped.items.add(file);
    input.files = dropped.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", show);
  show();
}

export function enhance(root) {
  for (const zone of root.querySelectorAll("[data-dropzone]:not([data-dropzone-on])")) {
    zone.dataset.dropzoneOn = "";
    attach(zone);
  }
}
