// 村列表 on the demo county.
import { expect, test } from 'vitest'
import { expectManners, keepPrint, OFFICER, openAs, settle, useBrowser, visit } from './harness'

useBrowser()

interface Village {
  key: string
  name: string
  days_since?: number
  is_overdue: boolean
}

test('the list of villages keeps its manners', () => expectManners(OFFICER, '/villages', 'villages'))
test('the page of a village keeps its manners', () => expectManners(OFFICER, '/villages/990421100200', 'village'))
test('the list of visits keeps its manners', () => expectManners(OFFICER, '/visits?state=submitted,township_passed', 'visits'))

test('the longest unvisited village stands first, and a click on a heading turns the order round', async () => {
  const page = await openAs(OFFICER, '/villages')
  const { villages } = await (await page.request.get('/v1/coverage/990421?period=2026-06')).json() as { villages: Village[] }
  const waited = villages.map(({ days_since: days }) => days ?? Number.MAX_SAFE_INTEGER).sort((a, b) => b - a)
  expect(await page.locator('tbody tr').count()).toBe(villages.length)
  const first = () => page.locator('tbody th').first().innerText()
  const daysOf = (name: string) => villages.filter((village) => village.name === name).map(({ days_since: days }) => days ?? Number.MAX_SAFE_INTEGER)
  expect(daysOf(await first())).toContain(waited[0])
  const heading = page.getByRole('columnheader', { name: '天数' })
  expect(await heading.getAttribute('aria-sort')).toBe('descending')
  await heading.getByRole('button').click()
  expect(await heading.getAttribute('aria-sort')).toBe('ascending')
  expect(daysOf(await first())).toContain(waited[waited.length - 1])
  await page.waitForURL('**/villages?sort=days')
})

test('filters are in the address: they come back with Back and with the address alone', async () => {
  const page = await openAs(OFFICER, '/villages')
  await page.getByLabel('状态').selectOption('overdue')
  await page.getByLabel('乡镇').selectOption({ label: '白鹭镇' })
  await page.waitForURL('**/villages?*')
  await settle(page)
  const address = page.url()
  const shown = await page.locator('tbody tr').count()
  expect(shown).toBeGreaterThan(0)
  expect(shown).toBeLessThan(11)
  await page.locator('tbody th a').first().click()
  await page.waitForURL(/\/villages\/\d{12}$/)
  await page.goBack()
  await settle(page)
  expect(page.url()).toBe(address)
  expect(await page.getByLabel('状态').inputValue()).toBe('overdue')
  await visit(page, address)
  expect(await page.locator('tbody tr').count()).toBe(shown)
  await page.getByRole('button', { name: '清除筛选' }).click()
  await page.waitForURL((next) => next.search === '')
})

test('an empty list says so', async () => {
  const page = await openAs(OFFICER, '/villages?search=nowhere')
  expect(await page.getByText('没有符合条件的村。').isVisible()).toBe(true)
})

test('the language changes at once, everywhere, and stays', async () => {
  const page = await openAs(OFFICER, '/villages')
  await page.getByRole('button', { name: 'English' }).click()
  expect(await page.locator('h1').innerText()).toBe('Villages')
  expect(await page.title()).toContain('Villages')
  await page.reload()
  await settle(page)
  expect(await page.locator('h1').innerText()).toBe('Villages')
  expect(await page.getAttribute('html', 'lang')).toBe('en')
})

test('a village that is not there is told with a way on', async () => {
  const page = await openAs(OFFICER, '/villages/110101001001')
  await page.getByText('没有这个村，或者不在您的范围内。').waitFor()
})

test('the list prints with its headings on every page', async () => {
  const page = await openAs(OFFICER, '/villages')
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.filters').isVisible()).toBe(false)
  await keepPrint(page, 'villages')
})
