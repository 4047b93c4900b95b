import { expect, test } from 'vitest'
import { kindOf, tidy } from './setting'

test('a setting that is not known yet is edited as its value tells', () => {
  expect(kindOf({ name: 'of_tomorrow', value: true })).toBe('yesNo')
  expect(kindOf({ name: 'of_tomorrow', value: 3 })).toBe('number')
  expect(kindOf({ name: 'of_tomorrow', value: 'x' })).toBe('text')
  expect(kindOf({ name: 'photo_retention_months', value: null })).toBe('number')
})

test('what was left empty does not narrow a rule', () => {
  expect(tidy({ division: '', industry: 'aquaculture', from: '', to: '', days: 7 })).toEqual({ industry: 'aquaculture', days: 7 })
})
