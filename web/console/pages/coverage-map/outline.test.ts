import { expect, test } from 'vitest'
import { outlineOf, ringsOf } from './outline'

const square = (west: number, south: number, size: number) => ({
  type: 'Polygon', coordinates: [[[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]],
})
const feature = (code: string, geometry: unknown) => ({ properties: { code, name: code }, geometry })

test('north is up, and two squares side by side are drawn side by side', () => {
  const { shapes, width, height } = outlineOf([feature('west', square(120, 0, 1)), feature('east', square(121, 0, 1))])
  expect(width).toBeCloseTo(1000, 0)
  expect(height).toBeCloseTo(500, 0)
  expect(shapes[0]!.path).toBe('M0 500L500 500L500 0L0 0L0 500Z')
  expect(shapes[0]!.at.x).toBeCloseTo(250, 0)
  expect(shapes[1]!.at.x).toBeCloseTo(750, 0)
})

test('words stand inside a shape that is bent', () => {
  const bent = { type: 'Polygon', coordinates: [[[0, 0], [10, 0], [10, 1], [1, 1], [1, 10], [0, 10], [0, 0]]] }
  const { at } = outlineOf([feature('bent', bent)]).shapes[0]!
  expect(at.width).toBeGreaterThan(0)
})

test('several polygons are all drawn, and what is no area draws nothing', () => {
  expect(ringsOf({ type: 'MultiPolygon', coordinates: [square(0, 0, 1).coordinates, square(2, 0, 1).coordinates] })).toHaveLength(2)
  expect(ringsOf({ type: 'Point', coordinates: [1, 2] })).toEqual([])
  expect(outlineOf([]).shapes).toEqual([])
})
