// The language switch leads to the heading the reader is at: heading ids are the same in both languages.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.language-switch")
  if (link) link.hash = location.hash
}, true)
