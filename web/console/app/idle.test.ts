import { expect, test, vi } from 'vitest'

vi.mock('./session', () => ({ api: {}, hasEnded: {}, lock: () => {}, notice: () => {}, session: {} }))
const { judge } = await import('./idle')
const minute = 60_000

test('a warning comes two minutes before the session ends', () => {
  expect(judge(27 * minute, 30 * minute)).toBe('stay')
  expect(judge(28 * minute, 30 * minute)).toBe('warn')
  expect(judge(30 * minute, 30 * minute)).toBe('end')
})

test('a very short session warns at half its time, and not at once', () => {
  expect(judge(0, minute)).toBe('stay')
  expect(judge(minute / 2, minute)).toBe('warn')
})
