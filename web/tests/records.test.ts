// The records behind a figure, on the demo county: each address that the server names opens to exactly those.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, OFFICER, openAs, settle, useBrowser, visit } from './harness'

useBrowser()

async function all(page: Page, address: string, list: string): Promise<{ id: string }[]> {
  const found: { id: string }[] = []
  for (let cursor = ''; ;) {
    const answer = await page.request.get(`${address}&limit=100${cursor}`)
    expect(answer.status(), await answer.text()).toBe(200)
    const body = await answer.json() as Record<string, unknown>
    found.push(...body[list] as { id: string }[])
    if (!body.next) return found
    cursor = `&cursor=${String(body.next)}`
  }
}
/** Draws all pages of a list, and counts its lines. */
async function drawn(page: Page): Promise<number> {
  const more = page.getByRole('button', { name: '显示更多' })
  while (await more.count() > 0) {
    const before = await page.locator('tbody tr').count()
    await more.click()
    await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(before)
    await settle(page)
  }
  return page.locator('tbody tr').count()
}

const PERIOD = 'period=2026-06-01..2026-06-30'
const LISTS = [
  ['/records/adoption_report', `/v1/records/adoption_report?division=990421&${PERIOD}`, 'records'],
  ['/records/feedback', `/v1/records/feedback?division=990421&${PERIOD}`, 'records'],
  ['/records/demo_base', '/v1/records/demo_base?division=990421', 'records'],
  ['/records/demo-households', `/v1/demo-households?division=990421&${PERIOD}`, 'entries'],
  ['/records/follow-ups', '/v1/follow-ups?division=990421&state=overdue', 'follow_ups'],
] as const

test.each(LISTS)('%s shows exactly what its address of the API tells', async (path, address, list) => {
  const page = await openAs(OFFICER)
  const expected = await all(page, address, list)
  expect(expected.length).toBeGreaterThan(0)
  await visit(page, `${path}?${address.split('?')[1]}`)
  expect(await drawn(page)).toBe(expected.length)
  expect(await page.locator('tbody').innerText()).not.toMatch(/[a-z]+_[a-z]+|undefined|\[object/)
})

test('records keep their manners', () => expectManners(OFFICER, `/records/adoption_report?${PERIOD}`, 'records'))
test('follow-ups keep their manners', () => expectManners(OFFICER, '/records/follow-ups?state=overdue', 'follow-ups'))

test('a line leads on to the village and to the visit', async () => {
  const page = await openAs(OFFICER, `/records/feedback?${PERIOD}`)
  await page.getByRole('link', { name: '查看走访' }).first().click()
  await page.waitForURL(/\/visits\/[0-9a-f-]{36}$/)
  await page.goBack()
  await page.waitForURL(/\/records\/feedback/)
  await page.locator('tbody td a').first().click()
  await page.waitForURL(/\/villages\/\d{12}$/)
})

test("another township's coordinator sees the own records alone, and an unknown kind is told", async () => {
  const page = await openAs(COORDINATOR, '/records/follow-ups')
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(0)
  expect(await page.locator('tbody').innerText()).not.toMatch(/白鹭镇|柳溪镇|湖口镇|稻香乡|云塘乡/)
  await visit(page, '/records/nothing-such')
  await page.getByText('没有这一类记录。').waitFor()
})
