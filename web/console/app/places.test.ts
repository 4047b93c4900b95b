import { expect, test } from 'vitest'
import { placeOf } from './places'

const all = { hasRoute: () => true }

test('the address behind a figure becomes the page that shows its records, with the same filters', () => {
  expect(placeOf('/v1/visits?division=990421&period=2026-06&state=approved', all)).toEqual({
    name: 'visits', query: { division: '990421', period: '2026-06', state: 'approved' },
  })
  expect(placeOf('/v1/coverage/990421100?period=2026-06', all)).toEqual({ name: 'villages', query: { division: '990421100', period: '2026-06' } })
  expect(placeOf('/v1/records/demo_base?division=990421', all)).toEqual({ name: 'records', params: { kind: 'demo_base' }, query: { division: '990421' } })
})

test('every address that the server names behind a figure has its page, and every page that is named is there', () => {
  const routes = new Set(Object.values(import.meta.glob<string>('../pages/*/page.ts', { eager: true, query: '?raw', import: 'default' })).map((source) => /name: '([\w-]+)'/.exec(source)?.[1]))
  const there = { hasRoute: (name: string) => routes.has(name) } as typeof all
  const behind = [
    '/v1/visits?division=990421&period=2026-06-01..2026-06-30&state=approved&technique=SC01&industry=aquaculture',
    '/v1/coverage/990421?period=2026-06&state=overdue', '/v1/people?division=990421&silent=true', '/v1/follow-ups?division=990421&state=overdue',
    '/v1/demo-households?division=990421&period=2026-06-01..2026-06-30', '/v1/local-experts?division=990421&period=2026-06-01..2026-06-30',
    '/v1/demo-bases?division=990421&period=2026-06', '/v1/adoptions/990421?season=2026',
    ...['adoption_report', 'adoption', 'feedback', 'training_session', 'demo_base'].map((kind) => `/v1/records/${kind}?division=990421&period=2026-06-01..2026-06-30&technique=SC01`),
  ]
  for (const address of behind) expect(placeOf(address, there as never), address).toBeDefined()
  expect(placeOf('/v1/follow-ups?state=overdue', there as never)).toEqual({ name: 'records', params: { kind: 'follow-ups' }, query: { state: 'overdue' } })
})

test('an address without a page is no link', () => {
  expect(placeOf('/v1/nothing', all)).toBeUndefined()
  expect(placeOf('/v1/visits', { hasRoute: () => false })).toBeUndefined()
})
