// 技术采用 on the demo county.
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, keepPrint, OFFICER, openAs, settle, useBrowser } from './harness'

useBrowser()

test('adoption keeps its manners', () => expectManners(OFFICER, '/adoptions', 'adoptions'))
test('adoption of one technique keeps its manners', () => expectManners(OFFICER, '/adoptions?technique=SC01', 'adoptions-technique'))

test('the stages of a technique are the sum of its villages, and open to those and to the reports', async () => {
  const page = await openAs(OFFICER, '/adoptions')
  const { rows, techniques } = await (await page.request.get('/v1/adoptions/990421')).json() as { rows: { technique: string; village_code: string; adoptions: number; stages: Record<string, number> }[]; techniques: Record<string, string> }
  const own = rows.filter(({ technique }) => technique === 'SC01')
  const line = page.locator('tbody tr').filter({ has: page.getByRole('rowheader', { name: techniques.SC01! }) })
  const stages = ['awareness', 'interest', 'evaluation', 'trial', 'adopted', 'abandoned']
  const counts = (await line.locator('td').allInnerTexts()).slice(0, 7).map(Number)
  expect(counts).toEqual([...stages.map((stage) => own.reduce((sum, row) => sum + row.stages[stage]!, 0)), own.reduce((sum, row) => sum + row.adoptions, 0)])
  await line.locator('th a').click()
  await page.waitForURL(/technique=SC01/)
  await settle(page)
  expect(await page.locator('tbody tr').count()).toBe(own.length)
  await page.locator('tbody th a').first().click()
  await page.waitForURL(/village=\d{12}/)
  await settle(page)
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(0)
  await page.goBack()
  await page.goBack()
  await page.waitForURL((address) => address.search === '')
})

test('a season filters, and stays in the address', async () => {
  const page = await openAs(OFFICER, '/adoptions')
  await page.getByLabel('季').selectOption('2026')
  await page.waitForURL(/season=2026/)
  await settle(page)
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(0)
  await keepPrint(page, 'adoptions')
})

test('another township’s coordinator sees nothing of it', async () => {
  const page = await openAs(COORDINATOR, '/adoptions?technique=SC01')
  expect(await page.locator('tbody th a').evaluateAll((links) => links.every((link) => /village=990421100/.test(link.getAttribute('href') ?? '')))).toBe(true)
  await page.goto('/adoptions?division=990421101')
  await page.getByRole('alert').waitFor()
  expect(await page.locator('tbody tr').count()).toBe(0)
})
