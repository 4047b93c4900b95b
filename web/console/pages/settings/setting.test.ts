import { expect, test } from 'vitest'
import { entriesOf, kindOf, tidy } from './setting'

test('a setting that is not known yet is edited as its value tells', () => {
  expect(kindOf({ name: 'of_tomorrow', value: true })).toBe('yesNo')
  expect(kindOf({ name: 'of_tomorrow', value: 3 })).toBe('number')
  expect(kindOf({ name: 'of_tomorrow', value: 'x' })).toBe('text')
  expect(kindOf({ name: 'of_tomorrow', value: [] })).toBe('list')
  expect(kindOf({ name: 'photo_retention_months', value: null })).toBe('number')
})

test('a list may be typed in lines or with commas of either script', () => {
  expect(entriesOf(' 10.0.0.0/8\n192.168.1.0/24，fd00::/8, ')).toEqual(['10.0.0.0/8', '192.168.1.0/24', 'fd00::/8'])
  expect(entriesOf('')).toEqual([])
})

test('what was left empty does not narrow a rule', () => {
  expect(tidy({ division: '', industry: 'aquaculture', from: '', to: '', days: 7 })).toEqual({ industry: 'aquaculture', days: 7 })
})
