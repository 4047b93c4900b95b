import { expect, test } from 'vitest'
import { linesBy, type AdoptionRow } from './funnel'

const row = (technique: string, village: string, adopted: number, on: string, age: number): AdoptionRow =>
  ({ technique, village_code: village, stages: { adopted, trial: 1 }, adoptions: adopted + 1, adopted_centi_mu: adopted * 100, last_report_on: on, days_since: age }) as AdoptionRow

test('villages of a technique add up, and the latest report is the latest of all', () => {
  const [line] = linesBy([row('SC01', 'a', 2, '2026-05-01', 60), row('SC01', 'b', 3, '2026-06-01', 29)], ({ technique }) => technique)
  expect(line).toMatchObject({ key: 'SC01', adoptions: 7, area: 500, lastOn: '2026-06-01', age: 29 })
  expect(line!.stages).toMatchObject({ adopted: 5, trial: 2, awareness: 0 })
})
