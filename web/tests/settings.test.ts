// 设置 and 操作日志 on the demo county.
import { expect, test } from 'vitest'
import { ADMINISTRATOR, AUDITOR, COORDINATOR, expectManners, OFFICER, openAs, settle, useBrowser, visit } from './harness'

useBrowser()

test('settings keep their manners', () => expectManners(OFFICER, '/settings', 'settings'))
test('the audit trail keeps its manners', () => expectManners(AUDITOR, '/audit', 'audit'))

test('a setting holds from a day on, is told in words, and stands in the audit trail', async () => {
  const page = await openAs(ADMINISTRATOR, '/settings')
  await page.getByRole('button', { name: '修改 走访须附确认书照片' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('是', { exact: true }).check()
  await dialog.getByLabel('从哪天起生效').fill('2027-01-01')
  await dialog.getByRole('button', { name: '保存' }).click()
  await dialog.waitFor({ state: 'detached' })
  await settle(page)
  const card = page.locator('.settings > li').filter({ hasText: '走访须附确认书照片' })
  await card.getByText('自 2027年1月1日 起').waitFor()
  expect(await card.locator('.value').innerText()).toContain('否')
  await visit(page, '/audit')
  expect(await page.locator('tbody tr').first().innerText()).toContain('修改设置')
})

test('a value that cannot be is refused in words, and what was typed stays', async () => {
  const page = await openAs(ADMINISTRATOR, '/settings')
  await page.getByRole('button', { name: '修改 超期天数' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('新的值').fill('4000')
  await dialog.getByRole('button', { name: '保存' }).click()
  expect(await dialog.getByRole('alert').innerText()).toMatch(/1 到 366/)
  expect(await dialog.getByLabel('新的值').inputValue()).toBe('4000')
})

test('a list is typed line by line, and what may be absent is left empty', async () => {
  const page = await openAs(ADMINISTRATOR, '/settings')
  const change = async (name: string, value: string, told: string) => {
    await page.getByRole('button', { name }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('新的值').fill(value)
    await dialog.getByRole('button', { name: '保存' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.locator('.settings > li').filter({ has: page.getByRole('button', { name }) }).locator('.value').getByText(told, { exact: true }).waitFor()
  }
  await change('修改 允许推送的内网网段', '10.0.0.0/8\n192.168.1.0/24', '10.0.0.0/8、192.168.1.0/24')
  await change('修改 允许推送的内网网段', '', '没有')
  await change('修改 最后一次服务后多少年', '5', '5 年')
  await change('修改 最后一次服务后多少年', '', '不自动匿名')
})

test('an auditor reads settings and changes none; a coordinator has no audit trail, by its address either', async () => {
  const auditor = await openAs(AUDITOR, '/settings')
  expect(await auditor.locator('main').getByRole('button', { name: /^修改/ }).count()).toBe(0)
  const coordinator = await openAs(COORDINATOR, '/audit')
  expect(await coordinator.locator('h1').innerText()).toBe('没有这个页面')
  expect(await coordinator.locator('tbody tr').count()).toBe(0)
})
