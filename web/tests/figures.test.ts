// One number, four places: on the screen, on paper, in the workbook and from `tepai summary --json`.
import { execFileSync } from 'node:child_process'
import type { Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { OFFICER, openAs, settle, useBrowser } from './harness'
import { withoutSettings } from './server'
import { readWorkbook } from './workbook'

useBrowser()

const COUNTY = '990421'
const MONTH = '2026-06'
const { binary, data } = inject('tepai')

interface Figure {
  measure: string
  value?: number
  pending?: number
  parts?: { numerator: number; denominator: number }
}
interface Summary {
  total: Figure[]
  rows: { key: string; figures: Figure[] }[]
  measures: { code: string; name: { zh: string }; unit: { zh: string }; decimals: number }[]
}
/** Numbers as text, by division and measure; a figure that has no value is empty. */
type Figures = Record<string, Record<string, string>>

/** What the command line says, of the database that the demo has open. */
function summary(period: string): Summary {
  const told = execFileSync(binary, ['summary', COUNTY, period, '--json', '--data-dir', data, '--database-url', `sqlite://${data}/tepai-demo.db`], { env: withoutSettings(), encoding: 'utf8' })
  return JSON.parse(told) as Summary
}
function figure({ total }: Summary, measure: string): Figure {
  return total.find((one) => one.measure === measure)!
}
/** An integer with its last `decimals` digits behind the point. */
function scaled(value: number | undefined, decimals: number): string {
  return value === undefined ? '' : (value / 10 ** decimals).toFixed(decimals)
}
function fromCommandLine({ total, rows, measures }: Summary): Figures {
  const told = (figures: Figure[]) => Object.fromEntries(measures.map(({ code, decimals }) => [code, scaled(figures.find(({ measure }) => measure === code)?.value ?? undefined, decimals)]))
  return { [COUNTY]: told(total), ...Object.fromEntries(rows.map(({ key, figures }) => [key, told(figures)])) }
}

/** The summary table of a report: rows by the code in their first column, columns by the measure that their heading names. */
function fromTable([head, ...rows]: string[][], { measures }: Summary): Figures {
  const codeOf = (heading: string) => measures.find(({ name, unit }) => heading === `${name.zh} (${unit.zh})`)?.code
  return Object.fromEntries(rows.map((row) => [row[0]!, Object.fromEntries(head!.flatMap((heading, at) => {
    const code = codeOf(heading)
    return code ? [[code, row[at] ?? '']] : []
  }))]))
}
/** What somebody sees of the preview now, on the screen or on paper; a wide table comes in parts, one below the other. */
function seen(page: Page): Promise<string[][]> {
  return page.locator('.report table').evaluateAll((tables) => {
    const parts = tables.map((table) =>
      [...table.querySelectorAll('tr')].map((row) => [...row.querySelectorAll<HTMLElement>('th, td')].filter((cell) => cell.offsetParent).map((cell) => cell.innerText.trim())))
    return (parts[0] ?? []).map((_, at) => parts.flatMap((part) => part[at] ?? []))
  })
}
/** The summary sheet of the workbook that the API hands out to this session. */
async function fromWorkbook(page: Page, told: Summary): Promise<Figures> {
  const answer = await page.request.get(`/v1/exports/${COUNTY}?period=${MONTH}&format=xlsx&lang=zh`)
  expect(answer.status()).toBe(200)
  const sheet = readWorkbook(await answer.body()).find(({ name }) => name === '汇总表')!
  const from = sheet.rows.findIndex((row) => row[0] === '区划代码')
  const rows = sheet.rows.slice(from).filter((row) => row[0] === '区划代码' || /^\d{6,12}$/.test(row[0] ?? ''))
  const decimals = new Map(told.measures.map((measure) => [measure.code, measure.decimals]))
  const cells = fromTable(rows, told)
  // A workbook keeps numbers, and how many digits are shown beside them.
  return Object.fromEntries(Object.entries(cells).map(([key, row]) => [key, Object.fromEntries(Object.entries(row).map(([code, cell]) => [code, cell === '' ? '' : Number(cell).toFixed(decimals.get(code))]))]))
}

test('numbers on screen, in print, in the workbook and from `tepai summary --json` are the same', async () => {
  const page = await openAs(OFFICER, `/reports?division=${COUNTY}&period=${MONTH}`)
  const told = summary(MONTH)
  const expected = fromCommandLine(told)
  expect(Object.keys(expected)).toHaveLength(7)
  expect(told.measures.length).toBeGreaterThan(40)

  expect(fromTable(await seen(page), told), 'on screen').toEqual(expected)
  await page.emulateMedia({ media: 'print' })
  expect(fromTable(await seen(page), told), 'in print').toEqual(expected)
  expect(await fromWorkbook(page, told), 'in the workbook').toEqual(expected)
})

test('the numbers of the overview are those of the command line, on screen and in print', async () => {
  const page = await openAs(OFFICER)
  const month = summary(MONTH)
  const coverage = figure(month, 'village_coverage')
  for (const media of ['screen', 'print'] as const) {
    await page.emulateMedia({ media })
    const tile = async (name: string) => (await page.locator('.figure').filter({ has: page.locator('.name').getByText(name, { exact: true }) }).locator('.value').innerText()).split(/\s+/)
    expect(await tile('应访村'), media).toEqual([String(coverage.parts!.denominator)])
    expect(await tile('本月已访'), media).toEqual([String(coverage.parts!.numerator), `${(Math.floor(coverage.value! / 10) / 10).toFixed(1)}%`])
    expect(figure(month, 'villages').value, media).toBe(coverage.parts!.numerator)

    const { weeks } = await (await page.request.get(`/v1/overview/${COUNTY}`)).json() as { weeks: { from: string }[] }
    const bars = page.locator('.bars li')
    expect(await bars.count(), media).toBe(8)
    for (const [at, { from }] of weeks.entries()) {
      const to = new Date(Date.parse(`${from}T00:00:00Z`) + 6 * 86_400_000).toISOString().slice(0, 10)
      const visits = figure(summary(`${from}..${to}`), 'visits')
      expect(await bars.nth(at).locator('.count').innerText(), `${media}, the week of ${from}`).toBe(String(visits.value))
      const waiting = (await bars.nth(at).locator('.more').innerText()).replace(/\D/g, '')
      expect(waiting, `${media}, waiting of the week of ${from}`).toBe(visits.pending ? String(visits.pending) : '')
    }
  }
})

test('the overdue villages of the overview are the rows of the workbook', async () => {
  const page = await openAs(OFFICER)
  const answer = await page.request.get(`/v1/exports/${COUNTY}?period=${MONTH}&format=xlsx&lang=zh`)
  const sheet = readWorkbook(await answer.body()).find(({ name }) => name === '逾期村清单')!
  const villages = sheet.rows.filter((row) => /^\d{12}$/.test(row[0] ?? '')).map((row) => row[2]!)
  const tile = page.locator('.figure').filter({ has: page.locator('.name').getByText('逾期', { exact: true }) })
  expect(await tile.locator('.value a').innerText()).toBe(String(villages.length))
  await tile.locator('.value a').click()
  await page.waitForURL('**/villages?*')
  await settle(page)
  expect((await page.locator('tbody th').allInnerTexts()).sort()).toEqual(villages.sort())
})

test('control: one visit that is approved changes the numbers, and what was read before is found to differ', async () => {
  const page = await openAs(OFFICER, `/reports?division=${COUNTY}&period=${MONTH}`)
  const before = summary(MONTH)
  const onScreen = fromTable(await seen(page), before)
  const inWorkbook = await fromWorkbook(page, before)
  expect(onScreen).toEqual(fromCommandLine(before))

  const { visits } = await (await page.request.get(`/v1/visits?division=${COUNTY}&period=${MONTH}&state=submitted&limit=1`)).json() as { visits: { id: string; rev: number }[] }
  const { id, rev } = visits[0]!
  const judged = await page.request.post(`/v1/visits/${id}/reviews`, { data: { decision: 'approve', rev } })
  expect(judged.status(), await judged.text()).toBe(200)
  await expect.poll(() => figure(summary(MONTH), 'visits').value, { timeout: 30_000 }).toBe(figure(before, 'visits').value! + 1)

  const after = fromCommandLine(summary(MONTH))
  expect(() => expect(onScreen).toEqual(after)).toThrow()
  expect(() => expect(inWorkbook).toEqual(after)).toThrow()
  await page.getByRole('button', { name: '生成预览' }).click()
  await expect.poll(async () => fromTable(await seen(page), before), { timeout: 30_000 }).toEqual(after)
  expect(await fromWorkbook(page, before)).toEqual(after)
})
