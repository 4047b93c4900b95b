import { expect, test } from 'vitest'
import { ApiProblem, unwrap, Unreachable } from './client'
import { upload, type UploadOptions } from './upload'

/** A request that does what a test tells it. */
function fake(play: (request: XMLHttpRequest) => void) {
  const request = {
    upload: {}, headers: {} as Record<string, string>, status: 0, responseText: '', isAborted: false,
    open() {}, abort() { this.isAborted = true },
    setRequestHeader(name: string, value: string) { this.headers[name] = value },
    send() { setTimeout(() => play(request as never)) },
  }
  return request
}
function start(request: unknown, more: Partial<UploadOptions> = {}) {
  const told: [number, number][] = []
  const line: boolean[] = []
  const answer = upload<{ rows: number }>('/v1/imports/roster', new FormData(), {
    language: 'en', signal: new AbortController().signal, onSent: (sent, all) => told.push([sent, all]),
    watcher: { begin: () => (answered) => line.push(answered) }, request: () => request as never, ...more,
  })
  return { answer, told, line }
}
/** Something happens to a request, or to its upload. */
function happen(to: object, name: 'onprogress' | 'onload' | 'onerror', event: object = {}): void {
  (to as Record<string, ((event: object) => void) | undefined>)[name]?.(event)
}

test('it tells what left the computer, and answers as the client does', async () => {
  const request = fake((one) => {
    happen(one.upload, 'onprogress', { loaded: 40, total: 100 })
    happen(one.upload, 'onload', { loaded: 100, total: 100 })
    Object.assign(one, { status: 200, responseText: '{"rows":3}' })
    happen(one, 'onload')
  })
  const { answer, told, line } = start(request)
  expect(await unwrap(answer)).toEqual({ rows: 3 })
  expect(told).toEqual([[40, 100], [100, 100]])
  expect(request.headers['Accept-Language']).toBe('en')
  expect(line).toEqual([true])
})

test('a refusal is thrown with its code; what a proxy says has none', async () => {
  const problem = { code: 'body_too_large', words: { zh: '太大', en: 'too large' }, status: 413 }
  for (const [text, code] of [[JSON.stringify(problem), 'body_too_large'], ['<h1>too large</h1>', 'unknown']] as const) {
    const refused = await unwrap(start(fake((one) => {
      Object.assign(one, { status: 413, responseText: text })
      happen(one, 'onload')
    })).answer).catch((error: unknown) => error)
    expect((refused as ApiProblem).code).toBe(code)
  }
})

test('a line that broke, one on which nothing moves, and somebody who gives up are told apart', async () => {
  const broken = start(fake((one) => happen(one, 'onerror')))
  expect(await broken.answer.catch((error: unknown) => error)).toMatchObject({ slow: false })
  expect(broken.line).toEqual([false])
  const still = fake((one) => happen(one.upload, 'onprogress', { loaded: 1, total: 100 }))
  const stalled = start(still, { patience: 5 })
  const error = await stalled.answer.catch((one: unknown) => one)
  expect(error).toBeInstanceOf(Unreachable)
  expect((error as Unreachable).slow).toBe(true)
  expect(still.isAborted).toBe(true)
  const leaving = new AbortController()
  const left = start(fake(() => leaving.abort()), { signal: leaving.signal })
  expect(await left.answer.catch((one: Error) => one.name)).toBe('AbortError')
  // Nobody has to be told of a line that was let go of on purpose.
  expect(left.line).toEqual([true])
})
