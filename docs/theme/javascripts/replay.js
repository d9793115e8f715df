// Draws the replays of a page: sliders over the recorded frames of the lesson's own run. docs/builder/replay.py says
// what a replay's data are. Nothing is loaded before a replay comes near the screen.

const WORDS = {
  zh: { play: "播放", pause: "暂停" },
  en: { play: "Play", pause: "Pause" },
}[document.documentElement.lang] ?? { play: "Play", pause: "Pause" }
const FRAME_MILLISECONDS = 150
const SIZE = { width: 340, height: 260, left: 56, right: 16, top: 12, bottom: 40 }
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-"
const COLOURS = { black: "var(--fig-ink)", gray: "var(--fig-muted)" }
for (let i = 0; i < 6; i++) COLOURS[`C${i}`] = `var(--fig-${i})`

function make(name, attributes = {}, ...children) {
  const isSvg = /^(svg|g|path|line|rect|circle|text|clipPath)$/.test(name)
  const element = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

// Scales: from data to the panel's pixels, and the numbers to write at an axis.
function scale({ range: [low, high], log }, start, end) {
  const way = log ? Math.log10 : (v) => v
  return (v) => start + ((way(v) - way(low)) / (way(high) - way(low))) * (end - start)
}

function ticks({ range: [low, high], log }) {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9)
    const step = Math.max(1, Math.ceil((last - first) / 4)), found = []
    for (let e = first; e <= last; e += step) found.push(10 ** e)
    return found
  }
  const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough * 0.999) ?? 10), found = []
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-6; v += step) found.push(Number(v.toPrecision(6)))
  return found
}

function written(value) {
  if (value === null) return "∞"
  if (typeof value !== "number") return String(value)
  const size = Math.abs(value)
  return size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential(1).replace(".0e", "e").replace("e+", "e") : String(Number(value.toPrecision(4)))
}

function pathOf(xs, ys, x, y) {
  let path = "", pen = "M"
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] === null || ys[i] === null) { pen = "M"; continue }
    // a value far outside would be more than a browser can draw
    const px = Math.max(-1e4, Math.min(1e4, x(xs[i]))), py = Math.max(-1e4, Math.min(1e4, y(ys[i])))
    if (Number.isNaN(px) || Number.isNaN(py)) { pen = "M"; continue }
    path += `${pen}${px.toFixed(1)} ${py.toFixed(1)}`
    pen = "L"
  }
  return path
}

function marker(kind, x, y, attributes) {
  if (kind === "s") return make("rect", { x: x - 2.5, y: y - 2.5, width: 5, height: 5, ...attributes })
  if (kind === "x") return make("path", { d: `M${x - 3} ${y - 3}l6 6m0 -6l-6 6`, ...attributes, fill: "none", stroke: attributes.fill })
  return make("circle", { cx: x, cy: y, r: 2.8, ...attributes })
}

// Where a field crosses one half: marching squares over the grid's cells.
function boundary(grid, rows, columns, x, y) {
  let path = ""
  const level = (r, c) => grid[r * columns + c] - 0.5
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const corners = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]], cuts = []
      for (let k = 0; k < 4; k++) {
        const [a, b] = [corners[k], corners[(k + 1) % 4]], [u, v] = [level(...a), level(...b)]
        if (u > 0 === v > 0) continue
        const t = u / (u - v)
        cuts.push(`${x(a[1] + t * (b[1] - a[1])).toFixed(1)} ${y(a[0] + t * (b[0] - a[0])).toFixed(1)}`)
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) path += `M${cuts[k]}L${cuts[k + 1]}`
    }
  }
  return path
}

// Each layer: draws itself once into `area`, and returns what shows one frame of one setting.
const LAYERS = {
  points(layer, area, x, y, colour) {
    layer.x.forEach((v, i) => area.append(marker(layer.marker, x(v), y(layer.y[i]), { fill: colour, class: "replay-point" })))
    return () => {}
  },
  curve(layer, area, x, y, colour) {
    area.append(make("path", { d: pathOf(layer.x, layer.y, x, y), stroke: colour, fill: "none", ...(layer.dashed && { "stroke-dasharray": "5 4" }) }))
    return () => {}
  },
  line(layer, area, x, y, colour) {
    const path = area.appendChild(make("path", { stroke: colour, fill: "none", "stroke-width": 2.5 }))
    return (setting, frame) => path.setAttribute("d", pathOf(layer.x, layer.y[setting][frame], x, y))
  },
  trail(layer, area, x, y, colour) {
    const path = area.appendChild(make("path", { stroke: colour, fill: "none", "stroke-width": 1.5 }))
    const head = area.appendChild(make("circle", { r: 4.5, fill: colour }))
    return (setting, frame) => {
      const xs = layer.x[setting].slice(0, frame + 1), ys = layer.y[setting].slice(0, frame + 1)
      path.setAttribute("d", pathOf(xs, ys, x, y))
      const seen = xs[frame] !== null && ys[frame] !== null
      head.setAttribute("visibility", seen ? "visible" : "hidden")
      if (seen) { head.setAttribute("cx", x(xs[frame])); head.setAttribute("cy", y(ys[frame])) }
    }
  },
  field(layer, area, x, y, colour, axes) {
    const { rows, columns } = layer, [no, yes] = (layer.colors ?? ["C1", "C0"]).map((c) => COLOURS[c])
    const across = scale({ range: [0, columns - 1] }, x(axes.x.range[0]), x(axes.x.range[1]))
    const up = scale({ range: [0, rows - 1] }, y(axes.y.range[0]), y(axes.y.range[1]))
    const width = across(1) - across(0), height = up(0) - up(1), cells = []
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        cells.push(area.appendChild(make("rect", { x: across(c) - width / 2, y: up(r) - height / 2, width, height })))
    const edge = area.appendChild(make("path", { stroke: "var(--fig-ink)", fill: "none", "stroke-width": 2 }))
    let shown = ""
    return (setting, frame) => {
      const signs = layer.levels[setting][frame], grid = Array.from(signs, (sign) => SIGNS.indexOf(sign) / 63)
      grid.forEach((level, i) => {
        if (signs[i] === shown[i]) return
        cells[i].setAttribute("fill", level > 0.5 ? yes : no)
        cells[i].setAttribute("fill-opacity", (Math.abs(level - 0.5) * 0.7).toFixed(2))
      })
      shown = signs
      edge.setAttribute("d", boundary(grid, rows, columns, across, up))
    }
  },
}

let made = 0

function drawPanel(panel) {
  const right = SIZE.width - SIZE.right, bottom = SIZE.height - SIZE.bottom
  const x = scale(panel.x, SIZE.left, right), y = scale(panel.y, bottom, SIZE.top), id = `replay-clip-${++made}`
  const svg = make("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, "aria-hidden": "true", class: "replay-panel" })
  svg.append(make("clipPath", { id }, make("rect", { x: SIZE.left, y: SIZE.top, width: right - SIZE.left, height: bottom - SIZE.top })))
  for (const v of ticks(panel.x)) {
    svg.append(make("line", { x1: x(v), x2: x(v), y1: SIZE.top, y2: bottom, class: "replay-grid" }))
    svg.append(make("text", { x: x(v), y: bottom + 15, "text-anchor": "middle" }, written(v)))
  }
  for (const v of ticks(panel.y)) {
    svg.append(make("line", { x1: SIZE.left, x2: right, y1: y(v), y2: y(v), class: "replay-grid" }))
    svg.append(make("text", { x: SIZE.left - 5, y: y(v) + 4, "text-anchor": "end" }, written(v)))
  }
  svg.append(make("text", { x: (SIZE.left + right) / 2, y: SIZE.height - 6, "text-anchor": "middle" }, panel.x.label))
  svg.append(make("text", { transform: `translate(11 ${(SIZE.top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, panel.y.label))
  const area = svg.appendChild(make("g", { "clip-path": `url(#${id})` }))
  const shows = panel.layers.map((layer) => LAYERS[layer.kind](layer, area, x, y, COLOURS[layer.color ?? "C0"], panel))
  const legend = make("p", { class: "replay-legend" })
  for (const layer of panel.layers.filter((l) => l.label)) {
    const sign = { points: { x: "×", s: "■" }[layer.marker] ?? "●", curve: layer.dashed ? "┄" : "─" }[layer.kind] ?? "━"
    const key = make("span", { "aria-hidden": "true" }, `${sign} `)
    key.style.color = COLOURS[layer.color ?? "C0"] // not an attribute: the page's policy forbids those
    legend.append(make("span", {}, key, layer.label))
  }
  return { element: make("div", {}, svg, legend), show: (setting, frame) => shows.forEach((show) => show(setting, frame)) }
}

function slider({ label, values }, onInput) {
  const value = make("output")
  const input = make("input", { type: "range", min: 0, max: values.length - 1, step: 1, value: 0, "aria-label": label })
  const update = () => {
    value.textContent = written(values[input.value])
    input.setAttribute("aria-valuetext", value.textContent)
    onInput()
  }
  input.addEventListener("input", update)
  return {
    element: make("label", {}, make("span", {}, `${label} `, value), input),
    input,
    get index() { return Number(input.value) },
    set index(i) { input.value = i; update() },
  }
}

function build(box, data) {
  const panels = data.panels.map(drawPanel), last = data.frame.values.length - 1
  const readout = make("p", { class: "replay-readout" })
  let frame, setting = { index: 0 }, timer
  const show = () => {
    panels.forEach((panel) => panel.show(setting.index, frame.index))
    readout.replaceChildren(...data.readout.map((entry) => make("span", {}, `${entry.label} `, make("b", {}, written(entry.values[setting.index][frame.index])))))
  }
  const sign = make("span", { "aria-hidden": "true" }), word = make("span"), button = make("button", { type: "button", class: "replay-play" }, sign, word)
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    sign.textContent = "▶ "
    word.textContent = WORDS.play
    readout.setAttribute("aria-live", "polite")
  }
  const play = () => {
    if (frame.index === last) frame.index = 0
    sign.textContent = "⏸ "
    word.textContent = WORDS.pause
    readout.setAttribute("aria-live", "off") // a screen reader cannot follow seven frames a second
    timer = setInterval(() => { frame.index++; if (frame.index === last) stop() }, FRAME_MILLISECONDS)
  }
  button.addEventListener("click", () => (timer ? stop() : play()))
  stop()
  // who wants less motion goes through the frames by hand
  const controls = make("div", { class: "replay-controls" }, ...(matchMedia("(prefers-reduced-motion: reduce)").matches ? [] : [button]))
  frame = slider(data.frame, () => frame && show())
  frame.input.addEventListener("input", stop)
  controls.append(frame.element)
  if (data.setting) {
    setting = slider(data.setting, () => frame && setting && show())
    controls.append(setting.element)
  }
  controls.append(readout)
  box.prepend(make("div", { class: "replay-panels" }, ...panels.map((panel) => panel.element)), controls)
  if (data.setting) setting.index = box.dataset.setting ?? 0
  frame.index = box.dataset.frame ?? 0
  box.classList.add("replay-ready")
}

function load(box) {
  const script = make("script", { src: new URL(box.dataset.source, document.baseURI).href })
  script.addEventListener("load", () => { build(box, globalThis.replay); script.remove() })
  document.head.append(script)
}

const boxes = document.querySelectorAll(".replay")
if (boxes.length) {
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) { watcher.unobserve(target); load(target) }
  }, { rootMargin: "400px" })
  boxes.forEach((box) => watcher.observe(box))
}
