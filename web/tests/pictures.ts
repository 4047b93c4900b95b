// The pictures that README and docs/ show: two in Chinese, two in English, of one story that the demo always tells.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { type Language, OFFICER, openAs, settle, useBrowser, visit } from './harness'
import { small } from './palette'

useBrowser()

const SIZE = { width: 1440, height: 900 }
/** A page of documents is read over slow lines too. */
const MOST_BYTES = 150 * 1024
const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
mkdirSync(folder, { recursive: true })

async function take(page: Page, name: string): Promise<void> {
  const picture = await small(page, await page.screenshot())
  expect(picture.length, `${name} is small`).toBeLessThan(MOST_BYTES)
  writeFileSync(`${folder}${name}.png`, picture)
}

const open = (path: string, language: Language) => openAs(OFFICER, path, { language, viewport: SIZE })

test('the overview, in Chinese', async () => {
  const page = await open('/', 'zh-CN')
  await take(page, 'overview')
})

test('the coverage map, in English', async () => {
  const page = await open('/coverage-map', 'en')
  await take(page, 'coverage-map')
})

test('the review queue, in Chinese: a visit with flags and photos', async () => {
  const page = await open('/review', 'zh-CN')
  const { visits } = await (await page.request.get('/v1/review-queue?limit=50')).json() as { visits: { id: string; flags: unknown[]; photos: { file_state?: string; state?: string }[]; previous?: unknown }[] }
  const wanted = [...visits].sort((one, other) => worth(other) - worth(one))[0]!
  await visit(page, `/review?visit=${wanted.id}`)
  await page.locator(`article[data-visit="${wanted.id}"]`).waitFor()
  await page.waitForFunction(() => [...document.images].every((image) => image.complete))
  await take(page, 'review')
})

test('the report, in English', async () => {
  const page = await open('/reports?division=990421&period=2026-06', 'en')
  await page.locator('.report table').first().waitFor()
  await settle(page)
  await take(page, 'report')
})

/** How much of the page a visit shows. */
function worth({ flags, photos, previous }: { flags: unknown[]; photos: unknown[]; previous?: unknown }): number {
  return Math.min(flags.length, 2) + Math.min(photos.length, 3) * 2 + (previous ? 1 : 0)
}
