// 走访日历 on the demo county.
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, keepPrint, OFFICER, openAs, settle, sheetsOf, useBrowser } from './harness'

useBrowser()

interface Row {
  key: string
  name: string
  approved: number
  days: { on: string; approved: number; pending: number; returned: number; backfilled: number }[]
}

test('the calendar keeps its manners', () => expectManners(OFFICER, '/calendar?month=2026-06', 'calendar'))

test('every number in it is that of the server, and backfilled days say so in words', async () => {
  const page = await openAs(OFFICER, '/calendar?month=2026-05')
  const { rows } = await (await page.request.get('/v1/calendar/990421?month=2026-05')).json() as { rows: Row[] }
  expect(rows.length).toBeGreaterThan(5)
  const lines = page.locator('tbody tr')
  expect(await lines.count()).toBe(rows.length)
  for (const [index, row] of rows.slice(0, 6).entries()) {
    const line = lines.nth(index)
    expect(await line.locator('th').innerText()).toBe(row.name)
    expect((await line.locator('td.total').innerText()).replace(/\s*\/.*/, '')).toBe(String(row.approved))
    for (const day of row.days) {
      const cell = line.locator('td').nth(Number(day.on.slice(8)) - 1)
      const count = day.approved + day.pending
      expect((await cell.locator('a [aria-hidden]').innerText()).replace(/[补退\s]/g, '')).toBe(count > 0 ? String(count) : '')
      const said = await cell.locator('a .visually-hidden').innerText()
      expect(said).toContain(row.name)
      expect(said.includes('补录')).toBe(day.backfilled > 0)
      expect(said.includes('待审核')).toBe(day.pending > 0)
    }
  }
})

test('a cell opens to the visits of that person on that day, and the month stays in the address', async () => {
  const page = await openAs(OFFICER, '/calendar?month=2026-05')
  await page.locator('tbody td a').first().click()
  await page.waitForURL(/\/visits\?/)
  await settle(page)
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(0)
  await page.goBack()
  await page.waitForURL(/month=2026-05/)
  await settle(page)
  await page.getByRole('button', { name: '上个月' }).click()
  await page.waitForURL(/month=2026-04/)
})

test('an address that names no month shows this one', async () => {
  const page = await openAs(OFFICER, '/calendar?month=2026-99')
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(5)
})

test('it prints on one side of a lying sheet', async () => {
  const page = await openAs(OFFICER, '/calendar?month=2026-06')
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.filters').isVisible()).toBe(false)
  const sheets = sheetsOf(await keepPrint(page, 'calendar'))
  expect(sheets.length).toBe(1)
  expect(sheets[0]!.width).toBeGreaterThan(sheets[0]!.height)
})

test("another township's coordinator sees the own people, and nothing at another's address", async () => {
  const page = await openAs(COORDINATOR, '/calendar?month=2026-06')
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(0)
  await page.goto('/calendar?month=2026-06&division=990421103')
  await page.getByRole('alert').waitFor()
  expect(await page.locator('tbody tr').count()).toBe(0)
})
