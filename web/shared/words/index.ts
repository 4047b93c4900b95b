// Which language people read, and how a component says its words.

import { computed, type ComputedRef } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import { formatNumber } from '@shared/format'
import { common } from './common'
import { type Key, type Language, type Sentence, type Tree, type Words, LANGUAGES, say } from './define'

export { defineWords, say, LANGUAGES } from './define'
export type { Language, Sentence, Words } from './define'

const KEPT_AS = 'tepai-language'

function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value)
}

/** The language chosen before, else Chinese unless the browser asks for English first. */
function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS)
  if (isLanguage(kept)) return kept
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: firstLanguage(),
  fallbackLocale: false,
  missingWarn: false,
  fallbackWarn: false,
  messages: common as unknown as Record<Language, Record<string, string>>,
})

export function language(): Language {
  return i18n.global.locale.value as Language
}

/** Lets everything be said in another language, and keeps that choice in this browser. */
export function speak(chosen: Language): void {
  i18n.global.locale.value = chosen
  localStorage.setItem(KEPT_AS, chosen)
  document.documentElement.lang = chosen
}

export type Say<T extends Tree> = (
  key: Key<T> | Key<(typeof common)['zh-CN']>,
  values?: Record<string, string | number>,
) => string

export interface Speech<T extends Tree> {
  /** The text of a key, of the component's own words or else of the common ones. */
  t: Say<T>
  /** The text of a key that is only known when the program runs, or `undefined`. */
  find: (key: string) => string | undefined
  /** Words that the API sent. */
  words: (sentence: Sentence) => string
  lang: ComputedRef<Language>
}

function spoken(value: string | number, lang: Language): string {
  return typeof value === 'number' ? formatNumber(value, lang) : value
}

/** The words of a component: `const { t } = useWords(words)`. */
export function useWords<T extends Tree>(own?: Words<T>): Speech<T> {
  const global = i18n.global
  // Words of its own cost a component something for every time that it stands on the page, as in each row of a list.
  const { t, te } = own === undefined ? global : useI18n({
    useScope: 'local',
    inheritLocale: true,
    missingWarn: false,
    fallbackWarn: false,
    messages: own as unknown as Record<Language, Record<string, string>>,
  })
  const lang = computed(language)
  const text = (key: string, values: Record<string, string | number> = {}) => {
    const plural = typeof values.n === 'number' ? values.n : 1
    const said = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, spoken(value, lang.value)]))
    return te(key) ? t(key, said, plural) : global.t(key, said, plural)
  }
  return {
    t: text as Say<T>,
    find: (key) => (te(key) || global.te(key) ? text(key) : undefined),
    words: (sentence) => say(sentence, lang.value),
    lang,
  }
}
