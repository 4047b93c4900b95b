// Which key means what while reviewing. Pure: a key is an act, or nothing while somebody is typing.

export type Act = 'approve' | 'return' | 'not_recognise' | 'next' | 'previous' | 'help' | 'undo' | 'look' | 'close'
export type Pressed = { act: Act } | { reason: number } | undefined

const ACTS: Record<string, Act> = {
  a: 'approve', r: 'return', n: 'not_recognise', j: 'next', k: 'previous', '?': 'help', '？': 'help', u: 'undo', v: 'look', Escape: 'close',
}

export interface Press {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  isComposing: boolean
  /** Whether the keyboard is in a field that takes text. */
  isTyping: boolean
  /** Held down: the first press counts, those that repeat do not. */
  repeat: boolean
}

/** What a press means. With a key of the system, or while a text or a character is being composed, it is the browser's. */
export function meaning(press: Press): Pressed {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing || press.key === 'Process') return undefined
  if (press.key === 'Escape') return { act: 'close' }
  if (press.isTyping) return undefined
  const act = ACTS[press.key] ?? ACTS[press.key.toLowerCase()]
  if (act && press.repeat && act !== 'next' && act !== 'previous') return undefined
  if (act) return { act }
  return /^[1-9]$/.test(press.key) ? { reason: Number(press.key) } : undefined
}

const CHOICES = new Set(['radio', 'checkbox', 'button', 'submit', 'reset'])

/** Whether an element takes what is typed. */
export function takesText(element: { tagName: string; type?: string; isContentEditable?: boolean } | null): boolean {
  if (!element) return false
  if (element.isContentEditable) return true
  if (element.tagName === 'INPUT') return !CHOICES.has(element.type ?? '')
  return element.tagName === 'TEXTAREA' || element.tagName === 'SELECT'
}
