// Tips: a glossary term in the text (docs/builder/tips.py) opens a small box with its meaning on hover, keyboard focus
// and tap. Without this script, or in a browser without popovers, the word is a link with a title.
// On the glossary page, the field above the terms shows those that contain what is typed.

{
  const ENTRY = { zh: "术语表里的这一条", en: "Entry in the glossary" }
  const OPEN_MILLISECONDS = 150, CLOSE_MILLISECONDS = 250, MARGIN = 8
  const box = document.createElement("span")
  let timer, pointer, current

  // The box takes over from the title, which would cover it; screen readers keep it as the description.
  function describe(link) {
    if (!link.title) return
    link.setAttribute("aria-description", link.title)
    link.removeAttribute("title")
  }

  function element(name, attributes, text) {
    return Object.assign(document.createElement(name), attributes, { textContent: text })
  }

  function fill(link) {
    const lang = link.closest("[lang]").lang === "zh" ? "zh" : "en"
    const [, name, other, meaning] = /^(.+?)(?: · (.+?))?(?:：|: )(.+)$/s.exec(link.getAttribute("aria-description"))
    box.lang = lang
    box.replaceChildren(element("b", {}, name), " ")
    if (other) box.append(element("span", { lang: lang === "zh" ? "en" : "zh" }, other))
    box.append(element("span", { className: "tip-meaning" }, meaning), element("a", { href: link.href }, ENTRY[lang]))
  }

  // Below the word's first line or, where there is no room, above it; never beyond the sides of the page.
  function place(link) {
    const word = link.getClientRects()[0], width = document.documentElement.clientWidth
    const left = Math.max(MARGIN, Math.min(word.left, width - box.offsetWidth - MARGIN))
    const below = word.bottom + box.offsetHeight + MARGIN <= innerHeight || word.top < box.offsetHeight + MARGIN
    box.style.left = `${left + scrollX}px`
    box.style.top = `${(below ? word.bottom : word.top - box.offsetHeight) + scrollY}px`
  }

  function open(link) {
    clearTimeout(timer)
    if (current === link && box.matches(":popover-open")) return
    if (box.isConnected) box.hidePopover()
    current = link
    fill(link)
    link.after(box) // right behind the word, for the Tab key and screen readers
    box.showPopover()
    place(link)
  }

  function close() {
    clearTimeout(timer)
    if (box.isConnected) box.hidePopover()
  }

  function later(action, milliseconds) {
    clearTimeout(timer)
    timer = setTimeout(action, milliseconds)
  }

  const linkOf = (event) => event.target.closest?.("a.tip")
  const isInside = (node) => box.contains(node) || (node && node === current)

  if ("popover" in HTMLElement.prototype) {
    box.className = "tip-box"
    box.popover = "auto" // the Escape key and a tap elsewhere close it
    document.addEventListener("pointerover", (event) => {
      const link = linkOf(event)
      if (event.pointerType !== "mouse") return
      if (link) { describe(link); later(() => open(link), OPEN_MILLISECONDS) }
      else if (isInside(event.target)) clearTimeout(timer)
      else later(close, CLOSE_MILLISECONDS)
    })
    document.addEventListener("focusin", (event) => {
      const link = linkOf(event)
      if (box.contains(event.relatedTarget)) return // the Escape key gives the focus back
      if (link?.matches(":focus-visible")) { describe(link); open(link) }
      else if (!isInside(event.target)) close()
    })
    document.addEventListener("pointerdown", (event) => { pointer = event.pointerType }, true)
    document.addEventListener("click", (event) => {
      const link = linkOf(event)
      if (!link || pointer === "mouse" || event.detail === 0) return // the mouse and the Enter key follow the link
      event.preventDefault() // a tap opens the box, which holds the link
      describe(link)
      open(link)
    })
  }

  const field = document.querySelector(".term-filter input")
  field?.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase()
    let shown = 0
    for (const list of document.querySelectorAll(".md-content dl")) {
      let left = 0
      for (const name of list.querySelectorAll("dt")) {
        const found = name.textContent.toLowerCase().includes(wanted)
        name.hidden = name.nextElementSibling.hidden = !found
        left += found
      }
      list.hidden = list.previousElementSibling.hidden = !left
      shown += left
    }
    document.querySelector(".term-filter output").value = wanted && shown
  })
}
