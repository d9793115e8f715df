// Serves a built site as static hosts do: gzipped text, folders as their index.html. `node serve.mjs [folder] [port]`.
import { createServer } from "node:http"
import { readFile } from "node:fs/promises"
import { resolve, extname, join, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

const TYPES = {
  ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
  ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".xml": "application/xml", ".txt": "text/plain",
}
const COMPRESSED = new Set([".png", ".woff2", ".gz", ".zip"])

/** A server of `folder` on `port` (0: any that is free) of this machine alone; resolves to it when it listens. */
export function serve(folder, port = 0) {
  const root = resolve(folder), ready = new Map()

  async function load(path) {
    let body = await readFile(path)
    const suffix = extname(path), headers = { "content-type": TYPES[suffix] ?? "application/octet-stream" }
    if (!COMPRESSED.has(suffix)) {
      body = gzipSync(body)
      headers["content-encoding"] = "gzip"
    }
    return { body, headers: { ...headers, "content-length": body.length, "cache-control": "max-age=600" } }
  }

  const server = createServer(async (request, response) => {
    let path = join(root, decodeURIComponent(new URL(request.url, "http://site").pathname))
    if (path.endsWith(sep)) path += "index.html"
    try {
      if (!path.startsWith(root + sep)) throw new Error("outside")
      if (!ready.has(path)) ready.set(path, await load(path))
      const { body, headers } = ready.get(path)
      response.writeHead(200, headers).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((done) => server.listen(port, "127.0.0.1", () => done(server)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await serve(process.argv[2] ?? "site", Number(process.argv[3] ?? 8001))
  console.log(`http://127.0.0.1:${server.address().port}/`)
}
