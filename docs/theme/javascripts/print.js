// What the reader unfolded is printed; what only Material unfolds, just before printing, is not (primer.css).
document.addEventListener("click", (event) => {
  const box = event.target.closest("summary")?.parentElement
  box?.classList.toggle("opened", !box.open)
})
