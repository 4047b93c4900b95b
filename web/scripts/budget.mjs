// What a first visit costs: everything that the page loads before anybody clicks, compressed with gzip. Fails beyond
// the budget, and where a script would not run, or a style would not hold, on the oldest browser that is promised.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** KiB by page: what `index.html` loads, and then its landing page. */
const BUDGET_KIB = { console: 350, phone: 120 }
/** Code that a first load must not pull in. */
const LAZY = [/echarts/i, /zrender/i]

const name = process.argv[2] ?? 'console'
const root = fileURLToPath(new URL(`../dist/${name}`, import.meta.url))
const manifest = JSON.parse(await readFile(join(root, 'manifest.json'), 'utf8'))
const entry = Object.values(manifest).find((chunk) => chunk.isEntry)
const landing = Object.entries(manifest).filter(([source]) => LANDING(source)).map(([, chunk]) => chunk)

function LANDING(source) {
  return source.endsWith('pages/overview/OverviewPage.vue')
}

function closure(chunks) {
  const files = new Set()
  const walk = (chunk) => {
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    for (const style of chunk.css ?? []) files.add(style)
    for (const imported of chunk.imports ?? []) walk(manifest[imported])
  }
  chunks.forEach(walk)
  return [...files]
}

const files = ['index.html', 'check.js', 'favicon.svg', ...closure([entry, ...landing])]
const sizes = await Promise.all(files.map(async (file) => ({ file, bytes: gzipSync(await readFile(join(root, file)), { level: 9 }).length })))
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
sizes.sort((a, b) => b.bytes - a.bytes)
for (const { file, bytes } of sizes) console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KiB  ${file}`)
console.log(`${(total / 1024).toFixed(1).padStart(8)} KiB  first load of ${name}; the budget is ${BUDGET_KIB[name]} KiB`)

const failures = []
if (total > BUDGET_KIB[name] * 1024) failures.push(`the first load is over its budget of ${BUDGET_KIB[name]} KiB`)
for (const file of files.filter((one) => LAZY.some((pattern) => pattern.test(one)))) failures.push(`${file} belongs to pages that draw charts, not to the first load`)

// Chromium 86 knows none of these.
const STYLES = [/:has\(/, /:is\(/, /:where\(/, /@container/, /@layer/, /aspect-ratio\s*:/, /(?:^|[;{])inset\s*:/, /color-mix\(/, /\boklch\(/]
const SCRIPTS = [/\bstructuredClone\(/, /\bObject\.hasOwn\(/, /\bcrypto\.randomUUID\(/, /\bAbortSignal\.timeout\(/]
for (const file of await readdir(root, { recursive: true })) {
  const text = /\.(?:css|js|html)$/.test(file) ? await readFile(join(root, file), 'utf8') : ''
  const patterns = file.endsWith('.css') ? STYLES : file.endsWith('.js') ? SCRIPTS : []
  for (const pattern of patterns) if (pattern.test(text)) failures.push(`${file}: ${pattern} is unknown to Chromium 86`)
  for (const [address] of text.matchAll(/\b(?:https?:)?\/\/(?:cdn|at\.alicdn|fonts|unpkg)[^\s"'`)]*/g)) failures.push(`${file} names ${address}`)
}
for (const failure of failures) console.error(`FAILED: ${failure}`)
if (failures.length > 0) process.exit(1)
