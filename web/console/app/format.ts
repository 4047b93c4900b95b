// Formats in the language of whoever reads, in the county's zone and by the county's day.

import * as plain from '@shared/format'
import { language } from '@shared/words'
import { session } from './session'

export function useFormat() {
  return {
    day: (day: string | null | undefined) => plain.formatDay(day, language()),
    shortDay: (day: string) => plain.formatShortDay(day, language()),
    tinyDay: (day: string) => plain.formatTinyDay(day, language()),
    month: (month: string) => plain.formatMonth(month, language()),
    instant: (instant: number | null | undefined) => plain.formatInstant(instant, language(), session.value?.time_zone ?? 'Asia/Shanghai'),
    number: (value: number) => plain.formatNumber(value, language()),
    scaled: (value: number | null | undefined, decimals: number) => plain.formatScaled(value, decimals, language()),
    share: plain.formatShare,
    bytes: (bytes: number) => plain.formatBytes(bytes, language()),
    today: () => session.value?.today ?? '',
    thisMonth: () => plain.monthOf(session.value?.today ?? ''),
  }
}
