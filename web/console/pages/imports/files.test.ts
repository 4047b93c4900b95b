import { expect, test } from 'vitest'
import { csvOf, faultOf, isTooLarge, MOST_BYTES, mostFiles, percentOf } from './files'

test('only tables with something in them are sent', () => {
  expect(faultOf({ name: '名册.XLSX', size: 1 }, 'roster')).toBeUndefined()
  expect(faultOf({ name: 'a.pdf', size: 1 }, 'roster')).toBe('wrongType')
  expect(faultOf({ name: 'a.csv', size: 0 }, 'roster')).toBe('emptyFile')
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

test('boundaries are GeoJSON, and GeoJSON is nothing else', () => {
  expect(faultOf({ name: '青石镇.GeoJSON', size: 1 }, 'boundaries')).toBeUndefined()
  expect(faultOf({ name: '名册.csv', size: 1 }, 'boundaries')).toBe('noBoundaries')
  expect(faultOf({ name: 'a.geojson', size: 1 }, 'villages')).toBe('wrongType')
})

test('a hundred percent says that all of it left', () => {
  expect([percentOf(0, 0), percentOf(1, 3), percentOf(999, 1000), percentOf(1000, 1000)]).toEqual([0, 33, 99, 100])
})
