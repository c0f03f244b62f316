// <span data-countdown="2021-02-01T23:59:59-12:00" data-now="2021-01-30T08:00:00+00:00" data-over="The deadline has passed">
// or <time data-countdown datetime="…">. Counts down in words. data-now is the server's clock when it wrote the page:
// with it the reader's own clock may be wrong. Without JavaScript the text in the element stays.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const plural = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;

export function left(ms) {
  if (ms >= 2 * DAY) return `${plural(Math.floor(ms / DAY), "day")} ${plural(Math.floor((ms % DAY) / HOUR), "hour")} left`;
  if (ms >= HOUR) return `${plural(Math.floor(ms / HOUR), "hour")} ${plural(Math.floor((ms % HOUR) / MINUTE), "minute")} left`;
  if (ms >= MINUTE) return `${plural(Math.floor(ms / MINUTE), "minute")} ${plural(Math.floor((ms % MINUTE) / 1000), "second")} left`;
  return `${plural(Math.max(0, Math.floor(ms / 1000)), "second")} left`;
}

function start(element) {
  const end = Date.parse(element.dataset.countdown || element.getAttribute("datetime"));
  const now = Date.parse(element.dataset.now ?? "");
  if (Number.isNaN(end)) return;
  const loaded = performance.now();
  const begun = Number.isNaN(now) ? Date.now() : now;
  const tick = () => {
    if (!element.isConnected) return;
    const ms = end - (begun + performance.now() - loaded);
    element.classList.toggle("is-soon", ms > 0 && ms < DAY);
    element.classList.toggle("is-over", ms <= 0);
    element.textContent = ms > 0 ? left(ms) : element.dataset.over ?? "This date has passed";
    if (ms > 0) setTimeout(tick, ms < HOUR ? 1000 : Math.min(30_000, MINUTE));
  };
  tick();
}

export function enhance(root) {
  for (const element of root.querySelectorAll("[data-countdown]:not([data-countdown-on])")) {
    element.dataset.countdownOn = "";
    start(element);
  }
}
