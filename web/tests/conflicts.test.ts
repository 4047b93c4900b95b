// 冲突与隔离 on the demo county, with what two phones do to each other while the tests run.
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { AUDITOR, barriers, COORDINATOR, expectManners, keep, OFFICER, openAs, settle, useBrowser, visit } from './harness'
import { likeAnEarlierVisit, Phone } from './phone'

useBrowser()

const MARKUP = '<img src=x onerror="document.title=\'broken\'">'
const TOWNSHIP = '990421103'

/** Two phones of one person that change the same field without knowing of each other; answers with the village. */
async function collide(page: Page, one: string, other: string): Promise<{ record: string; phone: Phone }> {
  const { visits } = await (await page.request.get(`/v1/visits?division=${TOWNSHIP}&state=approved&limit=1`)).json() as { visits: { fields: Record<string, string> }[] }
  const person = visits[0]!.fields.commissioner_id!
  const [first, second] = [await Phone.enrol(page.request, person), await Phone.enrol(page.request, person)]
  const like = await likeAnEarlierVisit(page.request, person, TOWNSHIP)
  const [record] = await first.create('visit', [{ ...like, content: '原来的内容', service_from: '2026-06-27' }])
  await first.patch('visit', record!, 1, { content: one })
  await second.patch('visit', record!, 1, { content: other })
  return { record: record!, phone: first }
}

async function contentOf(page: Page, id: string): Promise<string> {
  const { fields } = await (await page.request.get(`/v1/visits/${id}`)).json() as { fields: { content: string } }
  return fields.content
}

async function cardOf(page: Page, record: string) {
  const { conflicts } = await (await page.request.get('/v1/conflicts')).json() as { conflicts: { id: string; record_id: string }[] }
  const conflict = conflicts.find(({ record_id: id }) => id === record)
  expect(conflict, 'the two phones met').toBeDefined()
  await page.goto('/conflicts?state=all')
  await settle(page)
  return page.locator(`[data-conflict="${conflict!.id}"]`)
}

test('the desk keeps its manners', () => expectManners(OFFICER, '/conflicts', 'conflicts'))

test('the value that lost comes back by one press, and both values are text', async () => {
  const page = await openAs(OFFICER)
  const { record } = await collide(page, `先写的${MARKUP}`, `后写的${MARKUP}`)
  const card = await cardOf(page, record)
  const [kept, lost] = await card.locator('.value').allInnerTexts()
  expect(new Set([kept, lost])).toEqual(new Set([`先写的${MARKUP}`, `后写的${MARKUP}`]))
  expect(await page.locator('main img').count()).toBe(0)
  await keep(page, 'conflicts-two-values')
  await card.getByRole('button', { name: '换成没有采用的值' }).click()
  await card.getByText('已改回').waitFor()
  expect(await contentOf(page, record)).toBe(lost)
})

test('a third value is written by keyboard alone', async () => {
  const page = await openAs(OFFICER)
  const { record } = await collide(page, '甲', '乙')
  const card = await cardOf(page, record)
  await card.getByRole('button', { name: '改成别的值' }).focus()
  await page.keyboard.press('Enter')
  const field = card.getByLabel('新的值')
  await expect.poll(() => field.evaluate((one) => one === document.activeElement)).toBe(true)
  await page.keyboard.press('Control+a')
  await page.keyboard.type('丙')
  await page.keyboard.press('Enter')
  await expect.poll(() => contentOf(page, record)).toBe('丙')
})

test('a change that was not accepted is kept as it came, and discarded only after being asked twice', async () => {
  const page = await openAs(OFFICER)
  const { phone } = await collide(page, '一', '二')
  const like = await likeAnEarlierVisit(page.request, phone.person)
  const refused = await phone.tryToCreate('visit', { ...like, content: MARKUP, mode: 'no-such-mode', service_from: '2026-06-27' })
  expect(refused.outcome).toMatch(/rejected|held/)
  await page.goto('/conflicts')
  await settle(page)
  const letter = page.locator('[data-letter]').first()
  await letter.waitFor()
  await letter.locator('summary').click()
  expect(await letter.innerText()).toContain(MARKUP)
  // What came of it stands there when the list was read again: what is refused again is another letter.
  const again = page.waitForResponse(/dead-letters\?settled=false/)
  await letter.getByRole('button', { name: '仍然收下' }).click()
  await again
  await settle(page)
  await letter.getByText(/仍然没有收下|没有成功/).waitFor()
  await keep(page, 'conflicts-letter')
  await letter.getByRole('button', { name: '作废' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确定作废' }).click()
  await page.getByText('已作废。').waitFor()
  await page.goto('/conflicts?letters=settled')
  await settle(page)
  expect(await page.locator('[data-letter]').first().innerText()).toContain('已作废')
})

test('a visit that was not accepted is mended at the desk field by field, and becomes a visit', async () => {
  const page = await openAs(OFFICER)
  const { phone } = await collide(page, '三', '四')
  const like = await likeAnEarlierVisit(page.request, phone.person, TOWNSHIP)
  const content = `要改的走访${MARKUP}`
  const refused = await phone.tryToCreate('visit', { ...like, content, mode: 'no-such-mode', leaflets: 7_000_000, service_from: '2026-06-27' })
  expect(refused.outcome).toBe('rejected')
  await visit(page, '/conflicts')
  const letter = page.locator('[data-letter]').filter({ hasText: content })
  await letter.getByRole('button', { name: '改好再收下' }).click()
  const field = (name: string) => letter.locator(`[data-field=${name}]`)
  // What is wrong stands at its field.
  expect(await field('mode').locator('.wrong').innerText()).not.toBe('')
  expect(await field('leaflets').locator('.wrong').innerText()).not.toBe('')
  expect(await field('mode').locator('select').inputValue()).toBe('no-such-mode')
  expect(await barriers(page)).toEqual([])
  await keep(page, 'conflicts-mend')
  // Half of it is not enough: nothing happens, and the field says why.
  await field('mode').locator('select').selectOption({ label: '入户' })
  await letter.getByRole('button', { name: '按改好的收下' }).click()
  await letter.getByRole('alert').waitFor()
  expect(await field('leaflets').locator('.wrong').innerText()).not.toBe('')
  expect(await field('mode').locator('.wrong').count()).toBe(0)
  await field('leaflets').locator('input').fill('七')
  await letter.getByRole('button', { name: '按改好的收下' }).click()
  await letter.getByText('不是整数').waitFor()
  await field('leaflets').locator('input').fill('7')
  await letter.getByRole('button', { name: '按改好的收下' }).click()
  await page.getByText('已收下。').waitFor()
  expect(await page.locator('[data-letter]').filter({ hasText: content }).count()).toBe(0)
  await page.getByRole('status').getByRole('link', { name: '查看走访' }).click()
  await page.waitForURL(/\/visits\/[0-9a-f-]{36}$/)
  await settle(page)
  const { fields } = await (await page.request.get(`/v1${new URL(page.url()).pathname}`)).json() as { fields: Record<string, unknown> }
  expect(fields).toMatchObject({ content, mode: 'household', leaflets: 7, commissioner_id: phone.person, review_state: 'submitted' })
  expect(await page.locator('main').innerText()).toContain(content)
  // Both stay at the desk: what came, and what the office made of it.
  await visit(page, '/conflicts?letters=settled')
  await page.locator('[data-letter]').first().locator('summary').first().click()
  expect(await page.locator('[data-letter]').first().innerText()).toContain('no-such-mode')
  await page.locator('[data-letter]').first().getByText('办公室改好后的内容').click()
  expect(await page.locator('[data-letter]').first().innerText()).toContain('household')
})

test("another township's coordinator sees nothing of it, and an auditor may look but not settle", async () => {
  const officer = await openAs(OFFICER)
  const { record } = await collide(officer, '外镇甲', '外镇乙')
  const page = await openAs(COORDINATOR, '/conflicts?state=all')
  expect(await page.locator('main').innerText()).not.toContain('外镇')
  const auditor = await openAs(AUDITOR, '/conflicts?state=all')
  expect(await auditor.locator('main').innerText()).toContain('外镇')
  expect(await auditor.getByRole('button', { name: '保留现在的值' }).count()).toBe(0)
  expect(record).toBeTruthy()
})
