// Figures open larger in a dialog: a click or tap on the figure, or its button, which a keyboard reaches.
{
  const words = {
    zh: { open: "放大这张图", dialog: "放大的图", larger: "再大些", smaller: "再小些", close: "关闭" },
    en: { open: "Enlarge this figure", dialog: "Enlarged figure", larger: "Larger", smaller: "Smaller", close: "Close" },
  }[document.documentElement.lang === "zh" ? "zh" : "en"]
  const STEP = 1.4, LIMIT = 8 // of the size that just fits

  const button = (label, sign, onClick) => {
    const made = document.createElement("button")
    made.type = "button"
    made.title = label
    made.setAttribute("aria-label", label)
    made.textContent = sign
    made.addEventListener("click", onClick)
    return made
  }

  let drawing, fitting // what the dialog shows, and the width at which all of it is in sight

  const resize = (wanted) => {
    const before = drawing.clientWidth, width = Math.min(Math.max(wanted, fitting), fitting * LIMIT)
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = stage
    drawing.style.width = `${width}px`
    const grown = before ? width / before : 1 // the middle stays the middle
    stage.scrollLeft = (scrollLeft + clientWidth / 2) * grown - clientWidth / 2
    stage.scrollTop = (scrollTop + clientHeight / 2) * grown - clientHeight / 2
  }

  const dialog = document.createElement("dialog"), tools = document.createElement("div"), stage = document.createElement("div")
  dialog.className = "figure-dialog"
  dialog.setAttribute("aria-label", words.dialog)
  tools.className = "figure-tools"
  stage.className = "figure-stage"
  stage.tabIndex = 0 // arrow keys scroll it
  tools.append(
    button(words.close, "✕", () => dialog.close()), // first: it has the focus when the dialog opens
    button(words.smaller, "−", () => resize(drawing.clientWidth / STEP)),
    button(words.larger, "+", () => resize(drawing.clientWidth * STEP)),
  )
  dialog.append(tools, stage)
  dialog.addEventListener("click", (event) => event.target.closest("svg, button") || dialog.close())
  dialog.addEventListener("close", () => stage.replaceChildren())

  const open = (figure) => {
    const original = figure.querySelector("svg"), { width, height } = original.viewBox.baseVal
    drawing = original.cloneNode(true)
    for (const element of drawing.querySelectorAll("[id]")) element.removeAttribute("id") // the page's own serve both
    drawing.style.minWidth = 0
    drawing.style.maxWidth = "none"
    if (!dialog.isConnected) document.body.append(dialog)
    stage.replaceChildren(drawing)
    figure.querySelector(".figure-open").focus({ preventScroll: true }) // closing gives the focus back to it
    dialog.showModal()
    fitting = Math.min(stage.clientWidth, stage.clientHeight * (width / height))
    resize((width * 4) / 3) // on a phone as large as it was drawn, to be scrolled; on a desktop all that fits
  }

  for (const figure of document.querySelectorAll("figure.figure")) {
    const opener = button(words.open, "⤢", () => open(figure))
    opener.className = "figure-open"
    figure.append(opener)
    figure.addEventListener("click", (event) => {
      const selecting = getSelection().toString() !== "" // a figure's words can be copied
      if (event.target.closest("svg") && !selecting) open(figure)
    })
  }
}
