import { expect, test } from 'vitest'
import { manageable, stateOf } from './account'

test('disabled outweighs locked, and a lock that is over is none', () => {
  const plain = { must_change_password: false, role: 'coordinator' } as const
  expect(stateOf({ ...plain, disabled_at: 1, locked_until: 9 }, 5)).toBe('disabled')
  expect(stateOf({ ...plain, locked_until: 9 }, 5)).toBe('locked')
  expect(stateOf({ ...plain, locked_until: 4 }, 5)).toBe('active')
  expect(stateOf({ ...plain, must_change_password: true }, 5)).toBe('first')
})

test('a county officer manages those of the field and the townships, an administrator everybody', () => {
  expect(manageable('county_officer')).toEqual(['commissioner', 'coordinator'])
  expect(manageable('administrator')).toHaveLength(5)
  expect(manageable('auditor')).toEqual([])
})
