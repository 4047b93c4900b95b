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

/** The revisions that verdicts about a visit were sent with, as they leave the page. */
function sentRevisions(page: Page, id: string): number[] {
  const sent: number[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith(`/v1/visits/${id}/reviews`)) sent.push((request.postDataJSON() as { rev: number }).rev)
  })
  return sent
}
/** What the server says that the last verdict was about. */
async function judgedContent(page: Page, id: string): Promise<unknown> {
  const { reviews } = await (await page.request.get(`/v1/visits/${id}`)).json() as { reviews: { judged?: { content?: string } }[] }
  return reviews[reviews.length - 1]?.judged?.content
}

test('a visit that changes under an open form is judged only after the reader has looked at the new one', async () => {
  const page = await openAs(OFFICER)
  const { phone, ids: [id] } = await plant(page, ['旧的内容'])
  await show(page, id!)
  const sent = sentRevisions(page, id!)
  await page.keyboard.press('r')
  await page.keyboard.press('6')
  const comment = page.getByLabel('写给特派员的一句话')
  await comment.fill('请核对对象')
  await phone.patch('visit', id!, 1, { content: '新的内容' })
  // The server's event brings it onto the page.
  await page.getByText('这条走访刚刚被改过').waitFor()
  const row = page.locator('article tr[data-field=content]')
  expect(await row.innerText()).toMatch(/新的内容[\s\S]*旧的内容/)
  await keep(page, 'review-changed')
  // Enter in the form, held down as long as anybody may hold it, decides nothing: it leads to what has to be looked at.
  await comment.focus()
  for (let press = 0; press < 6; press += 1) await page.keyboard.down('Enter')
  await page.keyboard.up('Enter')
  const look = page.getByRole('button', { name: '看过新内容了' })
  await expect.poll(() => look.evaluate((one) => one === document.activeElement)).toBe(true)
  expect(sent).toEqual([])
  expect(await stateOf(page, id!)).toBe('submitted')
  // Nor does the button of the form.
  await page.getByRole('button', { name: '确定退回' }).click()
  await expect.poll(() => look.evaluate((one) => one === document.activeElement)).toBe(true)
  expect(sent).toEqual([])
  await page.keyboard.press('Enter')
  await expect.poll(() => comment.evaluate((one) => one === document.activeElement)).toBe(true)
  expect(await comment.inputValue()).toBe('请核对对象')
  await page.keyboard.press('Enter')
  await page.getByText(/^已退回：/).waitFor()
  expect(sent).toEqual([2])
  expect(await stateOf(page, id!)).toBe('returned')
  expect(await judgedContent(page, id!)).toBe('新的内容')
})

test('a verdict about a version that the server no longer has is refused by it, and not sent again before a look', async () => {
  const page = await openAs(OFFICER)
  const { phone, ids: [id] } = await plant(page, ['旧的内容'])
  // The page does not hear of the change before it judges.
  let held = ''
  await page.route('**/v1/review-queue?*', async (route) => {
    if (held) return route.fulfill({ contentType: 'application/json', body: held })
    const answer = await route.fetch()
    held = await answer.text()
    return route.fulfill({ response: answer, body: held })
  })
  await show(page, id!)
  const sent = sentRevisions(page, id!)
  await phone.patch('visit', id!, 1, { content: '新的内容' })
  const refused = page.waitForResponse((answer) => answer.url().endsWith('/reviews') && answer.request().method() === 'POST')
  await page.keyboard.press('a')
  expect((await refused).status()).toBe(409)
  await page.getByText('这条走访刚刚被改过').waitFor()
  expect(await stateOf(page, id!)).toBe('submitted')
  await page.unroute('**/v1/review-queue?*')
  await phone.patch('visit', id!, 2, { content: '更新的内容' })
  await page.locator('article tr[data-field=content]').getByText('更新的内容').waitFor()
  await page.locator('.pane').focus()
  await page.keyboard.press('a')
  const look = page.getByRole('button', { name: '看过新内容了' })
  await expect.poll(() => look.evaluate((one) => one === document.activeElement)).toBe(true)
  expect(sent).toEqual([1])
  await page.keyboard.press('v')
  await look.waitFor({ state: 'detached' })
  await page.keyboard.press('a')
  await page.getByText(/^已通过：/).waitFor()
  expect(sent).toEqual([1, 3])
  expect(await stateOf(page, id!)).toBe('approved')
  expect(await judgedContent(page, id!)).toBe('更新的内容')
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
