// The meeting by arrow keys: right shows what comes next, left what came before.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, [role=region]")) return;
  if (event.key === "ArrowRight") document.querySelector("[data-next]")?.click();
  else if (event.key === "ArrowLeft") document.querySelector("[data-prev]")?.click();
});
