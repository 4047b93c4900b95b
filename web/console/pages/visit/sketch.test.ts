import { expect, test } from 'vitest'
import { sketchOf } from './sketch'

const village = { lat: 29.8, lon: 113.5 }

test('a check-in in the north-east lies at the upper right', () => {
  const sketch = sketchOf(village, { lat: 29.81, lon: 113.51 }, 20)
  expect(sketch.direction).toBe('ne')
  expect(sketch.x).toBeGreaterThan(0)
  expect(sketch.y).toBeLessThan(0)
  expect(sketch.metres).toBeGreaterThan(1400)
  expect(sketch.metres).toBeLessThan(1600)
})

test('whatever the distance and the accuracy, both stay within the sketch', () => {
  for (const [lat, accuracy] of [[29.8, 5], [29.8001, 3000], [31.2, 50]] as const) {
    const { x, y, radius } = sketchOf(village, { lat, lon: 113.4 }, accuracy)
    expect(Math.hypot(x, y) + radius).toBeLessThanOrEqual(1)
  }
})

test('the west and the south have their names too', () => {
  expect(sketchOf(village, { lat: 29.8, lon: 113.4 }, 5).direction).toBe('w')
  expect(sketchOf(village, { lat: 29.7, lon: 113.5 }, 5).direction).toBe('s')
})
