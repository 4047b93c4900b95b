// The page of a visit, and the way down to it: 县 → 镇 → 村 → 走访 → 照片.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { COORDINATOR, expectManners, keep, keepPrint, LANGUAGES, OFFICER, open, openAs, settle, useBrowser } from './harness'
import { likeAnEarlierVisit, Phone } from './phone'

useBrowser()

const MARKUP = '<img src=x onerror="document.title=\'broken\'">看塘'

interface Visit {
  id: string
  fields: Record<string, string>
}

async function firstVisit(page: Page, query: string): Promise<Visit> {
  const { visits } = await (await page.request.get(`/v1/visits?${query}&limit=1`)).json() as { visits: Visit[] }
  return visits[0]!
}

test.each(['approved', 'returned', 'submitted'])('the page of a visit that is %s keeps its manners', async (state) => {
  const page = await openAs(OFFICER)
  const { id } = await firstVisit(page, `state=${state}`)
  await expectManners(OFFICER, `/visits/${id}`, `visit-${state}`)
})

test('from the county down to a visit every step is a link, and Back comes up again', async () => {
  const page = await openAs(OFFICER, '/villages')
  await page.locator('tbody th a').first().click()
  await page.waitForURL(/\/villages\/\d{12}$/)
  await settle(page)
  const village = new URL(page.url()).pathname
  if (await page.locator('tbody th a').count() === 0) await page.goto(`/villages/${(await firstVisit(page, 'state=approved')).fields.village_code}`)
  await page.locator('tbody th a').first().click()
  await page.waitForURL(/\/visits\/[0-9a-f-]{36}$/)
  await settle(page)
  const crumbs = page.getByRole('navigation', { name: '所在位置' }).locator('li')
  expect(await crumbs.count()).toBe(4)
  await page.goBack()
  await page.waitForURL(/\/villages\/\d{12}$/)
  expect(new URL(page.url()).pathname).toContain(village.slice(0, 10))
})

test('how a visit was judged is told with reason, sentence and whose version it was', async () => {
  const page = await openAs(OFFICER)
  const { id, fields } = await firstVisit(page, 'state=returned')
  await page.goto(`/visits/${id}`)
  await settle(page)
  const history = page.locator('.history')
  expect(await history.innerText()).toContain('退回修改')
  expect(await history.innerText()).toContain(fields.review_comment!)
})

test('what people wrote is text, whatever it looks like', async () => {
  const page = await openAs(OFFICER)
  const { fields } = await firstVisit(page, 'state=approved')
  const phone = await Phone.enrol(page.request, fields.commissioner_id!)
  const like = await likeAnEarlierVisit(page.request, phone.person)
  const [id] = await phone.create('visit', [{ ...like, content: MARKUP, problem_found: MARKUP, service_from: '2026-06-29' }])
  await page.goto(`/visits/${id}`)
  await settle(page)
  expect(await page.locator('tr[data-field=content] td').innerText()).toContain(MARKUP)
  expect(await page.locator('main img[src=x]').count()).toBe(0)
  await page.goto(`/visits?commissioner=${phone.person}`)
  await settle(page)
  expect(await page.locator('main img[src=x]').count()).toBe(0)
  expect(await page.title()).not.toContain('broken')
})

test('a photo that arrived is seen small and large, by keyboard too, on its own page, and in the album', async () => {
  const page = await openAs(OFFICER)
  const { fields } = await firstVisit(page, 'state=approved')
  const phone = await Phone.enrol(page.request, fields.commissioner_id!)
  const like = await likeAnEarlierVisit(page.request, phone.person)
  const [visit] = await phone.create('visit', [{ ...like, content: '拍了两张照片', service_from: '2026-06-28' }])
  const pictures = await Promise.all(['#0b5f75', '#7a4a00'].map((colour) => picture(colour)))
  const photos = await phone.create('photo', pictures.map((bytes) => ({
    visit_id: visit, village_code: like.village_code, purpose: 'scene', source: 'camera', media_type: 'image/jpeg',
    size_bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'),
  })))
  for (const bytes of pictures) await phone.upload(bytes)
  await expect.poll(async () => {
    const { photos: known } = await (await page.request.get(`/v1/visits/${visit}`)).json() as { photos: { prepared: boolean }[] }
    return known.filter(({ prepared }) => prepared).length
  }, { timeout: 30_000 }).toBe(2)

  await page.goto(`/visits/${visit}`)
  await settle(page)
  const thumbs = page.locator('.strip .thumb')
  expect(await thumbs.count()).toBe(2)
  await keep(page, 'visit-photos')
  await thumbs.first().focus()
  await page.keyboard.press('Enter')
  const box = page.getByRole('dialog')
  await box.locator('img').waitFor()
  expect(await box.getAttribute('aria-label')).toContain('第 1 张，共 2 张')
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => box.getAttribute('aria-label')).toContain('第 2 张，共 2 张')
  await keep(page, 'visit-lightbox')
  await page.keyboard.press('Escape')
  await box.waitFor({ state: 'detached' })
  expect(await thumbs.first().evaluate((one) => one === document.activeElement)).toBe(true)

  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: '下载相册（ZIP）' }).click()
  expect((await download).suggestedFilename()).toMatch(/\.zip$/)
  await expectManners(OFFICER, `/visits/${visit}/photos/${photos[0]}`, 'photo')
})

test('a visit prints without menu and buttons', async () => {
  const page = await openAs(OFFICER)
  const { id } = await firstVisit(page, 'state=approved')
  await page.goto(`/visits/${id}`)
  await settle(page)
  await page.emulateMedia({ media: 'print' })
  expect(await page.getByRole('button', { name: '打印' }).isVisible()).toBe(false)
  await keepPrint(page, 'visit')
})

test("another township's visit is not there, in either language, and there is a way on", async () => {
  const officer = await openAs(OFFICER)
  const { id } = await firstVisit(officer, 'division=990421103')
  for (const language of LANGUAGES) {
    const page = await openAs(COORDINATOR, `/visits/${id}`, { language })
    await page.getByText(language === 'en' ? 'There is no such visit, or it is outside your reach.' : '没有这条走访，或者不在您的范围内。').waitFor()
    await page.goto(`/visits/${id}/photos/${id}`)
    await page.getByText(language === 'en' ? 'There is no such photo, or it is outside your reach.' : '没有这张照片，或者不在您的范围内。').waitFor()
  }
})

/** A photo of one colour, drawn by the browser. */
async function picture(colour: string): Promise<Buffer> {
  const page = await open()
  const encoded = await page.evaluate((fill) => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: 1280, height: 960 })
    const context = canvas.getContext('2d')!
    context.fillStyle = fill
    context.fillRect(0, 0, 1280, 960)
    context.fillStyle = '#fff'
    context.font = '120px sans-serif'
    context.fillText(fill, 200, 500)
    return canvas.toDataURL('image/jpeg', 0.8).split(',')[1]!
  }, colour)
  return Buffer.from(encoded, 'base64')
}
