import { expect, test } from 'vitest'
import { factsOf, type Said, type Visit } from './facts'

const said: Said = (field, visit) => String(visit[field] ?? '')

test('only what was said is shown, in the order of reading', () => {
  const visit = { content: '查塘', service_from: '2026-06-03' } as Visit
  expect(factsOf(visit, undefined, said).map(({ field }) => field)).toEqual(['service_from', 'content'])
})

test('beside another version it shows what was taken away too, and marks what differs', () => {
  const facts = factsOf({ content: '查塘' } as Visit, { content: '查塘', leaflets: 3 } as Visit, said)
  expect(facts).toEqual([
    { field: 'content', now: '查塘', beside: '查塘', differs: false },
    { field: 'leaflets', now: '', beside: '3', differs: true },
  ])
})
