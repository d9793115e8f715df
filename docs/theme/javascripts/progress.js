// Lessons marked as done: kept in this browser, one mark for both languages, shown in the navigation and in the chapter's
// table. Opened from disk, some browsers (Firefox) keep each file's storage apart: there a page knows its own mark alone.
{
  const KEY = "torch-primer.done" // a list of names like "ch01_tensors/creation"
  const label = document.documentElement.lang === "zh" ? "已学完" : "finished"
  const box = document.querySelector("input[data-lesson]")
  let done

  const read = () => {
    try { done = new Set(JSON.parse(localStorage.getItem(KEY))) } catch { done ??= new Set() } // none, or not allowed
  }
  const nameOf = (address) => address?.match(/\/lessons\/(ch\w+\/(?!index\b)\w+)(?:\.html|\/|$)/)?.[1]

  const show = () => {
    if (box) box.checked = done.has(box.dataset.lesson)
    for (const link of document.querySelectorAll(".md-nav--primary .md-nav__link, .md-content td:first-child > a")) {
      const name = link.hash ? undefined : nameOf(link.htmlFor === "__toc" ? location.pathname : link.pathname)
      link.querySelector(".lesson-check")?.remove()
      if (!done.has(name)) continue
      const check = document.createElement("span")
      check.className = "lesson-check"
      check.setAttribute("role", "img")
      check.setAttribute("aria-label", label)
      check.textContent = "✓"
      link.append(check)
    }
  }
  const refresh = () => { read(); show() }

  box?.addEventListener("change", () => {
    read()
    box.checked ? done.add(box.dataset.lesson) : done.delete(box.dataset.lesson)
    try { localStorage.setItem(KEY, JSON.stringify([...done])) } catch {} // then it lasts as long as the page
    show()
  })
  refresh()
  addEventListener("storage", refresh) // marked in another tab
  addEventListener("pageshow", (event) => event.persisted && refresh()) // and on the way back
}
