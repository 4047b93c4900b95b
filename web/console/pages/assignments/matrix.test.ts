import { expect, test } from 'vitest'
import { isOn, rowsOf, type Assignment } from './matrix'

const one = (person: string, village: string, from: string, to?: string) => ({ id: person + village, person_id: person, village_code: village, from, ...(to ? { to } : {}) }) as unknown as Assignment

test('an assignment holds on its first day and on its last, and not beyond', () => {
  const term = { from: '2026-01-02', to: '2026-01-05' }
  expect(['2026-01-01', '2026-01-02', '2026-01-05', '2026-01-06'].map((day) => isOn(term, day))).toEqual([false, true, true, false])
  expect(isOn({ from: '2026-01-02' }, '2030-01-01')).toBe(true)
})

test('who serves on the day has a row with the villages, and who served before has none', () => {
  const rows = rowsOf([one('b', 'v1', '2026-01-01'), one('b', 'v2', '2026-01-01'), one('a', 'v1', '2025-01-01', '2025-12-31')], { a: '甲', b: '乙' }, '2026-06-30')
  expect(rows.map(({ name, cells }) => [name, [...cells.keys()]])).toEqual([['乙', ['v1', 'v2']]])
})
