// 报表 on the demo county: the preview is the workbook.
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, keep, keepPrint, OFFICER, openAs, settle, sheetsOf, useBrowser, visit } from './harness'
import { readWorkbook } from './workbook'

useBrowser()

const JUNE = '/reports?division=990421&period=2026-06'

/** Every cell of the preview, headings first; of a wide table, which stands there in parts, the parts side by side. */
async function previewed(page: Page): Promise<string[][]> {
  const parts = await page.locator('.report table').evaluateAll((tables) => tables.map((table) =>
    [...table.querySelectorAll('tr')].map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent?.trim() ?? ''))))
  for (const part of parts) expect(part.map((row) => row.slice(0, 2)), 'each part names its rows').toEqual(parts[0]!.map((row) => row.slice(0, 2)))
  return parts[0]!.map((row, index) => [...row, ...parts.slice(1).flatMap((part) => part[index]!.slice(2))])
}
/** As a number if it is one: a workbook keeps 85.00 as 85. */
function value(cell: string): string {
  return /^-?\d+(?:\.\d+)?$/.test(cell) && cell.length < 12 ? String(Number(Number(cell).toFixed(4))) : cell
}
/** The day of a workbook's serial number. */
function dayOf(serial: number): string {
  return new Date((serial - 25_569) * 86_400_000).toISOString().slice(0, 10)
}
async function taken(page: Page, button: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  return readFileSync(await download.path())
}

test('reports keep their manners', () => expectManners(OFFICER, JUNE, 'reports'))

test('the numbers of the preview are those of the exported workbook, table by table', async () => {
  const page = await openAs(OFFICER, JUNE)
  const sheets = readWorkbook(await taken(page, 'XLSX 工作簿'))
  for (const [index, table] of ['summary', 'people', 'overdue'].entries()) {
    await page.getByLabel('预览的表').selectOption(table)
    await settle(page)
    const [head, ...rows] = await previewed(page)
    expect(rows.length, table).toBeGreaterThan(3)
    const sheet = sheets[table === 'overdue' ? 4 : index]!
    const at = sheet.rows.findIndex((row) => row[0] === head![0] && row[1] === head![1])
    expect(at, `${table}: its headings are in the sheet ${sheet.name}`).toBeGreaterThanOrEqual(0)
    const inFile = sheet.rows.slice(at + 1, at + 1 + rows.length)
    const asShown = (cell: string, shown: string) => (/^\d{4}-\d\d-\d\d$/.test(shown) && /^\d+$/.test(cell) ? dayOf(Number(cell)) : value(cell))
    expect(inFile.map((row, line) => head!.map((_, column) => asShown(row[column] ?? '', rows[line]![column]!))), table).toEqual(rows.map((row) => row.map(value)))
  }
})

test('a preview is made only when it is asked for, and every one is in the audit trail', async () => {
  const page = await openAs(OFFICER, '/reports')
  expect(await page.locator('.report').count()).toBe(0)
  await page.getByRole('button', { name: '生成预览' }).click()
  await page.locator('.report table').first().waitFor()
  const { links } = await (await page.request.get('/v1/audit?act=exported&limit=1')).json() as { links: { detail: { format: string } }[] }
  expect(links[0]!.detail.format).toBe('json')
})

test('other formats come as files, and what is printed is the preview alone', async () => {
  const page = await openAs(OFFICER, JUNE)
  expect((await taken(page, 'CSV')).toString('utf8')).toContain('青石镇')
  expect(JSON.parse((await taken(page, 'GeoJSON')).toString('utf8'))).toMatchObject({ type: 'FeatureCollection' })
  expect((await taken(page, 'HTML')).toString('utf8')).toContain('青湾县')
  const onScreen = await previewed(page)
  await page.emulateMedia({ media: 'print' })
  expect(await previewed(page)).toEqual(onScreen)
  expect(await page.getByRole('button', { name: '生成预览' }).isVisible()).toBe(false)
  // Every page of it lies, and no figure is broken over lines.
  const pages = sheetsOf(await keepPrint(page, 'reports'))
  expect(pages.length).toBeGreaterThan(0)
  expect(pages.every(({ width, height }) => width > height)).toBe(true)
  const broken = await page.locator('.report td.number').evaluateAll((cells) => cells.filter((cell) => cell.getClientRects()[0]!.height > 40).length)
  expect(broken).toBe(0)
})

test('a file that is no workbook is refused in words', async () => {
  const page = await openAs(OFFICER, JUNE)
  await page.getByLabel('XLSX 模板').setInputFiles({ name: 'template.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('no workbook') })
  await page.getByRole('button', { name: '填好并下载' }).click()
  expect(await page.getByRole('alert').innerText()).not.toBe('')
})

test('a closed month tells that nothing has changed, and gives the workbook as it was closed', async () => {
  const page = await openAs(OFFICER, '/reports')
  await page.getByRole('combobox', { name: '月份' }).selectOption('2026-04')
  await page.getByRole('button', { name: '结账', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await keep(page, 'reports-close')
  await dialog.getByRole('button', { name: '结账', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '查看变化' }).first().click()
  await page.getByText('结账后数字没有变化。').waitFor()
  expect(readWorkbook(await taken(page, '下载结账时的工作簿')).length).toBeGreaterThan(0)
})

test('a coordinator takes the own township out, and nothing of another even by its address', async () => {
  const page = await openAs(COORDINATOR, '/reports?division=990421100&period=2026-06')
  expect(await page.locator('.report').innerText()).toContain('青石镇')
  expect(await page.getByText('结账的月份').count()).toBe(0)
  await visit(page, '/reports?division=990421101&period=2026-06')
  await page.getByRole('alert').waitFor()
  expect(await page.locator('.report').count()).toBe(0)
})
