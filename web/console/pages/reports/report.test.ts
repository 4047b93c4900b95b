import { expect, test } from 'vitest'
import { isNumeric, kindOf, periodsOf, type Table, partsOf } from './report'

test('the present period of each kind stands first', () => {
  expect(periodsOf('month', '2026-06').slice(0, 2)).toEqual(['2026-06', '2026-05'])
  expect(periodsOf('quarter', '2026-06').slice(0, 3)).toEqual(['2026-Q2', '2026-Q1', '2025-Q4'])
  expect(periodsOf('half', '2026-07').slice(0, 2)).toEqual(['2026-H2', '2026-H1'])
  expect(periodsOf('year', '2026-06')).toEqual(['2026', '2025', '2024'])
})

test('a period is known by its shape', () => {
  expect(['2026', '2026-Q2', '2026-H1', '2026-06', '2026-06-01..2026-08-15'].map(kindOf)).toEqual(['year', 'quarter', 'half', 'month', 'range'])
})

test('a code is no number, and a column of figures is one', () => {
  const table: Table = { code: 't', name: { zh: '', en: '' }, columns: [{ code: 'division_code', label: { zh: '', en: '' } }, { code: 'visits', label: { zh: '', en: '' } }], rows: [['990421', 3], ['990422', '4.50']] }
  expect([0, 1].map((at) => isNumeric(table, at))).toEqual([false, true])
})

test('a wide table comes in parts that fit a sheet, with the names of its rows in each, and no column is lost', () => {
  expect(partsOf(20, 'en')).toEqual([Array.from({ length: 20 }, (_, at) => at)])
  expect(partsOf(45, 'zh-CN').map((part) => part.length)).toEqual([14, 14, 14, 9])
  const parts = partsOf(45, 'en')
  expect(parts.map((part) => part.length)).toEqual([11, 11, 11, 11, 9])
  expect(parts.every(([first, second]) => first === 0 && second === 1)).toBe(true)
  expect([0, 1, ...parts.flatMap((part) => part.slice(2))]).toEqual(Array.from({ length: 45 }, (_, at) => at))
})
