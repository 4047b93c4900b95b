// 目标考核 on the demo county.
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, keep, OFFICER, openAs, settle, useBrowser } from './harness'

useBrowser()

test('targets and assessment keep their manners', () => expectManners(OFFICER, '/assessment', 'assessment'))

test('targets stand with what records show of them, in order of names and without places', async () => {
  const page = await openAs(OFFICER, '/assessment')
  await page.getByRole('button', { name: '下达目标' }).click()
  await page.getByText(/已保存 \d+ 个目标/).waitFor()
  await settle(page)
  const { targets } = await (await page.request.get('/v1/targets?period=2026')).json() as { targets: { name: string; actual?: string }[] }
  const rows = page.locator('section[aria-labelledby=targets-title] tbody tr')
  expect(await rows.count()).toBe(targets.length)
  expect(await rows.first().innerText()).toContain(targets[0]!.actual ?? '–')
  expect(await page.locator('main').innerText()).not.toMatch(/排名|名次/)
})

test('a run shows sheets with the records behind each line; what is frozen never changes', async () => {
  const page = await openAs(OFFICER, '/assessment')
  await page.getByLabel('方案').selectOption('guangxi-check-ins/1')
  await page.getByRole('button', { name: '开始考核' }).click()
  await page.waitForURL(/\/assessment\/[0-9a-f-]{36}/)
  await settle(page)
  await page.locator('tbody th a').first().click()
  await page.waitForURL(/subject=/)
  await settle(page)
  await page.getByRole('button', { name: '填写' }).first().waitFor()
  const note = '<script>document.title = 1</script>'
  await page.getByRole('button', { name: '填写' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('分数或等次代码').fill('12.5')
  await dialog.getByLabel(/^理由/).fill(note)
  await dialog.getByRole('button', { name: '保存' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText(note).waitFor()
  expect(await page.title()).not.toBe('1')
  await page.getByRole('button', { name: /^走访 \d/ }).first().click()
  await page.getByRole('dialog').getByRole('link', { name: '查看走访' }).waitFor()
  await keep(page, 'assessment-records')
  await page.keyboard.press('Escape')
  await expectManners(OFFICER, new URL(page.url()).pathname + new URL(page.url()).search, 'assessment-run')
  await page.getByRole('button', { name: '定稿' }).click()
  await page.getByLabel('有的对象还没有核定合计，仍按现状定稿').check()
  await keep(page, 'assessment-freeze')
  await page.getByRole('dialog').getByRole('button', { name: '定稿' }).click()
  await page.getByText('已定稿').waitFor()
  await settle(page)
  expect(await page.getByRole('button', { name: '填写' }).count()).toBe(0)
})

test('a coordinator begins no run, sets no targets and sees no commissioner of another township', async () => {
  const page = await openAs(COORDINATOR, '/assessment')
  expect(await page.getByRole('button', { name: '开始考核' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: '下达目标' }).count()).toBe(0)
  const { targets } = await (await page.request.get('/v1/targets?period=2026')).json() as { targets: { name: string }[] }
  expect(await page.locator('section[aria-labelledby=targets-title] tbody th').allInnerTexts()).toEqual(targets.length > 0 ? targets.map(({ name }) => name) : [])
})
