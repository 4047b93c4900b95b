// Contrast is counted from the tokens themselves, so that a new shade cannot slip below what people can read.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const text = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const tokens = Object.fromEntries([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const grounds = ['ground', 'surface', 'surface-sunken']
const pairs = [
  ...['ink', 'ink-soft', 'primary', 'danger'].flatMap((ink) => grounds.map((ground) => [ink, ground])),
  ...['ok', 'wait', 'warn', 'danger', 'idle', 'primary'].map((tone) => [tone, `${tone}-soft`]),
  ['ink-inverse', 'primary'],
  ['ink-inverse', 'primary-strong'],
] as [string, string][]

test.each(pairs)('%s can be read on %s', (ink, ground) => {
  const [one, other] = [tokens[ink], tokens[ground]]
  expect(one && other).toBeTruthy()
  expect(contrast(one!, other!)).toBeGreaterThanOrEqual(4.5)
})

test('a border that shows where a field is stands out from its ground', () => {
  expect(contrast(tokens['line-strong']!, tokens.surface!)).toBeGreaterThanOrEqual(3)
})

test('a shade that nobody can read would be found', () => {
  expect(contrast('#9aa5ae', '#ffffff')).toBeLessThan(4.5)
})
