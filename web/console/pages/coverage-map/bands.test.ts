import { expect, test } from 'vitest'
import { bandOf, middleOf, partsOf, shortName, type Village } from './bands'

const village = (key: string, days: number | null, isOverdue = false) => ({ key, days_since: days, is_overdue: isOverdue }) as unknown as Village

test('each class ends with its own day', () => {
  expect([0, 15, 16, 30, 31, 60, 61, null].map(bandOf)).toEqual(['upTo15', 'upTo15', 'upTo30', 'upTo30', 'upTo60', 'upTo60', 'over60', 'never'])
})

test('the village in the middle is one of them, and never visited is the longest', () => {
  expect(middleOf([village('a', 3), village('b', 50), village('c', 9)])).toBe(9)
  expect(middleOf([village('a', null), village('b', null), village('c', 9)])).toBeUndefined()
})

test('townships hold their villages and count what is overdue', () => {
  const parts = partsOf([village('990421101200', 61, true), village('990421100201', 4), village('990421100200', null, true)])
  expect(parts.map(({ code, villages, overdue }) => [code, villages.length, overdue])).toEqual([['990421100', 2, 1], ['990421101', 1, 1]])
  expect(parts[0]!.counts).toEqual({ upTo15: 1, upTo30: 0, upTo60: 0, over60: 0, never: 1 })
})

test('a name loses what all names end with, and never everything', () => {
  expect(['东塘村村委会', '新桥村民委员会', '村委会', '东塘'].map(shortName)).toEqual(['东塘村', '新桥', '村委会', '东塘'])
})
