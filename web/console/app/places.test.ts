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

test('an address without a page is no link', () => {
  expect(placeOf('/v1/nothing', all)).toBeUndefined()
  expect(placeOf('/v1/visits', { hasRoute: () => false })).toBeUndefined()
})
