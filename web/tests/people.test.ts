// 人员与设备 on the demo county.
import { expect, test } from 'vitest'
import { ADMINISTRATOR, COORDINATOR, expectManners, keep, OFFICER, openAs, settle, useBrowser } from './harness'

useBrowser()

test('people keep their manners', () => expectManners(OFFICER, '/people', 'people'))
test('accounts keep their manners', () => expectManners(ADMINISTRATOR, '/people?tab=accounts', 'accounts'))

test('everybody has the last successful sync and what waits on the phone, in order of names', async () => {
  const page = await openAs(OFFICER, '/people')
  const { people } = await (await page.request.get('/v1/people')).json() as { people: { name: string; waiting: { photos?: number } }[] }
  expect(await page.locator('tbody tr').count()).toBe(people.length)
  const one = people.find(({ waiting }) => waiting.photos)!
  const row = page.locator('tbody tr').filter({ has: page.getByRole('rowheader', { name: one.name }) })
  expect(await row.innerText()).toContain(`${one.waiting.photos} 张照片`)
  expect(await page.locator('main').innerText()).not.toMatch(/排名|名次/)
})

test('a code to enrol a phone is shown once, as a picture and as a text', async () => {
  const page = await openAs(OFFICER, '/people')
  await page.getByRole('button', { name: /^手机 / }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '绑定新手机' }).click()
  const picture = dialog.getByRole('img', { name: '绑定二维码' })
  await picture.waitFor()
  expect(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(50)
  const code = await dialog.locator('.text strong').innerText()
  await keep(page, 'people-enrol')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^手机 / }).first().click()
  await dialog.locator('.phones').waitFor()
  expect(await dialog.innerText()).not.toContain(code)
})

test('a phone is reported lost and found again; it is revoked only after a warning of what it holds', async () => {
  const page = await openAs(OFFICER, '/people')
  await page.getByRole('button', { name: /^手机 / }).last().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '挂失' }).click()
  await dialog.getByText('已挂失').waitFor()
  await dialog.getByRole('button', { name: '找到了' }).click()
  await dialog.getByText('在用', { exact: true }).waitFor()
  await dialog.getByRole('button', { name: '停用' }).click()
  expect(await dialog.getByRole('alert').innerText()).toContain('停用不能撤销')
  await keep(page, 'people-revoke')
  await dialog.getByRole('button', { name: '取消' }).click()
  await dialog.getByText('在用', { exact: true }).waitFor()
})

test('an account is made, and what is written as its name is shown as text alone', async () => {
  const page = await openAs(ADMINISTRATOR, '/people?tab=accounts')
  const name = '<img src=x onerror="document.title=1">&lt;b&gt;'
  await page.getByRole('button', { name: '新建账号' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('登录名').fill('xss-probe')
  await form.getByLabel('姓名').fill(name)
  await form.getByRole('combobox', { name: '角色' }).selectOption('coordinator')
  await form.getByRole('combobox', { name: '乡镇' }).selectOption('990421102')
  await form.getByRole('button', { name: '保存' }).click()
  const shown = page.getByRole('dialog', { name: 'xss-probe 的初始密码' })
  await shown.waitFor()
  expect((await shown.locator('.password').innerText()).length).toBeGreaterThan(8)
  await shown.getByRole('button', { name: '关闭' }).click()
  await settle(page)
  expect(await page.locator('tbody tr').filter({ hasText: 'xss-probe' }).innerText()).toContain(name)
  expect(await page.locator('main img').count()).toBe(0)
  expect(await page.title()).not.toBe('1')
})

test('a coordinator sees who serves the township, and neither accounts nor buttons that change phones', async () => {
  const page = await openAs(COORDINATOR, '/people?tab=accounts')
  expect(await page.getByRole('button', { name: '账号' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: '新建账号' }).count()).toBe(0)
  await page.getByRole('button', { name: /^手机 / }).first().click()
  await page.locator('.phones').waitFor()
  expect(await page.getByRole('button', { name: '停用' }).count()).toBe(0)
  await page.goto('/people?division=990421101')
  await page.getByRole('alert').waitFor()
  expect(await page.locator('tbody tr').count()).toBe(0)
})
