import { expect, test } from 'vitest'
import { addDays, addMonths, ago, dayOf, daysBetween, formatBytes, formatDay, formatInstant, formatMonth, formatNumber, formatScaled, formatShare, formatShortDay, formatTinyDay } from './index'

test('days are counted in local days, across months, years and changes of the clock', () => {
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
  expect(daysBetween('2026-03-01', '2026-06-30')).toBe(121)
  expect(addMonths('2026-01', -1)).toBe('2025-12')
  expect(addMonths('2026-12', 1)).toBe('2027-01')
})

test('dates are written as each language writes them', () => {
  expect(formatDay('2026-06-03', 'zh-CN')).toBe('2026年6月3日')
  expect(formatDay('2026-06-03', 'en')).toBe('3 Jun 2026')
  expect(formatShortDay('2026-06-03', 'zh-CN')).toBe('6月3日')
  expect(formatTinyDay('2026-06-03', 'zh-CN')).toBe('6/3')
  expect(formatTinyDay('2026-06-03', 'en')).toBe('3 Jun')
  expect(formatMonth('2026-06', 'zh-CN')).toBe('2026年6月')
  expect(formatDay(null, 'en')).toBe('–')
})

test('an instant is told in the zone of the county, not in that of the computer', () => {
  const instant = Date.UTC(2026, 5, 30, 17, 5)
  expect(formatInstant(instant, 'zh-CN', 'Asia/Shanghai')).toContain('7月1日')
  expect(formatInstant(instant, 'en', 'Asia/Shanghai')).toContain('01:05')
  expect(dayOf(instant, 'Asia/Shanghai')).toBe('2026-07-01')
  expect(dayOf(instant, 'UTC')).toBe('2026-06-30')
})

test('scaled integers keep every digit', () => {
  expect(formatScaled(12345, 2, 'zh-CN')).toBe('123.45')
  expect(formatScaled(5, 2, 'en')).toBe('0.05')
  expect(formatScaled(-5, 2, 'en')).toBe('-0.05')
  expect(formatScaled(9007199254740991, 3, 'en')).toBe('9,007,199,254,740.991')
  expect(formatScaled(null, 0, 'en')).toBe('–')
  expect(formatNumber(48000, 'en')).toBe('48,000')
})

test('a share never says that all is done while something is missing', () => {
  expect(formatShare(9999)).toBe('99.9%')
  expect(formatShare(10000)).toBe('100.0%')
  expect(formatShare(7578)).toBe('75.7%')
  expect(formatShare(null)).toBe('–')
})

test('how long ago is told in days up to two months, then in months', () => {
  expect(ago(0).key).toBe('ago.today')
  expect(ago(1).key).toBe('ago.yesterday')
  expect(ago(60)).toEqual({ key: 'ago.days', n: 60 })
  expect(ago(61)).toEqual({ key: 'ago.months', n: 2 })
})

test('bytes are told in the unit that people read', () => {
  expect(formatBytes(900, 'en')).toBe('900 B')
  expect(formatBytes(190_464, 'zh-CN')).toBe('186 KB')
  expect(formatBytes(5 * 1024 ** 2, 'en')).toBe('5 MB')
})
