import { expect, test } from 'vitest'
import { choose, daysOf, shownState, type Village } from './village'

function village(over: Partial<Village>): Village {
  return {
    key: '990421100200', name: '东塘村', band: '0-15', interval_days: 30, is_overdue: false, visits: 1,
    commissioners: [{ key: 'p1', name: '赵青塘' }], assignments: [], unserved_industries: [], may_have_visited: [], days_since: 3, ...over,
  }
}
const everything = { state: '', search: '', industry: '' }
const fish = () => ['aquaculture']

test('a village is found by its own name and by that of whoever serves it', () => {
  const villages = [village({}), village({ key: '2', name: '西塘村', commissioners: [{ key: 'p2', name: '钱禾苗' }] })]
  expect(choose(villages, { ...everything, search: '西塘' }, fish)).toHaveLength(1)
  expect(choose(villages, { ...everything, search: ' 赵青 ' }, fish)[0]?.key).toBe('990421100200')
  expect(choose(villages, everything, fish)).toHaveLength(2)
  expect(choose(villages, { ...everything, industry: 'vegetable' }, fish)).toHaveLength(0)
})

test('a village that nobody serves, and one that is overdue, are found by their state', () => {
  const villages = [village({}), village({ key: '2', is_overdue: true, commissioners: [], visits: 0 })]
  for (const state of ['overdue', 'unassigned', 'unvisited']) expect(choose(villages, { ...everything, state }, fish).map(({ key }) => key)).toEqual(['2'])
  for (const state of ['due', 'visited']) expect(choose(villages, { ...everything, state }, fish)).toHaveLength(1)
  expect(choose(villages, { ...everything, state: 'no such state' }, fish)).toHaveLength(2)
})

test('an overdue village whose phone is silent may have been visited', () => {
  expect(shownState(village({ is_overdue: true }))).toBe('overdue')
  expect(shownState(village({ is_overdue: true, may_have_visited: [{ key: 'p1' }] }))).toBe('unknown')
  expect(shownState(village({ may_have_visited: [{ key: 'p1' }] }))).toBe('due')
})

test('a village that was never visited has waited the longest', () => {
  expect(daysOf(village({ days_since: undefined }))).toBeGreaterThan(daysOf(village({ days_since: 5000 })))
})
