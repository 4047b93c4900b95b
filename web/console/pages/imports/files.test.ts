import { expect, test } from 'vitest'
import { csvOf, faultOf, isTooLarge, MOST_BYTES, mostFiles } from './files'

test('only tables with something in them are sent', () => {
  expect(faultOf({ name: '名册.XLSX', size: 1 })).toBeUndefined()
  expect(faultOf({ name: 'a.pdf', size: 1 })).toBe('wrongType')
  expect(faultOf({ name: 'a.csv', size: 0 })).toBe('emptyFile')
  expect(mostFiles('divisions')).toBe(5)
})

test('what the server would refuse for its size is not sent', () => {
  expect(isTooLarge([{ size: MOST_BYTES }])).toBe(true)
  expect(isTooLarge([{ size: MOST_BYTES / 2 }, { size: MOST_BYTES / 2 }])).toBe(true)
  expect(isTooLarge([{ size: 1000 }])).toBe(false)
})

test('a cell is no formula, and a quote stays one', () => {
  expect(csvOf([[2, '=1+1', 'a "b", c']])).toBe('\uFEFF2,\'=1+1,"a ""b"", c"\r\n')
})
