// A value of a record as people read it, and what they type as a value again. Pure.

/** Whether a value is one that can be typed in one field. */
export function isPlain(value: unknown): value is string | number | null | undefined {
  return value === null || value === undefined || typeof value === 'string' || typeof value === 'number'
}

/** A value as text; lists line by line, and what is deeper by its members. Empty if there is none. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(textOf).join('\n')
  if (typeof value === 'object') return Object.entries(value).map(([key, one]) => `${key}: ${textOf(one)}`).join('\n')
  return String(value)
}

/** What was typed, as the same kind of value as `like`; `undefined` if it is none. An empty field takes the value away. */
export function valueOf(typed: string, like: unknown): string | number | null | undefined {
  if (typed.trim() === '') return null
  if (typeof like !== 'number') return typed
  return /^-?\d+$/.test(typed.trim()) && Number.isSafeInteger(Number(typed)) ? Number(typed) : undefined
}
