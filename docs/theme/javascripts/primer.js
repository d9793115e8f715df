// The language switch leads to the heading the reader is at: heading ids are the same in both languages.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.language-switch")
  if (link) link.hash = location.hash
}, true)

// What the reader unfolded is printed; what only Material unfolds, just before printing, is not.
document.addEventListener("click", (event) => {
  const box = event.target.closest("summary")?.parentElement
  box?.classList.toggle("opened", !box.open)
})
