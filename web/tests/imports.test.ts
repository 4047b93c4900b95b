// 导入 on the demo county.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { COORDINATOR, expectManners, keep, OFFICER, openAs, settle, useBrowser, visit } from './harness'

useBrowser()

const MARKUP = '<img src=x onerror="document.title=\'broken\'">'
const GOOD = 'code,name_zh,industry\nZZ01,测试技术,aquaculture\n'
const MIXED = `code,name_zh,industry\nZZ02,另一项技术,aquaculture\nZZ03,,aquaculture\n,名称,"${MARKUP.replace(/"/g, '""')}"\n`

async function choose(page: Page, name: string, content: string | Buffer): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) })
}

test('the import page keeps its manners', () => expectManners(OFFICER, '/imports', 'imports'))

test('a dry run tells what would happen and changes nothing; then it is imported for real', async () => {
  const page = await openAs(OFFICER, '/imports?what=techniques')
  await choose(page, '技术.csv', GOOD)
  await page.getByRole('button', { name: '先检查' }).click()
  await page.getByText('检查完成，还没有改动任何数据。').waitFor()
  expect(await page.locator('.counts').innerText()).toContain('新增 1')
  await page.getByRole('button', { name: '再检查一遍' }).click()
  await page.getByText('检查完成').waitFor()
  expect(await page.locator('.counts').innerText()).toContain('新增 1')
  await page.getByRole('button', { name: '正式导入' }).click()
  await page.getByText('已导入。').waitFor()
  await page.getByRole('button', { name: '再检查一遍' }).click()
  await page.getByText('检查完成').waitFor()
  expect(await page.locator('.counts').innerText()).toContain('未变 1')
})

test('errors stand row by row in words, as text, and in a CSV that can be saved', async () => {
  const page = await openAs(OFFICER, '/imports?what=techniques')
  await choose(page, '有错.csv', MIXED)
  await page.getByRole('button', { name: '先检查' }).click()
  await page.getByText('检查完成').waitFor()
  expect(await page.locator('.counts').innerText()).toMatch(/有错 [12] 行/)
  expect(await page.locator('.result tbody tr').count()).toBeGreaterThan(0)
  expect(await page.locator('.result tbody').innerText()).toContain(MARKUP)
  expect(await page.locator('main img').count()).toBe(0)
  expect(await page.title()).not.toContain('broken')
  await keep(page, 'imports-errors')
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: '保存错误清单（CSV）' }).click()
  const saved = readFileSync((await (await downloading).path()), 'utf8')
  expect(saved.startsWith('\uFEFF行,文件,列,值,问题')).toBe(true)
})

test('what is too large, empty or no table is told before it is sent', async () => {
  const page = await openAs(OFFICER, '/imports')
  const sent: string[] = []
  page.on('request', (request) => { if (request.url().includes('/v1/imports')) sent.push(request.url()) })
  await choose(page, '大.csv', Buffer.alloc(33 * 1024 * 1024, 'a'))
  await page.getByText(/超过上限 32 MB/).waitFor()
  await choose(page, '空.csv', '')
  await page.getByText('空.csv 是空文件，没有选上。').waitFor()
  await choose(page, '图.png', 'x')
  await page.getByText('图.png 不是 CSV 或 XLSX 文件，没有选上。').waitFor()
  expect(await page.getByRole('button', { name: '先检查' }).isDisabled()).toBe(true)
  expect(sent).toEqual([])
})

test('a table without its columns is refused in words, and the file is still there', async () => {
  const page = await openAs(OFFICER, '/imports?what=roster')
  await choose(page, '名册.csv', 'a,b\n1,2\n')
  await page.getByRole('button', { name: '先检查' }).click()
  await page.getByText(/^没有成功：/).waitFor()
  expect(await page.getByText('已选：名册.csv').isVisible()).toBe(true)
})

test('boundaries need their datum, are checked first, and are then drawn on the coverage map', async () => {
  const page = await openAs(OFFICER, '/imports?what=boundaries')
  const { divisions } = await (await page.request.get('/v1/divisions')).json() as { divisions: { code: string; parent?: string; point?: [number, number] }[] }
  const withPoint = (township: string) => divisions.filter(({ parent, point }) => parent === township && point)
  // The last one: other tests look at the first township, without boundaries.
  const township = divisions.map(({ code }) => code).filter((code) => withPoint(code).length > 3).at(-1)!
  const villages = withPoint(township)
  const around = ([lat, lon]: [number, number]) => {
    const [west, east, south, north] = [lon - 0.005, lon + 0.005, lat - 0.005, lat + 0.005]
    return { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }
  }
  const features = [
    ...villages.map(({ code, point }) => ({ type: 'Feature', properties: { code }, geometry: around(point!) })),
    { type: 'Feature', properties: { code: `${township}999` }, geometry: around([29.7, 113.3]) },
  ]
  await choose(page, '名册.csv', GOOD)
  await page.getByText('名册.csv 不是 GeoJSON 文件，没有选上。').waitFor()
  await choose(page, '村界.geojson', JSON.stringify({ type: 'FeatureCollection', features }))
  const check = page.getByRole('button', { name: '先检查' })
  expect(await check.isDisabled()).toBe(true)
  await page.getByLabel(/^坐标系/).selectOption('cgcs2000')
  await check.click()
  await page.getByText('检查完成，还没有改动任何数据。').waitFor()
  expect(await page.locator('.counts').innerText()).toMatch(new RegExp(`新增 ${villages.length}[\\s\\S]*有错 1 行`))
  expect(await page.locator('.result tbody').innerText()).toContain(`${township}999`)
  await keep(page, 'imports-boundaries')
  const known = async () => ((await (await page.request.get(`/v1/boundaries/${township}`)).json()) as { features: unknown[] }).features.length
  expect(await known()).toBe(0)
  // Another datum is another import: what was checked no longer counts.
  await page.getByLabel(/^坐标系/).selectOption('wgs84')
  expect(await page.getByRole('button', { name: '正式导入' }).count()).toBe(0)
  await check.click()
  await page.getByRole('button', { name: '正式导入' }).click()
  await page.getByText('已导入。').waitFor()
  expect(await known()).toBe(villages.length)
  await page.getByRole('link', { name: '查看覆盖图' }).click()
  await page.waitForURL(/coverage-map/)
  await visit(page, `/coverage-map?division=${township}`)
  await page.locator('svg.map a').first().waitFor()
  expect(await page.locator('svg.map a').count()).toBe(villages.length)
  await keep(page, 'coverage-map-imported')
})

test('an upload tells how much has left, and then that the server works', async () => {
  const page = await openAs(OFFICER, '/imports?what=villages')
  const slow = await page.context().newCDPSession(page)
  await slow.send('Network.enable')
  await slow.send('Network.emulateNetworkConditions', { offline: false, latency: 50, downloadThroughput: -1, uploadThroughput: 200 * 1024 })
  await page.evaluate(() => {
    const seen: string[] = []
    Object.assign(window, { seen })
    new MutationObserver(() => {
      const bar = document.querySelector<HTMLProgressElement>('progress')
      const now = bar ? `${bar.hasAttribute('value') ? Math.round(bar.value) : 'working'}` : 'none'
      if (seen[seen.length - 1] !== now) seen.push(now)
    }).observe(document.querySelector('main')!, { subtree: true, childList: true, characterData: true, attributes: true })
  })
  await choose(page, '村.csv', `code,households\n${'990421100200,120\n'.repeat(60_000)}`)
  await page.getByRole('button', { name: '先检查' }).click()
  await page.getByText(/已发出 [1-9]\d?%（.+ \/ .+）/).waitFor()
  await keep(page, 'imports-progress')
  await page.locator('.result, .notice[role=alert]').first().waitFor()
  await settle(page)
  const seen = (await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).filter((one) => one !== 'none')
  const percents = seen.filter((one) => one !== 'working').map(Number)
  expect(percents.length, seen.join(' ')).toBeGreaterThan(3)
  expect(percents).toEqual([...percents].sort((a, b) => a - b))
  // Whatever is still to leave, it never says a hundred; and the last thing that it says is that the server works.
  expect(Math.max(...percents)).toBeLessThan(100)
  expect(seen[seen.length - 1]).toBe('working')
})

test('a line that breaks during an upload is told, and the file is still there', async () => {
  const page = await openAs(OFFICER, '/imports?what=techniques')
  await choose(page, '技术.csv', GOOD)
  await page.route('**/v1/imports/**', (route) => route.abort('connectionreset'))
  await page.getByRole('button', { name: '先检查' }).click()
  await page.getByText(/^没有成功：/).waitFor()
  expect(await page.getByText('已选：技术.csv').isVisible()).toBe(true)
  await page.unroute('**/v1/imports/**')
  await page.getByRole('button', { name: '先检查' }).click()
  await page.getByText('检查完成').waitFor()
})

test('a coordinator finds no import, and an address typed by hand leads nowhere', async () => {
  const page = await openAs(COORDINATOR, '/imports')
  expect(await page.locator('input[type=file]').count()).toBe(0)
  expect(await page.getByRole('link', { name: '导入' }).count()).toBe(0)
})
