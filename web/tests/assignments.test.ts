// 谁走访谁 on the demo county.
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, keep, keepPrint, OFFICER, openAs, settle, useBrowser } from './harness'

useBrowser()

interface Matrix {
  assignments: { id: string; village_code: string; person_id: string; from: string; to?: string }[]
  people: Record<string, string>
  unassigned_villages: { key: string; name: string }[]
}

test('who serves where keeps its manners', () => expectManners(OFFICER, '/assignments', 'assignments'))

test('the matrix has a mark for every assignment of the day, and villages without one stand above all', async () => {
  const page = await openAs(OFFICER, '/assignments?division=990421101')
  const matrix = await (await page.request.get('/v1/assignments?division=990421101')).json() as Matrix
  expect(await page.locator('.matrix .mark .dot').count()).toBe(matrix.assignments.length)
  const all = await (await page.request.get('/v1/assignments')).json() as Matrix
  expect(await page.locator('#bare-villages').innerText()).toContain(String(all.unassigned_villages.length))
  await keepPrint(page, 'assignments')
})

test('a hand-over shows what would happen before it can be confirmed, and changes nothing until then', async () => {
  const page = await openAs(OFFICER, '/assignments?division=990421102')
  const before = await (await page.request.get('/v1/assignments?division=990421102&all=true')).json() as Matrix
  // A village that has been visited: its records are what the other phone will get.
  const { visits } = await (await page.request.get('/v1/visits?division=990421102&state=approved&limit=1')).json() as { visits: { fields: { village_code: string } }[] }
  const of = before.assignments.find(({ village_code: code, to }) => code === visits[0]!.fields.village_code && !to)!
  const { divisions } = await (await page.request.get('/v1/divisions')).json() as { divisions: { code: string; name: string }[] }
  const village = divisions.find(({ code }) => code === of.village_code)!.name
  await page.locator('.matrix').getByRole('button', { name: `${before.people[of.person_id]} 负责${village}` }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('button', { name: '确认移交' }).count()).toBe(0)
  await dialog.getByLabel('接手的特派员').selectOption({ index: 1 })
  await dialog.getByRole('button', { name: '看看会发生什么' }).click()
  await dialog.getByRole('button', { name: '确认移交' }).waitFor()
  expect(await dialog.locator('.impact').innerText()).toMatch(/到达新手机的记录[\s\S]*走访/)
  await keep(page, 'assignments-hand-over')
  expect(await (await page.request.get('/v1/assignments?division=990421102&all=true')).json()).toMatchObject({ assignments: before.assignments })
  await dialog.getByRole('button', { name: '确认移交' }).click()
  await dialog.waitFor({ state: 'detached' })
  const after = await (await page.request.get('/v1/assignments?division=990421102&all=true')).json() as Matrix
  expect(after.assignments.length).toBe(before.assignments.length + 1)
})

test('an assignment is made with its first day, and ended with its last', async () => {
  const page = await openAs(OFFICER, '/assignments?division=990421103')
  await page.getByRole('button', { name: '派驻', exact: true }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('村').selectOption('990421103200')
  await dialog.getByLabel('科技特派员').selectOption({ index: 2 })
  await dialog.getByLabel('第一天').fill('2026-06-29')
  await dialog.getByRole('button', { name: '派驻', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await settle(page)
  const made = ((await (await page.request.get('/v1/assignments?division=990421103200')).json()) as Matrix).assignments.find(({ from }) => from === '2026-06-29')
  expect(made).toBeDefined()
  const row = page.locator('tbody tr').filter({ hasText: '2026年6月29日' }).first()
  await row.getByRole('button').click()
  await page.getByLabel('最后一天').fill('2026-06-29')
  await page.getByRole('button', { name: '设为最后一天' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const ended = ((await (await page.request.get('/v1/assignments?division=990421103200&all=true')).json()) as Matrix).assignments.find(({ id }) => id === made!.id)
  expect(ended?.to).toBe('2026-06-29')
})

test('a coordinator reads the own township, and changes nothing', async () => {
  const page = await openAs(COORDINATOR, '/assignments')
  expect(await page.getByRole('button', { name: '派驻', exact: true }).count()).toBe(0)
  expect(await page.locator('main').innerText()).not.toMatch(/白鹭镇|柳溪镇|湖口镇/)
  await page.goto('/assignments?division=990421101')
  await page.getByRole('alert').waitFor()
  expect(await page.locator('.matrix').count()).toBe(0)
})
