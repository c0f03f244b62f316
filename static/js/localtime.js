// <time data-local datetime="2021-02-01T23:59:00-12:00">1 February 2021, 23:59 AoE</time>
// adds the same moment in the reader's own zone, unless the two read the same.
const words = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
// <time data-clock datetime="…">14:02</time> becomes the reader's own clock time.
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

// <time data-said datetime="…">31 Jan 2021, 14:02 UTC</time> becomes the same moment in the reader's zone, as short.
const said = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

export function enhance(root) {
  for (const time of root.querySelectorAll("time[data-said]")) {
    const moment = new Date(time.getAttribute("datetime") ?? "");
    if (!Number.isNaN(moment.getTime())) time.textContent = said.format(moment);
  }
  for (const time of root.querySelectorAll("time[data-clock]")) {
    const moment = new Date(time.getAttribute("datetime") ?? "");
    if (!Number.isNaN(moment.getTime())) time.textContent = clock.format(moment);
  }
  for (const time of root.querySelectorAll("time[data-local]:not([data-local-done])")) {
    time.dataset.localDone = "";
    const written = time.getAttribute("datetime") ?? "";
    const moment = new Date(written);
    if (!/T.*(Z|[+-]\d\d:?\d\d)$/.test(written) || Number.isNaN(moment.getTime())) continue;
    const here = -moment.getTimezoneOffset();
    const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/.exec(written) ?? [null, "+", "0", "0"];
    if (here === (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))) continue;
    const local = document.createElement("span");
    local.className = "local-time";
    local.textContent = `(${words.format(moment)} in your time zone)`;
    time.after(" ", local);
  }
}
