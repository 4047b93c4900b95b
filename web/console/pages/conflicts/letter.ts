// A change that was not accepted, field by field, and what the office makes of it. Pure.

import { textOf } from './value'

/** A mutation as far as it can be read; a phone may have sent anything. */
export interface Sent {
  mid?: string
  op?: string
  kind?: string
  id?: string
  set?: Record<string, unknown>
}

export type Input = 'text' | 'long' | 'number' | 'day' | 'code' | 'village' | 'list' | 'none'

export interface Entry {
  name: string
  input: Input
  /** The code list, for `code`. */
  list: string
  sent: unknown
  typed: string
  /** Whether the record stays as it is in this field. */
  isLeftOut: boolean
}

export interface Change {
  set: Record<string, unknown>
  leave_out: string[]
}

/** Fields of records that hold a code, and the list that has it. */
const LISTS: Readonly<Record<string, string>> = {
  mode: 'visit_mode', industry: 'industry', chain_stage: 'chain_stage', service_mode: 'service_mode', check_in_missing: 'missing_fix', stage: 'adoption_stage',
}
const LONG = new Set(['content', 'problem_found', 'advice', 'outcome', 'note'])
const NUMBERS = new Set(['leaflets', 'disease_cases', 'problems_solved', 'training_sessions', 'training_attendances', 'training_persons'])

/** What a letter is known by while it is on the screen: one that is refused again is another letter about the same change. */
export function keyOf({ id, mutation }: { id: string; mutation?: unknown }): string {
  return sentOf(mutation).mid ?? id
}

export function sentOf(mutation: unknown): Sent {
  return typeof mutation === 'object' && mutation !== null && !Array.isArray(mutation) ? (mutation as Sent) : {}
}

/** The field that a pointer such as `/set/content` or `/set/technique_codes/0` points at. */
export function fieldAt(pointer: string): string {
  const parts = pointer.split('/').filter((part) => part !== '')
  return (parts[0] === 'set' ? parts[1] : parts[0]) ?? ''
}

function inputOf(name: string, sent: unknown): Input {
  if (name === 'village_code') return 'village'
  if (LISTS[name]) return 'code'
  if (NUMBERS.has(name) || typeof sent === 'number') return 'number'
  if (/^(?:service_(?:from|to)|\w+_on|due)$/.test(name)) return 'day'
  // An id is nothing that people could type.
  if (/_ids?$/.test(name)) return 'none'
  if (Array.isArray(sent) && sent.every((one) => typeof one === 'string')) return 'list'
  if (sent !== undefined && sent !== null && typeof sent !== 'string') return 'none'
  return LONG.has(name) ? 'long' : 'text'
}

/** What can be changed in a mutation: the fields that it has, and those that it lacks and that the refusal names. */
export function entriesOf(mutation: unknown, pointers: readonly string[]): Entry[] {
  const set = sentOf(mutation).set ?? {}
  const lacking = pointers.map(fieldAt).filter((name) => /^[a-z_]+$/.test(name) && !(name in set))
  return [...new Set([...Object.keys(set), ...lacking])].map((name) => {
    const sent = set[name]
    return { name, input: inputOf(name, sent), list: LISTS[name] ?? '', sent, typed: textOf(sent), isLeftOut: false }
  })
}

/** What the office changed; `undefined` if a number is none. A field that was emptied is left out. */
export function changeOf(entries: readonly Entry[]): Change | undefined {
  const change: Change = { set: {}, leave_out: [] }
  for (const { name, input, sent, typed, isLeftOut } of entries) {
    const isEmptied = typed.trim() === '' && input !== 'none'
    if (isLeftOut || isEmptied) {
      if (sent !== undefined) change.leave_out.push(name)
    } else if (input === 'number') {
      if (!/^-?\d+$/.test(typed.trim()) || !Number.isSafeInteger(Number(typed))) return undefined
      if (Number(typed) !== sent) change.set[name] = Number(typed)
    } else if (input !== 'none' && typed !== textOf(sent)) {
      change.set[name] = input === 'list' ? typed.split('\n').map((one) => one.trim()).filter((one) => one !== '') : typed
    }
  }
  return change
}
