import { expect, test } from 'vitest'
import { countOf, daysOf, isMonth, shadeOf, targetOf } from './month'

test('a month has its days, with their weekdays', () => {
  expect(daysOf('2026-02')).toHaveLength(28)
  expect(daysOf('2028-02')).toHaveLength(29)
  expect(daysOf('2026-06')[0]).toEqual({ on: '2026-06-01', number: 1, weekday: 1, isWeekend: false })
  expect(daysOf('2026-06').filter(({ isWeekend }) => isWeekend).map(({ number }) => number)).toEqual([6, 7, 13, 14, 20, 21, 27, 28])
})

test('what was returned is no visit of the day, and four are shaded as three', () => {
  const day = { on: '2026-06-01', approved: 3, pending: 1, returned: 5, backfilled: 0 }
  expect(countOf(day)).toBe(4)
  expect(shadeOf(day)).toBe(3)
  expect(shadeOf({ ...day, approved: 0, pending: 0 })).toBe(0)
})

test('only the target of the very month stands beside its count', () => {
  const row = { key: 'p', villages: 1, approved: 2, days: [], targets: [{ from: '2026-01-01', to: '2026-12-31', amount: 60 }, { from: '2026-06-01', to: '2026-06-30', amount: 5 }] }
  expect(targetOf(row, '2026-06')).toBe(5)
  expect(targetOf(row, '2026-07')).toBeUndefined()
})

test('an address that names no month is none', () => {
  expect(isMonth('2026-06')).toBe(true)
  for (const text of ['', '2026-13', '2026-6', 'June']) expect(isMonth(text)).toBe(false)
})
