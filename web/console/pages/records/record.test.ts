import { expect, test } from 'vitest'
import { rowOf } from './record'

test('a record is a line: its day, its village, whose it is, and what it says', () => {
  const row = rowOf('adoption_report', 'x', {
    reported_on: '2026-03-03', village_code: '990421201206', commissioner_id: 'p', visit_id: 'v', stage: 'trial', technique_code: 'SC02', area_centi_mu: 2044, beneficiary_id: 'b', season: '2026', note: '',
  }, 'author')
  expect(row).toMatchObject({ on: '2026-03-03', village: '990421201206', person: 'p', visit: 'v' })
  expect(row.says).toEqual([
    { name: 'technique_code', value: 'SC02', as: 'technique' },
    { name: 'stage', value: 'trial', as: 'code:adoption_stage' },
    { name: 'area_centi_mu', value: 2044, as: 'mu' },
    { name: 'season', value: '2026', as: 'text' },
  ])
})

test('what has no day and no commissioner says so, and things within things are left out', () => {
  const row = rowOf('demo-households', 'x', { kind: 'household', display_name: '甲户', is_demo_household: true, point: { lat: 1 }, tags: [] }, 'author')
  expect(row).toMatchObject({ on: null, village: '', person: 'author', visit: '' })
  expect(row.says.map(({ as }) => as)).toEqual(['text', 'code:beneficiary_kind', 'yesNo'])
})
