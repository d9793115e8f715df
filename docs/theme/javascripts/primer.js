// The language switch leads to the heading the reader is at: heading ids are the same in both languages.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.language-switch")
  if (link) link.hash = location.hash
}, true)

// What scrolls sideways can be reached with the keyboard in every browser; Material sees to code blocks alone.
addEventListener("load", () => {
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
      else target.removeAttribute("tabindex")
    }
  })
  const scrollers = "figure, .katex-display, .jp-OutputArea-output, .md-typeset__scrollwrap"
  document.querySelectorAll(scrollers).forEach((box) => seen.observe(box))
})
