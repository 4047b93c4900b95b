// 导入 on the demo county.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { COORDINATOR, expectManners, keep, OFFICER, openAs, useBrowser } from './harness'

useBrowser()

const MARKUP = '<img src=x onerror="document.title=\'broken\'">'
const GOOD = 'code,name,industry\nZZ01,测试技术,aquaculture\n'
const MIXED = `code,name,industry\nZZ02,另一项技术,aquaculture\nZZ03,,aquaculture\n,${MARKUP.replace(/"/g, '""')},no-such-industry\n`

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

test('a coordinator finds no import, and an address typed by hand leads nowhere', async () => {
  const page = await openAs(COORDINATOR, '/imports')
  expect(await page.locator('input[type=file]').count()).toBe(0)
  expect(await page.getByRole('link', { name: '导入' }).count()).toBe(0)
})
