// Signing in, and what becomes of a page when the session ends.
import { expect, test } from 'vitest'
import { ADMINISTRATOR, barriers, COORDINATOR, isTooWide, keep, LANGUAGES, OFFICER, open, openAs, PASSWORD, settle, useBrowser, visit, ZOOMED } from './harness'

useBrowser()

test('whoever is not signed in is asked to, and comes back to where they wanted to go', async () => {
  const page = await open()
  await page.goto('/villages?state=overdue')
  await page.waitForURL(({ pathname, search }) => pathname === '/sign-in' && search === '?next=/villages?state=overdue')
  await page.getByLabel('账号').fill(OFFICER)
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.waitForURL(({ pathname, search }) => pathname === '/villages' && search === '?state=overdue')
  await settle(page)
})

test('a place after signing in is one of the console, whatever the address says', async () => {
  const page = await open()
  await page.goto('/sign-in?next=//elsewhere.example/')
  await page.getByLabel('账号').fill(OFFICER)
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL((address) => address.pathname === '/')
})

test.each(LANGUAGES)('the sign-in page keeps its manners in %s', async (language) => {
  for (const viewport of [undefined, ZOOMED]) {
    const page = await open({ language, ...(viewport ? { viewport } : {}) })
    await page.goto('/sign-in')
    await page.locator('h1').waitFor()
    await keep(page, `sign-in-${language}-${viewport ? 'zoomed' : 'desk'}`)
    expect(await isTooWide(page)).toBe(false)
    expect(await barriers(page)).toEqual([])
  }
})

test('a wrong password is told in words, and a lock with a way out', async () => {
  // Of somebody whom no other test needs: the lock lasts.
  const administrator = await openAs(ADMINISTRATOR)
  const made = await administrator.request.post('/v1/accounts', { data: { login: 'forgetful', display_name: '健忘', role: 'auditor' } })
  expect(made.status(), await made.text()).toBe(201)
  const page = await open()
  await page.goto('/sign-in')
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await page.getByLabel('账号').fill('forgetful')
    await page.getByLabel('密码', { exact: true }).fill(`wrong-${attempt}`)
    const answered = page.waitForResponse('**/v1/session')
    await page.getByRole('button', { name: '登录' }).click()
    await answered
    const told = page.getByRole('alert')
    await told.waitFor()
    expect(await told.innerText()).toContain(attempt < 5 ? '账号或密码错误' : '重置后立即解锁')
  }
  await keep(page, 'sign-in-locked')
  expect(await barriers(page)).toEqual([])
})

test('the session is a cookie that no script can read, and nothing of it is stored', async () => {
  const page = await openAs(OFFICER)
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'tepai_session')
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', expires: -1 })
  const seen = await page.evaluate(() => ({ cookie: document.cookie, local: { ...localStorage }, session: { ...sessionStorage } }))
  expect(seen).toEqual({ cookie: '', local: { 'tepai-language': 'zh-CN' }, session: {} })
})

test('a session that ends asks for the password over the page, and what was typed is still there', async () => {
  const page = await openAs(OFFICER, '/villages')
  await page.getByLabel('村名或特派员').fill('东塘')
  await page.context().clearCookies()
  await page.getByLabel('状态').selectOption('overdue')
  await page.getByLabel('月份').selectOption({ index: 1 })
  const dialog = page.getByRole('dialog', { name: '请重新登录' })
  await dialog.waitFor()
  expect(await barriers(page)).toEqual([])
  await dialog.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await settle(page)
  expect(await page.getByLabel('村名或特派员').inputValue()).toBe('东塘')
  // What had been refused meanwhile is there.
  await page.getByRole('alert').waitFor({ state: 'detached' })
  expect(await page.locator('tbody th').allInnerTexts()).toEqual(['东塘村村委会'])
})

test('nobody at the desk: a warning first, then the session ends', async () => {
  const page = await open()
  await page.clock.install()
  await page.request.post('/v1/session', { data: { login: OFFICER, password: PASSWORD } })
  await visit(page, '/villages')
  await page.clock.fastForward('28:30')
  const warning = page.getByRole('dialog', { name: '还在吗？' })
  await warning.waitFor()
  await keep(page, 'idle-warning')
  await warning.getByRole('button', { name: '继续使用' }).click()
  await warning.waitFor({ state: 'detached' })
  await page.clock.fastForward('31:00')
  await page.getByRole('dialog', { name: '请重新登录' }).waitFor()
  expect((await page.request.get('/v1/session')).status()).toBe(401)
})

test('a line that is lost is told, and found again by itself', async () => {
  const page = await openAs(OFFICER, '/villages')
  await page.context().setOffline(true)
  await page.getByLabel('月份').selectOption({ index: 2 })
  await page.getByText('连不上服务器，正在重试').waitFor()
  await keep(page, 'line-lost')
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(10)
  await page.context().setOffline(false)
  await page.getByText('连不上服务器，正在重试').waitFor({ state: 'detached', timeout: 20_000 })
})

test('a script that is missing is not there, a place within the console is its page', async () => {
  const page = await open()
  for (const [path, accept, status] of [
    ['/assets/gone.js', '*/*', 404], ['/assets/gone.js', 'text/html', 404], ['/villages', 'text/html', 200], ['/v1/nothing', 'text/html', 404], ['/villages', '*/*', 404],
  ] as const) {
    const answer = await page.request.get(path, { headers: { accept } })
    expect([path, accept, answer.status()]).toEqual([path, accept, status])
  }
  const home = await page.request.get('/', { headers: { accept: 'text/html' } })
  expect(home.headers()['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(home.headers()['cache-control']).toBe('no-cache')
  const again = await page.request.get('/', { headers: { accept: 'text/html', 'if-none-match': home.headers().etag ?? '' } })
  expect(again.status()).toBe(304)
})

test('the keyboard alone gets from the skip link to a page, whose heading then has the focus', async () => {
  const page = await openAs(COORDINATOR)
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('跳到正文')
  await page.getByRole('link', { name: '村列表' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/villages')
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
})

test('a browser that is too old is told so in plain words', async () => {
  const page = await open({ expected: /./ })
  await page.addInitScript(() => { Reflect.deleteProperty(Promise, 'any') })
  await page.goto('/')
  await page.getByRole('heading', { name: '浏览器版本过旧' }).waitFor()
  expect(await page.getByRole('heading', { name: 'This browser is too old' }).isVisible()).toBe(true)
})
