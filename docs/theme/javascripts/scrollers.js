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
