// What scrolls sideways can be reached with the keyboard in every browser; Material sees to code blocks alone. A block is
// measured when it comes into sight, not before: it is laid out only then (primer.css).
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0
    else target.removeAttribute("tabindex")
  }
})
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries)
    if (isIntersecting) { sight.unobserve(target); widths.observe(target) }
})
addEventListener("load", () => {
  const scrollers = "figure, .katex-display, .jp-OutputArea-output, .md-typeset__scrollwrap"
  document.querySelectorAll(scrollers).forEach((box) => sight.observe(box))
})
