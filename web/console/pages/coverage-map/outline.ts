// Boundaries in degrees as paths of a drawing: north is up, and a kilometre is as long either way.

export interface Shape {
  code: string
  name: string
  path: string
  /** Where its words stand, and how wide it is there, in the drawing's units. */
  at: { x: number; y: number; width: number }
}

export interface Outline {
  width: number
  height: number
  shapes: Shape[]
}

type Point = readonly [number, number]
interface Feature {
  properties: { code: string; name: string }
  geometry: unknown
}

const WIDTH = 1000
const MOST_HEIGHT = 800

/** The rings of a polygon or of several; nothing of anything else. */
export function ringsOf(geometry: unknown): Point[][] {
  const { type, coordinates } = (geometry ?? {}) as { type?: string; coordinates?: unknown }
  if (type === 'Polygon') return coordinates as Point[][]
  if (type === 'MultiPolygon') return (coordinates as Point[][][]).flat()
  return []
}

/** Draws the features into one frame. */
export function outlineOf(features: readonly Feature[]): Outline {
  const all = features.map((feature) => ({ feature, rings: ringsOf(feature.geometry) }))
  const points = all.flatMap(({ rings }) => rings.flat())
  if (points.length === 0) return { width: WIDTH, height: 0, shapes: [] }
  const [west, east] = span(points.map(([x]) => x))
  const [south, north] = span(points.map(([, y]) => y))
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const scale = Math.min(WIDTH / ((east - west) * narrow || 1), MOST_HEIGHT / (north - south || 1))
  const place = ([x, y]: Point): Point => [round((x - west) * narrow * scale), round((north - y) * scale)]
  const shapes = all.map(({ feature, rings }) => {
    const placed = rings.map((ring) => ring.map(place))
    return { ...feature.properties, path: placed.map(pathOf).join(''), at: middleOfRing(longest(placed)) }
  })
  return { width: round((east - west) * narrow * scale), height: round((north - south) * scale), shapes }
}

function span(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
}
function round(value: number): number {
  return Math.round(value * 10) / 10
}
function pathOf(ring: readonly Point[]): string {
  return `M${ring.map(([x, y]) => `${x} ${y}`).join('L')}Z`
}
function areaOf(ring: readonly Point[]): number {
  return Math.abs(ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length]!
    return sum + x * nextY - nextX * y
  }, 0)) / 2
}
function longest(rings: readonly Point[][]): Point[] {
  return [...rings].sort((a, b) => areaOf(b) - areaOf(a))[0] ?? []
}

/** The middle of the widest stretch inside a ring, looked for on lines across it: it always lies within. */
function middleOfRing(ring: readonly Point[]): Shape['at'] {
  const [top, bottom] = span(ring.map(([, y]) => y))
  let best = { x: ring[0]?.[0] ?? 0, y: top, width: 0 }
  for (let step = 3; step <= 13; step++) {
    const y = top + ((bottom - top) * step) / 16
    const crossings = ring.flatMap(([x, from], index) => {
      const [nextX, to] = ring[(index + 1) % ring.length]!
      return from > y === to > y ? [] : [x + ((y - from) / (to - from)) * (nextX - x)]
    }).sort((a, b) => a - b)
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const width = crossings[at + 1]! - crossings[at]!
      if (width > best.width) best = { x: round((crossings[at]! + crossings[at + 1]!) / 2), y: round(y), width: round(width) }
    }
  }
  return best
}
