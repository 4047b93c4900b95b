import { expect, test } from 'vitest'
import { ApiProblem, Unreachable, unwrap, createApi } from './client'

const problem = {
  type: 'urn:tepai:problem:not_found', code: 'not_found', status: 404, title: 'x', words: { zh: '找不到', en: 'not here' },
  retry: 'never', user_action: 'none',
}

function api(answer: (request: Request) => Promise<Response>, patience = 1000) {
  return createApi({ baseUrl: 'http://tepai.test', language: () => 'en', patience, fetch: (input) => answer(input as Request) })
}

test('an answer is its data, asked for in the language of whoever reads', async () => {
  let asked: Request | undefined
  const client = api(async (request) => {
    asked = request
    return Response.json({ visits: [] })
  })
  const page = await unwrap(client.GET('/v1/visits', { params: { query: { state: 'submitted', limit: 5 } } }))
  expect(page.visits).toEqual([])
  expect(asked?.url).toBe('http://tepai.test/v1/visits?state=submitted&limit=5')
  expect(asked?.headers.get('accept-language')).toBe('en')
})

test('a refusal is thrown with its code and its words', async () => {
  const client = api(async () => Response.json(problem, { status: 404, headers: { 'content-type': 'application/problem+json' } }))
  const refused = await unwrap(client.GET('/v1/session')).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ApiProblem)
  expect((refused as ApiProblem).code).toBe('not_found')
  expect((refused as ApiProblem).problem.words.zh).toBe('找不到')
})

test('what a proxy answers in place of the server is a problem without a code', async () => {
  const client = api(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  const refused = await unwrap(client.GET('/v1/session')).catch((error: unknown) => error)
  expect((refused as ApiProblem).code).toBe('unknown')
  expect((refused as ApiProblem).problem.status).toBe(502)
})

test('a line that does not carry is told apart from one that is too slow', async () => {
  const broken = await unwrap(api(() => Promise.reject(new TypeError('failed'))).GET('/v1/session')).catch((error: unknown) => error)
  expect(broken).toBeInstanceOf(Unreachable)
  expect((broken as Unreachable).slow).toBe(false)
  const hanging = createApi({
    baseUrl: 'http://tepai.test', language: () => 'en', patience: 5,
    fetch: (_, init) => new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
  })
  const late = await unwrap(hanging.GET('/v1/session')).catch((error: unknown) => error)
  expect((late as Unreachable).slow).toBe(true)
})
