// Whatever somebody writes is shown as text: markup in every name, note and sentence that the console shows, planted
// through the public API, and then every page is looked at. No script of it runs, no element comes of it, the policy
// is not even asked (harness.ts watches that), and each text stands somewhere as it was written.
import type { APIRequestContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMINISTRATOR, LANGUAGES, OFFICER, openAs, useBrowser, visit } from './harness'
import { likeAnEarlierVisit, Phone } from './phone'

useBrowser()

const COUNTY = '990421'
/** Short enough for every name. */
const named = (what: string) => `${what}<img src=x onerror=window.ran=1>`
/** What longer texts hold: elements, attributes, addresses and the templates of this framework. */
const written = (what: string) => `${what}"'><script>window.ran=1</script><svg onload="window.ran=1"></svg><img src="x" onerror="window.ran=1"><a href="javascript:window.ran=1">a</a>{{ constructor.constructor('window.ran=1')() }}&lt;b&gt;`

interface Person {
  id: string
  name: string
  staff_no: string
  dispatch_unit: string
  villages: string[]
}

/** Every text that was planted: each has to be seen. */
const planted = new Set<string>()
let shown = ''
let back: ((request: APIRequestContext) => Promise<void>) | undefined
/** Where what was planted stands. */
const at = { village: '', visit: '', returned: '', person: '' }

function plant(text: string): string {
  planted.add(text)
  return text
}
const quoted = (cells: readonly string[]) => cells.map((cell) => `"${cell.replace(/"/g, '""')}"`).join(',')

async function importTables(request: APIRequestContext, what: string, tables: Record<string, string[][]>): Promise<void> {
  for (const [name, rows] of Object.entries(tables)) {
    const answer = await request.post(`/v1/imports/${what}`, { multipart: { file: { name, mimeType: 'text/csv', buffer: Buffer.from(rows.map(quoted).join('\n') + '\n') } } })
    expect(answer.status(), await answer.text()).toBe(200)
    expect(await answer.json(), name).toMatchObject({ rejected_rows: 0 })
  }
}
async function rename(request: APIRequestContext, account: string, name: string, role: string): Promise<void> {
  const answer = await request.put(`/v1/accounts/${account}`, { data: { display_name: name, role, disabled: false } })
  expect(answer.status(), await answer.text()).toBe(200)
}
async function nameOf(request: APIRequestContext, code: string): Promise<string> {
  const { divisions } = await (await request.get('/v1/divisions')).json() as { divisions: { code: string; name: string }[] }
  return divisions.find((one) => one.code === code)!.name
}

/** Names of places, people and techniques, which other tests need as they were: they are given back afterwards. */
async function plantNames(request: APIRequestContext, person: Person, technique: string): Promise<(request: APIRequestContext) => Promise<void>> {
  const village = at.village
  const township = village.slice(0, 9)
  const before = { county: await nameOf(request, COUNTY), township: await nameOf(request, township), village: await nameOf(request, village) }
  const { techniques } = await (await request.get(`/v1/adoptions/${COUNTY}`)).json() as { techniques: Record<string, string> }
  const places = (by: APIRequestContext, names: typeof before) => importTables(by, 'divisions', {
    'areas.csv': [['code', 'name', 'cityCode', 'provinceCode'], [COUNTY, names.county, '9904', '99']],
    'streets.csv': [['code', 'name', 'areaCode', 'provinceCode', 'cityCode'], [township, names.township, COUNTY, '99', '9904']],
    'villages.csv': [['code', 'name', 'streetCode', 'provinceCode', 'cityCode', 'areaCode'], [village, names.village, township, '99', '9904', COUNTY]],
  })
  const rest = async (by: APIRequestContext, unit: string, techniqueName: string) => {
    await importTables(by, 'techniques', { 'techniques.csv': [['code', 'name_zh', 'industry'], [technique, techniqueName, 'aquaculture']] })
    await importTables(by, 'roster', { 'roster.csv': [['staff_no', 'name', 'kind', 'dispatch_unit'], [person.staff_no, person.name, 'person', unit]] })
  }
  await places(request, { county: plant(named('县')), township: plant(named('镇')), village: plant(named('村')) })
  await rest(request, plant(written('单位').slice(0, 100)), plant(named('技术')))
  await rename(request, person.id, plant(named('人')), 'commissioner')
  return async (later) => {
    await rename(later, person.id, person.name, 'commissioner')
    await places(later, before)
    await rest(later, person.dispatch_unit, techniques[technique]!)
  }
}

/** What a phone sends, and what the office writes about it. */
async function plantRecords(request: APIRequestContext, person: Person, technique: string): Promise<void> {
  const phone = await Phone.enrol(request, person.id, plant(named('手机')))
  const like = await likeAnEarlierVisit(request, person.id, at.village)
  const village = at.village
  const [household] = await phone.create('beneficiary', [{ village_code: village, kind: 'household', display_name: plant(named('户')), note: written('户备注') }])
  const visits = await phone.create('visit', ['甲', '乙'].map((which) => ({
    ...like, beneficiary_ids: [household], technique_codes: [technique], service_from: '2026-06-29',
    content: plant(written(`内容${which}`)), problem_found: plant(written(`问题${which}`)), variety_names: [plant(named(`品种${which}`))], backfill_reason: plant(written(`补录${which}`)), paper_ref: plant(named(`纸质${which}`)),
  })))
  at.visit = visits[0]!
  at.returned = visits[1]!
  await phone.create('follow_up', [{ village_code: village, visit_id: at.visit, beneficiary_id: household, problem: plant(written('跟进')), advice: plant(written('建议')), due_on: '2026-07-10' }])
  await phone.create('adoption_report', [{ village_code: village, visit_id: at.visit, beneficiary_id: household, technique_code: technique, season: '2026', stage: 'trial', reported_on: '2026-06-29', evidence: 'said', note: written('采用') }])
  const judged = await request.post(`/v1/visits/${at.returned}/reviews`, { data: { decision: 'return', reason: 'content', field: 'content', comment: plant(written('退回')), rev: 1 } })
  expect(judged.status(), await judged.text()).toBe(200)
}

/** Everything on the page is text, and nothing has run. */
async function look(page: Page): Promise<void> {
  shown += await page.locator('body').innerText()
  expect(await page.evaluate(() => (window as unknown as { ran?: number }).ran), page.url()).toBeUndefined()
  expect(await page.locator('img[src="x"], svg[onload], script:not([src]), a[href^="javascript"]').count(), page.url()).toBe(0)
}
async function watched(login: string, path: string, language: (typeof LANGUAGES)[number] = 'zh-CN'): Promise<Page> {
  const page = await openAs(login, path, { language })
  page.on('dialog', (dialog) => { throw new Error(`a dialog of the browser: ${dialog.message()}`) })
  await look(page)
  return page
}

beforeAll(async () => {
  const page = await openAs(ADMINISTRATOR)
  const { people } = await (await page.request.get('/v1/people')).json() as { people: Person[] }
  const person = people.find(({ villages }) => villages.length === 2)!
  at.person = person.id
  at.village = String((await likeAnEarlierVisit(page.request, person.id)).village_code)
  back = await plantNames(page.request, person, 'SC02')
  const officer = await openAs(OFFICER)
  await plantRecords(officer.request, person, 'SC02')
})
afterAll(async () => {
  const page = await openAs(ADMINISTRATOR)
  await back?.(page.request)
})

test.each(LANGUAGES)('every page shows markup as text in %s', async (language) => {
  const page = await watched(OFFICER, '/', language)
  const menu = await page.locator('#menu a').evaluateAll((links) => links.map((link) => link.getAttribute('href')!))
  expect(menu.length).toBeGreaterThan(10)
  const township = at.village.slice(0, 9)
  const places = [
    ...menu, `/?division=${township}`, `/coverage-map?division=${township}`, `/villages/${at.village}`, `/visits?commissioner=${at.person}`, `/visits/${at.visit}`, `/visits/${at.returned}`,
    `/review?visit=${at.visit}`, '/adoptions?technique=SC02', `/adoptions?technique=SC02&village=${at.village}`, '/calendar?month=2026-06',
    ...['summary', 'people', 'visits', 'adoptions', 'overdue'].map((table) => `/reports?division=${COUNTY}&period=2026-06&table=${table}`),
    `/villages?search=${encodeURIComponent(written('搜'))}`, `/nowhere/${encodeURIComponent(named('路'))}`, `/?division=${encodeURIComponent(named('码'))}`,
  ]
  for (const place of places) {
    await visit(page, place)
    await look(page)
  }
})

test('dialogs show it as text, and so do accounts and the audit trail', async () => {
  const page = await watched(OFFICER, '/people')
  await page.locator('tbody tr').filter({ hasText: named('人') }).getByRole('button').click()
  await page.locator('.phones').waitFor()
  await look(page)
  await visit(page, '/')
  await page.getByRole('button', { name: '全部催办' }).click()
  await page.getByRole('dialog').locator('textarea').waitFor()
  await look(page)
  const administrator = await watched(ADMINISTRATOR, '/people?tab=accounts')
  await visit(administrator, '/audit')
  await look(administrator)
})

test('a report as a page for printing has it as text, too', async () => {
  const page = await openAs(OFFICER)
  const answer = await page.request.get(`/v1/exports/${COUNTY}?period=2026-06&format=html&lang=zh`)
  const html = await answer.text()
  expect(html).toContain('&lt;img src=x')
  expect(html).not.toContain('<img src=x')
  expect(html).not.toContain('<script>window.ran')
})

test('each text that was planted stood somewhere as it was written', () => {
  const plain = (text: string) => text.replace(/\s+/g, ' ')
  const all = plain(shown)
  expect([...planted].filter((text) => !all.includes(plain(text)))).toEqual([])
})

test('control: what would run in a page without the policy does run', async () => {
  const page = await openAs(OFFICER)
  const bare = await page.context().newPage()
  await bare.setContent(written(''))
  await bare.waitForFunction(() => (window as unknown as { ran?: number }).ran === 1)
})
