// How dates, numbers and shares are written. Dates are local days as text ("2026-06-03"), instants are milliseconds
// since 1970 UTC; nothing here asks the computer what time it is, because the county's day is the server's.

import type { Language } from '@shared/words/define'

/** What stands where there is no value. */
export const NO_VALUE = '–'

const DAY_MS = 86_400_000

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

/** Days from one local day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS)
}

/** The local day some days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(utc(day).getTime() + days * DAY_MS).toISOString().slice(0, 10)
}

/** The month of a day, such as "2026-06". */
export function monthOf(day: string): string {
  return day.slice(0, 7)
}

/** The month some months later, or earlier. */
export function addMonths(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const index = year * 12 + number - 1 + months
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`
}

/** A day with its year: 2026年6月3日, 3 Jun 2026. */
export function formatDay(day: string | null | undefined, lang: Language): string {
  if (!day) return NO_VALUE
  return new Intl.DateTimeFormat(locale(lang), { year: 'numeric', month: lang === 'en' ? 'short' : 'long', day: 'numeric', timeZone: 'UTC' }).format(utc(day))
}

/** A day within a year that everybody knows: 6月3日, 3 Jun. */
export function formatShortDay(day: string, lang: Language): string {
  return new Intl.DateTimeFormat(locale(lang), { month: lang === 'en' ? 'short' : 'long', day: 'numeric', timeZone: 'UTC' }).format(utc(day))
}

/** A day where there is hardly room: 6/3, 3 Jun. */
export function formatTinyDay(day: string, lang: Language): string {
  return lang === 'en' ? formatShortDay(day, lang) : day.slice(5).split('-').map(Number).join('/')
}

/** A month: 2026年6月, Jun 2026. */
export function formatMonth(month: string, lang: Language): string {
  return new Intl.DateTimeFormat(locale(lang), { year: 'numeric', month: lang === 'en' ? 'short' : 'long', timeZone: 'UTC' }).format(utc(`${month}-01`))
}

/** An instant in a time zone, to the minute. */
export function formatInstant(instant: number | null | undefined, lang: Language, zone: string): string {
  if (instant === null || instant === undefined) return NO_VALUE
  return new Intl.DateTimeFormat(locale(lang), {
    year: 'numeric', month: lang === 'en' ? 'short' : 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone,
  }).format(instant)
}

/** The local day of an instant in a time zone. */
export function dayOf(instant: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone }).formatToParts(instant)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** A whole number with its thousands apart. */
export function formatNumber(value: number, lang: Language): string {
  return new Intl.NumberFormat(locale(lang), { maximumFractionDigits: 2 }).format(value)
}

/** An integer whose last `decimals` digits stand behind the point: 12345 with 2 is 123.45. Exact, whatever its size. */
export function formatScaled(value: number | null | undefined, decimals: number, lang: Language): string {
  if (value === null || value === undefined) return NO_VALUE
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`
  return `${value < 0 ? '-' : ''}${new Intl.NumberFormat(locale(lang)).format(BigInt(whole))}${fraction}`
}

/** A share in hundredths of a percent, as 75.8%. Rounded down, so that 100% says that nothing is missing. */
export function formatShare(basisPoints: number | null | undefined): string {
  if (basisPoints === null || basisPoints === undefined) return NO_VALUE
  return `${(Math.floor(basisPoints / 10) / 10).toFixed(1)}%`
}

/** How long ago in the words of `ago` in the common words: days up to two months, then months. */
export function ago(days: number): { key: 'ago.today' | 'ago.yesterday' | 'ago.days' | 'ago.months'; n: number } {
  if (days <= 0) return { key: 'ago.today', n: 0 }
  if (days === 1) return { key: 'ago.yesterday', n: 1 }
  if (days <= 60) return { key: 'ago.days', n: days }
  return { key: 'ago.months', n: Math.floor(days / 30) }
}

/** Bytes as people read them. */
export function formatBytes(bytes: number, lang: Language): string {
  const units = ['B', 'KB', 'MB', 'GB']
  const step = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const value = bytes / 1024 ** step
  return `${new Intl.NumberFormat(locale(lang), { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value)} ${units[step]}`
}

/** A word at the beginning of something: with a capital where the script has them. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** English dates are written in the order that British readers and Chinese readers of English share: 3 Jun 2026. */
function locale(lang: Language): string {
  return lang === 'en' ? 'en-GB' : lang
}
