// 审核队列 on the demo county, with visits that a phone sends while the tests run.
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { AUDITOR, COORDINATOR, expectManners, keep, OFFICER, openAs, settle, useBrowser } from './harness'
import { likeAnEarlierVisit, Phone } from './phone'

useBrowser()

const MARKUP = '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>查塘'

interface Planted {
  phone: Phone
  ids: string[]
  village: string
}

/** Sends visits from a phone, one for each day of service. */
async function plant(page: Page, contents: readonly string[], township = '990421100'): Promise<Planted> {
  const { people } = await (await page.request.get(`/v1/people?division=${township}`)).json() as { people: { id: string }[] }
  for (const { id } of people) {
    const like = await likeAnEarlierVisit(page.request, id, township).catch(() => undefined)
    if (!like) continue
    const phone = await Phone.enrol(page.request, id)
    const ids = await phone.create('visit', contents.map((content, index) => ({ ...like, content, service_from: `2026-06-${String(29 - (index % 5)).padStart(2, '0')}` })))
    return { phone, ids, village: String(like.village_code) }
  }
  throw new Error(`nobody in ${township} has made a visit`)
}

async function stateOf(page: Page, id: string): Promise<string> {
  const { fields } = await (await page.request.get(`/v1/visits/${id}`)).json() as { fields: { review_state: string } }
  return fields.review_state
}

async function show(page: Page, id: string): Promise<void> {
  await page.goto(`/review?visit=${id}`)
  await settle(page)
  await page.locator(`article[data-visit="${id}"]`).waitFor()
}

test('the review queue keeps its manners', () => expectManners(OFFICER, '/review', 'review'))

test('whoever knows the keys judges twenty visits in under three minutes, without a mouse', async () => {
  const page = await openAs(OFFICER)
  const { phone, ids } = await plant(page, Array.from({ length: 20 }, (_, index) => `巡塘第 ${index + 1} 次，讲解水质调控`))
  await page.goto(`/review?commissioner=${phone.person}`)
  await settle(page)
  await page.locator('[data-visit]').first().waitFor()
  const began = Date.now()
  const judged = new Set<string>()
  for (let round = 0; round < 20; round += 1) {
    const visit = await page.locator('article[data-visit]').getAttribute('data-visit') as string
    judged.add(visit)
    const answered = page.waitForResponse((answer) => answer.url().includes('/reviews') && answer.request().method() === 'POST')
    if (round % 4 === 3) {
      await page.keyboard.press('r')
      await page.locator('.verdict').waitFor()
      await page.keyboard.press('5')
      await page.keyboard.press('Enter')
    } else {
      await page.keyboard.press('a')
    }
    expect((await answered).status()).toBe(200)
    await page.locator(`article[data-visit="${visit}"]`).waitFor({ state: 'detached' })
  }
  const seconds = (Date.now() - began) / 1000
  console.log(`20 visits judged by keys in ${seconds.toFixed(1)} s`)
  expect(seconds).toBeLessThan(180)
  expect(judged.size).toBe(20)
  // What waited before from the same person stands first in the list, and was judged as well.
  const states = await Promise.all([...judged].map((id) => stateOf(page, id)))
  expect(states.filter((state) => state === 'approved').length).toBe(15)
  expect(states.filter((state) => state === 'returned').length).toBe(5)
  expect(ids.filter((id) => judged.has(id)).length).toBeGreaterThan(15)
}, 300_000)

test('a visit that was returned comes back mended, beside the version that was judged', async () => {
  const page = await openAs(OFFICER)
  const { phone, ids: [id] } = await plant(page, ['只写了一句'])
  await show(page, id!)
  await page.keyboard.press('r')
  await page.keyboard.press('5')
  await page.getByLabel('写给特派员的一句话').fill('请写明用了什么技术')
  await page.getByLabel('要改的项目').selectOption('content')
  await page.getByLabel('请在何日前改好').fill('2026-07-05')
  await page.getByRole('button', { name: '确定退回' }).click()
  await page.getByText(/^已退回：/).waitFor()
  const { fields, rev } = await (await page.request.get(`/v1/visits/${id}`)).json() as { fields: Record<string, string>; rev: number }
  expect(fields).toMatchObject({ review_state: 'returned', review_reason: 'content', review_field: 'content', review_comment: '请写明用了什么技术', review_due_on: '2026-07-05' })
  expect(await phone.patch('visit', id!, rev, { content: '讲解微孔增氧，测溶氧 5.2' })).toMatchObject({ outcome: expect.stringMatching(/applied|merged/) })
  await show(page, id!)
  const row = page.locator('article tr[data-field=content]')
  await row.getByText('只写了一句').waitFor()
  expect(await row.innerText()).toContain('已改')
  expect(await row.innerText()).toContain('讲解微孔增氧')
  await keep(page, 'review-came-back')
})

test('letters that are typed into a field judge nothing, and neither do those of an input method', async () => {
  const page = await openAs(OFFICER)
  const { ids: [id] } = await plant(page, ['输入法测试'])
  await show(page, id!)
  await page.keyboard.press('r')
  await page.keyboard.press('1')
  const comment = page.getByLabel('写给特派员的一句话')
  await comment.fill('')
  await comment.pressSequentially('arnjk?')
  expect(await comment.inputValue()).toBe('arnjk?')
  await page.keyboard.press('Escape')
  await page.evaluate(() => {
    for (const key of ['a', 'n']) dispatchEvent(new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true }))
  })
  await page.keyboard.press('Control+a')
  expect(await page.locator('.verdict').count()).toBe(0)
  expect(await stateOf(page, id!)).toBe('submitted')
  // What was typed is there again when the form is opened.
  await page.keyboard.press('r')
  expect(await page.getByLabel('写给特派员的一句话').inputValue()).toBe('arnjk?')
})

test('a visit that changed meanwhile is told, shown anew, and what was typed is kept', async () => {
  const page = await openAs(OFFICER)
  const { phone, ids: [id] } = await plant(page, ['旧的内容'])
  // No event tells the page of the change, so that the reviewer judges what is no more.
  await page.route('**/v1/events', (route) => route.abort())
  await show(page, id!)
  await page.keyboard.press('r')
  await page.keyboard.press('6')
  await page.getByLabel('写给特派员的一句话').fill('请核对对象')
  await phone.patch('visit', id!, 1, { content: '新的内容' })
  const answered = page.waitForResponse((answer) => answer.url().includes('/reviews') && answer.request().method() === 'POST')
  await page.keyboard.press('Enter')
  expect((await answered).status()).toBe(409)
  await page.getByText('这条走访刚刚被改过').waitFor()
  await page.locator('tr[data-field=content]').getByText('新的内容').waitFor()
  expect(await stateOf(page, id!)).toBe('submitted')
  expect(await page.getByLabel('写给特派员的一句话').inputValue()).toBe('请核对对象')
  await page.keyboard.press('Enter')
  await page.getByText(/^已退回：/).waitFor()
  expect(await stateOf(page, id!)).toBe('returned')
})

test('a change that an event tells comes up under the form, and the judgement is of what then stands there', async () => {
  const page = await openAs(OFFICER)
  const { phone, ids: [id] } = await plant(page, ['先前的内容'])
  await show(page, id!)
  await page.getByText('实时更新中').waitFor()
  await page.keyboard.press('r')
  await page.keyboard.press('6')
  await page.getByLabel('写给特派员的一句话').fill('请补充对象')
  await phone.patch('visit', id!, 1, { content: '后来的内容' })
  await page.locator('tr[data-field=content]').getByText('后来的内容').waitFor()
  expect(await page.getByLabel('写给特派员的一句话').inputValue()).toBe('请补充对象')
  const answered = page.waitForResponse((answer) => answer.url().includes('/reviews') && answer.request().method() === 'POST')
  await page.keyboard.press('Enter')
  expect((await answered).status()).toBe(200)
  await page.getByText(/^已退回：/).waitFor()
  expect(await stateOf(page, id!)).toBe('returned')
})

test('an approval can be undone by the county with one key', async () => {
  const page = await openAs(OFFICER)
  const { ids: [id] } = await plant(page, ['误按测试'])
  await show(page, id!)
  await page.keyboard.press('a')
  await page.getByText(/^已通过：/).waitFor()
  expect(await stateOf(page, id!)).toBe('approved')
  await page.keyboard.press('u')
  await page.getByText(/^已撤销通过：/).waitFor()
  await page.locator(`article[data-visit="${id}"]`).waitFor()
  expect(await stateOf(page, id!)).toBe('submitted')
})

test('what people wrote is text, whatever it looks like', async () => {
  const page = await openAs(OFFICER)
  const { ids: [id] } = await plant(page, [MARKUP])
  await show(page, id!)
  expect(await page.locator('tr[data-field=content]').innerText()).toContain(MARKUP)
  expect(await page.locator('main img[src=x]').count()).toBe(0)
  expect(await page.title()).not.toContain('broken')
})

test('those without flags are approved at once, after a look at some, and those with flags are left', async () => {
  const page = await openAs(OFFICER, '/review')
  await page.getByRole('button', { name: '批量通过无存疑的' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await keep(page, 'review-bulk')
  await dialog.getByRole('button', { name: /^通过 \d+ 条$/ }).click()
  await dialog.getByText(/^已通过 \d+ 条。$/).waitFor()
  await dialog.getByRole('button', { name: '关闭' }).click()
  await settle(page)
  const { visits } = await (await page.request.get('/v1/review-queue?limit=50')).json() as { visits: { flags: unknown[] }[] }
  expect(visits.length).toBeGreaterThan(0)
  expect(visits.every(({ flags }) => flags.length > 0)).toBe(true)
})

test('a question mark shows the keys, and the dialog keeps the other keys to itself', async () => {
  const page = await openAs(OFFICER, '/review')
  const first = await page.locator('article[data-visit]').getAttribute('data-visit') as string
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: '快捷键' }).waitFor()
  await keep(page, 'review-keys')
  await page.keyboard.press('a')
  await page.keyboard.press('Escape')
  expect(await stateOf(page, first)).toBe('submitted')
})

test("another township's coordinator sees nothing of it, by the list or by an address typed by hand", async () => {
  const officer = await openAs(OFFICER)
  const { ids: [id] } = await plant(officer, ['外镇不可见'], '990421103')
  const page = await openAs(COORDINATOR, `/review?visit=${id}`)
  expect(await page.locator('main').innerText()).not.toContain('外镇不可见')
  expect(await page.locator(`[data-visit="${id}"]`).count()).toBe(0)
  expect((await page.request.get(`/v1/visits/${id}`)).status()).toBe(404)
})

test('whoever does not review finds no queue', async () => {
  const page = await openAs(AUDITOR, '/review')
  expect(await page.getByRole('link', { name: '审核队列' }).count()).toBe(0)
  expect(await page.locator('[data-visit]').count()).toBe(0)
})
