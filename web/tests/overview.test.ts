// 总览 on the demo county.
import { expect, test } from 'vitest'
import { COORDINATOR, expectManners, keep, keepPrint, OFFICER, openAs, settle, useBrowser } from './harness'

useBrowser()

test('the overview keeps its manners', () => expectManners(OFFICER, '/', 'overview'))

test('five numbers are those of the server, and each opens to what it counts', async () => {
  const page = await openAs(OFFICER)
  const { numbers } = await (await page.request.get('/v1/overview/990421')).json() as { numbers: { code: string; value: number; label: { zh: string } }[] }
  expect(numbers).toHaveLength(5)
  for (const number of numbers) {
    const figure = page.locator('.figure').filter({ has: page.locator('.name').getByText(number.label.zh, { exact: true }) })
    const link = figure.locator('.value a')
    expect(await link.innerText()).toBe(String(number.value))
    await link.click()
    await page.waitForURL(({ pathname }) => pathname !== '/')
    await settle(page)
    expect(await page.locator('tbody tr').count(), number.code).toBe(number.value)
    await page.goBack()
    await page.waitForURL(({ pathname }) => pathname === '/')
    await settle(page)
  }
})

test('an overdue village is one click away, and Back comes to the overview again', async () => {
  const page = await openAs(OFFICER)
  const first = page.locator('.overdue tbody th a').first()
  const name = await first.innerText()
  await first.click()
  await page.waitForURL(/\/villages\/\d{12}$/)
  await settle(page)
  expect(await page.locator('h1').innerText()).toBe(name)
  expect(await page.getByRole('navigation', { name: '所在位置' }).locator('li').allInnerTexts()).toEqual(['青湾县', expect.stringMatching(/[镇乡]$/), name])
  await page.goBack()
  await page.waitForURL((address) => address.pathname === '/')
})

test('a reminder is a text to paste, with the village in it', async () => {
  const page = await openAs(OFFICER)
  const row = page.locator('.overdue tbody tr').first()
  const name = await row.locator('th').innerText()
  await row.getByRole('button').click()
  const dialog = page.getByRole('dialog', { name: '催办消息' })
  await dialog.getByRole('button', { name: '复制' }).waitFor()
  expect(await dialog.locator('textarea').inputValue()).toContain(name.trim())
  await keep(page, 'overview-reminder')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
})

test('a coordinator sees the own township and nothing of another', async () => {
  const page = await openAs(COORDINATOR)
  expect(await page.locator('h1').innerText()).toContain('青石镇')
  const text = await page.locator('main').innerText()
  for (const other of ['白鹭镇', '柳溪镇', '湖口镇', '稻香乡', '云塘乡']) expect(text).not.toContain(other)
  await page.goto('/?division=990421101')
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').innerText()).toContain('找不到')
})

test('it prints on paper without menu and buttons', async () => {
  const page = await openAs(OFFICER)
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.shell-menu').isVisible()).toBe(false)
  expect(await page.getByRole('button', { name: '催办' }).first().isVisible()).toBe(false)
  await keepPrint(page, 'overview')
})
