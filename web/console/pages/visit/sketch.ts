// Where a check-in lies from the village, without a map: a plane as large as it needs to be, north at its top.

const METRES_PER_DEGREE = 111_320
const DIRECTIONS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
export type Direction = (typeof DIRECTIONS)[number]

export interface Place {
  lat: number
  lon: number
}

export interface Sketch {
  /** Of the check-in from the village, in units where the sketch reaches from -1 to 1; y grows to the south. */
  x: number
  y: number
  /** Radius of what the phone was sure of. */
  radius: number
  metres: number
  direction: Direction
  /** How far it is from the village to the edge, in metres. */
  reach: number
}

/** The sketch of a check-in beside its village. */
export function sketchOf(village: Place, checkIn: Place, accuracyM: number): Sketch {
  const east = (checkIn.lon - village.lon) * METRES_PER_DEGREE * Math.cos((village.lat * Math.PI) / 180)
  const north = (checkIn.lat - village.lat) * METRES_PER_DEGREE
  const metres = Math.hypot(east, north)
  const reach = roundUp(Math.max(metres + accuracyM, 200) * 1.15)
  const turn = Math.atan2(east, north) / (2 * Math.PI)
  const direction = DIRECTIONS[(Math.round(turn * 8) + 8) % 8] ?? 'n'
  return { x: east / reach, y: -north / reach, radius: accuracyM / reach, metres, direction, reach }
}

/** The next length that people say: 1, 2 or 5 with zeros. */
function roundUp(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres))
  return [1, 2, 5, 10].map((step) => step * power).find((one) => one >= metres) ?? metres
}
