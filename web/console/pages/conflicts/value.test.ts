import { expect, test } from 'vitest'
import { isPlain, textOf, valueOf } from './value'

test('a value is text whatever its shape', () => {
  expect(textOf(null)).toBe('')
  expect(textOf(['a', 'b'])).toBe('a\nb')
  expect(textOf({ lat: 1, lon: 2 })).toBe('lat: 1\nlon: 2')
  expect(textOf(false)).toBe('false')
})

test('a number stays a number, and what is none is not sent', () => {
  expect(valueOf('12', 3)).toBe(12)
  expect(valueOf('twelve', 3)).toBeUndefined()
  expect(valueOf('99999999999999999999', 3)).toBeUndefined()
  expect(valueOf('12', 'x')).toBe('12')
  expect(valueOf(' ', 'x')).toBeNull()
})

test('only what fits one field is typed', () => {
  expect([1, 'a', null, undefined].every(isPlain)).toBe(true)
  expect([[1], { a: 1 }, true].some(isPlain)).toBe(false)
})
