// 覆盖图 on the demo county, with tiles and with boundaries.
import { expect, test } from 'vitest'
import { barriers, COORDINATOR, expectManners, keep, keepPrint, OFFICER, openAs, settle, useBrowser, visit } from './harness'

useBrowser()

interface Village {
  key: string
  name: string
  days_since?: number
}

test('the coverage map keeps its manners', () => expectManners(OFFICER, '/coverage-map', 'coverage-map'))
test('the map of a township keeps its manners', () => expectManners(OFFICER, '/coverage-map?division=990421101', 'coverage-map-township'))

test('every counted village has its tile, with its days printed in it and one of five classes', async () => {
  const page = await openAs(OFFICER, '/coverage-map')
  const { villages } = await (await page.request.get('/v1/coverage/990421?period=2026-06')).json() as { villages: Village[] }
  expect(await page.locator('.tile').count()).toBe(villages.length)
  for (const { key, name, days_since: days } of villages.slice(0, 8)) {
    const tile = page.locator(`.tile[href$="/villages/${key}"]`)
    expect(await tile.locator('.name, .count').allInnerTexts()).toEqual([name.replace(/村委会$/, ''), days === undefined ? '从未' : String(days)])
  }
  const classes = await page.locator('.tile').evaluateAll((tiles) => [...new Set(tiles.map((tile) => /band-\w+/.exec(tile.className)?.[0]))])
  expect(classes.every((one) => ['band-upTo15', 'band-upTo30', 'band-upTo60', 'band-over60', 'band-never'].includes(one ?? ''))).toBe(true)
})

test('the table beside the map counts the same villages', async () => {
  const page = await openAs(OFFICER, '/coverage-map')
  const { villages } = await (await page.request.get('/v1/coverage/990421?period=2026-06')).json() as { villages: Village[] }
  const counts = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].slice(0, 6).map((cell) => Number(cell.textContent))))
  expect(counts.reduce((sum, row) => sum + row[0]!, 0)).toBe(villages.length)
  for (const [all, ...bands] of counts) expect(bands.reduce((sum, one) => sum + one, 0)).toBe(all)
})

test('from the county to a township to a village by the keyboard alone', async () => {
  const page = await openAs(OFFICER, '/coverage-map')
  await page.locator('.block-head a').first().focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/division=\d{9}/)
  await settle(page)
  await page.locator('.tile').first().focus()
  await page.keyboard.press('ArrowRight')
  expect(await page.evaluate(() => document.activeElement?.parentElement?.previousElementSibling?.previousElementSibling)).toBeNull()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/villages\/\d{12}$/)
  await page.goBack()
  await page.waitForURL(/coverage-map\?division=\d{9}/)
})

test('a township with boundaries is drawn as a map whose shapes open villages', async () => {
  const page = await openAs(OFFICER, '/coverage-map')
  const village = (index: number) => `9904211012${String(index).padStart(2, '0')}`
  const square = (west: number) => ({ type: 'Polygon', coordinates: [[[west, 30], [west + 0.05, 30], [west + 0.05, 30.05], [west, 30.05], [west, 30]]] })
  const features = Array.from({ length: 4 }, (_, index) => ({ type: 'Feature', properties: { code: village(index), name: `村${index}` }, geometry: square(112 + index * 0.05) }))
  await page.route('**/v1/boundaries/990421101', (route) => route.fulfill({ json: { type: 'FeatureCollection', known: 'some', features } }))
  await visit(page, '/coverage-map?division=990421101')
  await page.locator('svg.map a').first().waitFor()
  expect(await page.locator('svg.map a').count()).toBe(4)
  expect(await page.getByText('没有导入边界的地方').isVisible()).toBe(true)
  expect(await barriers(page)).toEqual([])
  expect(await page.locator('svg.map').getByRole('link', { name: /^.+村委会：/ }).count()).toBe(4)
  await keep(page, 'coverage-map-shapes')
  await page.locator('svg.map a').first().focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/villages\/990421101200$/)
})

test('a coordinator sees the own township alone, also by an address typed by hand', async () => {
  const page = await openAs(COORDINATOR, '/coverage-map')
  expect(await page.locator('main').innerText()).not.toMatch(/白鹭镇|柳溪镇|湖口镇|稻香乡|云塘乡/)
  await page.goto('/coverage-map?division=990421101')
  await page.getByRole('alert').waitFor()
  expect(await page.locator('.tile').count()).toBe(0)
})

test('it prints with its legend and numbers, without buttons', async () => {
  const page = await openAs(OFFICER, '/coverage-map')
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.legend').isVisible()).toBe(true)
  expect(await page.getByRole('button', { name: '打印' }).isVisible()).toBe(false)
  await keepPrint(page, 'coverage-map')
})
