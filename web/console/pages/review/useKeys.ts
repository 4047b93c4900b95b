// The keyboard of the review page, while the page is open.
import { onBeforeUnmount, onMounted } from 'vue'
import { hasEnded } from '../../app/session'
import { meaning, takesText, type Act } from './keys'

/** The keys that the buttons show. */
export const KEYS = { approve: 'A', return: 'R', not_recognise: 'N', next: 'J', previous: 'K', undo: 'U', look: 'V', help: '?' } as const

interface KeyContext {
  /** A dialog of the page is open: no key acts. */
  isBlocked: () => boolean
  isFormOpen: () => boolean
  /** A digit in the open form. */
  chooseReason: (number: number) => void
}

export function useKeys(acts: Record<Act, () => void>, { isBlocked, isFormOpen, chooseReason }: KeyContext): void {
  function onKey(event: KeyboardEvent): void {
    if (isBlocked() || hasEnded.value || event.defaultPrevented || document.querySelector('[aria-modal=true]')) return
    const target = event.target instanceof HTMLElement ? event.target : null
    const { key, ctrlKey, metaKey, altKey, isComposing, repeat } = event
    const isTyping = takesText(target as (HTMLElement & { type?: string }) | null)
    const pressed = meaning({ key, ctrlKey, metaKey, altKey, isComposing, repeat, isTyping })
    if (!pressed) return
    if ('reason' in pressed) {
      if (!isFormOpen()) return
      event.preventDefault()
      chooseReason(pressed.reason)
      return
    }
    // In an open form letters other than those of the form change nothing behind it.
    if (isFormOpen() && ['approve', 'undo'].includes(pressed.act)) return
    event.preventDefault()
    acts[pressed.act]()
  }
  onMounted(() => addEventListener('keydown', onKey))
  onBeforeUnmount(() => removeEventListener('keydown', onKey))
}
