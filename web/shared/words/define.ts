// Words in Chinese and English, side by side. The type refuses an English text without its Chinese one and the other
// way round; words.test.ts refuses what a type cannot see.

export type Language = 'zh-CN' | 'en'
export const LANGUAGES: readonly Language[] = ['zh-CN', 'en']

export interface Tree {
  readonly [key: string]: string | Tree
}

/** The same keys, other texts. */
export type Same<T> = { readonly [K in keyof T]: T[K] extends string ? string : Same<T[K]> }

/** The path of every text, such as `state.approved`. */
export type Key<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Key<T[K]>}`
}[keyof T & string]

export interface Words<T extends Tree> {
  readonly 'zh-CN': T
  readonly en: Same<T>
}

/** Texts of a page or of a component. A text may hold `{name}`, and `one | many` by the number `n`. */
export function defineWords<const T extends Tree>(zh: T, en: Same<T>): Words<T> {
  return { 'zh-CN': zh, en }
}

/** A pair of words as the API sends them. */
export interface Sentence {
  zh: string
  en: string
}

/** The words of a language. */
export function say(words: Sentence, language: Language): string {
  return language === 'en' ? words.en : words.zh
}
