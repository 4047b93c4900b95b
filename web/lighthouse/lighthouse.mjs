// How fast the overview is, and how well it behaves, by Lighthouse in Debian's Chromium; and how a list of a large
// county scrolls. A measurement, not a test: the machine must have nothing else to do. Fails below the marks.
//
//   npm run lighthouse            TEPAI_BIN names the binary, TEPAI_CHROMIUM the browser
//
// It looks at the county of `make bench ARGS=office`, 1,526 villages with 48,000 visits in a year, which `bench`, beside the
// server, makes in a directory that goes away afterwards.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import lighthouse, { desktopConfig } from 'lighthouse'
import { chromium } from 'playwright-core'

const VILLAGES = 1526
const MARKS = { performance: 90, accessibility: 95, 'best-practices': 95 }
/** Until somebody can use the overview, in milliseconds, on a line of 1.6 Mbit/s and 150 ms, with nothing in the cache. */
const INTERACTIVE_MS = 2000
const COUNTY_LINE = { bitsPerSecond: 1_600_000, roundTripMs: 150 }
/** A frame that takes longer than this is seen as a jerk; a task that blocks longer is felt. */
const JERK_MS = 50
const DESK = { width: 1366, height: 768 }

const root = fileURLToPath(new URL('../..', import.meta.url))
const binary = process.env.TEPAI_BIN ?? `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/debug/tepai`
const failures = []

function judge(name, value, mark, isFine, unit = '') {
  console.log(`${isFine ? ' ok ' : 'FAIL'}  ${name}: ${value}${unit} (${mark}${unit})`)
  if (!isFine) failures.push(name)
}

/** Serves a large county, which the benchmark makes; its address, and how to end it. */
async function serveCounty() {
  // The server takes whatever begins with TEPAI_ for one of its settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEPAI_')))
  const county = spawn(join(dirname(binary), 'bench'), ['county'], { stdio: ['ignore', 'pipe', 'inherit'], env })
  const base = await new Promise((resolve, reject) => {
    let said = ''
    county.stdout.on('data', (chunk) => {
      said += chunk
      const found = /served at (http:\/\/[\d.]+:\d+)/.exec(said)
      if (found) resolve(found[1])
    })
    county.on('error', () => reject(new Error('there is no `bench` beside the server: cargo build --bins')))
    county.on('exit', (code) => reject(new Error(`the benchmark ended with ${code}:\n${said}`)))
  })
  return { base, stop: () => new Promise((resolve) => { county.on('exit', resolve); county.kill('SIGINT') }) }
}

/** A browser that has signed in, and the port at which Lighthouse drives it. */
async function openBrowser(work, base) {
  const port = 9300 + Math.floor(Math.random() * 500)
  const browser = await chromium.launchPersistentContext(join(work, 'browser'), {
    executablePath: process.env.TEPAI_CHROMIUM ?? '/usr/bin/chromium', headless: true, baseURL: base, viewport: DESK, locale: 'zh-CN',
    args: [`--remote-debugging-port=${port}`, '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  })
  const answer = await browser.request.post('/v1/session', { data: { login: 'officer', password: 'correct horse battery' } })
  if (!answer.ok()) throw new Error(`nobody could sign in: ${answer.status()}`)
  return { browser, port }
}

/** The three categories, with Lighthouse's own settings for a computer on a desk. */
async function score(base, port) {
  const { lhr } = await lighthouse(base, { port, logLevel: 'error', output: 'json', onlyCategories: Object.keys(MARKS) }, desktopConfig)
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message)
  for (const [name, mark] of Object.entries(MARKS)) {
    const points = Math.round(lhr.categories[name].score * 100)
    judge(`overview, ${name}`, points, `at least ${mark}`, points >= mark)
  }
  for (const { id, score: points, title, displayValue = '' } of Object.values(lhr.audits)) {
    const counts = Object.values(lhr.categories).some(({ auditRefs }) => auditRefs.some((ref) => ref.id === id && ref.weight > 0))
    if (counts && points !== null && points < 0.9) console.log(`        ${title} ${displayValue}`)
  }
  return lhr
}

/** The same page on a county's line, with an empty cache: the network is slowed down, not calculated. */
async function interactive(base, port) {
  const { bitsPerSecond, roundTripMs } = COUNTY_LINE
  const kbps = bitsPerSecond / 1000
  const settings = {
    ...desktopConfig.settings, throttlingMethod: 'devtools', onlyAudits: ['interactive', 'first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'total-byte-weight'],
    throttling: { requestLatencyMs: roundTripMs, downloadThroughputKbps: kbps, uploadThroughputKbps: kbps, cpuSlowdownMultiplier: 1, rttMs: roundTripMs, throughputKbps: kbps },
  }
  const { lhr } = await lighthouse(base, { port, logLevel: 'error', output: 'json' }, { ...desktopConfig, settings })
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message)
  for (const { title, displayValue } of Object.values(lhr.audits)) console.log(`        ${title}: ${displayValue}`)
  const took = Math.round(lhr.audits.interactive.numericValue)
  judge('overview, interactive at 1.6 Mbit/s and 150 ms', took, `below ${INTERACTIVE_MS}`, took < INTERACTIVE_MS, ' ms')
}

/** What somebody waits for who opens the overview on that line: until its numbers stand there and it answers. */
async function opened(browser) {
  const page = await browser.newPage()
  const session = await browser.newCDPSession(page)
  const bytes = COUNTY_LINE.bitsPerSecond / 8
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: COUNTY_LINE.roundTripMs, downloadThroughput: bytes, uploadThroughput: bytes })
  const times = []
  for (let round = 0; round < 5; round += 1) {
    await page.goto('about:blank')
    const began = Date.now()
    await page.goto('/', { waitUntil: 'commit' })
    await page.locator('.figure .value a').first().waitFor()
    await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 0) }))
    times.push(Date.now() - began)
  }
  await page.close()
  times.sort((a, b) => a - b)
  console.log(`        until the numbers stand there: ${times.join(', ')} ms`)
  judge('overview, its numbers at 1.6 Mbit/s and 150 ms, median', times[2], `below ${INTERACTIVE_MS}`, times[2] < INTERACTIVE_MS, ' ms')
}

/** Turns the wheel through the whole list, a notch with every frame, and measures each. */
async function scroll(browser) {
  const page = await browser.newPage()
  const began = Date.now()
  await page.goto('/villages')
  await page.waitForFunction((rows) => document.querySelectorAll('tbody tr').length === rows, VILLAGES, { timeout: 60_000 })
  console.log(`        all rows of a list of ${VILLAGES} villages stand there after ${Date.now() - began} ms`)
  const measured = await page.evaluate(async () => {
    // The last rows are still being laid out.
    await new Promise((resolve) => { requestIdleCallback(resolve) })
    const tasks = []
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
    observer.observe({ entryTypes: ['longtask'] })
    const next = () => new Promise((resolve) => { requestAnimationFrame(resolve) })
    const frames = []
    let before = await next()
    while (window.scrollY + window.innerHeight < document.documentElement.scrollHeight - 1) {
      window.scrollBy(0, 120)
      const now = await next()
      frames.push(now - before)
      before = now
    }
    observer.disconnect()
    return { frames, tasks }
  })
  await page.close()
  const frames = [...measured.frames].sort((a, b) => a - b)
  const worst = Math.round(frames[frames.length - 1])
  console.log(`        ${frames.length} frames, median ${frames[frames.length >> 1].toFixed(1)} ms, 99 of 100 within ${frames[Math.floor(frames.length * 0.99)].toFixed(1)} ms; tasks over 50 ms: ${measured.tasks.length}`)
  judge(`a list of ${VILLAGES} villages, the longest frame while it scrolls`, worst, `at most ${JERK_MS}`, worst <= JERK_MS, ' ms')
  judge(`a list of ${VILLAGES} villages, tasks that block it`, measured.tasks.length, 'none', measured.tasks.length === 0)
}

const work = await mkdtemp(join(tmpdir(), 'tepai-lighthouse-'))
let county
let open
try {
  county = await serveCounty()
  open = await openBrowser(work, county.base)
  await score(county.base, open.port)
  await interactive(county.base, open.port)
  await opened(open.browser)
  await scroll(open.browser)
} finally {
  await open?.browser.close()
  await county?.stop()
  await rm(work, { recursive: true, force: true })
}
if (failures.length > 0) {
  console.error(`below the marks: ${failures.join('; ')}`)
  process.exit(1)
}
