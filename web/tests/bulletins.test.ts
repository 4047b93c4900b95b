// 公告 on the demo county: written at the office, read on a phone, counted, taken back.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { AUDITOR, COORDINATOR, expectManners, keep, keepPrint, OFFICER, openAs, settle, useBrowser, visit } from './harness'
import { Phone } from './phone'

useBrowser()

const MARKUP = '<img src=x onerror="document.title=\'broken\'"><script>document.title=1</script>'
const [OWN, OTHER] = ['990421100', '990421103']

interface Bulletin {
  id: string
  state: string
  bulletin: { title: string; text: string; township_code?: string; industries?: string[]; withdrawn_reason?: string }
  read_count: number
  unread_count: number
  readers: { name: string }[]
  unread: { name: string; person_id: string }[]
}

async function issue(page: Page, more: object): Promise<string> {
  const made = await page.request.post('/v1/bulletins', { data: { kind: 'training', title: '培训', text: '周三上午九点', ...more } })
  expect(made.status(), await made.text()).toBe(200)
  return (await made.json() as Bulletin).id
}
async function read(page: Page, id: string): Promise<Bulletin> {
  return await (await page.request.get(`/v1/bulletins/${id}`)).json() as Bulletin
}
async function latest(page: Page, title: string): Promise<Bulletin> {
  const { bulletins } = await (await page.request.get('/v1/bulletins?limit=100')).json() as { bulletins: Bulletin[] }
  const found = bulletins.find(({ bulletin }) => bulletin.title === title)
  expect(found, title).toBeDefined()
  return read(page, found!.id)
}
/** The cells of a bulletin's line in the list. */
function line(page: Page, title: string) {
  return page.locator('tbody tr').filter({ hasText: title })
}

test('an empty list says what to do next, and an officer writes the first one there', async () => {
  const page = await openAs(OFFICER, '/bulletins')
  await page.locator('main').getByRole('button', { name: '写公告' }).last().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^标题/).fill(`虫情${MARKUP}`)
  await dialog.getByLabel(/^正文/).fill(`第一行${MARKUP}\n第二行`)
  await dialog.getByLabel('类别').selectOption('warning')
  await dialog.getByLabel('发给').selectOption(OTHER)
  await dialog.getByLabel('水产').check()
  await keep(page, 'bulletins-write')
  await dialog.getByRole('button', { name: '发布' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('已发布').waitFor()
  await line(page, '虫情').waitFor()
  const made = await latest(page, `虫情${MARKUP}`)
  expect(made.bulletin).toMatchObject({ text: `第一行${MARKUP}\n第二行`, township_code: OTHER, industries: ['aquaculture'] })
  expect(made.unread_count).toBeGreaterThan(0)
  const cells = await line(page, '虫情').locator('th, td').allInnerTexts()
  expect(cells.map((one) => one.trim())).toEqual([
    `虫情${MARKUP}`, '病虫灾害预警', '湖口镇 · 水产', '2026年6月30日 起', '正在显示', String(made.read_count), String(made.unread_count),
  ])
})

test('what people wrote is text, in the list and on the page of a bulletin', async () => {
  const page = await openAs(OFFICER, '/bulletins')
  await line(page, '虫情').getByRole('link').click()
  await page.waitForURL(/\/bulletins\/[0-9a-f-]{36}/)
  await settle(page)
  expect(await page.locator('h1').innerText()).toBe(`虫情${MARKUP}`)
  expect(await page.locator('.text').innerText()).toBe(`第一行${MARKUP}\n第二行`)
  expect(await page.locator('main img, main script').count()).toBe(0)
  expect(await page.title()).not.toMatch(/broken|^1$/)
})

test('bulletins keep their manners', () => expectManners(OFFICER, '/bulletins', 'bulletins'))

test('a receipt of a phone moves the person among those who have read it', async () => {
  const page = await openAs(OFFICER)
  const id = await issue(page, { title: '回执', township_code: OTHER })
  await visit(page, `/bulletins/${id}`)
  const before = await read(page, id)
  expect(before.readers).toEqual([])
  const { name, person_id: person } = before.unread[0]!
  // Its phones were last heard of before it was issued.
  expect(await page.locator('[data-group=notReached] li').filter({ hasText: name }).count()).toBe(1)
  const phone = await Phone.enrol(page.request, person)
  expect(await phone.command('bulletin', id, 'mark_read')).toMatchObject({ outcome: 'applied' })
  // The server's event refreshes the page that is open.
  await page.getByRole('heading', { name: '已读 1 人' }).waitFor()
  expect(await page.locator('.receipts ul').first().innerText()).toContain(name)
  expect(await page.locator('[data-group] li').filter({ hasText: name }).count()).toBe(0)
  expect(await phone.command('bulletin', id, 'mark_read')).toMatchObject({ outcome: 'applied' })
  expect(await read(page, id)).toMatchObject({ read_count: 1, unread_count: before.unread_count - 1 })
  await page.getByRole('button', { name: '复制提醒' }).click()
  const reminder = await page.getByRole('dialog').locator('textarea').inputValue()
  expect(reminder).toContain('回执')
  for (const one of (await read(page, id)).unread) expect(reminder).toContain(one.name)
  expect(reminder).not.toContain(name)
  await page.keyboard.press('Escape')
  await keepPrint(page, 'bulletin')
  await expectManners(OFFICER, `/bulletins/${id}`, 'bulletin')
})

test('a bulletin is taken back with a reason, once, and stays as it was written', async () => {
  const page = await openAs(OFFICER)
  const id = await issue(page, { title: '写错了' })
  await visit(page, `/bulletins/${id}`)
  await page.getByRole('button', { name: '撤回' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^原因/).fill(`日期不对${MARKUP}`)
  await keep(page, 'bulletin-withdraw')
  await dialog.getByRole('button', { name: '确定撤回' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText(`日期不对${MARKUP}`).waitFor()
  expect(await page.locator('.chip').first().innerText()).toBe('已撤回')
  expect(await page.getByRole('button', { name: '撤回' }).count()).toBe(0)
  expect(await read(page, id)).toMatchObject({ state: 'withdrawn', bulletin: { title: '写错了', withdrawn_reason: `日期不对${MARKUP}` } })
  expect((await page.request.post(`/v1/bulletins/${id}/withdrawal`, { data: { reason: '再撤一次' } })).status()).toBe(422)
  expect(await page.locator('main img').count()).toBe(0)
})

test('states are told in words and stand in the address', async () => {
  const page = await openAs(OFFICER)
  await issue(page, { title: '下月的通知', valid_from: '2026-07-10' })
  await visit(page, '/bulletins')
  await page.getByLabel('状态').selectOption('scheduled')
  await page.waitForURL(/state=scheduled/)
  await settle(page)
  expect(await page.locator('tbody tr').count()).toBe(1)
  expect(await line(page, '下月的通知').innerText()).toContain('未到时间')
  await visit(page, '/bulletins?state=over')
  await page.getByText('没有这种状态的公告。').waitFor()
})

test('what is refused is told, and what was typed is there again after the dialog was left', async () => {
  const page = await openAs(OFFICER, '/bulletins')
  await page.getByRole('button', { name: '写公告' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^标题/).fill('期限')
  await dialog.getByLabel(/^正文/).fill('写到一半')
  await dialog.getByLabel('从哪天起显示').fill('2026-07-20')
  // The field itself forbids an earlier last day: whoever takes that away is told by the server.
  await dialog.getByLabel(/^最后一天/).evaluate((field) => field.removeAttribute('min'))
  await dialog.getByLabel(/^最后一天/).fill('2026-07-01')
  await dialog.getByRole('button', { name: '发布' }).click()
  expect(await dialog.getByRole('alert').innerText()).not.toBe('')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '写公告' }).click()
  expect(await dialog.getByLabel(/^正文/).inputValue()).toBe('写到一半')
})

test('a coordinator writes for the own township alone, takes back the own alone, and sees nothing of another', async () => {
  const officer = await openAs(OFFICER)
  const [ofCounty, ofOther] = [await issue(officer, { title: '全县通知' }), await issue(officer, { title: '外镇通知', township_code: OTHER })]
  const page = await openAs(COORDINATOR, '/bulletins')
  await line(page, '全县通知').waitFor()
  expect(await page.locator('main').innerText()).not.toMatch(/外镇通知|虫情/)
  await visit(page, `/bulletins/${ofOther}`)
  expect(await page.locator('main').innerText()).toContain('没有这个页面')
  await visit(page, `/bulletins/${ofCounty}`)
  expect(await page.getByRole('button', { name: '撤回' }).count()).toBe(0)
  expect(await page.locator('main').innerText()).toContain('乡镇不能撤回')
  // People of other townships are not counted for a township.
  expect((await read(page, ofCounty)).unread_count).toBeLessThan((await read(officer, ofCounty)).unread_count)
  expect(await page.locator('[data-group] li').count()).toBe((await read(page, ofCounty)).unread_count)
  await visit(page, '/bulletins')
  await page.getByRole('button', { name: '写公告' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByLabel('发给').count()).toBe(0)
  expect(await dialog.innerText()).toContain('青石镇的科技特派员')
  await dialog.getByLabel(/^标题/).fill('镇里的通知')
  await dialog.getByLabel(/^正文/).fill('周五开会')
  await dialog.getByRole('button', { name: '发布' }).click()
  await dialog.waitFor({ state: 'detached' })
  const made = await latest(page, '镇里的通知')
  expect(made.bulletin.township_code).toBe(OWN)
  expect((await page.request.post('/v1/bulletins', { data: { kind: 'other', title: '越界', text: '越界', township_code: OTHER } })).status()).toBe(404)
  await visit(page, `/bulletins/${made.id}`)
  await page.getByRole('button', { name: '撤回' }).click()
  await page.getByLabel(/^原因/).fill('改期')
  await page.getByRole('button', { name: '确定撤回' }).click()
  await expect.poll(async () => (await read(page, made.id)).state).toBe('withdrawn')
})

test('an auditor reads bulletins and writes none', async () => {
  const page = await openAs(AUDITOR, '/bulletins')
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(0)
  expect(await page.getByRole('button', { name: '写公告' }).count()).toBe(0)
})
