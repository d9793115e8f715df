// Two languages: the switch keeps the reader's place, a hint leads to the language that the browser prefers, and any
// part of a lesson can be read in the other language below its own. docs/builder/sides.py marks those parts, called
// cells here; the same number means the same part. Nothing is loaded before a reader asks for it.
(() => {
  "use strict"
  const here = document.documentElement.lang, there = here === "zh" ? "en" : "zh"
  const words = {
    zh: { show: "英文", name: "这一段的英文", failed: "没能取到英文页面。请检查网络，再点一次。" },
    en: { show: "Chinese", name: "This part in Chinese", failed: "The Chinese page could not be loaded. Check the connection and try again." },
  }[here]
  const hints = { // for those who read the other language, in that language
    zh: { name: "语言", text: "这个课程有中文版", close: "不再提示" },
    en: { name: "Language", text: "This course is also in English", close: "Do not show this again" },
  }
  const link = document.querySelector("a.language-switch")
  const otherPage = new URL(link.href)
  const onDisk = location.protocol === "file:" // there, a script may fetch no page; but a frame may send what it shows
  if (onDisk && otherPage.pathname.endsWith("/")) otherPage.pathname += "index.html"

  if (onDisk && parent !== window) {
    const parts = [...document.querySelectorAll(".page-styles, .md-content")]
    parent.postMessage(parts.map((part) => part.outerHTML).join(""), "*")
    return
  }

  function make(name, attributes, ...children) {
    const element = document.createElement(name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    element.append(...children)
    return element
  }

  const memory = { // which a browser may refuse
    get(key) { try { return localStorage.getItem(key) } catch { return null } },
    set(key, value) { try { localStorage.setItem(key, value) } catch { /* not kept, then */ } },
  }

  // The switch: heading ids are the same in both languages.
  function place() {
    const inAddress = document.getElementById(location.hash.slice(1))
    const top = inAddress?.getBoundingClientRect().top
    if (top > 0 && top < innerHeight) return location.hash
    const headings = [...document.querySelectorAll(".md-content :is(h2, h3, h4)[id], .md-content :is(h2, h3, h4) a[id]")]
    const last = headings.filter((heading) => heading.getBoundingClientRect().top < 100).pop() // 100: just below the header
    return last ? `#${last.id}` : ""
  }

  for (const kind of ["click", "pointerdown"]) // the latter for "open in a new tab"
    document.addEventListener(kind, (event) => {
      const to = event.target.closest?.("a.language-switch")
      if (!to) return
      to.hash = place()
      if (kind === "click") memory.set("language-chosen", there)
    }, true)

  // The hint.
  const preferred = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in hints)
  if (preferred === there && !memory.get("language-chosen")) {
    const { name, text, close } = hints[there]
    const button = make("button", { type: "button", "aria-label": close, title: close }, "✕")
    const hint = make("aside", { class: "language-hint", lang: there, "aria-label": name },
      make("a", { class: "language-switch", href: link.href, hreflang: there }, text), button)
    button.addEventListener("click", () => { memory.set("language-chosen", here); hint.remove() })
    document.querySelector(".md-container").before(hint)
  }

  // Side by side.
  let loading
  function load() {
    loading ??= (onDisk ? framed() : fetched()).then((html) => new DOMParser().parseFromString(html, "text/html")).then(styled)
    loading.catch(() => { loading = undefined }) // the next click tries again
    return loading
  }

  // A style of docs/builder/policy.py has the same name on each page, but each page holds only its own.
  function styled(page) {
    const styles = page.querySelector(".page-styles")
    if (styles && "adoptedStyleSheets" in document) {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(styles.textContent)
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    }
    return page
  }

  async function fetched() {
    const answer = await fetch(otherPage)
    if (!answer.ok) throw new Error(`${answer.status} for ${otherPage}`)
    return answer.text()
  }

  function framed() {
    return new Promise((resolve, reject) => {
      const frame = make("iframe", { src: otherPage, hidden: "" })
      const end = (settle, value) => { settle(value); frame.remove() }
      addEventListener("message", (event) => { if (event.source === frame.contentWindow) end(resolve, event.data) })
      setTimeout(end, 10000, reject)
      document.body.append(frame)
    })
  }

  // The cell of the other page, to stand in this one: ids belong to this page, addresses are seen from the other.
  function taken(page, number) {
    const cell = page.querySelector(`.cell[data-cell="${number}"]`)
    for (const mark of cell.querySelectorAll(".headerlink")) mark.remove()
    for (const heading of cell.querySelectorAll("h2, h3, h4, h5, h6"))
      heading.replaceWith(make("p", {}, make("strong", {}, ...heading.childNodes)))
    for (const element of cell.querySelectorAll("[id]")) element.removeAttribute("id")
    for (const name of ["href", "src"])
      for (const element of cell.querySelectorAll(`[${name}]:not([href^="#"])`))
        element.setAttribute(name, new URL(element.getAttribute(name), otherPage))
    return cell.childNodes
  }

  function pairUp(cell) {
    const button = make("button", { type: "button", class: "cell-button", "aria-expanded": false, "aria-label": words.name }, words.show)
    const panel = make("div", { class: "other-cell", hidden: "" })
    let filled = false
    async function open(wanted) {
      button.setAttribute("aria-expanded", wanted)
      panel.hidden = !wanted
      if (!wanted || filled) return
      try {
        const page = await load()
        if (filled) return // opened twice while it was loading
        filled = true
        panel.lang = there
        panel.replaceChildren(...taken(page, cell.dataset.cell))
      } catch {
        panel.replaceChildren(words.failed)
      }
    }
    button.addEventListener("click", () => open(panel.hidden))
    cell.append(button)
    cell.after(panel)
    return open
  }

  const cells = [...document.querySelectorAll(".cell")].map(pairUp)
  const all = document.querySelector(".both-languages input")
  const openAll = () => Promise.all(cells.map((open) => open(all.checked)))
  all?.addEventListener("change", () => { memory.set("both-languages", all.checked ? "yes" : ""); openAll() })
  if (all && memory.get("both-languages")) { // main.html keeps the text out of sight so long: nothing moves before one's eyes
    all.checked = true
    openAll().then(() => {
      document.getElementById(location.hash.slice(1))?.scrollIntoView()
      const appear = () => document.documentElement.classList.remove("both-loading")
      requestAnimationFrame(() => requestAnimationFrame(appear)) // once all has its place
    })
  }
})()
