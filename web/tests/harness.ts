// A browser on the demo county: sign in, look, and judge a page by what holds for all of them. Every page that these
// tests open is watched: an error of a script, a breach of the content policy or a request to another host fails the
// test that saw it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'

/** The office accounts of the demo, and their one password. */
export const OFFICER = 'kejiju'
export const COORDINATOR = 'xiangzhen'
export const ADMINISTRATOR = 'admin'
export const AUDITOR = 'shenji'
export const PASSWORD = 'demo-only-2026'

export type Language = 'zh-CN' | 'en'
export const LANGUAGES: readonly Language[] = ['zh-CN', 'en']

/** A desk of the county: most screens there are this large. */
export const DESK = { width: 1366, height: 768 }
/** The same at 200 % zoom: a browser then lays out in half of the pixels. */
export const ZOOMED = { width: 683, height: 384 }

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

let browser: Browser
const contexts: BrowserContext[] = []
const complaints: string[] = []

export const base = inject('base')
const artefacts = inject('artefacts')

/** Call once in each file of tests. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env.TEPAI_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: FLAGS })
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    expect(complaints.splice(0)).toEqual([])
  })
}

export interface Looks {
  language?: Language
  viewport?: { width: number; height: number }
  /** Complaints that this test provokes on purpose. */
  expected?: RegExp
}

/** A window of its own, signed in nowhere. */
export async function open(looks: Looks = {}): Promise<Page> {
  const { language = 'zh-CN', viewport = DESK, expected } = looks
  const context = await browser.newContext({
    baseURL: base, viewport, locale: language, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce',
    // At 200 % zoom a pixel of the page is two of the screen.
    deviceScaleFactor: viewport.width < 700 ? 2 : 1,
  })
  contexts.push(context)
  const page = await context.newPage()
  const complain = (text: string) => {
    if (!expected?.test(text)) complaints.push(text)
  }
  page.on('pageerror', (error) => complain(`a script failed: ${error.message}`))
  page.on('console', (message) => {
    // A refused request is no fault of the page: what it makes of it is what the tests look at.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complain(`the browser complains: ${message.text()}`)
    if (/Content.Security.Policy/i.test(message.text())) complain(`the policy was broken: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol.startsWith('http') && origin !== base) complain(`it asked another host: ${request.url()}`)
  })
  return page
}

/** A window in which somebody has signed in, at `path`. */
export async function openAs(login: string, path = '/', looks: Looks = {}): Promise<Page> {
  const page = await open(looks)
  const answer = await page.request.post('/v1/session', { data: { login, password: PASSWORD } })
  expect(answer.status(), `${login} signs in`).toBe(200)
  await visit(page, path)
  return page
}

/** Goes to a page and waits until it has read what it shows. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await settle(page)
}

/** Waits until the page has its heading and nothing on it is still being read. */
export async function settle(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor()
  await page.waitForFunction(() => {
    const loading = [...document.querySelectorAll('main [role=status]')].some((one) => /^(?:正在读取…|Loading…)$/.test(one.textContent?.trim() ?? ''))
    return !loading && !document.querySelector('main [aria-busy=true]')
  })
}

/** What is wrong for people who see or handle a page otherwise: serious and critical findings of axe. */
export async function barriers(page: Page): Promise<string[]> {
  // By the debugger, which the page's policy does not concern.
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; impact: string; nodes: { target: unknown[]; failureSummary: string }[] }[] }> } }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`))
  })
}

/** Whether the page has to be moved sideways to be read. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
}

/** Keeps a picture of the page among the artefacts, for people to look at. */
export async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${artefacts}/${name}.png`, fullPage: true })
}

/** Keeps the page as it is printed, and answers with the document. */
export function keepPrint(page: Page, name: string): Promise<Buffer> {
  return page.pdf({ path: `${artefacts}/${name}.pdf`, format: 'A4', preferCSSPageSize: true })
}

/** The sheets of a printed document. */
export function sheetsOf(document: Buffer): { width: number; height: number }[] {
  const boxes = [...document.toString('latin1').matchAll(/\/Type\s*\/Page\b[^s][\s\S]*?\/MediaBox\s*\[([\d. ]+)\]/g)]
  return boxes.map(([, box]) => {
    const [left = 0, bottom = 0, right = 0, top = 0] = box!.trim().split(/\s+/).map(Number)
    return { width: right - left, height: top - bottom }
  })
}

/** What every page owes everybody, in both languages and at 200 % zoom. */
export async function expectManners(login: string, path: string, name: string): Promise<void> {
  for (const language of LANGUAGES) {
    for (const [size, viewport] of [['desk', DESK], ['zoomed', ZOOMED]] as const) {
      const page = await openAs(login, path, { language, viewport })
      const where = `${path} in ${language}, ${size}`
      await keep(page, `${name}-${language}-${size}`)
      expect(await page.getAttribute('html', 'lang'), where).toBe(language)
      expect(await page.locator('h1:visible').count(), `${where}: one heading above all`).toBe(1)
      expect(await isTooWide(page), `${where}: no moving sideways`).toBe(false)
      expect(await barriers(page), where).toEqual([])
      expect(await page.locator('body').innerText(), where).not.toContain('打\u5361')
    }
  }
}
