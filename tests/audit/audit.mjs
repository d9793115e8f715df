// Weighs and checks the built site as a reader meets it: `make audit` (README). Prints a table in Markdown for every
// page, and exits with 1 where a limit is broken, naming page and limit. Options: --site FOLDER, --only REGEX (pages),
// --runs N (of Lighthouse, median; 0: none), --lighthouse REGEX (those pages; without it the heaviest of each chapter).
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { join } from "node:path"
import { parseArgs } from "node:util"
import lighthouse from "lighthouse"
import { chromium } from "playwright-core"
import { serve } from "./serve.mjs"

const LIMITS = {
  elsewhere: 0, html: 80, total: 250, replay: 60, axe: 0, overflow: 0,
  performance: 95, accessibility: 100, "best-practices": 100, seo: 100, lcp: 1.8, cls: 0.02,
}
const AT_LEAST = new Set(["performance", "accessibility", "best-practices", "seo"])
const WIDTHS = [360, 768, 1280]
const COLOUR_RULES = ["color-contrast", "link-in-text-block"] // the others say the same in the dark
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js")
const CHROMES = [process.env.CHROME_PATH, "/usr/bin/chromium", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]

const { values: options } = parseArgs({
  options: {
    site: { type: "string", default: "site" }, only: { type: "string", default: "" },
    runs: { type: "string", default: "3" }, lighthouse: { type: "string" },
  },
})
const broken = []

function check(page, name, value) {
  const limit = LIMITS[name], fine = AT_LEAST.has(name) ? value >= limit : value <= limit
  if (!fine) broken.push(`${page}: ${name} ${value}, the limit is ${AT_LEAST.has(name) ? "at least" : "at most"} ${limit}`)
  return `${value}${fine ? "" : " ✗"}`
}

const row = (...cells) => console.log(`| ${cells.join(" | ")} |`)
const head = (...cells) => { row(...cells); row(...cells.map((_, i) => (i ? "--:" : "---"))) }
const kB = (bytes) => Math.round(bytes / 100) / 10
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

/** Addresses below the site: home, glossary, chapters and lessons, and one workbook, in both languages. */
function pages(site) {
  const below = (folder) => (existsSync(join(site, folder)) ? readdirSync(join(site, folder), { recursive: true }) : [])
    .filter((path) => path.endsWith("index.html")).map((path) => `${folder}${path.slice(0, -"index.html".length)}`).sort()
  return ["", "en/"].flatMap((root) => [
    root, `${root}glossary/`, ...below(`${root}lessons/`), ...below(`${root}workbooks/`).slice(0, 1),
  ])
}

const isLesson = (address) => /lessons\/[^/]+\/[^/]+\/$/.test(address)

function readToTheEnd(page) {
  return page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
      scrollTo(0, y)
      await new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))
    }
  })
}

/** Reads one page to its end with an empty cache: bytes by kind as they were sent, and requests to elsewhere. */
async function weigh(browser, base, address) {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } }), page = await context.newPage()
  const sent = { html: 0, total: 0, replay: 0 }, elsewhere = new Set(), pending = []
  context.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(base)) elsewhere.add(request.url()) })
  context.on("requestfinished", (request) => pending.push((async () => {
    if (!request.url().startsWith(base)) return
    const { responseBodySize: bytes } = await request.sizes()
    if (request.url().includes("/replays/")) sent.replay = Math.max(sent.replay, bytes)
    else sent.total += bytes
    if (request.resourceType() === "document") sent.html += bytes
  })()))
  await page.goto(base + address, { waitUntil: "networkidle" })
  await readToTheEnd(page)
  await page.waitForLoadState("networkidle")
  await Promise.all(pending)
  await context.close()
  return { ...sent, elsewhere: [...elsewhere] }
}

/** Bytes that the first use of the search fetches. */
async function weighSearch(browser, base, address) {
  const page = await browser.newPage()
  await page.goto(base + address, { waitUntil: "networkidle" })
  const index = page.waitForEvent("requestfinished", (request) => request.url().includes("search_index"))
  await page.focus(".md-search__input")
  const { responseBodySize } = await (await index).sizes()
  await page.close()
  return responseBodySize
}

/** axe's violations at every width, light and dark, and the widths at which the page scrolls sideways. */
async function look(browser, base, address) {
  const context = await browser.newContext({ bypassCSP: true }), page = await context.newPage()
  const violations = new Set(), overflow = []
  await page.goto(base + address, { waitUntil: "networkidle" })
  await page.addStyleTag({ content: "* { content-visibility: visible !important; transition: none !important }" })
  await page.addScriptTag({ path: AXE })
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 })
    await readToTheEnd(page)
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme })
      await page.waitForSelector(`body[data-md-color-scheme=${colorScheme === "dark" ? "slate" : "default"}]`)
      const found = await page.evaluate(async (rules) => {
        const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) }
        return (await axe.run(options)).violations.map(({ id, nodes }) => `${id} (${nodes.length}: ${nodes[0].target})`)
      }, colorScheme === "dark" ? COLOUR_RULES : undefined)
      for (const violation of found) violations.add(`${violation} at ${width} px, ${colorScheme}`)
    }
    if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) overflow.push(width)
  }
  await context.close()
  return { violations: [...violations], overflow }
}

/** Lighthouse's mobile scores and timings, each the median of some runs. */
async function rate(port, url, runs) {
  const rated = []
  for (let run = 0; run < runs; run++) {
    const { lhr } = await lighthouse(url, { port, output: "json", logLevel: "error" })
    const { audits, categories } = lhr, number = (name) => audits[name].numericValue
    rated.push({
      ...Object.fromEntries(Object.entries(categories).map(([name, { score }]) => [name, Math.round(score * 100)])),
      lcp: number("largest-contentful-paint") / 1000, cls: number("cumulative-layout-shift"), tbt: number("total-blocking-time"),
      benchmark: lhr.environment.benchmarkIndex,
    })
  }
  return Object.fromEntries(Object.keys(rated[0]).map((name) => [name, Number(median(rated.map((r) => r[name])).toPrecision(3))]))
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => { const { port } = server.address(); server.close(() => done(port)) })
  })
}

async function main() {
  const chrome = CHROMES.find((path) => path && existsSync(path))
  if (!chrome) throw new Error("no Chromium: install it (Debian: apt install chromium) or set CHROME_PATH")
  const only = new RegExp(options.only), addresses = pages(options.site).filter((address) => only.test(address))
  if (!addresses.some(isLesson)) throw new Error(`${options.site} has no such lesson pages; build it first: make site`)
  const server = await serve(options.site), base = `http://127.0.0.1:${server.address().port}/`, port = await freePort()
  const browser = await chromium.launch({
    executablePath: chrome, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--remote-debugging-port=${port}`],
  })

  head("page", "to elsewhere", "HTML kB", "total kB", "replay kB", "axe", "too wide at")
  const html = {}
  for (const address of addresses) {
    process.stderr.write(`${address || "home"}\n`)
    const sent = await weigh(browser, base, address), { violations, overflow } = await look(browser, base, address)
    html[address] = sent.html
    const name = address || "home"
    row(name, check(name, "elsewhere", sent.elsewhere.length), check(name, "html", kB(sent.html)), check(name, "total", kB(sent.total)),
      check(name, "replay", kB(sent.replay)), check(name, "axe", violations.length), overflow.join(", ") || "-")
    check(name, "overflow", overflow.length)
    for (const detail of [...sent.elsewhere, ...violations]) process.stderr.write(`  ${detail}\n`)
  }
  for (const lesson of [(a) => !a.startsWith("en/"), (a) => a.startsWith("en/")].map((mine) => addresses.find((a) => isLesson(a) && mine(a))))
    if (lesson) console.log(`\nSearch index, fetched at the search's first use (${lesson}): ${kB(await weighSearch(browser, base, lesson))} kB.`)

  const runs = Number(options.runs), heaviest = {}
  for (const address of addresses.filter(isLesson)) {
    const chapter = options.lighthouse ? address : address.split("/").slice(0, -2).join("/")
    if (!(html[address] < html[heaviest[chapter]])) heaviest[chapter] = address
  }
  if (runs) {
    console.log(`\nLighthouse, mobile, slow 4G: the heaviest lesson of each chapter, median of ${runs}.\n`)
    head("page", "performance", "accessibility", "best practices", "SEO", "LCP s", "CLS", "TBT ms", "benchmark index")
    await lighthouse(base, { port, output: "json", logLevel: "error" }) // a browser's first page pays for its start
    for (const address of Object.values(heaviest).filter((a) => new RegExp(options.lighthouse ?? "").test(a))) {
      process.stderr.write(`Lighthouse: ${address}\n`)
      const rated = await rate(port, base + address, runs)
      row(address, ...["performance", "accessibility", "best-practices", "seo", "lcp", "cls"].map((name) => check(address, name, rated[name])),
        rated.tbt, rated.benchmark)
    }
  }
  await browser.close()
  server.close()
  server.closeAllConnections()
  if (broken.length) console.log(`\n${broken.map((line) => `- ${line}`).join("\n")}`)
  process.exitCode = broken.length ? 1 : 0
}

await main()
